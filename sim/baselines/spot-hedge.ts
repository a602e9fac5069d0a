import { type FleetView, type Rule, sharesByCapacity, spotFirst, type WantedUnit } from './rule';

/** A pool that refused a launch is not asked again for this long. */
const AVOID_SECONDS = 1800;

export interface SpotHedgeOptions {
  /** Part of its throughput that a pod is to serve. */
  readonly utilization: number;
  /** Pods beyond those that are needed, on spot. */
  readonly extraPods: number;
}

interface SpotPool {
  readonly unit: string;
  readonly pool: string;
  readonly ratePerMinute: number;
}

/**
 * As many spot pods as are needed and some extra, spread evenly over the spot pools that did not refuse lately; on demand stands in, on the
 * cheapest pool, for what is not ready on spot, and goes when it is.
 *
 * Z. Mao et al., "SkyServe: Serving AI Models across Regions and Clouds with Spot Instances", EuroSys 2025 (arXiv 2411.01438), section 3,
 * SpotHedge: dynamic placement, N_extra, dynamic fallback. Its zones are pools here.
 */
export const spotHedge =
  ({ utilization, extraPods }: SpotHedgeOptions): Rule =>
  (view) => {
    const { fleet, demandPerMinute } = view;
    const shares = sharesByCapacity(view);
    const planned = demandPerMinute === undefined ? undefined : plan(view, demandPerMinute, { utilization, extraPods });
    return {
      units: Object.fromEntries(
        fleet.units.map(({ name, profile, pools, minimumReplicas, maximumReplicas }): [string, WantedUnit] => {
          const pods = planned && pools.reduce((sum, pool) => sum + (planned[pool] ?? 0), 0);
          return [
            name,
            {
              ...(pods !== undefined && { floor: Math.min(maximumReplicas, Math.max(minimumReplicas, pods)) }),
              targetPerMinute: profile.throughputPerMinute,
              share: shares[name]!,
            },
          ];
        }),
      ),
      poolOrder: spotFirst(view),
      removesDearest: true,
    };
  };

/** Pods by pool. */
const plan = (view: FleetView, demandPerMinute: number, { utilization, extraPods }: SpotHedgeOptions): Record<string, number> => {
  const { fleet, nowSeconds, readyPods, refusedSeconds, priceUsdPerDeviceHour } = view;
  const pods: Record<string, number> = {};
  const placesOf = (isSpot: boolean): readonly SpotPool[] =>
    fleet.units.flatMap((unit) =>
      unit.pools
        .filter((pool) => (fleet.pools.find(({ name }) => name === pool)!.capacityType === 'spot') === isSpot)
        .map((pool) => ({ unit: unit.name, pool, ratePerMinute: utilization * unit.profile.throughputPerMinute })),
    );
  const perRequest = ({ pool, ratePerMinute }: SpotPool): number => priceUsdPerDeviceHour[pool]! / ratePerMinute;
  const spot = placesOf(true);
  const ready = (place: SpotPool): number => readyPods[place.unit]?.[place.pool] ?? 0;
  const isAvoided = ({ pool }: SpotPool): boolean => nowSeconds - (refusedSeconds[pool] ?? Number.NEGATIVE_INFINITY) < AVOID_SECONDS;
  const active = spot.filter((place) => !isAvoided(place)).toSorted((left, right) => perRequest(left) - perRequest(right));
  // What runs in a pool that refused stays.
  for (const place of spot.filter(isAvoided)) pods[place.pool] = ready(place);
  let left = demandPerMinute - spot.filter(isAvoided).reduce((sum, place) => sum + ready(place) * place.ratePerMinute, 0);
  let extra = extraPods;
  for (let turn = 0; active.length > 0 && (left > 0 || extra > 0); turn++) {
    const place = active[turn % active.length]!;
    pods[place.pool] = (pods[place.pool] ?? 0) + 1;
    if (left > 0) left -= place.ratePerMinute;
    else extra -= 1;
  }
  const missing = demandPerMinute - spot.reduce((sum, place) => sum + ready(place) * place.ratePerMinute, 0);
  const fallback = placesOf(false).toSorted((first, second) => perRequest(first) - perRequest(second))[0];
  if (fallback !== undefined && missing > 0) pods[fallback.pool] = Math.ceil(missing / fallback.ratePerMinute);
  return pods;
};
