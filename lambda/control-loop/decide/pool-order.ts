import { deadbands } from '../contract/limits';
import type { Fleet, Pool, Unit } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { fresh, freshQuantity } from '../model/signals';
import type { CircuitState } from './circuits';
import type { DesiredValue } from './policies/policy';
import { observedPriceUsdPerDeviceHour, priceUsdPerDeviceHour } from './shares';

const CAPACITY_TYPE_RANK: Readonly<Record<Pool['capacityType'], number>> = { reserved: 0, spot: 1, 'on-demand': 2 };

/** What the order of pools is decided on. */
export interface OrderInput {
  readonly fleet: Fleet;
  readonly pools: Readonly<Record<string, PoolObservation>>;
  readonly circuits: Readonly<Record<string, CircuitState>>;
  readonly nowSeconds: number;
}

/**
 * The order in which the pools of a fleet are to be tried, one group of competing pools after the other.
 *
 * Pools whose circuit breaker is open come last; a half-open one keeps its place, because its probe must be asked for to be answered.
 * Before all others comes reserved capacity, which is paid for whether it is used or not. Then by price of a device-hour, by capacity
 * type, by name. The present order stays while the next launch would save less than the deadband of prices by another one.
 *
 * While the price of a pool is unknown, it cannot be compared with those it competes with: for this group the capacity type comes before
 * the on-demand price that the fleet states.
 */
export const orderPools = (input: OrderInput): readonly DesiredValue<string>[] => {
  const { fleet } = input;
  const byName = new Map(fleet.pools.map((pool) => [pool.name, pool]));
  const groups = competingPools(byName.keys(), fleet.units);
  return groups.flatMap((names) =>
    orderGroup(
      names.map((name) => byName.get(name)!),
      input,
    ),
  );
};

/** Names of pools in groups that can host the same pods, directly or through a third pool, in their order. */
export const competingPools = (names: Iterable<string>, units: Iterable<Pick<Unit, 'pools'>>): readonly (readonly string[])[] => {
  const parent = new Map<string, string>();
  for (const name of names) parent.set(name, name);
  const root = (pool: string): string => {
    let at = pool;
    while (parent.get(at) !== at) at = parent.get(at)!;
    return at;
  };
  for (const unit of units) {
    const own = unit.pools.filter((pool) => parent.has(pool));
    for (const pool of own) parent.set(root(pool), root(own[0]!));
  }
  const groups = new Map<string, string[]>();
  for (const pool of parent.keys()) {
    const group = groups.get(root(pool));
    if (group) group.push(pool);
    else groups.set(root(pool), [pool]);
  }
  return [...groups.values()];
};

interface Candidate {
  readonly name: string;
  readonly isLast: boolean;
  readonly isReserved: boolean;
  readonly rank: number;
  readonly priceUsd: number;
  readonly weight: number | undefined;
  readonly reason: string;
}

const orderGroup = (group: readonly Pool[], { pools, circuits, nowSeconds }: OrderInput): readonly DesiredValue<string>[] => {
  const stateOf = ({ name }: Pool): CircuitState => circuits[name] ?? 'Closed';
  // Where none is closed the order decides nothing: it stays, so that probes that take turns cause no writes.
  const hasClosed = group.some((pool) => stateOf(pool) === 'Closed');
  const isPriced = group.every(
    ({ name, capacityType }) => capacityType === 'reserved' || observedPriceUsdPerDeviceHour(pools[name]) !== undefined,
  );
  const candidates = group.map((pool): Candidate => {
    const observation = pools[pool.name];
    const priceUsd = priceUsdPerDeviceHour(pool, isPriced ? observation : undefined);
    const isLast = hasClosed && stateOf(pool) === 'Open';
    return {
      name: pool.name,
      isLast,
      isReserved: pool.capacityType === 'reserved',
      rank: CAPACITY_TYPE_RANK[pool.capacityType],
      priceUsd,
      weight: fresh(observation?.weight, nowSeconds),
      reason: isLast ? 'circuit breaker open after a refused launch' : priceText(pool, observation, priceUsd, isPriced, nowSeconds),
    };
  });
  const ordered = candidates.toSorted((a, b) => compare(a, b, isPriced));
  const present = presentOrder(candidates);
  const isKept = present !== undefined && (isPriced ? isGoodEnough(present) : ordered.every((one, index) => one === present[index]));
  return (isKept ? present : ordered).map(({ name, reason }) => ({ value: name, reason }));
};

const compare = (a: Candidate, b: Candidate, isPriced: boolean): number =>
  Number(a.isLast) - Number(b.isLast) ||
  Number(b.isReserved) - Number(a.isReserved) ||
  (isPriced ? a.priceUsd - b.priceUsd || a.rank - b.rank : a.rank - b.rank || a.priceUsd - b.priceUsd) ||
  (a.name < b.name ? -1 : 1);

/** The order that the live weights express; `undefined` where they express none. */
const presentOrder = (candidates: readonly Candidate[]): readonly Candidate[] | undefined => {
  const weights = new Set(candidates.map(({ weight }) => weight));
  if (weights.has(undefined) || weights.size < candidates.length) return undefined;
  return candidates.toSorted((a, b) => b.weight! - a.weight!);
};

/** Whether no pool of an order stands behind one that must not be tried before it, or that costs more by more than the deadband. */
const isGoodEnough = (order: readonly Candidate[]): boolean =>
  order.every((one, index) =>
    order.slice(index + 1).every((later) => {
      if (one.isLast !== later.isLast) return later.isLast;
      if (one.isReserved !== later.isReserved) return one.isReserved;
      return one.priceUsd - later.priceUsd <= deadbands.price * one.priceUsd;
    }),
  );

const priceText = (
  pool: Pool,
  observation: PoolObservation | undefined,
  priceUsd: number,
  isPriced: boolean,
  nowSeconds: number,
): string => {
  if (pool.capacityType !== 'reserved') {
    return `${pool.capacityType}, ${priceUsd.toFixed(4)} USD per device-hour${isPriced ? '' : ' as stated on demand'}`;
  }
  const free = freshQuantity(observation?.reservedDevices, nowSeconds);
  return `reserved, paid for${free === undefined ? '' : free > 0 ? `, ${free} devices free` : ' and used up'}`;
};
