import { messageOf } from '../concurrency';
import { type Fleet, unitKey } from '../model/fleet';
import type { Router } from '../model/router';
import { type RoutedUnit, type RouterAdapters, type UnitTraffic, unknownTraffic } from '../routers/adapter';
import type { Deadline } from './deadline';

/** The traffic of all units of all fleets, by `unitKey`: each kind of router is asked once. */
export const observeTraffic = async (
  routers: RouterAdapters,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
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
