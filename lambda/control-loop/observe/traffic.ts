import { messageOf } from '../concurrency';
import { type Fleet, fleetKey, unitKey } from '../model/fleet';
import { backendWithId, type Router } from '../model/router';
import { type RoutedUnit, type RouterAdapters, type UnitTraffic, unknownTraffic } from '../routers/adapter';
import type { Deadline } from './deadline';

/** Backends that removed units left behind in the routers of their fleets, as `backendId`, by `fleetKey`. */
export type RetiringBackends = ReadonlyMap<string, readonly string[]>;

/** The key of a backend that a removed unit left behind. */
export const retiringKey = (fleet: Fleet, id: string): string => `${fleetKey(fleet)} without ${id}`;

/**
 * The traffic of all units of all fleets, by `unitKey`, and of what removed units left behind, by `retiringKey`: each kind of router is asked
 * once.
 */
export const observeTraffic = async (
  routers: RouterAdapters,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
  retiring: RetiringBackends = new Map(),
): Promise<ReadonlyMap<string, UnitTraffic>> => {
  const traffic = new Map<string, UnitTraffic>();
  const byKind = new Map<Router['kind'], RoutedUnit[]>();
  for (const fleet of fleets) {
    const { router } = fleet;
    for (const { name, backend } of fleet.units) {
      const key = unitKey(fleet, name);
      if (router === undefined || backend === undefined) {
        traffic.set(key, unknownTraffic('the unit is behind no router, so nothing measures its traffic'));
        continue;
      }
      const units = byKind.get(router.kind) ?? [];
      byKind.set(router.kind, units);
      units.push({ key, router, backend, percentile: fleet.objective.percentile });
    }
    if (router === undefined) continue;
    for (const id of retiring.get(fleetKey(fleet)) ?? []) {
      const backend = backendWithId(router, id);
      byKind.get(router.kind)?.push({ key: retiringKey(fleet, id), router, backend, percentile: fleet.objective.percentile });
    }
  }
  const answers = await Promise.all(
    [...byKind].map(async ([kind, units]) => {
      let reason = 'the metrics of its router left the unit out';
      const read = await routers[kind].metrics.read(units, deadline, nowSeconds).catch((error: unknown) => {
        reason = `the metrics of its router failed: ${messageOf(error)}`;
      });
      return units.map(({ key }) => [key, read?.get(key) ?? unknownTraffic(reason)] as const);
    }),
  );
  for (const [key, one] of answers.flat()) traffic.set(key, one);
  return traffic;
};
