import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { LastDecision } from '../../lambda/control-loop/model/last-decision';
import { run } from '../../sim/run';
import { type SteadyWorld, steadyWorld } from './worlds/steady';

const FROM_SECONDS = 2400;

/** What the loop says of pods that wait, by time, and the run. */
const waitingIn = async (world: SteadyWorld) => {
  const seen = new Map<number, readonly string[]>();
  const result = await run({
    scenario: steadyWorld({ durationSeconds: 3600, ...world }),
    policy: 'two-mode',
    seed: 1,
    watch: {
      everySeconds: 60,
      look: async (kubernetes, timeSeconds) => {
        const { items } = await kubernetes.list(resources.inferenceFleets, { namespace: 'default' });
        const { lastDecision } = (items[0]?.status ?? {}) as { readonly lastDecision?: LastDecision };
        const waiting = (lastDecision?.findings ?? []).filter(({ code }) => code === 'Waiting');
        seen.set(
          timeSeconds,
          waiting.map(({ subject, message }) => `${subject}: ${message}`),
        );
      },
    },
  });
  const messages = [...seen].filter(([timeSeconds]) => timeSeconds >= FROM_SECONDS).flatMap(([, findings]) => findings);
  return { result, messages };
};

it.each(['CrashLoopBackOff', 'ImagePullBackOff'] as const)(
  'new pods whose containers fail with %s are named, and are no shortage',
  async (reason) => {
    const { result, messages } = await waitingIn({
      requestsPerMinute: 400,
      reality: { failingStarts: [{ unit: 'g5', fromSeconds: 0, reason }] },
    });
    expect(messages.filter((message) => message.startsWith('g5: ') && message.includes(reason)).length).toBeGreaterThan(30);
    expect(messages.some((message) => message.startsWith('inf2: '))).toBe(false);
    expect(result.summary.shortages).toEqual([]);
    expect(result.decisions.filter(({ what }) => what.startsWith('shortage'))).toEqual([]);
    expect(result.summary.strategies).toEqual({ CostOptimized: expect.any(Number) });
  },
);

it('pods that start as their profile says are not named', async () => {
  expect((await waitingIn({})).messages).toEqual([]);
});
