import type { Fleet } from '../model/fleet';
import type { PolicyContext } from './policies/policy';
import { orderPools } from './pool-order';

/** Where the pods of a fleet stand best, and what stands in the way. */
export interface Placement {
  /** Pool names of units with several pools, the one that costs least in front. */
  readonly order: readonly string[];
  /** Devices that ready pods of all fleets use, by pool name. */
  readonly usedDevices: ReadonlyMap<string, number>;
}

/** The pools of a fleet by price alone, shortages left out; none where no unit has a choice. */
export const poolsByPrice = ({ fleet, pools, nowSeconds }: Pick<PolicyContext, 'fleet' | 'pools' | 'nowSeconds'>): readonly string[] =>
  fleet.units.some((unit) => unit.pools.length > 1) ? orderPools({ fleet, pools, circuits: {}, nowSeconds }).map(({ value }) => value) : [];

/**
 * The deletion cost of the pods of each unit in each of its pools: 0 in the one that costs least, one less in each that costs more. Of pods
 * that are otherwise alike a ReplicaSet deletes those with the lowest first, so that a scale-down frees the dearest nodes; left to itself it
 * takes the pod that has been ready for the shortest time, which after a return of cheap capacity is the cheap one (KEP-2255).
 *
 * Only the price decides, not shortages, which come and go: Kubernetes asks that these numbers change rarely.
 *
 * @returns by unit name and pool name; a unit with one pool is left out
 */
export const deletionCosts = (
  { units }: Pick<Fleet, 'units'>,
  { order }: Pick<Placement, 'order'>,
): Readonly<Record<string, Readonly<Record<string, number>>>> =>
  Object.fromEntries(
    units
      .filter(({ pools }) => pools.length > 1)
      .map(({ name, pools }) => {
        const own = order.filter((pool) => pools.includes(pool));
        return [name, Object.fromEntries(own.map((pool, rank) => [pool, 0 - rank]))];
      }),
  );
