import { describe, expect, it } from 'vitest';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const MINUTES = 30;
const FROM = 2400;
const window = { fromSeconds: FROM, toSeconds: FROM + MINUTES * 60 };

const under = async (reality: NonNullable<Parameters<typeof steadyWorld>[0]['reality']>) =>
  run({ scenario: steadyWorld({ reality, durationSeconds: 3600 }), policy: 'two-mode', seed: 1 });

const share = ({ series }: Awaited<ReturnType<typeof under>>, unit: string, minute: number): number =>
  series.shareByUnit[unit]![FROM / 60 + minute]!;

describe('a unit whose pods are no targets of the load balancer', () => {
  const unhealthyTargets = [{ unit: 'inf2', ...window, cause: 'unregistered' as const }];

  it.each([
    ['while a policy refuses every floor', { refusedWrites: [{ kind: 'ScaledObject' as const, status: 403, ...window }] }],
    ['while no NodePool can be written', { refusedWrites: [{ kind: 'NodePool' as const, status: 409, ...window }] }],
    ['while the status of the fleet cannot be written', { refusedWrites: [{ kind: 'InferenceFleet' as const, status: 403, ...window }] }],
  ])('loses its traffic within minutes, %s', async (_, trouble) => {
    const result = await under({ unhealthyTargets, ...trouble });
    expect(share(result, 'inf2', -2)).toBeGreaterThan(0.3);
    // Metrics are two minutes old, and three bad minutes are asked for. A hundredth stays, in which it can prove itself.
    for (let minute = 7; minute < MINUTES; minute += 1) expect(share(result, 'inf2', minute)).toBeLessThanOrEqual(0.011);
  });

  it('loses its traffic though another writer puts the weights back every five minutes', async () => {
    const otherWriters = [{ kind: 'ListenerRule' as const, weights: { inf2: 500, g5: 499 }, everySeconds: 300, ...window }];
    const result = await under({ unhealthyTargets, otherWriters });
    // The minutes in which it was put back are lost, and no others; its trial is a part of what the other writer gives the rest.
    const lost = Array.from({ length: MINUTES - 8 }, (_, index) => share(result, 'inf2', 8 + index)).filter((part) => part > 0.02);
    expect(lost.length).toBeLessThanOrEqual(Math.ceil((MINUTES - 8) / 5) + 1);
  });
});
