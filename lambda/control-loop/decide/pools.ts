import type { Fleet, Pool } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { freshQuantity } from '../model/signals';
import type { CircuitState } from './circuits';
import type { DesiredValue, PolicyContext } from './policies/policy';
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
export const limitPools = ({
  fleet,
  pools,
  circuits,
  probeDevices,
  nowSeconds,
}: PolicyContext): Readonly<Record<string, DesiredValue<number>>> => {
  const limits: Record<string, DesiredValue<number>> = {};
  for (const pool of fleet.pools) {
    const state = circuits[pool.name] ?? 'Closed';
    const running = freshQuantity(pools[pool.name]?.runningDevices, nowSeconds);
    if (state === 'Closed') limits[pool.name] = { value: pool.maximumDevices, reason: 'circuit breaker closed' };
    else if (running !== undefined) limits[pool.name] = limitInShortage(pool, state, running, probeDevices[pool.name] ?? 1);
  }
  return limits;
};

const limitInShortage = (pool: Pool, state: CircuitState, running: number, probeDevices: number): DesiredValue<number> => {
  const probe = state === 'Open' ? 0 : probeDevices;
  return {
    value: Math.min(pool.maximumDevices, running + probe),
    reason: `circuit breaker ${probe > 0 ? 'half-open' : 'open'}: ${running} running${probe > 0 ? `, ${probe} more to probe` : ''}`,
  };
};

/** Pods that may use a pool. */
export interface PodDemand {
  readonly devicesPerPod: number;
  /** How many of them have no node; left out where that is not known. */
  readonly pending?: number;
}

/**
 * Devices that a probe of a pool needs: those of the smallest instance that holds the largest pod that waits, because a probe that is too
 * small for it could never be answered. Where no pod is known to wait, the largest that may use the pool.
 */
export const devicesOfProbe = ({ instanceTypes }: Pick<Pool, 'instanceTypes'>, demands: readonly PodDemand[]): number => {
  const waiting = demands.filter(({ pending }) => pending !== 0);
  const needed = Math.max(...(waiting.length > 0 ? waiting : demands).map(({ devicesPerPod }) => devicesPerPod));
  const sizes = instanceTypes.map(({ devices }) => devices);
  const holding = sizes.filter((devices) => devices >= needed);
  return holding.length > 0 ? Math.min(...holding) : Math.max(...sizes);
};
