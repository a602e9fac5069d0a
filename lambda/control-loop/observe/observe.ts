import type { Claims } from '../model/claims';
import { type Fleet, unitKey } from '../model/fleet';
import type { LiveScaler } from '../model/live-scaler';
import type { Observation, PoolObservation, UnitObservation } from '../model/observation';
import type { Ports } from '../ports';
import type { TickCaches } from './caches';
import { observeOwners } from './claims';
import { byLoopClock } from './clocks';
import type { Deadline } from './deadline';
import { observeEc2, poolsOf } from './ec2';
import { observeKubernetes } from './kubernetes';
import { observeTraffic } from './traffic';
import { observeWeights } from './weights';

/** An observation, and the raw fields that writes must find unchanged. */
export interface Observed {
  readonly observation: Observation;
  /** By `unitKey`. */
  readonly scalers: ReadonlyMap<string, LiveScaler>;
  readonly claims: Claims;
}

/**
 * Reads all sources at once; what fails or is late becomes unknown with its reason and nothing else changes.
 *
 * @param clockOffsetSeconds how far the clock of Kubernetes is ahead of the loop's, where that was noticed
 */
export const observe = async (
  ports: Ports,
  caches: TickCaches,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
  clockOffsetSeconds?: number,
): Promise<Observed> => {
  const [traffic, market, cluster, routerWeights, ownerByFleet] = await Promise.all([
    observeTraffic(ports.routers, deadline, fleets, nowSeconds),
    observeEc2(ports.ec2, caches, deadline, fleets, nowSeconds),
    observeKubernetes(ports.kubernetes, deadline, fleets, nowSeconds),
    observeWeights(ports.routers, deadline, fleets, nowSeconds),
    observeOwners(ports.routers, caches, deadline, fleets, nowSeconds),
  ]);
  const units: Record<string, UnitObservation> = {};
  for (const fleet of fleets) {
    for (const unit of fleet.units) {
      const key = unitKey(fleet, unit.name);
      units[key] = { ...traffic.get(key)!, ...cluster.units.get(key)! };
    }
  }
  const pools: Record<string, PoolObservation> = {};
  for (const { name } of poolsOf(fleets)) {
    const pool = { ...cluster.pools.get(name)!, ...market.get(name)! };
    pools[name] = clockOffsetSeconds === undefined ? pool : byLoopClock(pool, clockOffsetSeconds);
  }
  return {
    observation: {
      atSeconds: nowSeconds,
      units,
      pools,
      routerWeights,
      ...(clockOffsetSeconds !== undefined && { clockOffsetSeconds }),
      ...(cluster.malformed.length > 0 && { malformed: cluster.malformed }),
    },
    scalers: cluster.scalers,
    claims: { namespacesByPool: cluster.namespacesByPool, ownerByFleet },
  };
};
