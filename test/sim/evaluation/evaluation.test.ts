import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluationOf } from '../../../sim/evaluation/evaluation';
import { BOUNDS, type Job, jobsOf, keyOf, type ResultLine, type RunFigures } from '../../../sim/evaluation/job';
import { evaluationPage } from '../../../sim/evaluation/page';
import { ResultsFile } from '../../../sim/evaluation/results-file';
import { estimate } from '../../../sim/evaluation/statistics';

const figures = (given: Partial<RunFigures> = {}): RunFigures => ({
  objective: { latencySeconds: 1.5, percentile: 95, attainment: 0.999 },
  isObjectiveMet: true,
  durationSeconds: 3600,
  requests: 1000,
  failed: 0,
  attainment: 1,
  worstFiveMinutesAttainment: 1,
  costUsd: 100,
  switches: 0,
  shortages: [],
  spending: { servingUsd: 40, idleUsd: 40, startUpUsd: 10, reclaimedUsd: 5, emptyUsd: 5, dearerUsd: 20, longestDearerSeconds: 600 },
  launches: 4,
  ...given,
});

const bounds = (lbN1Q: number) => {
  const none = { lb0: undefined, lbOnDemand: undefined, lbN1: undefined, lbN1QStrict: undefined };
  return { stepSeconds: 60, usd: { ...none, lbN1Q }, unmetPart: { ...none, lbN1Q: 0 } };
};

const line = (job: Job, result: { readonly figures: RunFigures } | { readonly bounds: ReturnType<typeof bounds> }): ResultLine => ({
  key: keyOf(job),
  job,
  ...result,
});

describe('An estimate', () => {
  it('is the mean, between the means that other draws of the seeds might have had', () => {
    expect(estimate([3, 3, 3])).toEqual({ mean: 3, low: 3, high: 3 });
    const { mean, low, high } = estimate([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(mean).toBe(5.5);
    // Standard error 2.87 / sqrt(10) = 0.908, times 1.96.
    expect(Math.abs(low - (5.5 - 1.78))).toBeLessThan(0.2);
    expect(Math.abs(high - (5.5 + 1.78))).toBeLessThan(0.2);
  });
});

describe('The jobs of an evaluation', () => {
  it('are all policies with all seeds, and bounds of each draw', () => {
    const keys = (isDrawn: boolean) => jobsOf(['s'], ['a', 'b'], 2, () => isDrawn).map(({ policy, seed }) => `${policy} ${seed}`);
    expect(keys(true)).toEqual(['bounds 1', 'a 1', 'b 1', 'bounds 2', 'a 2', 'b 2']);
    expect(keys(false)).toEqual(['bounds 1', 'a 1', 'b 1', 'a 2', 'b 2']);
  });

  it('are others with another length or file', () => {
    const job = { scenario: 's', policy: 'a', seed: 1 };
    const keys = [job, { ...job, durationSeconds: 60 }, { ...job, arrivals: 'a.csv' }, { ...job, seed: 2 }].map(keyOf);
    expect(new Set(keys).size).toBe(4);
  });
});

describe('An evaluation', () => {
  const lines = [
    line({ scenario: 's', policy: BOUNDS, seed: 1 }, { bounds: bounds(50) }),
    line({ scenario: 's', policy: BOUNDS, seed: 2 }, { bounds: bounds(80) }),
    line({ scenario: 's', policy: 'a', seed: 1 }, { figures: figures() }),
    line(
      { scenario: 's', policy: 'a', seed: 2 },
      { figures: figures({ costUsd: 120, attainment: 0.99, isObjectiveMet: false, failed: 10 }) },
    ),
    line({ scenario: 's', policy: 'b', seed: 1 }, { figures: figures({ costUsd: 150 }) }),
    line({ scenario: 's', policy: 'b', seed: 2 }, { figures: figures({ costUsd: 240 }) }),
  ];

  it('takes ratios by seed, and their means', () => {
    const [{ policies }] = evaluationOf(['s'], ['a', 'b'], lines) as [ReturnType<typeof evaluationOf>[number]];
    const [a, b] = policies as [(typeof policies)[number], (typeof policies)[number]];
    expect(a).toMatchObject({ policy: 'a', seeds: [1, 2], met: 1, failed: 5, leastAttainment: 0.99 });
    expect(a.costUsd.mean).toBe(110);
    // 100 / 50 and 120 / 80; 150 / 100 and 240 / 120.
    expect(a.ratios.lbN1Q!.mean).toBeCloseTo(1.75, 9);
    expect(a.costToFirst).toBeUndefined();
    expect(b.costToFirst!.mean).toBeCloseTo(1.75, 9);
    expect(b.ratios.lb0).toBeUndefined();
  });

  it('leaves out what was not run', () => {
    expect(
      evaluationOf(['s', 't'], ['a', 'c'], lines).map(({ scenario, policies }) => [scenario, policies.map(({ policy }) => policy)]),
    ).toEqual([['s', ['a']]]);
  });

  it('is a page that needs nothing else, with texts that are escaped', () => {
    const evil = '<script>alert(1)</script>';
    const job = { scenario: evil, policy: evil, seed: 1 };
    const page = evaluationPage(evaluationOf([evil], [evil], [line(job, { figures: figures() })]), { version: '1', command: evil });
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/\b(src|href)=/);
    expect(page).toContain('$100.00');
  });
});

describe('The file of results', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
    path = join(directory, 'results.jsonl');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const job = (seed: number): Job => ({ scenario: 's', policy: 'a', seed });

  it('has what was added, also for another process', () => {
    new ResultsFile(path).add(job(1), { figures: figures() });
    const file = new ResultsFile(path);
    expect(file.of(job(1))).toMatchObject({ figures: figures() });
    expect(file.of(job(2))).toBeUndefined();
  });

  it('goes on after a line that was cut', () => {
    new ResultsFile(path).add(job(1), { figures: figures() });
    const [whole] = readFileSync(path, 'utf8').split('\n') as [string];
    writeFileSync(path, `${whole}\n${whole.slice(0, 40)}`);
    new ResultsFile(path).add(job(2), { figures: figures() });
    const file = new ResultsFile(path);
    expect([file.of(job(1)), file.of(job(2))].map((found) => found !== undefined)).toEqual([true, true]);
  });

  it('is no other file', () => {
    writeFileSync(path, 'timestampSeconds,requestsPerMinute\n0,100\n');
    expect(() => new ResultsFile(path)).toThrow(/evaluate wrote/);
  });
});
