import type { UnitMinute } from '../../model/observation';

/** A minute from which something can be learned. */
export interface Evidence {
  /** Start of the minute, in seconds since the epoch. */
  readonly startSeconds: number;
  /** Pods that answered. */
  readonly pods: number;
  readonly answered: number;
  readonly latencySeconds: number;
  /** The same of the minute before; a minute without a request has no latency. */
  readonly before: { readonly throughputPerMinute: number; readonly latencySeconds: number };
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
/** Pods may still work on requests that were given up: after errors a unit has this long to settle. */
const SETTLE_SECONDS = 300;
/** Part of the pods that may have come or gone since the minute before. */
const MAX_CHANGED_PODS = 0.05;
/** A pod that has been ready for less may still warm up. */
const WARM_UP_SECONDS = 60;

/**
 * What a minute can tell of its unit; `undefined` where it tells nothing: too few requests, errors in it or shortly before, anything
 * unknown, pods that came or went, pods that only just started.
 *
 * @param minutes by their start, in seconds since the epoch
 * @param percentile between 0 and 100
 * @param readySeconds when the unit's pods became ready, in seconds since the epoch
 */
export const evidenceOf = (
  startSeconds: number,
  minutes: ReadonlyMap<number, UnitMinute>,
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
  for (let earlier = startSeconds; earlier >= startSeconds - SETTLE_SECONDS; earlier -= 60) {
    const { errors = 0, answered: then = 0 } = minutes.get(earlier) ?? {};
    if (!(errors <= MAX_ERRORS * beyond * then)) return undefined;
  }
  if (Math.abs(healthyHosts - before.healthyHosts) > MAX_CHANGED_PODS * healthyHosts) return undefined;
  if (readySeconds.some((ready) => ready > startSeconds - WARM_UP_SECONDS && ready < startSeconds + 60)) return undefined;
  return {
    startSeconds,
    pods: Math.min(healthyHosts, before.healthyHosts),
    answered,
    latencySeconds,
    before: { throughputPerMinute: before.answered / before.healthyHosts, latencySeconds: before.latencySeconds ?? 0 },
  };
};

const isQuantity = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value) && value >= 0;
const isPositive = (value: number | undefined): value is number => isQuantity(value) && value > 0;
