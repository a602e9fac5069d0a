import type { UnitCapacity } from './unit-capacity';

/** A unit in one step. */
export interface UnitChoice {
  readonly capacity: UnitCapacity;
  /** Requests per minute that a pod serves when it never idles. */
  readonly throughputPerMinute: number;
  /** Where its pods may run. */
  readonly pools: readonly { readonly priceUsdPerHour: number; readonly maximumPods: number }[];
}

/** What a step asks for. */
export interface Need {
  readonly demandPerMinute: number;
  /** Part of the demand that is to be served after the loss of any one pool. */
  readonly resilience: number;
  /** Whether what is left after a loss still serves within the objective, or only does not fall behind. */
  readonly isStrict: boolean;
}

/** Some units together: what they cost, and what they serve with all pools and after a loss. */
interface Combination {
  readonly usdPerHour: number;
  readonly within: number;
  readonly after: number;
}

/** Parts of the reserve in which the search goes over what the pool that carries most may carry, where these are not multiples of few rates. */
const LOSSES_IN_RESERVE = 40;
/** So many single values at most. */
const MAX_LOSSES = 400;

/**
 * The least US dollars per hour of whole pods that serve a demand within the objective and survive the loss of any one pool;
 * undefined where no purchase does. What one pool carries is counted by unit, so that where units share pools this may be too low.
 *
 * The search goes over M, the most that any pool carries: with it the loss of whichever pool is survived exactly if all units together
 * serve M more than must be served after a loss. For each M the pools of a unit are filled from the cheapest, each up to M, and units are
 * combined one after another; of combinations only those are kept that no other one beats in cost and in both capacities.
 */
export const cheapestFleet = (units: readonly UnitChoice[], need: Need): number | undefined => {
  if (need.demandPerMinute <= 0) return 0;
  const reserve = need.resilience * need.demandPerMinute;
  // The cheapest first: then what is still missing is dear, and few combinations need to be looked at.
  const ordered = [...units].sort((left, right) => usdPerRate(left) - usdPerRate(right));
  if (reserve === 0) return cheapestWith(ordered, need, 0, Number.POSITIVE_INFINITY, undefined);
  const atLeastPerRate = usdPerRate(ordered[0]!);
  let best: number | undefined;
  for (const [least, most] of largestLosses(units, need, reserve)) {
    if (best !== undefined && (reserve + least) * atLeastPerRate >= best) continue;
    best = cheapestWith(ordered, need, reserve + least, most, best) ?? best;
  }
  return best;
};

/** No pod serves more than its throughput: what a rate costs at least, per request a minute. */
const usdPerRate = ({ pools, throughputPerMinute }: UnitChoice): number =>
  Math.min(...pools.map(({ priceUsdPerHour }) => priceUsdPerHour)) / throughputPerMinute;

/**
 * Intervals of what the pool that carries most may carry: each value that it can take, where these are not too many, otherwise a grid,
 * which may be too generous.
 */
const largestLosses = (units: readonly UnitChoice[], need: Need, reserve: number): readonly (readonly [number, number])[] => {
  const values = [...new Set(units.flatMap((unit) => lossesOf(unit, need, reserve)))];
  const step = reserve / LOSSES_IN_RESERVE;
  const intervals =
    values.length <= MAX_LOSSES
      ? values.map((value): readonly [number, number] => [value, value])
      : Array.from({ length: Math.ceil(Math.max(...values) / step) }, (_, index): readonly [number, number] => [
          index * step,
          (index + 1) * step,
        ]);
  // A fleet over three pools of like size loses half of the reserve: near it the best is found early, and the rest is soon out of question.
  return intervals.sort((left, right) => Math.abs(left[0] - reserve / 2) - Math.abs(right[0] - reserve / 2));
};

/** What a unit may lose with a pool. Twice what serves everything alone is the most that it is worth having: in two pools. */
const lossesOf = ({ capacity, pools }: UnitChoice, { demandPerMinute, isStrict }: Need, reserve: number): readonly number[] => {
  const after = isStrict ? capacity.within : capacity.stable;
  const room = pools.reduce((sum, { maximumPods }) => sum + maximumPods, 0);
  let alone = 1;
  while (alone < room && (capacity.within(alone) < demandPerMinute || after(alone) < reserve)) alone++;
  const most = Math.min(room, 2 * alone);
  const losses: number[] = [];
  for (let pods = 1; pods <= most; pods++) {
    for (let lost = 1; lost <= pods; lost++) losses.push(after(pods) - after(pods - lost));
  }
  return losses.map((loss) => Number(loss.toFixed(6)));
};

const cheapestWith = (
  units: readonly UnitChoice[],
  need: Need,
  afterNeeded: number,
  mostLost: number,
  below: number | undefined,
): number | undefined => {
  const withinNeeded = need.demandPerMinute;
  const stillNeeded = ({ within, after }: Combination): number => Math.max(withinNeeded - within, afterNeeded - after);
  let combinations: readonly Combination[] = [{ usdPerHour: 0, within: 0, after: 0 }];
  for (const [index, unit] of units.entries()) {
    const later = Math.min(Number.POSITIVE_INFINITY, ...units.slice(index + 1).map(usdPerRate));
    const options = optionsOf(unit, need, withinNeeded, afterNeeded, mostLost);
    const next: Combination[] = [];
    for (const before of combinations) {
      for (const option of options) {
        const combined = {
          usdPerHour: before.usdPerHour + option.usdPerHour,
          within: Math.min(withinNeeded, before.within + option.within),
          after: Math.min(afterNeeded, before.after + option.after),
        };
        const missing = stillNeeded(combined);
        const atLeast = combined.usdPerHour + (missing > TINY ? missing * later : 0);
        if (Number.isFinite(atLeast) && (below === undefined || atLeast < below)) next.push(combined);
        // More pods of the unit only cost more.
        if (missing <= TINY) break;
      }
    }
    combinations = unbeaten(next);
  }
  const enough = combinations.filter((combination) => stillNeeded(combination) <= TINY);
  return enough.length === 0 ? undefined : Math.min(...enough.map(({ usdPerHour }) => usdPerHour));
};

/** Less than any rate that matters. */
const TINY = 1e-6;

/** One option for each number of pods that the pools can hold, from none to as many as serve everything alone. */
const optionsOf = (
  { capacity, pools }: UnitChoice,
  { isStrict }: Need,
  withinNeeded: number,
  afterNeeded: number,
  mostLost: number,
): readonly Combination[] => {
  const after = isStrict ? capacity.within : capacity.stable;
  const byPrice = [...pools].sort((left, right) => left.priceUsdPerHour - right.priceUsdPerHour);
  const room = pools.reduce((sum, { maximumPods }) => sum + maximumPods, 0);
  const options: Combination[] = [];
  for (let pods = 0; pods <= room; pods++) {
    const inPool = largest(pods, (lost) => after(pods) - after(pods - lost) <= mostLost + TINY);
    let left = pods;
    let usdPerHour = 0;
    for (const { priceUsdPerHour, maximumPods } of byPrice) {
      const taken = Math.min(left, inPool, maximumPods);
      usdPerHour += taken * priceUsdPerHour;
      left -= taken;
    }
    const option = { usdPerHour, within: capacity.within(pods), after: after(pods) };
    // Where so many find no place, more do not either.
    if (left > 0) break;
    options.push(option);
    if (option.within >= withinNeeded && option.after >= afterNeeded) break;
  }
  return options;
};

/** The largest whole number up to a limit for which a condition holds that holds for all below it. */
const largest = (limit: number, holds: (value: number) => boolean): number => {
  if (holds(limit)) return limit;
  let low = 0;
  let high = limit;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
};

/** Those that no other combination beats in cost and in both capacities. */
const unbeaten = (combinations: Combination[]): readonly Combination[] => {
  combinations.sort((left, right) => left.usdPerHour - right.usdPerHour || right.within - left.within || right.after - left.after);
  const kept: Combination[] = [];
  // Of those kept, the ones that are largest: whatever is beaten at all is beaten by one of them.
  let front: Combination[] = [];
  for (const candidate of combinations) {
    if (front.some(({ within, after }) => within >= candidate.within && after >= candidate.after)) continue;
    front = front.filter(({ within, after }) => within > candidate.within || after > candidate.after);
    front.push(candidate);
    kept.push(candidate);
  }
  return kept;
};
