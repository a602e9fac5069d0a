import { type Fleet, poolsOf, unitKey } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { LiveScaler } from '../model/live-scaler';
import { known, type MalformedObject, type UnitObservation, unknown } from '../model/observation';
import type { OwnedPool } from '../model/owned-pool';
import type { KubernetesPort } from '../ports';
import { namespacesOf } from './claims';
import type { Deadline } from './deadline';
import { readEdits, readReplicas, whyNoDeployment, withFollowers } from './followers';
import { mapAttempt, readLists, readSound } from './lists';
import { livePods } from './live-pods';
import { createSieve, malformedClaims } from './malformed';
import { groupByPool, instanceIdOf } from './node-claims';
import { capacityOf, type PoolCluster, readFailures, readNodePool } from './node-pools';
import { ownedPools } from './owned-pools';
import { readSurgePods } from './rollout';
import { readScaler } from './scalers';
import { readPods } from './unit-pods';
import { withUncreated } from './waiting-pods';

export type UnitCluster = Pick<
  UnitObservation,
  | 'readyPodsByPool'
  | 'leavingPods'
  | 'podStarts'
  | 'startingPods'
  | 'pendingPods'
  | 'waitingPods'
  | 'surgePods'
  | 'replicas'
  | 'floor'
  | 'targetThroughputPerMinute'
  | 'scaler'
  | 'autoscalerEdits'
>;
export interface ClusterObservation {
  /** By `unitKey`. */
  readonly units: ReadonlyMap<string, UnitCluster>;
  /** By pool name. */
  readonly pools: ReadonlyMap<string, PoolCluster>;
  /** The scalers' own fields as they stand, by `unitKey`. */
  readonly scalers: ReadonlyMap<string, LiveScaler>;
  /** Namespaces that the NodePools admit, by pool name; unknown and missing ones are left out. */
  readonly namespacesByPool: ReadonlyMap<string, readonly string[]>;
  /** Ready pods whose pool is known, by `unitKey`. */
  readonly pods: ReadonlyMap<string, readonly LivePod[]>;
  /** NodePools of which the loop owns fields, those that no fleet names included; none where they are unknown. */
  readonly ownedPools: readonly OwnedPool[];
  /** EC2 instances of the pools; left out where NodeClaims are unknown. */
  readonly instanceIds?: readonly string[];
  /** Objects that do not have the shape of their kind. */
  readonly malformed: readonly MalformedObject[];
}

/** Observes NodePools, NodeClaims, shortage events, Deployments, scalers, KEDA's autoscalers and pods of all fleets. */
export const observeKubernetes = async (
  kubernetes: KubernetesPort,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<ClusterObservation> => {
  const sieve = createSieve();
  const lists = readSound(await readLists(kubernetes, deadline, fleets), sieve, nowSeconds);
  const unreadable = malformedClaims(sieve.malformed);
  const pools = new Map<string, PoolCluster>();
  const claimsByPool = mapAttempt(lists.nodeClaims, groupByPool);
  const failures = readFailures(lists, poolsOf(fleets));
  const nodePools = mapAttempt(lists.nodePools, (items) => new Map(items.map((item) => [item.metadata.name, item])));
  for (const pool of poolsOf(fleets)) {
    const { uid, weight, limitDevices, notReady } = readNodePool(pool, nodePools, nowSeconds);
    const { runningDevices, lastLaunchSeconds } = capacityOf(pool, claimsByPool, unreadable.get(pool.name), nowSeconds);
    pools.set(pool.name, {
      uid,
      weight,
      limitDevices,
      notReady,
      runningDevices,
      lastLaunchSeconds,
      launchFailures: failures.ok ? known(failures.value.get(pool.name) ?? [], nowSeconds) : unknown(failures.reason),
    });
  }

  const units = new Map<string, UnitCluster>();
  const scalers = new Map<string, LiveScaler>();
  const pods = new Map<string, readonly LivePod[]>();
  for (const fleet of fleets) {
    const named = lists.namespaces.get(fleet.namespace)!;
    const ownPools = new Set(fleet.pools.map((pool) => pool.name));
    for (const unit of fleet.units) {
      const key = unitKey(fleet, unit.name);
      const list = unit.scaler.kind === 'ScaledObject' ? named.scaledObjects : named.autoscalers;
      const object = list.ok ? list.value.get(unit.scaler.name) : undefined;
      const scaler = list.ok ? readScaler(unit, object, nowSeconds) : undefined;
      if (scaler?.live !== undefined) scalers.set(key, scaler.live);
      if (named.pods.ok && lists.nodes.ok) pods.set(key, livePods(unit, named.pods.value.get(key), lists.nodes.value));
      const ofPods = readPods(named.pods, lists.nodes, key, ownPools, nowSeconds);
      const deployment = named.deployments.ok ? named.deployments.value.get(unit.deployment) : undefined;
      units.set(key, {
        readyPodsByPool: ofPods.readyPodsByPool,
        leavingPods: ofPods.leavingPods,
        podStarts: ofPods.podStarts,
        startingPods: ofPods.startingPods,
        pendingPods: ofPods.pendingPods,
        waitingPods: withUncreated(ofPods.waitingPods, deployment),
        surgePods: deployment === undefined ? unknown(whyNoDeployment(named, unit)) : readSurgePods(deployment, nowSeconds),
        replicas: readReplicas(named.deployments, unit, nowSeconds),
        floor: scaler?.floor ?? unknown((list as { readonly reason: string }).reason),
        targetThroughputPerMinute: scaler?.target ?? unknown((list as { readonly reason: string }).reason),
        scaler: withFollowers(scaler, named, unit, object, nowSeconds) ?? unknown((list as { readonly reason: string }).reason),
        autoscalerEdits: readEdits(named, unit, nowSeconds),
      });
    }
  }
  const namespacesByPool = new Map<string, readonly string[]>();
  for (const name of pools.keys()) {
    const nodePool = nodePools.ok ? nodePools.value.get(name) : undefined;
    if (nodePool !== undefined) namespacesByPool.set(name, namespacesOf(nodePool));
  }
  const instanceIds = claimsByPool.ok
    ? [...pools.keys()].flatMap((name) => (claimsByPool.value.get(name) ?? []).flatMap((claim) => instanceIdOf(claim) ?? []))
    : undefined;
  return {
    units,
    pools,
    scalers,
    pods,
    namespacesByPool,
    ownedPools: lists.nodePools.ok ? ownedPools(lists.nodePools.value) : [],
    ...(instanceIds && { instanceIds }),
    malformed: sieve.malformed,
  };
};
