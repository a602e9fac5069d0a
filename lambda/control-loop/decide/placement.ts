import type { PolicyContext } from './policies/policy';
import { orderPools } from './pool-order';

/**
 * The deletion cost of the pods of each unit in each of its pools: 0 in the one that costs least, one less in each that costs more. Of pods
 * that are otherwise alike a ReplicaSet deletes those with the lowest first, so that a scale-down frees the dearest nodes; left to itself it
 * takes the pod that has been ready for the shortest time, which after a return of cheap capacity is the cheap one (KEP-2255).
 *
 * Only the price decides, not shortages, which come and go: Kubernetes asks that these numbers change rarely.
 *
 * @returns by unit name and pool name; a unit with one pool is left out
 */
export const deletionCosts = ({
  fleet,
  pools,
  nowSeconds,
}: Pick<PolicyContext, 'fleet' | 'pools' | 'nowSeconds'>): Readonly<Record<string, Readonly<Record<string, number>>>> => {
  const units = fleet.units.filter((unit) => unit.pools.length > 1);
  if (units.length === 0) return {};
  const order = orderPools({ fleet, pools, circuits: {}, nowSeconds }).map(({ value }) => value);
  return Object.fromEntries(
    units.map((unit) => {
      const own = order.filter((pool) => unit.pools.includes(pool));
      return [unit.name, Object.fromEntries(own.map((pool, rank) => [pool, 0 - rank]))];
    }),
  );
};
