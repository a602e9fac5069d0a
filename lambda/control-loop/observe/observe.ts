import { type Fleet, unitKey } from '../model/fleet';
import type { Observation, PoolObservation, UnitObservation } from '../model/observation';
import type { Ports } from '../ports';
import type { TickCaches } from './caches';
import { observeCloudWatch } from './cloudwatch';
import type { Deadline } from './deadline';
import { observeEc2, poolsOf } from './ec2';
import { observeKubernetes } from './kubernetes';
import { observeRouters } from './router';
import type { LiveScaler } from './scalers';

/** An observation, and the raw fields that writes must find unchanged. */
export interface Observed {
  readonly observation: Observation;
  /** By `unitKey`. */
  readonly scalers: ReadonlyMap<string, LiveScaler>;
}

/** Reads all sources at once; what fails or is late becomes unknown with its reason and nothing else changes. */
export const observe = async (
  ports: Ports,
  caches: TickCaches,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<Observed> => {
  const [metrics, market, cluster, routerWeights] = await Promise.all([
    observeCloudWatch(ports.cloudWatch, deadline, fleets, nowSeconds),
    observeEc2(ports.ec2, caches, deadline, fleets, nowSeconds),
    observeKubernetes(ports.kubernetes, deadline, fleets, nowSeconds),
    observeRouters(ports.router, deadline, fleets, nowSeconds),
  ]);
  const units: Record<string, UnitObservation> = {};
  for (const fleet of fleets) {
    for (const unit of fleet.units) {
      const key = unitKey(fleet, unit.name);
      units[key] = { ...metrics.get(key)!, ...cluster.units.get(key)! };
    }
  }
  const pools: Record<string, PoolObservation> = {};
  for (const { name } of poolsOf(fleets)) pools[name] = { ...cluster.pools.get(name)!, ...market.get(name)! };
  return { observation: { atSeconds: nowSeconds, units, pools, routerWeights }, scalers: cluster.scalers };
};
