import type { Fleet, Pool, Unit } from '../model/fleet';
import type { PoolObservation } from '../model/observation';

/** What the cost equation asks of a unit. */
export interface CostTerms {
  readonly throughputPerMinute: number;
  readonly latencySeconds: number;
  readonly priceUsdPerPodHour: number;
  readonly available: boolean;
}

// A pod that costs nothing would otherwise take everything, whatever its throughput.
const MIN_PRICE_USD_PER_POD_HOUR = 1e-6;

/**
 * Shares of the traffic in proportion to work per dollar and latency: w_i = (T_i / (C_i L_i)) A_i / sum of the same.
 *
 * Biran & Kissos, "Adaptive Orchestration for Large-Scale Inference on Heterogeneous Accelerator Systems Balancing Cost,
 * Performance, and Resilience", arXiv 2503.20074 (2025), the general weight equation. All zero where no unit is available.
 */
export const equationShares = (units: readonly CostTerms[]): readonly number[] =>
  normalized(
    units.map(({ throughputPerMinute, latencySeconds, priceUsdPerPodHour, available }) =>
      available ? throughputPerMinute / (Math.max(priceUsdPerPodHour, MIN_PRICE_USD_PER_POD_HOUR) * latencySeconds) : 0,
    ),
  );

/** Equal shares over the available units (the capacity-optimized weights of the same paper). */
const equalShares = (available: readonly boolean[]): readonly number[] => normalized(available.map((is) => (is ? 1 : 0)));

/** Values divided by their sum; unchanged where the sum is zero. */
export const normalized = (values: readonly number[]): readonly number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum > 0 ? values.map((value) => value / sum) : values;
};

/**
 * The fleet's cost shares, in the order of its units: the stated ones, renormalised over the available units, or by the
 * equation where no unit states one.
 */
export const costShares = (
  fleet: Fleet,
  pools: Readonly<Record<string, PoolObservation>>,
  availableUnits: readonly boolean[],
  isFree: (pool: string) => boolean,
): readonly number[] => {
  if (fleet.units.some(({ costShare }) => costShare !== undefined)) {
    const stated = fleet.units.map(({ costShare }, index) => (availableUnits[index] ? (costShare ?? 0) : 0));
    return stated.some((share) => share > 0) ? normalized(stated) : equalShares(availableUnits);
  }
  return equationShares(
    fleet.units.map((unit, index) => ({
      throughputPerMinute: unit.profile.throughputPerMinute,
      latencySeconds: unit.profile.latencySeconds,
      priceUsdPerPodHour: priceUsdPerPodHour(fleet, unit, pools, isFree),
      available: availableUnits[index] ?? false,
    })),
  );
};

/** Price of one pod for one hour in the cheapest pool of the unit that is free of shortage (of all, where none is), in US dollars. */
export const priceUsdPerPodHour = (
  fleet: Fleet,
  unit: Unit,
  pools: Readonly<Record<string, PoolObservation>>,
  isFree: (pool: string) => boolean,
): number => {
  const hosts = fleet.pools.filter(({ name }) => unit.pools.includes(name));
  const free = hosts.filter(({ name }) => isFree(name));
  const prices = (free.length > 0 ? free : hosts).map((pool) => priceUsdPerDeviceHour(pool, pools[pool.name]));
  return Math.min(...prices) * unit.devicesPerPod;
};

/** Price of one device for one hour: as observed, else the least on-demand price that the fleet states, in US dollars. */
export const priceUsdPerDeviceHour = (pool: Pool, observation: PoolObservation | undefined): number =>
  observedPriceUsdPerDeviceHour(observation) ??
  Math.min(...pool.instanceTypes.map(({ priceUsdPerHour, devices }) => priceUsdPerHour / devices));

/** The observed price of one device for one hour, in US dollars. It holds until a newer one is seen, however old it is. */
export const observedPriceUsdPerDeviceHour = (observation: PoolObservation | undefined): number | undefined => {
  const signal = observation?.priceUsdPerDeviceHour;
  return signal?.known && Number.isFinite(signal.value) && signal.value >= 0 ? signal.value : undefined;
};

/**
 * Throughputs that units on equal shares can all hold: the smaller of the mean of all throughputs and the unit's own,
 * in requests per minute and pod (the levelled targets of arXiv 2503.20074, Table 2).
 */
export const levelledThroughputs = (throughputsPerMinute: readonly number[]): readonly number[] => {
  const mean = throughputsPerMinute.reduce((sum, value) => sum + value, 0) / throughputsPerMinute.length;
  return throughputsPerMinute.map((value) => Math.min(mean, value));
};
