import { expect, it } from 'vitest';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const SEEDS = [1, 2, 3];
const HOURS = 4;

/** A fleet without spare pods, of whose spot instances each is reclaimed three times an hour on average. */
const reclaimed = () => {
  const world = steadyWorld({ resilience: 0, durationSeconds: HOURS * 3600 });
  return { ...world, scenario: { ...world.scenario, spotReclaimsPerInstanceHour: 3 } };
};

/** Over all seeds: requests that missed the objective, and US dollars. */
const figures = async (isScheduledOnly: boolean) => {
  let missed = 0;
  let costUsd = 0;
  for (const seed of SEEDS) {
    const { summary } = await run({ scenario: reclaimed(), policy: 'two-mode', seed, isScheduledOnly });
    missed += summary.requests * (1 - summary.attainment);
    costUsd += summary.costUsd;
  }
  return { missed, costUsd };
};

it('ticks at notices and ends of instances are worth their place: fewer requests miss the objective, for no more money', async () => {
  const byEvent = await figures(false);
  const byMinute = await figures(true);
  expect(byEvent.missed).toBeLessThan(0.75 * byMinute.missed);
  expect(byEvent.costUsd).toBeLessThan(byMinute.costUsd);
});
