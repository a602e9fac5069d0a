/** A pool, as a plan sees it. */
interface PlannedPool {
  readonly name: string;
  /** Devices that may be counted on. */
  readonly devices: number;
  readonly usdPerDeviceHour: number;
  /** Whether the loss of this pool is to be survived: one that is lost already is not. */
  readonly mayBeLost: boolean;
}

/** A unit, as a plan sees it. */
export interface PlannedUnit {
  readonly name: string;
  readonly minimumPods: number;
  readonly maximumPods: number;
  readonly devicesPerPod: number;
  /** Places of its pools among those of the problem, the one that is tried first in front. */
  readonly pools: readonly number[];
  /** Requests per minute that so many pods serve within the objective; never less for more pods. */
  readonly ratePerMinute: (pods: number) => number;
  /** What so many pods serve until lost ones are replaced, in requests per minute: at least `ratePerMinute`, for no request fails while queues are stable. */
  readonly survivingRatePerMinute: (pods: number) => number;
}

/**
 * How many pods of each unit serve a rate at the least price.
 *
 * The pods of a plan serve `demandPerMinute`, and without any one pool that may be lost `survivingPerMinute`.
 */
export interface Problem {
  readonly units: readonly PlannedUnit[];
  readonly pools: readonly PlannedPool[];
  readonly demandPerMinute: number;
  readonly survivingPerMinute: number;
}

/** Pods by unit, and of each by place of the pool in the order of the unit. */
export type Placed = readonly (readonly number[])[];

/** A rate this small, in requests per minute, is no shortfall: sums of fractions are not exact. */
const NEGLIGIBLE_PER_MINUTE = 1e-6;

export const podsOf = (placed: readonly number[]): number => placed.reduce((sum, pods) => sum + pods, 0);

/** What a plan costs, in USD per hour. */
export const usdPerHour = ({ units, pools }: Problem, plan: Placed): number =>
  units.reduce(
    (total, { devicesPerPod, pools: own }, index) =>
      total + own.reduce((sum, pool, place) => sum + plan[index]![place]! * devicesPerPod * pools[pool]!.usdPerDeviceHour, 0),
    0,
  );

export interface Shortfall {
  /** Place of the pool that is lost; left out where none is. */
  readonly lostPool?: number;
  readonly missingPerMinute: number;
}

/** What a plan serves, in requests per minute: with all pools, and without each of them. */
const servedPerMinute = ({ units, pools }: Problem, plan: Placed): { readonly all: number; readonly withoutPool: readonly number[] } => {
  const lost = pools.map(() => 0);
  let all = 0;
  let surviving = 0;
  for (const [index, { pools: own, ratePerMinute, survivingRatePerMinute }] of units.entries()) {
    const placed = plan[index]!;
    const pods = podsOf(placed);
    const rate = survivingRatePerMinute(pods);
    all += ratePerMinute(pods);
    surviving += rate;
    for (const [place, pool] of own.entries()) if (placed[place]! > 0) lost[pool]! += rate - survivingRatePerMinute(pods - placed[place]!);
  }
  return { all, withoutPool: lost.map((rate) => surviving - rate) };
};

/** What a plan does not serve, with all pools and without each that may be lost; empty where it serves everything. */
export const shortfalls = (problem: Problem, plan: Placed): readonly Shortfall[] => {
  const { pools, demandPerMinute, survivingPerMinute } = problem;
  const { all, withoutPool } = servedPerMinute(problem, plan);
  const missing: Shortfall[] = [];
  if (demandPerMinute - all > NEGLIGIBLE_PER_MINUTE) missing.push({ missingPerMinute: demandPerMinute - all });
  for (const [pool, { mayBeLost }] of pools.entries()) {
    const missingPerMinute = survivingPerMinute - withoutPool[pool]!;
    if (mayBeLost && missingPerMinute > NEGLIGIBLE_PER_MINUTE) missing.push({ lostPool: pool, missingPerMinute });
  }
  return missing;
};
