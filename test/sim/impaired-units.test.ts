import { expect, it } from 'vitest';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const MINUTES = 30;
const from = { unit: 'inf2', fromSeconds: 2400, toSeconds: 2400 + MINUTES * 60 };

const failedUnder = async (policy: string, reality: NonNullable<Parameters<typeof steadyWorld>[0]['reality']>): Promise<number> =>
  (await run({ scenario: steadyWorld({ reality, durationSeconds: 3600 }), policy, seed: 1 })).summary.failed;

it.each([
  ['answers nothing but 5xx for half an hour', { failingRequests: [{ ...from, latencySeconds: 0.01 }] }],
  ['has pods that its load balancer does not have as targets', { unhealthyTargets: [{ ...from, cause: 'unregistered' as const }] }],
])('a unit that %s costs the requests of the minutes until that is seen, and a trickle', async (_, reality) => {
  // Of 400 requests a minute the unit has about 230. Metrics are two minutes old, and three bad minutes are asked for.
  const failed = await failedUnder('two-mode', reality);
  expect(failed).toBeGreaterThan(200);
  expect(failed).toBeLessThan(400 * 7 + 0.02 * 400 * MINUTES);
});
