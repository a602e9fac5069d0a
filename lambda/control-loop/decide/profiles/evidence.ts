import type { UnitMinute } from '../../model/observation';

/** One minute of a unit, as its profile is learned from it. */
export interface SeenMinute extends UnitMinute {
  /**
   * Requests that the router gave up on while they waited for pods, in an overload: those of the unit, and those that may have been of
   * other units as well. Left out where that is not known.
   */
  readonly givenUp?: number;
}

interface GivenUp {
  /** In the minute itself. */
  readonly now: number;
  /** As long as pods may still be busy with them, the minute itself included. */
  readonly lately: number;
  /**
   * The most minutes of work that they have left in one pod and still do, summed over the pods and times what a pod serves in a minute: a
   * request that was given up n minutes ago helps to keep a pod busy to this day only if n + 1 minutes of work were before it.
   */
  readonly clogging: number;
}

/** A minute from which something can be learned. */
export interface Evidence {
  /** Start of the minute, in seconds since the epoch. */
  readonly startSeconds: number;
  /** Pods that answered. */
  readonly pods: number;
  readonly answered: number;
  readonly latencySeconds: number;
  /** Requests that the router gave up on, and that pods work on all the same; left out where there were none for a while. */
  readonly givenUp?: GivenUp;
  /** The same of the minute before; a minute without a request has no latency. */
  readonly before: { readonly throughputPerMinute: number; readonly answered: number; readonly latencySeconds: number };
}

const MIN_ANSWERED = 20;

/**
 * The requests in a minute from which on their latency at a percentile is not that of the slowest one alone.
 *
 * @param percentile between 0 and 100
 */
export const fewestRequests = (percentile: number): number => Math.max(MIN_ANSWERED, 1 / (1 - percentile / 100));

/** Part of the requests beyond the percentile that may be errors: a stray one moves no percentile. */
const MAX_ERRORS = 0.1;
/** After errors a unit has this long to settle. */
const SETTLE_SECONDS = 300;
/** Pods work on requests that were given up, and may still be busy with those of this long ago. */
const WASTED_SECONDS = 1500;
/** Part of the pods that may have come or gone since the minute before. */
const MAX_CHANGED_PODS = 0.05;
/** A pod that has been ready for less may still warm up. */
const WARM_UP_SECONDS = 60;

/**
 * What a minute can tell of its unit; `undefined` where it tells nothing: too few requests, pods that answered with errors in it or
 * shortly before, anything unknown, pods that came or went, pods that only just started.
 *
 * @param minutes by their start, in seconds since the epoch
 * @param percentile between 0 and 100
 * @param readySeconds when the unit's pods became ready, in seconds since the epoch
 */
export const evidenceOf = (
  startSeconds: number,
  minutes: ReadonlyMap<number, SeenMinute>,
  percentile: number,
  readySeconds: readonly number[],
): Evidence | undefined => {
  const minute = minutes.get(startSeconds);
  const before = minutes.get(startSeconds - 60);
  if (minute === undefined || before === undefined) return undefined;
  const { answered, latencySeconds, healthyHosts } = minute;
  if (!isPositive(answered) || !isPositive(latencySeconds) || !isPositive(healthyHosts)) return undefined;
  if (!isQuantity(before.answered) || !isPositive(before.healthyHosts)) return undefined;
  if (before.answered > 0 && !isPositive(before.latencySeconds)) return undefined;
  const beyond = 1 - percentile / 100;
  if (answered < fewestRequests(percentile)) return undefined;
  if (!isQuantity(minute.errors) || !isQuantity(before.errors)) return undefined;
  const givenUp = isSettled(startSeconds, minutes, beyond) ? undefined : givenUpBy(startSeconds, minutes, beyond);
  if (givenUp === 'unknown') return undefined;
  if (Math.abs(healthyHosts - before.healthyHosts) > MAX_CHANGED_PODS * healthyHosts) return undefined;
  if (readySeconds.some((ready) => ready > startSeconds - WARM_UP_SECONDS && ready < startSeconds + 60)) return undefined;
  return {
    startSeconds,
    pods: Math.min(healthyHosts, before.healthyHosts),
    answered,
    latencySeconds,
    ...(givenUp && { givenUp }),
    before: {
      throughputPerMinute: before.answered / before.healthyHosts,
      answered: before.answered,
      latencySeconds: before.latencySeconds ?? 0,
    },
  };
};

/** Whether there were no errors for a while. */
const isSettled = (startSeconds: number, minutes: ReadonlyMap<number, SeenMinute>, beyond: number): boolean => {
  for (let earlier = startSeconds; earlier >= startSeconds - SETTLE_SECONDS; earlier -= 60) {
    const { errors = 0, answered = 0 } = minutes.get(earlier) ?? {};
    if (!(errors <= MAX_ERRORS * beyond * answered)) return false;
  }
  return true;
};

/**
 * The requests of a unit that were given up; unknown where a count is, and where the pods themselves answered with errors, of which
 * nobody knows the work.
 */
const givenUpBy = (startSeconds: number, minutes: ReadonlyMap<number, SeenMinute>, beyond: number): GivenUp | 'unknown' => {
  let now = 0;
  let lately = 0;
  let clogging = 0;
  for (let earlier = startSeconds; earlier >= startSeconds - WASTED_SECONDS; earlier -= 60) {
    const { errors = 0, failed, givenUp, requests, answered } = minutes.get(earlier) ?? {};
    if (errors === 0) continue;
    if (!isQuantity(failed) || !isQuantity(givenUp) || !isQuantity(requests) || !isQuantity(answered)) return 'unknown';
    if (failed > MAX_ERRORS * beyond * answered) return 'unknown';
    const own = Math.min(givenUp, Math.max(0, requests - answered));
    if (earlier === startSeconds) now = own;
    lately += own;
    clogging += own / ((startSeconds - earlier) / 60 + 1);
  }
  return { now, lately, clogging };
};

const isQuantity = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value) && value >= 0;
const isPositive = (value: number | undefined): value is number => isQuantity(value) && value > 0;
