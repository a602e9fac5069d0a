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

/** Over all seeds: the part of the requests that met the objective, and US dollars. */
const figures = async (isScheduledOnly: boolean) => {
  let missed = 0;
  let requests = 0;
  let costUsd = 0;
  for (const seed of SEEDS) {
    const { summary } = await run({ scenario: reclaimed(), policy: 'two-mode', seed, isScheduledOnly });
    missed += summary.requests * (1 - summary.attainment);
    requests += summary.requests;
    costUsd += summary.costUsd;
  }
  return { attainment: 1 - missed / requests, costUsd };
};

it('ticks at notices and ends of instances do no harm: they cost neither requests nor money', async () => {
  const byEvent = await figures(false);
  const byMinute = await figures(true);
  expect(byEvent.attainment).toBeGreaterThan(0.9995);
  expect(byEvent.attainment).toBeGreaterThan(byMinute.attainment - 0.0001);
  expect(byEvent.costUsd).toBeLessThan(1.05 * byMinute.costUsd);
});
