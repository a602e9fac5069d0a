import { expect, it } from 'vitest';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const attainment = async (serviceTimeFactor: number): Promise<number> => {
  const performance = [{ unit: 'inf2', serviceTimeFactor }];
  const scenario = steadyWorld({ reality: { performance }, durationSeconds: 1200 });
  return (await run({ scenario, policy: 'static', seed: 1 })).summary.attainment;
};

it('a fleet whose unit is far slower than its profile states misses its objective, though it scales as the profile says', async () => {
  expect(await attainment(1)).toBeGreaterThan(0.97);
  expect(await attainment(3)).toBeLessThan(0.7);
});
