/** Pods that may be bought in one place, a unit on a pool. */
export interface Offer {
  /** What a pod serves, in requests per minute. */
  readonly ratePerMinute: number;
  readonly usdPerHour: number;
  readonly maximumPods: number;
}

/** Rates are counted in this many requests per minute: what a pod serves is cut to a multiple, what is asked for rounded up to one. */
const STEP_PER_MINUTE = 5;

/**
 * The cheapest whole pods whose rates add up to at least what is asked for: a covering integer program with one constraint, solved exactly,
 * but for the step of rates, by dynamic programming. Where all pods together do not serve it, all of them.
 *
 * S. Martello, P. Toth, "Knapsack Problems", 1990, section 3 (the bounded knapsack problem).
 */
export const cheapestCover = (offers: readonly Offer[], ratePerMinute: number): readonly number[] => {
  const needed = Math.max(0, Math.ceil(ratePerMinute / STEP_PER_MINUTE));
  const steps = offers.map((offer) => Math.floor(offer.ratePerMinute / STEP_PER_MINUTE));
  // What the offers up to one cost at least for each number of steps, and how many pods of it that takes.
  let cost = Array.from({ length: needed + 1 }, (_, step) => (step === 0 ? 0 : Number.POSITIVE_INFINITY));
  const taken: number[][] = [];
  for (const [index, { usdPerHour, maximumPods }] of offers.entries()) {
    const own = steps[index]!;
    const most = own === 0 ? 0 : Math.min(maximumPods, Math.ceil(needed / own));
    const pods: number[] = [];
    const next: number[] = [];
    for (let step = 0; step <= needed; step++) {
      let best = cost[step]!;
      let count = 0;
      for (let number = 1; number <= most; number++) {
        const usd = cost[Math.max(0, step - number * own)]! + number * usdPerHour;
        if (usd < best) {
          best = usd;
          count = number;
        }
        if (number * own >= step) break;
      }
      next.push(best);
      pods.push(count);
    }
    cost = next;
    taken.push(pods);
  }
  if (cost[needed] === Number.POSITIVE_INFINITY) return offers.map(({ maximumPods }) => maximumPods);
  const counts = offers.map(() => 0);
  for (let index = offers.length - 1, left = needed; index >= 0; index--) {
    counts[index] = taken[index]![left]!;
    left = Math.max(0, left - counts[index]! * steps[index]!);
  }
  return counts;
};
