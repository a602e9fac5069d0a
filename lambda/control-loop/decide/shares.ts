import { type Fleet, holdsPod, type Pool, type Unit } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { freshQuantity } from '../model/signals';
import { isCanary } from './canaries';

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

/** What cost shares are decided on. */
export interface CostInput {
  readonly fleet: Fleet;
  readonly pools: Readonly<Record<string, PoolObservation>>;
  /** Requests per minute that the fleet meets; left out where that is not known. */
  readonly demandPerMinute?: number;
  /** Whether a pool is in no shortage. */
  readonly isFree: (pool: string) => boolean;
  readonly nowSeconds: number;
  /** Devices of shared pools that are promised to the fleet, by pool name. */
  readonly promisedDevices?: Readonly<Record<string, number>>;
}

/**
 * The fleet's cost shares, in the order of its units: the stated ones, or by the equation where no unit states one.
 *
 * Reserved capacity is paid for whether it is used or not, so that its units first get what it serves; the rest of the traffic is divided
 * by the equation, with the prices that more pods have.
 */
export const costShares = (input: CostInput): readonly number[] => {
  const { units } = input.fleet;
  if (units.some(({ costShare }) => costShare !== undefined)) {
    const stated = units.map(({ costShare }) => costShare ?? 0);
    return stated.some((share) => share > 0) ? normalized(stated) : equalShares(units.map(() => true));
  }
  const paid = paidThroughputs(input);
  const paidPerMinute = paid.reduce((sum, rate) => sum + rate, 0);
  const { demandPerMinute = 0 } = input;
  if (paidPerMinute > 0 && paidPerMinute >= demandPerMinute && demandPerMinute > 0) return normalized(paid);
  const growing = units.map(
    (unit) =>
      !isCanary(unit) && input.fleet.pools.some(({ name, capacityType }) => unit.pools.includes(name) && capacityType !== 'reserved'),
  );
  const shares = equationShares(
    units.map((unit, index) => ({
      throughputPerMinute: unit.profile.throughputPerMinute,
      latencySeconds: unit.profile.latencySeconds,
      priceUsdPerPodHour: priceUsdPerPodHour(input, unit),
      available: !isCanary(unit) && (growing[index]! || !growing.includes(true)),
    })),
  );
  if (paidPerMinute === 0 || demandPerMinute === 0) return shares;
  return shares.map((share, index) => (paid[index]! + (demandPerMinute - paidPerMinute) * share) / demandPerMinute);
};

/** What the reserved devices of each unit serve at the target utilization, in requests per minute; units that share a pool divide its devices. */
const paidThroughputs = ({ fleet, pools, isFree, nowSeconds, promisedDevices = {} }: CostInput): readonly number[] =>
  fleet.units.map((unit) =>
    fleet.pools
      .filter(({ name, capacityType }) => capacityType === 'reserved' && unit.pools.includes(name) && !isCanary(unit))
      .reduce((sum, { name }) => {
        const running = freshQuantity(pools[name]?.runningDevices, nowSeconds) ?? 0;
        const free = isFree(name) ? (freshQuantity(pools[name]?.reservedDevices, nowSeconds) ?? 0) : 0;
        const sharing = fleet.units.filter((other) => other.pools.includes(name) && !isCanary(other)).length;
        const devices = Math.min(running + free, promisedDevices[name] ?? Number.POSITIVE_INFINITY);
        const pods = devices / sharing / unit.devicesPerPod;
        return sum + pods * unit.profile.throughputPerMinute * fleet.policy.targetUtilization;
      }, 0),
  );

/**
 * Price of one more pod for one hour in the cheapest pool of the unit that is free of shortage (of all, where none is), in US dollars.
 * Reserved capacity counts only where the unit has no other: what is free of it is not bought.
 */
export const priceUsdPerPodHour = ({ fleet, pools, isFree }: Pick<CostInput, 'fleet' | 'pools' | 'isFree'>, unit: Unit): number => {
  const own = fleet.pools.filter(({ name }) => unit.pools.includes(name));
  const bought = own.filter(({ capacityType }) => capacityType !== 'reserved');
  const hosts = bought.length > 0 ? bought : own;
  const free = hosts.filter(({ name }) => isFree(name));
  const prices = (free.length > 0 ? free : hosts).map((pool) => devicePriceFor(unit, pool, pools[pool.name]));
  return Math.min(...prices) * unit.devicesPerPod;
};

/** Price of one device for one hour on the instance types that hold the unit's pod: as observed, else the least that the fleet states. */
const devicePriceFor = (unit: Unit, pool: Pool, observation: PoolObservation | undefined): number => {
  const own = pool.instanceTypes.filter((type) => holdsPod(unit, type));
  const byType = observation?.priceUsdPerDeviceHour.byType;
  if (own.length === 0 || byType === undefined)
    return priceUsdPerDeviceHour(own.length === 0 ? pool : { ...pool, instanceTypes: own }, observation);
  const observed = own.flatMap(({ name }) => byType[name] ?? []);
  return observed.length > 0 ? Math.min(...observed) : priceUsdPerDeviceHour({ ...pool, instanceTypes: own }, undefined);
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
