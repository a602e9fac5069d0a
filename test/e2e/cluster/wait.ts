import { setTimeout as delay } from 'node:timers/promises';
import { givenKubeconfig } from './given';

const POLL_SECONDS = 0.1;
/**
 * Deadlines are told for a machine that has nothing else to do; they are twice as long, for it may have. Real instances take minutes to
 * come where played ones take seconds.
 */
const PATIENCE = givenKubeconfig() === undefined ? 2 : 10;

/**
 * The first value other than `undefined` and `false` that the check gives; what it throws counts as not yet.
 * After the deadline, in seconds, an error says what was waited for and what was last seen.
 */
export const until = async <T>(
  what: string,
  deadlineSeconds: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  options: {
    readonly pollSeconds?: number;
    readonly giveUp?: () => string | undefined;
    readonly explain?: () => Promise<string> | string;
  } = {},
): Promise<T> => {
  const seconds = deadlineSeconds * PATIENCE;
  const started = performance.now();
  let last = 'nothing';
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = String(value);
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const over = options.giveUp?.();
    const late = performance.now() - started > seconds * 1000;
    if (over !== undefined || late) {
      const reason = over ?? `not within ${seconds} s`;
      const explanation = (await options.explain?.()) ?? '';
      throw new Error([`waited for ${what}: ${reason}; last seen: ${last}`, explanation].filter(Boolean).join('\n'));
    }
    await delay((options.pollSeconds ?? POLL_SECONDS) * 1000);
  }
};
