import { describe, expect, it } from 'vitest';
import { baselines } from '../../../sim/baselines/baselines';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import { run } from '../../../sim/run';

const smoke = loadScenario('smoke', '/');

/** 400 requests a minute throughout, with capacity for all. */
const steady = {
  ...smoke,
  availability: [],
  scenario: {
    ...smoke.scenario,
    clients: { kind: 'open-loop' as const, requestsPerMinute: { kind: 'constant' as const, value: 400 }, burstiness: 1 },
  },
};

describe('Baselines in the twin', () => {
  it.each(Object.keys(baselines))('%s runs, and answers requests', async (policy) => {
    const { summary } = await run({ scenario: loadScenario('smoke', '/', { duration: 600 }), policy, seed: 1 });
    expect(summary.attainment).toBeGreaterThan(0.5);
    expect(summary.costUsd).toBeGreaterThan(0);
  });

  it('an autoscaler at 60 % of 105 has 7 pods for 400 requests a minute, all on spot of the cheapest unit', async () => {
    const { summary, series } = await run({ scenario: steady, policy: 'hpa-cheapest-60', seed: 1 });
    expect(series.readyPodsByPool['inf2-spot']!.at(-1)).toBe(7);
    expect(Object.keys(summary.costByPool)).toEqual(['inf2-spot']);
    expect(Object.keys(summary.requestsByUnit)).toEqual(['inf2']);
    expect(summary.failed).toBe(0);
  });

  it('the optimizer costs no more when it need not survive a loss', async () => {
    const withN1 = await run({ scenario: steady, policy: 'optimizer', seed: 1 });
    const without = await run({ scenario: steady, policy: 'optimizer-without-n-1', seed: 1 });
    expect(without.summary.costUsd).toBeLessThan(withN1.summary.costUsd);
  });

  it('the optimizer without return moves no pods', async () => {
    const lose = ['inf2-spot', 'g5-spot'].map((of) => ({ of, fromSeconds: 1200, durationSeconds: 1200 }));
    const scenario = loadScenario('smoke', '/', { duration: 3 * 3600, lose });
    const onDemandAtTheEnd = async (policy: string) => {
      const { readyPodsByPool } = (await run({ scenario, policy, seed: 1 })).series;
      return readyPodsByPool['inf2-od']!.at(-1)! + readyPodsByPool['g5-od']!.at(-1)!;
    };
    expect(await onDemandAtTheEnd('optimizer')).toBe(0);
    expect(await onDemandAtTheEnd('optimizer-without-return')).toBeGreaterThan(0);
  });
});
