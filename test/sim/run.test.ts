import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../sim/inputs/load-scenario';
import { policyNames } from '../../sim/policies/policies';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';

const smoke = (policy: string, seed: number, onProgress?: (fraction: number) => void): Promise<RunResult> =>
  run({ scenario: loadScenario('smoke', join(__dirname, '../..'), {}), policy, seed, ...(onProgress ? { onProgress } : {}) });

const total = (values: Readonly<Record<string, number>>) => Object.values(values).reduce((sum, value) => sum + value, 0);

describe('a run', () => {
  it('shows every policy the same requests for one seed, others for another', async () => {
    const runs = await Promise.all(policyNames.map((policy) => smoke(policy, 3)));
    const other = await smoke('two-mode', 4);
    const [first, ...rest] = runs;
    for (const { summary } of rest) {
      expect(summary.requests).toBe(first!.summary.requests);
    }
    expect(other.summary.requests).not.toBe(first!.summary.requests);
  });

  it('gives the same result twice', async () => {
    expect(await smoke('two-mode', 5)).toEqual(await smoke('two-mode', 5));
  });

  it('accounts for every request and every dollar', async () => {
    const { summary, series } = await smoke('two-mode', 6);
    expect(total(summary.requestsByUnit)).toBeLessThanOrEqual(summary.requests);
    expect(total(summary.requestsByUnit)).toBeGreaterThanOrEqual(summary.requests - summary.failed);
    expect(total(summary.costByPool)).toBeCloseTo(summary.costUsd, 2);
    expect(total(summary.strategies)).toBeGreaterThan(summary.durationSeconds - 60);
    expect(series.minuteSeconds).toHaveLength(summary.durationSeconds / 60);
  });

  it('tells how far it is', async () => {
    const fractions: number[] = [];
    await smoke('static', 1, (fraction) => fractions.push(fraction));
    expect(fractions).toEqual([1]);
  });
});
