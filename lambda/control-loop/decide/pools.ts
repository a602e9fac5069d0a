import type { Fleet, Pool } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { freshQuantity } from '../model/signals';
import type { CircuitState } from './circuits';
import type { DesiredValue } from './policies/policy';
import { observedPriceUsdPerDeviceHour, priceUsdPerDeviceHour } from './shares';

const CAPACITY_TYPE_RANK: Readonly<Record<Pool['capacityType'], number>> = { reserved: 0, spot: 1, 'on-demand': 2 };

/**
 * The order in which the pools of a fleet are to be tried.
 *
 * By price of a device-hour, then reserved before spot before on-demand, then by name; pools whose circuit breaker is open
 * come last. A half-open one keeps its place, because its probe must be asked for to be answered.
 * While the price of any pool is unknown, prices cannot be compared: then by capacity type first, and by the on-demand
 * price that the fleet states.
 */
export const orderPools = (
  fleet: Fleet,
  observations: Readonly<Record<string, PoolObservation>>,
  states: Readonly<Record<string, CircuitState>>,
): readonly DesiredValue<string>[] => {
  const priced = fleet.pools.every(({ name }) => observedPriceUsdPerDeviceHour(observations[name]) !== undefined);
  // Among pools of which none is closed the order decides nothing: it stays, so that probes that take turns cause no writes.
  const isSpared = (name: string): boolean =>
    fleet.units.some(({ pools }) => pools.includes(name) && pools.some((other) => (states[other] ?? 'Closed') === 'Closed'));
  const candidates = fleet.pools.map((pool) => ({
    pool,
    isOpen: states[pool.name] === 'Open' && isSpared(pool.name),
    rank: CAPACITY_TYPE_RANK[pool.capacityType],
    priceUsd: priceUsdPerDeviceHour(pool, priced ? observations[pool.name] : undefined),
  }));
  return candidates
    .sort(
      (a, b) =>
        Number(a.isOpen) - Number(b.isOpen) ||
        (priced ? a.priceUsd - b.priceUsd || a.rank - b.rank : a.rank - b.rank || a.priceUsd - b.priceUsd) ||
        (a.pool.name < b.pool.name ? -1 : 1),
    )
    .map(({ pool, isOpen, priceUsd }) => ({
      value: pool.name,
      reason: isOpen
        ? 'circuit breaker open after a refused launch'
        : `${pool.capacityType}, ${priceUsd.toFixed(4)} USD per device-hour${priced ? '' : ' as stated on demand'}`,
    }));
};

/**
 * How many devices each pool may grow to: all of `maximumDevices` while its circuit breaker is closed; what runs while it is open, and
 * one instance more while it is half-open. A pool whose running devices are unknown is left as it is during a shortage.
 */
export const limitPools = (
  fleet: Fleet,
  observations: Readonly<Record<string, PoolObservation>>,
  states: Readonly<Record<string, CircuitState>>,
  nowSeconds: number,
): Readonly<Record<string, DesiredValue<number>>> => {
  const limits: Record<string, DesiredValue<number>> = {};
  for (const pool of fleet.pools) {
    const state = states[pool.name] ?? 'Closed';
    const running = freshQuantity(observations[pool.name]?.runningDevices, nowSeconds);
    if (state === 'Closed') limits[pool.name] = { value: pool.maximumDevices, reason: 'circuit breaker closed' };
    else if (running !== undefined) limits[pool.name] = limitInShortage(fleet, pool, state, running);
  }
  return limits;
};

const limitInShortage = (fleet: Fleet, pool: Pool, state: CircuitState, running: number): DesiredValue<number> => {
  const probe = state === 'Open' ? 0 : devicesOfProbe(fleet, pool);
  return {
    value: Math.min(pool.maximumDevices, running + probe),
    reason: `circuit breaker ${probe > 0 ? 'half-open' : 'open'}: ${running} running${probe > 0 ? `, ${probe} more to probe` : ''}`,
  };
};

/** Devices of the smallest instance of a pool that holds a pod. */
export const devicesOfProbe = (fleet: Fleet, pool: Pool): number => {
  const pods = fleet.units.filter(({ pools }) => pools.includes(pool.name)).map(({ devicesPerPod }) => devicesPerPod);
  const least = Math.min(...pods);
  const sizes = pool.instanceTypes.map(({ devices }) => devices);
  const holding = sizes.filter((devices) => devices >= least);
  return holding.length > 0 ? Math.min(...holding) : Math.max(...sizes);
};
