import { setTimeout as delay } from 'node:timers/promises';
import type { TickRecord } from '../../../lambda/control-loop/tick';
import type { Loop } from './loop';

/** A loop that ticks by itself, as by its schedule. */
export interface Ticking {
  /** Records of the ticks that came to an end, oldest first. */
  readonly records: readonly TickRecord[];
  /** What other ticks ended with. */
  readonly errors: readonly string[];
  /** Lets the tick under way end, and begins no other. */
  stop(): Promise<void>;
}

/** Ticks with a pause between ticks, in seconds: faster than the schedule of once a minute, which tests need not wait for. */
export const startTicking = (loop: Loop, { everySeconds }: { readonly everySeconds: number }): Ticking => {
  const records: TickRecord[] = [];
  const errors: string[] = [];
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await loop.tick().then(
        (record) => records.push(record),
        (error: unknown) => errors.push(error instanceof Error ? error.message : String(error)),
      );
      await delay(everySeconds * 1000, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    records,
    errors,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
};
