import { cheapestFleet, type UnitChoice } from './cheapest-fleet';
import type { BoundsInput } from './inputs';
import { unitCapacity } from './unit-capacity';

export interface WholePodsBound {
  readonly usd: number;
  /** The part of the steps in which no purchase could hold all that was asked for: they count with as much of it as could be held. */
  readonly unmetPart: number;
}

/** Demands are cut to a multiple of this part of themselves, so that like steps are solved once; the bound is at most so much too low. */
const DEMAND_STEP = 0.02;

/** Where capacity is not to be had, less is asked for: first of the reserve, then of the demand. */
const LESS = [0.75, 0.5, 0.25, 0];

/**
 * The least cost of serving a scenario for a buyer who knows it in advance and buys whole pods, whose requests queue: in each step they
 * are answered within the objective, and after the loss of any one pool so are `resilience` of them (`isStrict`), or the queues at
 * least do not grow. Starts are free, so that each step is by itself. Fleets that share pools are each given all of them.
 */
export const wholePodsBound = ({ steps, fleets, pools, offers }: BoundsInput, isStrict: boolean): WholePodsBound => {
  const hours = steps.stepSeconds / 3600;
  let usd = 0;
  let unmet = 0;
  for (const [index, { demandPerMinute, objective, resilience, hasRandomArrivals }] of fleets.entries()) {
    const own = offers.filter(({ fleet }) => fleet === index);
    const units = [...new Set(own.map(({ unit }) => unit))].map((name) => {
      const places = own.filter(({ unit }) => unit === name);
      const best = places.reduce((left, right) => (right.throughputPerMinute > left.throughputPerMinute ? right : left));
      return { places, best, capacity: unitCapacity(best, objective, hasRandomArrivals) };
    });
    const solved = new Map<string, { readonly usdPerHour: number; readonly isMet: boolean }>();
    for (let step = 0; step < steps.startsSeconds.length; step++) {
      const demand = cut(demandPerMinute[step]!);
      if (demand === 0) continue;
      const choices = units.map(
        ({ places, best, capacity }): UnitChoice => ({
          capacity,
          throughputPerMinute: best.throughputPerMinute,
          pools: places.map((offer) => ({
            priceUsdPerHour: offer.priceUsdPerHour[step]!,
            maximumPods: Math.floor(pools[offer.pool]!.devices[step]! / offer.devices),
          })),
        }),
      );
      const key = JSON.stringify([demand, choices.map((choice) => choice.pools)]);
      const answer = solved.get(key) ?? cheapest(choices, demand, resilience, isStrict);
      solved.set(key, answer);
      usd += answer.usdPerHour * hours;
      unmet += answer.isMet ? 0 : 1;
    }
  }
  return { usd, unmetPart: unmet / (steps.startsSeconds.length * fleets.length) };
};

const cheapest = (units: readonly UnitChoice[], demandPerMinute: number, resilience: number, isStrict: boolean) => {
  const whole = cheapestFleet(units, { demandPerMinute, resilience, isStrict });
  if (whole !== undefined) return { usdPerHour: whole, isMet: true };
  for (const part of LESS) {
    const usdPerHour = cheapestFleet(units, { demandPerMinute, resilience: resilience * part, isStrict });
    if (usdPerHour !== undefined) return { usdPerHour, isMet: false };
  }
  for (const part of LESS) {
    const usdPerHour = cheapestFleet(units, { demandPerMinute: demandPerMinute * part, resilience: 0, isStrict });
    if (usdPerHour !== undefined) return { usdPerHour, isMet: false };
  }
  return { usdPerHour: 0, isMet: false };
};

/** The highest power of 1 + `DEMAND_STEP` that is not above the demand. */
const cut = (demandPerMinute: number): number =>
  demandPerMinute <= 0 ? 0 : (1 + DEMAND_STEP) ** Math.floor(Math.log(demandPerMinute) / Math.log(1 + DEMAND_STEP) + 1e-9);
