import type { BoundsInput, Offer } from './inputs';
import { LinearProgram, type Minimise, type Term } from './linear-program';

/** A bound in US dollars. */
export interface FluidBound {
  readonly usd: number;
  /** The part of what had to be served, or held in reserve, that no purchase could have served: capacity that was not to be had. */
  readonly unmetPart: number;
}

export interface FluidOptions {
  /** Left out: every offer. */
  readonly isOffered?: (offer: Offer, isSpot: boolean) => boolean;
  /** Whether the loss of any one pool must be survived at every step. */
  readonly survivesLoss?: boolean;
}

/** What a request that cannot be served costs, as a multiple of the dearest way to serve it: capacity is bought wherever it is to be had. */
const UNMET_FACTOR = 100;

/**
 * The least cost of serving a scenario for a buyer who knows it in advance and buys parts of pods: with steps t and offers k,
 * minimise the sum of p_kt D x_kt + p_kt L_k u_kt subject to sum_k T_k x_kt >= d_t and u_kt >= x_kt - x_k,t-1, with x_kt at most
 * what could be had. x are running pods, u those that start, p prices, D the length of a step, L cold starts, which are paid and
 * serve nothing. The pods of the first step have started before.
 *
 * With `survivesLoss` also sum_{k not in e} T_k x_kt >= resilience d_t for every pool e.
 */
export const fluidBound = (
  { steps, fleets, pools, offers }: BoundsInput,
  minimise: Minimise,
  { isOffered = () => true, survivesLoss = false }: FluidOptions = {},
): FluidBound | undefined => {
  const chosen = offers.filter((offer) => isOffered(offer, pools[offer.pool]!.isSpot));
  if (fleets.some((_, index) => !chosen.some((offer) => offer.fleet === index))) return undefined;
  const program = new LinearProgram();
  const hours = steps.stepSeconds / 3600;
  const dearest = Math.max(...chosen.map((offer) => Math.max(...offer.priceUsdPerHour) / offer.throughputPerMinute));
  const unmet: number[] = [];
  const unmetVariable = (): number => {
    const variable = program.variable({ cost: dearest * hours * UNMET_FACTOR });
    unmet.push(variable);
    return variable;
  };
  let required = 0;
  let before: readonly number[] | undefined;
  for (let step = 0; step < steps.startsSeconds.length; step++) {
    const running = chosen.map((offer) => program.variable({ cost: offer.priceUsdPerHour[step]! * hours }));
    const previous = before;
    before = running;
    if (previous !== undefined) {
      for (const [index, offer] of chosen.entries()) {
        const start = program.variable({ cost: (offer.priceUsdPerHour[step]! * offer.coldStartSeconds) / 3600 });
        program.atMost(
          [
            [running[index]!, 1],
            [previous[index]!, -1],
            [start, -1],
          ],
          0,
        );
        if (pools[offer.pool]!.isClosed[step]) {
          program.atMost(
            [
              [running[index]!, 1],
              [previous[index]!, -1],
            ],
            0,
          );
        }
      }
    }
    for (const [pool, { devices }] of pools.entries()) {
      const own = chosen.flatMap((offer, index): Term[] => (offer.pool === pool ? [[running[index]!, offer.devices]] : []));
      if (own.length > 0 && Number.isFinite(devices[step])) program.atMost(own, devices[step]!);
    }
    for (const [fleet, { demandPerMinute, resilience }] of fleets.entries()) {
      const demand = demandPerMinute[step]!;
      if (demand === 0) continue;
      const serving = (lost?: number): Term[] =>
        chosen.flatMap((offer, index): Term[] =>
          offer.fleet === fleet && offer.pool !== lost ? [[running[index]!, offer.throughputPerMinute]] : [],
        );
      program.atLeast([...serving(), [unmetVariable(), 1]], demand);
      required += demand;
      if (!survivesLoss || resilience === 0) continue;
      // What cannot be held in reserve is the same whichever pool is lost: one variable, so that it is paid for once.
      const missing = unmetVariable();
      required += demand * resilience;
      for (const pool of new Set(chosen.filter((offer) => offer.fleet === fleet).map((offer) => offer.pool))) {
        program.atLeast([...serving(pool), [missing, 1]], demand * resilience);
      }
    }
  }
  const optimum = minimise(program);
  if (optimum === undefined) return undefined;
  const unmetRate = unmet.reduce((sum, variable) => sum + optimum.values[variable]!, 0);
  return {
    usd: optimum.cost - unmetRate * dearest * hours * UNMET_FACTOR,
    unmetPart: required === 0 ? 0 : unmetRate / required,
  };
};
