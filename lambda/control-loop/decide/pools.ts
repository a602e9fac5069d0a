import type { Pool } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { freshQuantity } from '../model/signals';
import type { CircuitState } from './circuits';
import type { DesiredValue, PolicyContext } from './policies/policy';

/**
 * How many devices each pool may grow to: all that it can have while its circuit breaker is closed; what runs while it is open, and
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
    if (state === 'Closed') {
      const value = obtainableDevices(pool, pools[pool.name], nowSeconds);
      limits[pool.name] = { value, reason: `circuit breaker closed${value < pool.maximumDevices ? ', what is reserved' : ''}` };
    } else if (running !== undefined) limits[pool.name] = limitInShortage(pool, state, running, probeDevices[pool.name] ?? 1);
  }
  return limits;
};

/**
 * The most devices that a pool can have while EC2 refuses nothing: `maximumDevices`, and of reserved capacity no more than what runs and
 * what is free.
 */
export const obtainableDevices = (
  { capacityType, maximumDevices }: Pool,
  observation: PoolObservation | undefined,
  nowSeconds: number,
): number => {
  if (capacityType !== 'reserved') return maximumDevices;
  const free = freshQuantity(observation?.reservedDevices, nowSeconds);
  const running = freshQuantity(observation?.runningDevices, nowSeconds);
  return free === undefined || running === undefined ? maximumDevices : Math.min(maximumDevices, running + free);
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
