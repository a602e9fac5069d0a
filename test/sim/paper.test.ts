import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../../sim/inputs/load-scenario';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';

/**
 * The published experiments (arXiv 2503.20074), run by the real control loop against the twin, beside the controller as it
 * was published. What is expected here is taken from the paper's text and tables and from the scenarios' inputs.
 */

const SEED = 1;
const inTwin = (scenario: string, policy: string): Promise<RunResult> =>
  run({ scenario: loadScenario(scenario, join(__dirname, '../..'), {}), policy, seed: SEED });

/** Values of a curve in a span of the scenario. */
const during = (values: readonly number[], fromSeconds: number, toSeconds: number): readonly number[] =>
  values.slice(fromSeconds / 60, toSeconds / 60);

const modesOf = ({ series }: RunResult) => series.strategies.map(({ strategy }) => strategy);

const percentByUnit = ({ summary }: RunResult): Record<string, number> =>
  Object.fromEntries(Object.entries(summary.requestsByUnit).map(([unit, requests]) => [unit, (100 * requests) / summary.requests]));

describe('paper-a-cost: 30 hours of load with capacity for all', () => {
  let result: RunResult;
  beforeAll(async () => {
    result = await inTwin('paper-a-cost', 'two-mode');
  });

  it.each([
    ['inf2', 40],
    ['trn1', 20],
    ['g5-triton', 15],
    ['g5-cuda', 15],
    ['g6-triton', 10],
  ])('%s gets %d percent of the requests, within one point', (unit, percent) => {
    expect(Math.abs(percentByUnit(result)[unit]! - percent)).toBeLessThan(1);
  });

  it('the loop stays cost-optimized, no request fails and the objective is held', () => {
    expect(modesOf(result)).toEqual(['CostOptimized']);
    expect(result.summary).toMatchObject({ failed: 0, switches: 0, shortages: [] });
    expect(result.summary.attainment).toBeGreaterThan(result.summary.objective.attainment);
  });
});

describe('paper-b-capped-g6: g6 is capped at six devices for two hours of rising load', () => {
  const [capSeconds, liftSeconds, capDevices] = [14_400, 21_600, 6];
  let repaired: RunResult;
  let published: RunResult;
  beforeAll(async () => {
    repaired = await inTwin('paper-b-capped-g6', 'two-mode');
    published = await inTwin('paper-b-capped-g6', 'paper-as-published');
  });

  // EC2 takes no on-demand device away. One more than the cap runs when it comes: launched minutes before, and kept empty for ten minutes.
  const keptDevices = capDevices + 1;

  it('g6 gets no further device while it lasts', () => {
    const pods = during(repaired.series.readyPodsByPool.g6!, capSeconds + 600, liftSeconds);
    expect(Math.max(...pods)).toBe(keptDevices);
    expect(Math.min(...pods)).toBe(keptDevices);
  });

  it('inf2 and trn1 take over without a failed request', () => {
    const readyBefore = (pool: string) => repaired.series.readyPodsByPool[pool]![capSeconds / 60]!;
    const readyAfter = (pool: string) => repaired.series.readyPodsByPool[pool]![liftSeconds / 60]!;
    expect(readyAfter('trn1')).toBeGreaterThan(readyBefore('trn1'));
    expect(readyAfter('g5')).toBeGreaterThan(readyBefore('g5'));
    // More requests a minute than when the cap came, with g6 serving no more than its seven pods can.
    const perMinute = (unit: string) => repaired.series.requestsByUnit[unit]!;
    const others = ['inf2', 'trn1', 'g5-triton', 'g5-cuda'];
    const served = (minute: number) => others.reduce((sum, unit) => sum + perMinute(unit)[minute]!, 0);
    expect(served(liftSeconds / 60)).toBeGreaterThan(1.3 * served(capSeconds / 60));
    expect(Math.max(...during(perMinute('g6-triton'), capSeconds + 900, liftSeconds))).toBeLessThan(keptDevices * 61);
    expect(repaired.summary.failed).toBe(0);
    expect(repaired.summary.attainment).toBeGreaterThan(repaired.summary.objective.attainment);
  });

  it('they hand back once the cap is lifted, at whatever load', () => {
    expect(modesOf(repaired)).toEqual(['CostOptimized', 'CapacityOptimized', 'CostOptimized']);
    const [, capacityMode] = repaired.series.strategies;
    // A probe every 30 minutes at most, a launch, and ten minutes free of shortage.
    expect(capacityMode!.toSeconds).toBeGreaterThan(liftSeconds);
    expect(capacityMode!.toSeconds).toBeLessThan(liftSeconds + 3600);
    const atPeak = 27_000 / 60;
    expect(repaired.series.shareByUnit.inf2![atPeak]).toBeCloseTo(0.4, 2);
    expect(repaired.series.shareByUnit['g6-triton']![atPeak]).toBeCloseTo(0.1, 2);
    expect(repaired.series.readyPodsByPool.g6![atPeak]).toBeGreaterThan(keptDevices);
  });

  it('the shortage is known within a minute of the first failed launch', () => {
    expect(repaired.summary.shortages.map(({ pool }) => pool)).toEqual(['g6']);
    expect(repaired.summary.shortages[0]!.detectedAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('the published controller knows it minutes later, and returns with the load, hours after the cap was lifted', () => {
    const { detectedAfterSeconds } = published.summary.shortages[0]!;
    expect(detectedAfterSeconds).toBeGreaterThan(60);
    expect(detectedAfterSeconds).toBeLessThanOrEqual(300);
    const capacityMode = published.series.strategies.find(({ strategy }) => strategy === 'CapacityOptimized')!;
    expect(capacityMode.toSeconds).toBeGreaterThan(liftSeconds + 4 * 3600);
  });
});

describe('paper-c-inf2-loss: every inf2 instance is lost at the peak of the second day', () => {
  const [lossSeconds, returnSeconds] = [135_000, 154_800];
  let repaired: RunResult;
  let published: RunResult;
  beforeAll(async () => {
    repaired = await inTwin('paper-c-inf2-loss', 'two-mode');
    published = await inTwin('paper-c-inf2-loss', 'paper-as-published');
  });

  it('the loop fails over within a minute and returns when capacity is back', () => {
    expect(modesOf(repaired)).toEqual(['CostOptimized', 'CapacityOptimized', 'CostOptimized']);
    const [, capacityMode] = repaired.series.strategies;
    expect(capacityMode!.fromSeconds).toBeLessThanOrEqual(lossSeconds + 60);
    expect(capacityMode!.toSeconds).toBeGreaterThan(returnSeconds);
    expect(capacityMode!.toSeconds).toBeLessThan(returnSeconds + 3600);
    const [shortage, ...more] = repaired.summary.shortages;
    expect(more).toEqual([]);
    expect(shortage).toMatchObject({ pool: 'inf2' });
    expect(shortage!.detectedAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('no request fails, none is sent to the lost unit, and the objective is held', () => {
    expect(repaired.summary.failed).toBe(0);
    expect(repaired.summary.attainment).toBeGreaterThan(repaired.summary.objective.attainment);
    const lost = during(repaired.series.requestsByUnit.inf2!, lossSeconds + 180, returnSeconds);
    expect(Math.max(...lost)).toBe(0);
  });

  it('the published controller goes on sending requests to the lost unit, which fail', () => {
    const lost = during(published.series.shareByUnit.inf2!, lossSeconds + 600, returnSeconds);
    expect(Math.min(...lost)).toBeGreaterThan(0.1);
    expect(published.summary.failed).toBeGreaterThan(10_000);
    expect(published.summary.attainment).toBeLessThan(published.summary.objective.attainment);
  });

  it('both meet the same arrivals and the same loss', () => {
    expect(published.summary.shortages[0]!.startSeconds).toBe(repaired.summary.shortages[0]!.startSeconds);
  });
});
