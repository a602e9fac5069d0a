import type { SpendingRate } from '../twin/spending';
import { BUCKETS } from '../twin/traffic/histogram';
import { type LatencySummary, latencySummary } from '../twin/traffic/statistics';
import type { Twin } from '../twin/twin';

/** What is read from the twin at the end of each minute. */
export interface MinuteSample {
  /** By unit index over all fleets; of each fleet they add up to 1. */
  readonly shareByUnit: readonly number[];
  readonly readyPodsByPool: Readonly<Record<string, number>>;
  readonly costUsdPerHour: number;
  readonly spending: SpendingRate;
  /** By unit index over all fleets. */
  readonly readyPodsByUnit: readonly number[];
  /** Of the requests of all fleets that were answered in the minute. */
  readonly latencySeconds: LatencySummary;
}

/** Reads the twin at the end of a minute. */
export const sampleOf = ({ cluster, fleets, kernel }: Twin): MinuteSample => {
  const latencies = new Float64Array(BUCKETS);
  for (const { traffic } of fleets) traffic.addMinuteLatencies(latencies, kernel.now / 60 - 1);
  return {
    shareByUnit: fleets.flatMap(({ router: { weights } }) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => (total === 0 ? 0 : weight / total));
    }),
    readyPodsByPool: Object.fromEntries(Object.entries(cluster.pools).map(([pool, { readyPods }]) => [pool, readyPods])),
    costUsdPerHour: cluster.billing.rateUsdPerHour(kernel.now),
    spending: cluster.spending,
    readyPodsByUnit: Object.values(cluster.units).map(({ readyPods }) => readyPods),
    latencySeconds: latencySummary(latencies),
  };
};
