import type { FleetMemory, Shortage } from '../model/decision';
import { type Fleet, type Pool, poolsOf, unitKey } from '../model/fleet';
import type { Observation } from '../model/observation';
import { enforcingFirst, rulingFleets } from '../model/ruling';
import { fresh, freshQuantity } from '../model/signals';
import { type CircuitState, circuitState, keepProbesOpen, offeringsOf } from './circuits';
import { devicesOfProbe, type PodDemand } from './pools';
import { groupByPool, mergeShortages, type RememberedPool, updateShortages } from './shortages';

/** What is known of the pools of all fleets together. */
export interface PoolKnowledge {
  /** The memory after this tick's refusals and launches, by pool name. */
  readonly shortages: ReadonlyMap<string, readonly Shortage[]>;
  /** How the circuit breaker of each pool stands, by name. */
  readonly circuits: Readonly<Record<string, CircuitState>>;
  /** Devices that a probe of each pool needs, by name. */
  readonly probeDevices: Readonly<Record<string, number>>;
}

/** Where two fleets name one pool, the description counts of the first that enforces its decisions, and only for such units it is probed. */
export const knowPools = (fleets: readonly Fleet[], memories: readonly FleetMemory[], observation: Observation): PoolKnowledge => {
  const ordered = enforcingFirst(fleets);
  const pools = poolsOf(ordered);
  return { ...rememberShortages(ordered, pools, memories, observation), probeDevices: probeDevices(ordered, pools, observation) };
};

/** One shortage memory for all fleets, brought up to date. */
const rememberShortages = (
  fleets: readonly Fleet[],
  described: readonly Pool[],
  memories: readonly FleetMemory[],
  { pools: observed, atSeconds: nowSeconds }: Observation,
): Pick<PoolKnowledge, 'shortages' | 'circuits'> => {
  const pools = new Map<string, RememberedPool>();
  for (const pool of described) {
    const { name, capacityType } = pool;
    pools.set(name, { name, capacityType, ...offeringsOf(pool, observed[name]) });
  }
  const stateOf = (shortages: readonly Shortage[] | undefined, pool: RememberedPool) => circuitState(shortages ?? [], pool, nowSeconds);
  const previous = mergeShortages(memories.map(({ shortages }) => shortages));
  const updated = updateShortages(previous, [...pools.values()], observed, nowSeconds);
  const byPool = groupByPool(updated);
  // A NodePool that is not ready launches nothing, as one that EC2 refuses; there is nothing to probe.
  const isNotReady = (name: string) => fresh(observed[name]?.notReady, nowSeconds) !== undefined;
  const isClosed = (name: string) => !isNotReady(name) && stateOf(byPool.get(name), pools.get(name)!) === 'Closed';
  const unitPools = rulingFleets(fleets).flatMap(({ units }) => units.map((unit) => unit.pools));
  const shortages = groupByPool(keepProbesOpen(updated, unitPools, isClosed, nowSeconds));
  const circuits: Record<string, CircuitState> = Object.fromEntries(
    [...pools.values()].map((pool) => [pool.name, isNotReady(pool.name) ? 'Open' : stateOf(shortages.get(pool.name), pool)]),
  );
  return { shortages, circuits };
};

const probeDevices = (
  fleets: readonly Fleet[],
  pools: readonly Pool[],
  { units: observed, atSeconds }: Observation,
): PoolKnowledge['probeDevices'] => {
  const demands = new Map<string, PodDemand[]>();
  const ruling = new Set(rulingFleets(fleets));
  // Units of a fleet that only watches are asked about last, for pools that no other unit may use.
  for (const fleet of fleets) {
    for (const { name, pools: own, devicesPerPod } of fleet.units) {
      const pending = freshQuantity(observed[unitKey(fleet, name)]?.pendingPods, atSeconds);
      const demand = { devicesPerPod, ...(pending !== undefined && { pending }) };
      for (const pool of own) {
        const others = demands.get(pool);
        if (others === undefined) demands.set(pool, [demand]);
        else if (ruling.has(fleet)) others.push(demand);
      }
    }
  }
  return Object.fromEntries(
    pools.flatMap((pool) => (demands.has(pool.name) ? [[pool.name, devicesOfProbe(pool, demands.get(pool.name)!)]] : [])),
  );
};
