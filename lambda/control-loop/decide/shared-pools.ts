import type { Finding } from '../model/decision';
import { type Fleet, fleetKey } from '../model/fleet';
import type { PoolObservation } from '../model/observation';
import { grantPods } from './grants';
import type { DesiredFleet, PolicyContext } from './policies/policy';
import { obtainableDevices } from './pools';
import { needsRoomForRollout } from './rollouts';
import { claimOf } from './room';

interface Wish {
  readonly fleet: Fleet;
  readonly desired: DesiredFleet;
  readonly context: Pick<PolicyContext, 'units' | 'nowSeconds'>;
}

/** What a fleet may count on of the pools that it shares, and what is to be said of it. */
export interface Promised {
  /** Devices by pool name. */
  readonly devices: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/**
 * Divides pools that several fleets share where the floors that they desire together exceed them, so that no device is promised twice.
 *
 * Each fleet gets its part by what its floors and rollouts ask for, and an equal part of what is left of the pool. Fleets that only watch have no part:
 * nobody follows their floors.
 *
 * @returns by `fleetKey`; empty where there is enough for all
 */
export const dividePools = (
  wishes: readonly Wish[],
  pools: Readonly<Record<string, PoolObservation>>,
  nowSeconds: number,
): ReadonlyMap<string, Promised> => {
  const enforcing = wishes.filter(({ fleet }) => fleet.enforcement === 'Enforce');
  const sharing = new Map<string, Fleet[]>();
  const devices = new Map<string, number>();
  for (const { fleet } of enforcing) {
    for (const pool of fleet.pools) {
      const others = sharing.get(pool.name);
      if (others === undefined) sharing.set(pool.name, [fleet]);
      else others.push(fleet);
      const most = obtainableDevices(pool, pools[pool.name], nowSeconds);
      devices.set(pool.name, Math.min(most, devices.get(pool.name) ?? most));
    }
  }
  if (![...sharing.values()].some((fleets) => fleets.length > 1)) return new Map();
  const claims = enforcing.flatMap(({ fleet, desired, context }) =>
    fleet.units.map((unit) => {
      const pods = wholePods(desired.units[unit.name]?.floor?.value, unit.maximumReplicas);
      return { fleet, ...claimOf(unit, pods + (needsRoomForRollout(context, unit) ? 1 : 0)) };
    }),
  );
  const grants = grantPods(claims, devices);
  const isShort = (pool: string): boolean =>
    claims.some(({ pods, pools: own }, index) => own.includes(pool) && grants.pods[index]! < pods) && sharing.get(pool)!.length > 1;
  const short = [...sharing.keys()].filter(isShort);
  const promised = new Map<string, Promised>();
  for (const { fleet } of enforcing) {
    const own = short.filter((pool) => sharing.get(pool)!.includes(fleet));
    if (own.length === 0) continue;
    const parts = own.map((pool) => {
      const others = sharing.get(pool)!.filter((other) => other !== fleet);
      const granted = grants.devices.get(pool)!.reduce((sum, one, index) => sum + (claims[index]!.fleet === fleet ? one : 0), 0);
      return { pool, others, devices: granted + Math.floor(grants.left.get(pool)! / (others.length + 1)) };
    });
    promised.set(fleetKey(fleet), {
      devices: Object.fromEntries(parts.map((part) => [part.pool, part.devices])),
      findings: parts.map(({ pool, others, devices: part }) => ({
        code: 'Rejected',
        subject: pool,
        message: `${part} of its ${devices.get(pool)} devices are counted on: it is shared with ${others.map(fleetKey).join(', ')}, and all together need more`,
      })),
    });
  }
  return promised;
};

const wholePods = (floor: number | undefined, maximumReplicas: number): number =>
  floor === undefined || Number.isNaN(floor) ? 0 : Math.max(0, Math.min(maximumReplicas, Math.ceil(floor)));
