import { expect, it } from 'vitest';
import type { DecisionLogEntry } from '../../sim/results/result';
import { run } from '../../sim/run';
import { noisyPrices } from './worlds/noise';
import { steadyWorld } from './worlds/steady';

const DAY_SECONDS = 86_400;
const WARM_UP_SECONDS = 1800;

/** Writes of floors. */
const floorWrites = (decisions: readonly DecisionLogEntry[]): number =>
  decisions.filter(({ timeSeconds, what }) => timeSeconds >= WARM_UP_SECONDS && /^ScaledObject .*: floor /.test(what)).length;

/** Writes to listener rules and NodePools: one entry of the log is one field, and the fields of one object at one time are one write. */
const ruleAndPoolWrites = (decisions: readonly DecisionLogEntry[]): number =>
  new Set(
    decisions
      .filter(({ timeSeconds, what }) => timeSeconds >= WARM_UP_SECONDS && /^(ListenerRule|NodePool) /.test(what))
      .map(({ timeSeconds, what }) => `${timeSeconds} ${what.slice(0, what.indexOf(':'))}`),
  ).size;

it.each([
  { spot: 0.4, resilience: 0 },
  // Spot and on demand pass each other all day.
  { spot: 1, resilience: 1 },
])('2 percent of noise on prices and random arrivals at a constant rate cause few writes a day: %o', async ({ spot, resilience }) => {
  const scenario = noisyPrices({ durationSeconds: DAY_SECONDS, resilience }, spot);
  const { decisions, summary } = await run({ scenario, policy: 'two-mode', seed: 1 });
  expect(ruleAndPoolWrites(decisions)).toBeLessThan(10);
  expect(summary.attainment).toBeGreaterThan(0.99);
});

it('random arrivals at a constant rate cause few writes of floors a day, though every floor has a reserve for the loss of a pool', async () => {
  for (const requestsPerMinute of [400]) {
    const scenario = steadyWorld({ durationSeconds: DAY_SECONDS, resilience: 1, requestsPerMinute });
    const { decisions } = await run({ scenario, policy: 'two-mode', seed: 1 });
    expect(floorWrites(decisions)).toBeLessThanOrEqual(24);
  }
});
