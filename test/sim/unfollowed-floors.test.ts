import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { LastDecision } from '../../lambda/control-loop/model/last-decision';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const FROM = 2400;
const TO = FROM + 3600;

/** A load that grows by half when the larger unit stops following, and a look at the floors each minute. */
const stuck = async (cause: 'autoscaler' | 'quota') => {
  const floors = new Map<number, Readonly<Record<string, number>>>();
  const said = new Map<number, readonly string[]>();
  const result = await run({
    scenario: steadyWorld({
      resilience: 0,
      requestsPerMinute: {
        kind: 'steps',
        rows: [
          { timestampSeconds: 0, value: 300 },
          { timestampSeconds: FROM + 60, value: 450 },
        ],
      },
      durationSeconds: 7200,
      reality: { stuckScaling: [{ unit: 'inf2', fromSeconds: FROM, toSeconds: TO, cause }] },
    }),
    policy: 'two-mode',
    seed: 1,
    watch: {
      everySeconds: 60,
      look: async (kubernetes, timeSeconds) => {
        const { items } = await kubernetes.list(resources.inferenceFleets, { namespace: 'default' });
        const { lastDecision } = (items[0]?.status ?? {}) as { readonly lastDecision?: LastDecision };
        const codes = ['Unfollowed', 'Waiting'];
        said.set(
          timeSeconds,
          (lastDecision?.findings ?? [])
            .filter(({ code }) => codes.includes(code))
            .map(({ code, subject, message }) => `${code} ${subject}: ${message}`),
        );
        const scalers = await kubernetes.list(resources.scaledObjects, { namespace: 'default' });
        floors.set(
          timeSeconds,
          Object.fromEntries(scalers.items.map(({ metadata, spec }) => [metadata.name, Number(spec?.minReplicaCount)])),
        );
      },
    },
  });
  return { result, floors, said };
};

describe('a unit whose writes are accepted and whose Deployment does not move', () => {
  it.each([
    [
      'as nothing scales it',
      'autoscaler',
      /^Unfollowed inf2: does not follow: asked for \d pods, its Deployment has had \d for \d+ min; KEDA/,
    ],
    [
      'as its pods are refused',
      'quota',
      /^Waiting inf2: \d pods? (has|have) waited up to \d+ min, FailedCreate: pods is forbidden: exceeded quota$/,
    ],
  ] as const)('is said once, %s, and the other unit grows for it until it follows', async (_, cause, expected) => {
    const { result, floors, said } = await stuck(cause);
    const between = (from: number, to: number) => [...said].filter(([time]) => time >= from && time < to).map(([, messages]) => messages);
    expect(between(0, FROM + 60).flat()).toEqual([]);
    // A cold start of four minutes and three more, after the minutes in which demand is seen to grow.
    for (const messages of between(FROM + 900, TO)) expect(messages).toEqual([expect.stringMatching(expected)]);
    expect(between(TO + 180, 9000).flat()).toEqual([]);
    expect(floors.get(TO - 60)!['sd21-g5']).toBeGreaterThan(floors.get(FROM)!['sd21-g5']!);
    // It is asked on, so that it can be seen to follow.
    const asked = [...floors].filter(([time]) => time >= FROM + 900 && time < TO).map(([, floor]) => floor['sd21-inf2']!);
    expect(Math.min(...asked)).toBe(asked[0]);
    expect(asked[0]).toBeGreaterThan(floors.get(FROM)!['sd21-inf2']!);
    expect(result.summary.failed).toBe(0);
  });
});
