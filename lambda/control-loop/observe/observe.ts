import type { Claims } from '../model/claims';
import { type Fleet, fleetKey, poolsOf, unitKey } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { LiveScaler } from '../model/live-scaler';
import type { Observation, PoolObservation, RetiringObservation, UnitObservation } from '../model/observation';
import type { OwnedPool } from '../model/owned-pool';
import type { Ports } from '../ports';
import { type UnitTraffic, unknownTraffic } from '../routers/adapter';
import type { TickCaches } from './caches';
import { observeOwners } from './claims';
import { byLoopClock } from './clocks';
import type { Deadline } from './deadline';
import { observeEc2, type PoolMarket } from './ec2';
import { observeKubernetes, type UnitCluster } from './kubernetes';
import type { PoolCluster } from './node-pools';
import { observeTraffic, type RetiringBackends, retiringKey } from './traffic';
import { observeWeights } from './weights';

/** An observation, and the raw fields that writes must find unchanged. */
export interface Observed {
  readonly observation: Observation;
  /** By `unitKey`. */
  readonly scalers: ReadonlyMap<string, LiveScaler>;
  /** Ready pods of units with several pools, by `unitKey`; a unit whose pods could not be read is left out. */
  readonly pods: ReadonlyMap<string, readonly LivePod[]>;
  readonly claims: Claims;
  /** NodePools of which the loop owns fields, those that no fleet names included; none where they are unknown. */
  readonly ownedPools: readonly OwnedPool[];
}

/**
 * Reads all sources at once; what fails or is late becomes unknown with its reason and nothing else changes.
 *
 * @param retiring backends that removed units left behind, which serve until they are drained
 * @param clockOffsetSeconds how far the clock of Kubernetes is ahead of the loop's, where that was noticed
 */
export const observe = async (
  ports: Ports,
  caches: TickCaches,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
  clockOffsetSeconds?: number,
  retiring: RetiringBackends = new Map(),
): Promise<Observed> => {
  const [traffic, market, cluster, routerWeights, ownerByFleet] = await Promise.all([
    observeTraffic(ports.routers, deadline, fleets, nowSeconds, retiring),
    observeEc2(ports.ec2, caches, deadline, fleets, nowSeconds),
    observeKubernetes(ports.kubernetes, deadline, fleets, nowSeconds),
    observeWeights(ports.routers, deadline, fleets, nowSeconds),
    observeOwners(ports.routers, caches, deadline, fleets, nowSeconds),
  ]);
  if (cluster.instanceIds !== undefined) {
    caches.instanceIds.clear();
    for (const id of cluster.instanceIds) caches.instanceIds.add(id);
  }
  const units: Record<string, UnitObservation> = {};
  for (const fleet of fleets) {
    for (const unit of fleet.units) {
      const key = unitKey(fleet, unit.name);
      units[key] = unitObservation(traffic.get(key)!, cluster.units.get(key)!);
    }
  }
  const pools: Record<string, PoolObservation> = {};
  for (const { name } of poolsOf(fleets)) {
    const pool = poolObservation(cluster.pools.get(name)!, market.get(name)!);
    pools[name] = clockOffsetSeconds === undefined ? pool : byLoopClock(pool, clockOffsetSeconds);
  }
  return {
    observation: {
      atSeconds: nowSeconds,
      units,
      pools,
      routerWeights,
      ...(retiring.size > 0 && { retiring: retiringOf(fleets, retiring, traffic) }),
      ...(clockOffsetSeconds !== undefined && { clockOffsetSeconds }),
      ...(cluster.malformed.length > 0 && { malformed: cluster.malformed }),
    },
    scalers: cluster.scalers,
    pods: cluster.pods,
    claims: { namespacesByPool: cluster.namespacesByPool, ownerByFleet },
    ownedPools: cluster.ownedPools,
  };
};

const retiringOf = (
  fleets: readonly Fleet[],
  retiring: RetiringBackends,
  traffic: ReadonlyMap<string, UnitTraffic>,
): Readonly<Record<string, Readonly<Record<string, RetiringObservation>>>> =>
  Object.fromEntries(
    fleets.flatMap((fleet) => {
      const ids = retiring.get(fleetKey(fleet)) ?? [];
      const observed = ids.map((id) => {
        const { requestsPerMinute, healthyHosts } =
          traffic.get(retiringKey(fleet, id)) ?? unknownTraffic('the router was not asked about it');
        return [id, { requestsPerMinute, healthyHosts }] as const;
      });
      return ids.length === 0 ? [] : [[fleetKey(fleet), Object.fromEntries(observed)] as const];
    }),
  );

// Field by field: spreading two objects into one takes many times as long, and there are thousands.

const unitObservation = (traffic: UnitTraffic, cluster: UnitCluster): UnitObservation => ({
  minutes: traffic.minutes,
  requestsPerMinute: traffic.requestsPerMinute,
  latencySeconds: traffic.latencySeconds,
  errorsPerMinute: traffic.errorsPerMinute,
  healthyHosts: traffic.healthyHosts,
  readyPodsByPool: cluster.readyPodsByPool,
  leavingPods: cluster.leavingPods,
  podStarts: cluster.podStarts,
  startingPods: cluster.startingPods,
  pendingPods: cluster.pendingPods,
  waitingPods: cluster.waitingPods,
  surgePods: cluster.surgePods,
  replicas: cluster.replicas,
  floor: cluster.floor,
  targetThroughputPerMinute: cluster.targetThroughputPerMinute,
  scaler: cluster.scaler,
  autoscalerEdits: cluster.autoscalerEdits,
});

const poolObservation = (cluster: PoolCluster, market: PoolMarket): PoolObservation => ({
  uid: cluster.uid,
  weight: cluster.weight,
  limitDevices: cluster.limitDevices,
  notReady: cluster.notReady,
  runningDevices: cluster.runningDevices,
  lastLaunchSeconds: cluster.lastLaunchSeconds,
  launchFailures: cluster.launchFailures,
  priceUsdPerDeviceHour: market.priceUsdPerDeviceHour,
  offeredZones: market.offeredZones,
  reservedDevices: market.reservedDevices,
});
