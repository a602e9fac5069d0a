import { messageOf } from '../concurrency';

/** The end of the time given to observation. */
export interface Deadline {
  readonly seconds: number;
  readonly passed: boolean;
  /** Resolves when the deadline passes. */
  readonly reached: Promise<void>;
  /** Stops the timer. */
  cancel(): void;
}

/**
 * Starts a deadline in real time, so that a call that never answers is given up too.
 * Where every port answers without waiting, as in the twin, its timer cannot fire.
 */
export const startDeadline = (seconds: number): Deadline => {
  let passed = false;
  let resolve: () => void = () => {};
  const reached = new Promise<void>((done) => {
    resolve = done;
  });
  const pass = () => {
    passed = true;
    resolve();
  };
  const timer = seconds > 0 ? setTimeout(pass, seconds * 1000) : undefined;
  if (timer === undefined) pass();
  return {
    seconds,
    get passed() {
      return passed;
    },
    reached,
    cancel: () => clearTimeout(timer),
  };
};

/** What a source gave, or why it gave nothing. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * Runs one source: its failure or lateness becomes a reason and touches no other source.
 *
 * @param source the source as it is to be named in the reason, for example `CloudWatch GetMetricData`
 */
export const attempt = async <T>(source: string, deadline: Deadline, work: () => Promise<T>): Promise<Attempt<T>> => {
  const late = (): Attempt<T> => ({
    ok: false,
    reason: `${source} did not answer within the ${Math.max(0, Math.round(deadline.seconds * 10) / 10)} s given to observation`,
  });
  if (deadline.passed) return late();
  const answered = async (): Promise<Attempt<T>> => {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      return { ok: false, reason: `${source} failed: ${messageOf(error)}` };
    }
  };
  return Promise.race([answered(), deadline.reached.then(late)]);
};
