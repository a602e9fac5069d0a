import type { Unit } from '../../model/fleet';
import { isCanary } from '../canaries';
import { isBlocked } from '../circuits';
import type { PolicyContext } from '../policies/policy';
import { sizingObjective } from '../profiles/slow';
import { podsFor, rateFor, UTILIZATION_CEILING } from '../queueing';
import type { Room } from '../room';
import { priceUsdPerDeviceHour } from '../shares';
import type { PlannedUnit, Problem } from './problem';

/** Units that a plan is made of: not canaries, which nobody counts on, and not those that are spared traffic. */
const isPlanned = ({ sparedUnits }: Pick<PolicyContext, 'sparedUnits'>, unit: Unit): boolean =>
  !isCanary(unit) && !sparedUnits.has(unit.name);

/**
 * What a fleet has to solve for a rate.
 *
 * @param order pool names in the order in which they are tried
 */
export const problemOf = (context: PolicyContext, ratePerMinute: number, room: Room, order: readonly string[]): Problem => {
  const { fleet, pools, circuits } = context;
  const places = new Map(fleet.pools.map(({ name }, place) => [name, place]));
  return {
    units: fleet.units
      .filter((unit) => isPlanned(context, unit))
      .map((unit) => ({
        name: unit.name,
        minimumPods: unit.minimumReplicas,
        maximumPods: unit.maximumReplicas,
        devicesPerPod: unit.devicesPerPod,
        pools: order.filter((pool) => unit.pools.includes(pool)).map((pool) => places.get(pool)!),
        ...ratesOf(context, unit),
      })),
    pools: fleet.pools.map((pool) => ({
      name: pool.name,
      devices: room.get(pool.name) ?? 0,
      usdPerDeviceHour: pool.capacityType === 'reserved' ? 0 : priceUsdPerDeviceHour(pool, pools[pool.name]),
      mayBeLost: fleet.resilience > 0 && !isBlocked(circuits[pool.name] ?? 'Closed'),
    })),
    demandPerMinute: ratePerMinute,
    survivingPerMinute: ratePerMinute * fleet.resilience,
  };
};

/** Where so many pools are in a shortage at once, another is likely to be lost before what was lost is replaced. */
const SCARCE_POOLS = 2;

/**
 * What the pods of a unit serve within the objective and after a loss, each number of pods computed once.
 *
 * After a loss pods may be busier than the objective allows, for no request fails while queues are stable; not where capacity is scarce:
 * there, what is left is to hold the objective, and so has room for the next loss.
 */
const ratesOf = (
  { fleet: { objective, pools }, circuits, slowUnits }: PolicyContext,
  { name, profile }: Unit,
): Pick<PlannedUnit, 'ratePerMinute' | 'survivingRatePerMinute'> => {
  const own = sizingObjective(objective, slowUnits.has(name));
  const rates: number[] = [];
  const ratePerMinute = (pods: number): number => {
    rates[pods] ??= pods <= 0 ? 0 : rateFor(pods, profile, own);
    return rates[pods]!;
  };
  if (pools.filter(({ name: pool }) => isBlocked(circuits[pool] ?? 'Closed')).length >= SCARCE_POOLS) {
    return { ratePerMinute, survivingRatePerMinute: ratePerMinute };
  }
  return {
    ratePerMinute,
    survivingRatePerMinute: (pods) => Math.max(ratePerMinute(pods), UTILIZATION_CEILING * pods * profile.throughputPerMinute),
  };
};

/** Pods of a unit that no plan counts on, for its part of the requests. */
export const podsBeside = ({ fleet: { objective }, slowUnits }: PolicyContext, unit: Unit, ratePerMinute: number): number =>
  Math.min(unit.maximumReplicas, podsFor(ratePerMinute, unit.profile, sizingObjective(objective, slowUnits.has(unit.name))));

/** The rate of one pod at which an autoscaler has nothing to add, in requests per minute: a plan is not to be added to while it holds. */
export const busiestPerMinute = (unit: PlannedUnit, pods: number, { profile }: Unit, utilization: number): number => {
  const least = utilization * profile.throughputPerMinute;
  const most = Math.max(utilization, UTILIZATION_CEILING) * profile.throughputPerMinute;
  return pods === 0 ? least : Math.min(most, Math.max(least, unit.ratePerMinute(pods) / pods));
};
