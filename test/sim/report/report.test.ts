import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReportAssets, reportAssetFiles } from '../../../sim/report/assets';
import { renderReport } from '../../../sim/report/report';
import type { RunResult } from '../../../sim/results/result';
import { noSpending, syntheticBaseline, syntheticRun } from './synthetic-run';

/** What a reader sees without the scripts: tags away, entities and no-break spaces back to what they stand for. */
const readable = (html: string): string =>
  html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<\/?span class="together">|<\/span>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&gt;/g, '>')
    .replace(/[\s\u00a0]+/g, ' ');

const dataOf = (html: string) => JSON.parse(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(html)![1]!);

const TWO = [syntheticRun(), syntheticBaseline()];

describe('the report of one policy', () => {
  const text = readable(renderReport([syntheticRun()], { description: 'Three days, inf2 lost at the peak.', version: '0.1.0' }));

  it('begins with the verdict: held, at what cost, and what was lost', () => {
    expect(text).toContain(
      'Objective held two-mode held its objective: 99.62% of requests were answered within 0.9 s, at a cost of $1,873. ' +
        'No request was lost: all 6,412,345 requests were answered, 24,367 took longer than 0.9 s.',
    );
  });

  it('states the least possible cost and the cost as a multiple of it, where it is given', () => {
    const usd = { lb0: 1000, lbOnDemand: undefined, lbN1: 1500, lbN1Q: 1873, lbN1QStrict: 1900 };
    const bounds = { stepSeconds: 300, usd, unmetPart: { lb0: 0, lbOnDemand: undefined, lbN1: 0, lbN1Q: 0, lbN1QStrict: 0 } };
    const bounded = readable(renderReport([syntheticRun()], { bounds }));
    expect(bounded).toContain('LB0: parts of pods, everything known in advance, no loss to survive $1,000 1.87\u00d7');
    expect(bounded).not.toContain('LB-OD');
    expect(text).not.toContain('Against the least possible cost');
  });

  it('has the big figures', () => {
    expect(text).toContain('Within the objective 99.62% goal 99% within 0.9 s');
    expect(text).toContain('Cost $1,873 $0.292 per 1,000 requests');
    expect(text).toContain('Failed requests 0 of 6,412,345');
    expect(text).toContain('Worst five minutes 87.10%');
    expect(text).toContain('Latency p95 0.74 s p50 0.66 s, p99 0.83 s');
  });

  it('tells of the shortage: which pool, when, how soon it was seen and dealt with', () => {
    expect(text).toContain(
      'It detected the shortage of inf2-on-demand 38 s after the first refused launch; the pool launched again after 4 min 10 s.',
    );
    expect(text).toMatch(/inf2-on-demand : show in the timeline Thu 14 Nov 04:10 38 s 4 min 10 s/);
  });

  it('states the facts of the run', () => {
    for (const fact of [
      'Three days, inf2 lost at the peak.',
      'Seed 7',
      'cdk-adaptive-inference 0.1.0',
      '3 d',
      '4,320 ticks, 2 strategy switches',
      'cost-optimized 85.9%',
    ])
      expect(text).toContain(fact);
  });

  it('compares with nothing', () => {
    expect(text).not.toContain('Policies compared');
    expect(text).not.toContain('paper-as-published');
  });
});

describe('the report of a policy and its baseline', () => {
  const html = renderReport(TWO);
  const text = readable(html);

  it('says how the baseline did on the same load', () => {
    expect(text).toContain(
      'On the same load and faults, paper-as-published missed the objective (98.10%) and cost $2,085: two-mode costs 10.2% less per request and loses 1,204 fewer requests.',
    );
  });

  it('gives a verdict on the baseline too', () => {
    expect(text).toContain(
      'paper-as-published missed its objective: 98.10% of requests were answered within 0.9 s, not 99%, at a cost of $2,085.',
    );
    expect(text).toContain('1,204 requests of 6,412,345 failed (0.019%); of the others 120,631 took longer than 0.9 s.');
  });

  it('has a table of all policies and lets the reader switch between them', () => {
    expect(text).toMatch(/Slowest detection 38 s \(best\) 4 min 50 s/);
    expect(html.match(/<input type="radio" name="policy"/g)).toHaveLength(2);
  });

  it('carries the curves and the log of both', () => {
    const data = dataOf(html);
    expect(data.policies.map((policy: { policy: string }) => policy.policy)).toEqual(['two-mode', 'paper-as-published']);
    expect(data.policies[0].log.times).toHaveLength(TWO[0]!.decisions.length);
  });

  it('paints a pool in the colour of the unit it hosts, spot lighter', () => {
    const { units, pools } = dataOf(html);
    const colourOf = (list: { name: string; colour: number; tint: number }[], name: string) => list.find((entry) => entry.name === name)!;
    expect(colourOf(pools, 'g6-on-demand')).toEqual({ name: 'g6-on-demand', colour: colourOf(units, 'g6').colour, tint: 0 });
    expect(colourOf(pools, 'g6-spot')).toEqual({ name: 'g6-spot', colour: colourOf(units, 'g6').colour, tint: 1 });
    expect(colourOf(pools, 'g5-on-demand').colour).toBe(colourOf(units, 'g5-triton').colour);
  });

  it('takes stated hosts over names for the colours of pools', () => {
    const { units, pools } = dataOf(renderReport(TWO, { poolsByUnit: { 'g5-cuda': ['g5-on-demand'] } }));
    expect(pools.find((pool: { name: string }) => pool.name === 'g5-on-demand').colour).toBe(
      units.find((unit: { name: string }) => unit.name === 'g5-cuda').colour,
    );
  });
});

describe('the report as a file', () => {
  const html = renderReport(TWO);

  it('fetches nothing and forbids fetching', () => {
    const own = html.replace(/https:\/\/github\.com\/leeoniya\/uPlot/g, '');
    expect(own).not.toMatch(/https?:\/\//);
    expect(own).not.toMatch(/<(link|img|iframe|script[^>]*\ssrc)/i);
    expect(own).not.toMatch(/@import|url\(|\bfetch\(|XMLHttpRequest|\bimport\(/);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';`);
  });

  it('keeps the licence notice of uPlot', () => {
    expect(html).toContain('The MIT License (MIT)');
    expect(html).toContain('Copyright (c) 2022 Leon Sorokin');
  });

  it('is the same bytes for the same results', () => {
    expect(renderReport([syntheticRun(), syntheticBaseline()])).toBe(html);
  });

  it('stays under 1.5 MB for three policies over three days', () => {
    const three = renderReport([...TWO, syntheticBaseline({ policy: 'static' })]);
    expect(Buffer.byteLength(three)).toBeLessThan(1_500_000);
  });

  it('escapes every text that comes with the results', () => {
    const evil = '</script><script>alert("1")</script><!-- & \u2028';
    const run = syntheticRun({
      policy: evil,
      scenario: evil,
      requestsByUnit: { [evil]: 1 },
      costByPool: { [evil]: 1 },
      strategies: { [evil]: 1 },
    });
    const shortages = [{ pool: evil, startSeconds: 0, detectedAfterSeconds: 1, recoveredAfterSeconds: null }];
    const hostile: RunResult = {
      ...noSpending,
      summary: { ...run.summary, shortages },
      series: { ...run.series, startTime: run.series.startTime, shortages: [{ pool: evil, fromSeconds: 0, toSeconds: 60 }] },
      decisions: [{ timeSeconds: 0, strategy: evil, what: evil, why: evil }],
    };
    const page = renderReport([hostile, hostile], { description: evil, version: evil });
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page).not.toContain('<!-- &');
    expect(/id="data">([\s\S]*?)<\/script>/.exec(page)![1]).not.toContain('\u2028');
    expect(dataOf(page).policies[0].log.texts).toEqual([evil]);
  });

  it('is the same from a bundle with copies of its files beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    try {
      await mkdir(join(folder, 'report-assets'));
      for (const asset of reportAssetFiles()) await copyFile(asset.path, join(folder, 'report-assets', asset.name));
      expect(readReportAssets(join(folder, 'bin'))).toEqual(readReportAssets());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what a report cannot be made of', () => {
  it('refuses no result', () => {
    expect(() => renderReport([])).toThrow('A report needs the result of at least one run; none was given.');
  });

  it('refuses results of different scenarios or seeds, naming both', () => {
    expect(() => renderReport([syntheticRun(), syntheticBaseline({ seed: 8 })])).toThrow(
      /two-mode on paper-c-inf2-loss with seed 7 and paper-as-published on paper-c-inf2-loss with seed 8/,
    );
  });

  it('is made of an empty run all the same', () => {
    const { series, summary } = syntheticRun({
      requests: 0,
      requestsByUnit: {},
      costUsd: 0,
      costUsdPer1000Requests: null,
      costByPool: {},
      shortages: [],
      strategies: {},
    });
    const empty: RunResult = {
      ...noSpending,
      summary: { ...summary, latencySeconds: { p50: null, p95: null, p99: null } },
      series: {
        ...series,
        minuteSeconds: [],
        requestsByUnit: {},
        failed: [],
        shareByUnit: {},
        latency: { p50: [], p95: [], p99: [] },
        readyPodsByPool: {},
        costUsdPerHour: [],
        strategies: [],
        shortages: [],
      },
      decisions: [],
    };
    expect(readable(renderReport([empty]))).toContain('two-mode had nothing to serve: the run has no requests. It cost $0.00.');
  });
});
