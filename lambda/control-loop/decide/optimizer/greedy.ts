import { type Placed, type Problem, podsOf, shortfalls, usdPerHour } from './problem';

/**
 * A plan of little cost, without a solver: pods are bought one by one where they mend most of what is missing per dollar, from several
 * starts, then each that is not needed is given back, and others are tried in its place.
 *
 * The start decides, as pods together serve more than each alone: queues of few pods wait longer. So each unit is tried as the one that
 * serves everything, and the cheapest units as those of which any one may be lost, beside the plain start of the least pods.
 *
 * Where the demand cannot be met, the plan that misses least of it.
 *
 * @param start pods by unit that are there: a further start, from which the plan differs only where that is worth it
 */
export const greedyPlan = (problem: Problem, start?: readonly number[]): Placed => {
  const minimum = problem.units.map(({ minimumPods }) => minimumPods);
  const starts = [
    minimum,
    ...problem.units.map((_, index) => alone(problem, minimum, index)),
    ...evenly(problem, minimum),
    ...(start === undefined ? [] : [start]),
  ];
  const plans = starts.map((pods) => finished(problem, placed(problem, pods)).counts);
  return improved(
    problem,
    plans.reduce((best, plan) => (isBetter(problem, plan, best) ? plan : best)),
  );
};

/** The plan nearest to pods that are there: what is missing is bought, what is not needed even for `keptFor` is given back. */
export const adjustedPlan = (problem: Problem, pods: readonly number[], keptFor: Problem): Placed => {
  const draft = placed(problem, pods);
  buyMissing(problem, draft);
  giveBack(keptFor, draft);
  return placedAgain(problem, draft).counts;
};

export const isBetter = (problem: Problem, plan: Placed, other: Placed): boolean => {
  const missing = totalMissing(problem, plan) - totalMissing(problem, other);
  if (Math.abs(missing) > 1e-6) return missing < 0;
  return usdPerHour(problem, plan) < usdPerHour(problem, other) - 1e-9;
};

const totalMissing = (problem: Problem, plan: Placed): number =>
  shortfalls(problem, plan).reduce((sum, { missingPerMinute }) => sum + missingPerMinute, 0);

/** A plan in the making. */
interface Draft {
  readonly counts: number[][];
  /** Devices left by pool. */
  readonly left: number[];
}

const placed = (problem: Problem, pods: readonly number[]): Draft => {
  const draft: Draft = { counts: problem.units.map(({ pools }) => pools.map(() => 0)), left: problem.pools.map(({ devices }) => devices) };
  // The least pods of all units first: no unit is to be crowded out of a pool that several share.
  const least = problem.units.map(({ minimumPods }) => minimumPods);
  for (const wanted of [least, pods])
    for (const [unit, most] of wanted.entries()) while (podsOf(draft.counts[unit]!) < most && add(problem, draft, unit)) {}
  return draft;
};

/** The place of the pool that takes the next pod of a unit: Karpenter fills the first before it tries another. */
const nextPlace = ({ units }: Problem, { counts, left }: Draft, unit: number): number => {
  const { maximumPods, devicesPerPod, pools } = units[unit]!;
  return podsOf(counts[unit]!) >= maximumPods ? -1 : pools.findIndex((pool) => left[pool]! >= devicesPerPod);
};

const add = (problem: Problem, draft: Draft, unit: number): boolean => {
  const place = nextPlace(problem, draft, unit);
  if (place < 0) return false;
  move(problem, draft, unit, place, 1);
  return true;
};

/** Puts a pod into a pool, or takes one out of it. */
const move = ({ units }: Problem, { counts, left }: Draft, unit: number, place: number, pods: 1 | -1): void => {
  counts[unit]![place]! += pods;
  left[units[unit]!.pools[place]!]! -= pods * units[unit]!.devicesPerPod;
};

/** The least pods, and of one unit as many as serve the demand. */
const alone = ({ units, demandPerMinute }: Problem, minimum: readonly number[], only: number): readonly number[] => {
  const { maximumPods, ratePerMinute } = units[only]!;
  let pods = minimum[only]!;
  while (pods < maximumPods && ratePerMinute(pods) < demandPerMinute) pods += 1;
  return minimum.map((least, index) => (index === only ? pods : least));
};

/** The cheapest two units, three and so on, each with so many pods that the others serve what is to survive without it. */
const evenly = ({ units, pools, survivingPerMinute }: Problem, minimum: readonly number[]): readonly (readonly number[])[] => {
  if (survivingPerMinute === 0) return [];
  const usdPerRate = units.map(({ pools: own, devicesPerPod, survivingRatePerMinute }) => {
    const prices = own.filter((pool) => pools[pool]!.devices >= devicesPerPod).map((pool) => pools[pool]!.usdPerDeviceHour);
    return (Math.min(...prices) * devicesPerPod) / survivingRatePerMinute(1);
  });
  const cheapest = units.map((_, index) => index).sort((left, right) => usdPerRate[left]! - usdPerRate[right]!);
  return cheapest.slice(1).map((_, others) => {
    const chosen = new Set(cheapest.slice(0, others + 2));
    return units.map(({ maximumPods, survivingRatePerMinute }, index) => {
      if (!chosen.has(index)) return minimum[index]!;
      const pods = Math.round(survivingPerMinute / (others + 1) / survivingRatePerMinute(1));
      return Math.min(maximumPods, Math.max(minimum[index]!, pods));
    });
  });
};

const finished = (problem: Problem, draft: Draft, without?: number): Draft => {
  buyMissing(problem, draft, without);
  giveBack(problem, draft);
  return placedAgain(problem, draft);
};

/** The same pods, in the first pools that have room for them now that others are gone. */
const placedAgain = (problem: Problem, draft: Draft): Draft => placed(problem, draft.counts.map(podsOf));

/** Buys pods, each where it mends most per dollar, until nothing is missing or nothing helps. A unit may be left out. */
const buyMissing = (problem: Problem, draft: Draft, without?: number): void => {
  for (;;) {
    const best = bestPods(problem, draft, without);
    if (best === undefined) return;
    for (let pod = 0; pod < best.pods; pod += 1) add(problem, draft, best.unit);
  }
};

/** Pods of one unit that are weighed together: the first alone may serve next to nothing within the objective. */
const TOGETHER = 3;

const bestPods = (
  problem: Problem,
  draft: Draft,
  without: number | undefined,
): { readonly unit: number; readonly pods: number } | undefined => {
  const { units, pools } = problem;
  const missing = shortfalls(problem, draft.counts);
  if (missing.length === 0) return undefined;
  let best: { readonly unit: number; readonly pods: number; readonly worth: number } | undefined;
  for (const [unit, { ratePerMinute, survivingRatePerMinute, devicesPerPod, maximumPods, pools: own }] of units.entries()) {
    const place = unit === without ? -1 : nextPlace(problem, draft, unit);
    if (place < 0) continue;
    const pool = own[place]!;
    const pods = podsOf(draft.counts[unit]!);
    const room = Math.min(TOGETHER, maximumPods - pods, Math.floor(draft.left[pool]! / devicesPerPod));
    const usd = Math.max(pools[pool]!.usdPerDeviceHour * devicesPerPod, MIN_USD_PER_HOUR);
    for (let more = 1; more <= room; more += 1) {
      let mended = 0;
      for (const { lostPool, missingPerMinute } of missing) {
        // What is lost with its pool does not help when that pool is lost.
        if (lostPool === pool) continue;
        const rateOf = lostPool === undefined ? ratePerMinute : survivingRatePerMinute;
        const left = pods - (lostPool === undefined ? 0 : (draft.counts[unit]![own.indexOf(lostPool)] ?? 0));
        mended += Math.min(missingPerMinute, rateOf(left + more) - rateOf(left));
      }
      const worth = mended / (more * usd);
      if (mended > 1e-9 && (best === undefined || worth > best.worth)) best = { unit, pods: more, worth };
    }
  }
  return best;
};

/** Reserved capacity is paid for: it costs nothing more, and is compared all the same. */
const MIN_USD_PER_HOUR = 1e-6;

/** Gives back pods that are not needed, the dearest first; of each unit those that found room last. */
const giveBack = (problem: Problem, draft: Draft): void => {
  const { units, pools } = problem;
  const missing = totalMissing(problem, draft.counts);
  const needed = new Set<number>();
  for (;;) {
    let dearest: { readonly unit: number; readonly place: number; readonly usd: number } | undefined;
    for (const [unit, { minimumPods, devicesPerPod, pools: own }] of units.entries()) {
      const place = draft.counts[unit]!.findLastIndex((pods) => pods > 0);
      if (needed.has(unit) || place < 0 || podsOf(draft.counts[unit]!) <= minimumPods) continue;
      const usd = pools[own[place]!]!.usdPerDeviceHour * devicesPerPod;
      if (dearest === undefined || usd >= dearest.usd) dearest = { unit, place, usd };
    }
    if (dearest === undefined) return;
    move(problem, draft, dearest.unit, dearest.place, -1);
    if (totalMissing(problem, draft.counts) <= missing + 1e-6) continue;
    move(problem, draft, dearest.unit, dearest.place, 1);
    needed.add(dearest.unit);
  }
};

/** Tries to do without one and two pods of each unit, with others in their place. */
const improved = (problem: Problem, plan: Placed): Placed => {
  let best = plan;
  for (const unit of problem.units.keys()) {
    for (const fewer of [1, 2]) {
      const pods = best.map(podsOf);
      if (pods[unit]! - fewer < problem.units[unit]!.minimumPods) continue;
      pods[unit]! -= fewer;
      const other = finished(problem, placed(problem, pods), unit);
      if (isBetter(problem, other.counts, best)) best = other.counts;
    }
  }
  return best;
};
