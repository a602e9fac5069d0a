import type { Fleet } from '../../lambda/control-loop/model/fleet';
import { highestRate } from './deterministic-queue';
import type { Offer } from './inputs';

/** What so many pods of a unit can serve, in requests per minute, at most. */
export interface UnitCapacity {
  /** Within the objective. */
  within(pods: number): number;
  /** Without falling behind: by pods that are not too busy, or within the objective, where that allows more. */
  stable(pods: number): number;
}

/** How busy pods may be after a loss, until their replacements are there: above it a queue grows for longer than a cold start. */
const BUSY_AT_MOST = 0.95;

/** Numbers of pods for which the rate is computed; between two of them it lies below their chord, as it grows faster than the pods. */
const COMPUTED_PODS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64];

const known = new Map<string, number>();

/**
 * What pods of a unit serve: within the objective by the queue M/D/c, whose service times vary the least, in one queue for all pods,
 * which no router beats. Where arrivals are more regular than at random, all that the pods can work off.
 */
export const unitCapacity = (
  { station, throughputPerMinute }: Offer,
  { latencySeconds, percentile, attainment }: Fleet['objective'],
  hasRandomArrivals: boolean,
): UnitCapacity => {
  const { servers, serviceSeconds } = station;
  const mayMiss = Math.max(1e-4, 1 - Math.max(percentile / 100, attainment));
  const waitSeconds = latencySeconds - serviceSeconds;
  const computed = (pods: number): number => {
    if (pods === 0 || waitSeconds < 0) return 0;
    const key = [pods * servers, serviceSeconds, waitSeconds, mayMiss].join('/');
    const rate = known.get(key) ?? highestRate(pods * servers, serviceSeconds, waitSeconds, mayMiss);
    known.set(key, rate);
    return rate * 60;
  };
  const within = (pods: number): number => {
    if (waitSeconds < 0) return 0;
    if (!hasRandomArrivals) return pods * throughputPerMinute;
    const above = COMPUTED_PODS.findIndex((size) => size >= pods);
    const last = COMPUTED_PODS.at(-1)!;
    if (above === -1) return computed(last) + (pods - last) * throughputPerMinute;
    const [fewer, more] = [COMPUTED_PODS[Math.max(0, above - 1)]!, COMPUTED_PODS[above]!];
    if (more === pods) return computed(pods);
    return computed(fewer) + ((computed(more) - computed(fewer)) * (pods - fewer)) / (more - fewer);
  };
  const rates: number[] = [];
  const once = (pods: number): number => (rates[pods] ??= within(pods));
  return { within: once, stable: (pods) => Math.max(once(pods), pods * throughputPerMinute * BUSY_AT_MOST) };
};
