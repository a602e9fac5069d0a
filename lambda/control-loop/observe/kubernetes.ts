import { mapLimit } from '../concurrency';
import { CLUSTER_EVENTS_NAMESPACE, karpenterEventReasons, labels, nodeLabels, resources } from '../contract/names';
import { type Fleet, type Pool, poolsOf, type Unit, unitKey } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { LiveScaler } from '../model/live-scaler';
import {
  known,
  type MalformedObject,
  type PodStart,
  type PoolObservation,
  type ScalerState,
  type Signal,
  type UnitObservation,
  unknown,
} from '../model/observation';
import type { ApiResource, KubernetesObject, KubernetesPort } from '../ports';
import { autoscalerEdits, autoscalerOf } from './autoscaler-edits';
import { namespacesOf } from './claims';
import { readySince, whyNotReady } from './conditions';
import { type Attempt, attempt, type Deadline } from './deadline';
import { livePods } from './live-pods';
import { createSieve, malformedClaims, type Sieve } from './malformed';
import { groupByPool, instanceIdOf, type NodeStanding, nodeStanding, readCapacity } from './node-claims';
import { listAll } from './pages';
import { countPods, readPod, type UnitPods } from './pods';
import { parseQuantity } from './quantity';
import { readSurgePods } from './rollout';
import { findTarget, type TargetSpec } from './scaler-target';
import { readScaler, type ScalerReading } from './scalers';
import { launchFailures, poolFinder } from './shortage-events';
import { withShortfall } from './shortfall';
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
export type PoolCluster = Pick<
  PoolObservation,
  'uid' | 'weight' | 'limitDevices' | 'notReady' | 'runningDevices' | 'lastLaunchSeconds' | 'launchFailures'
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
  /** EC2 instances of the pools; left out where NodeClaims are unknown. */
  readonly instanceIds?: readonly string[];
  /** Objects that do not have the shape of their kind. */
  readonly malformed: readonly MalformedObject[];
}

type Listed<Name extends string> = Readonly<Record<Name, Attempt<readonly KubernetesObject[]>>>;
type NamespaceLists = Listed<'deployments' | 'scaledObjects' | 'autoscalers' | 'pods'>;
type Lists = Listed<'nodePools' | 'nodeClaims' | 'events'> & {
  /** Of each namespace that has a fleet. */
  readonly namespaces: ReadonlyMap<string, NamespaceLists>;
};

/** Objects of one namespace that can be read, by their names; pods counted by unit. */
type NamespaceObjects = Readonly<Record<Exclude<keyof NamespaceLists, 'pods'>, Attempt<ReadonlyMap<string, KubernetesObject>>>> & {
  readonly pods: Attempt<ReadonlyMap<string, UnitPods>>;
};

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
  return { units, pools, scalers, pods, namespacesByPool, ...(instanceIds && { instanceIds }), malformed: sieve.malformed };
};

/** The lists without the objects that do not have the shape of their kind; pods and nodes as they were read. */
const readSound = (lists: Lists, sieve: Sieve, nowSeconds: number) => {
  const sound = (
    resource: ApiResource,
    list: Attempt<readonly KubernetesObject[]>,
    read: (object: KubernetesObject) => unknown = () => undefined,
  ): Attempt<readonly KubernetesObject[]> =>
    mapAttempt(sieve.read(resource, list, read), (readings) => readings.map(({ object }) => object));
  const nodePools = sound(resources.nodePools, lists.nodePools);
  const isPoolGoing = poolsThatGo(lists.nodePools);
  const claims = sieve.read(resources.nodeClaims, lists.nodeClaims, (nodeClaim) => nodeStanding(nodeClaim, nowSeconds, isPoolGoing));
  return {
    nodePools,
    nodeClaims: mapAttempt(claims, (readings) => readings.map(({ object }) => object)),
    nodes: mapAttempt(claims, (readings) => new Map(readings.flatMap(({ reading }) => (reading === undefined ? [] : [reading])))),
    events: sound(resources.events, lists.events, (event) => launchFailures([event], (name) => name)),
    namespaces: new Map(
      [...lists.namespaces].map(([namespace, { deployments, scaledObjects, autoscalers, pods }]): [string, NamespaceObjects] => [
        namespace,
        {
          deployments: mapAttempt(sound(resources.deployments, deployments), byName),
          scaledObjects: mapAttempt(sound(resources.scaledObjects, scaledObjects, readsAsScaler('ScaledObject')), byName),
          autoscalers: mapAttempt(sound(resources.horizontalPodAutoscalers, autoscalers, readsAsScaler('HorizontalPodAutoscaler')), byName),
          pods: mapAttempt(sieve.read(resources.pods, pods, readPod), (readings) => countPods(readings.map(({ reading }) => reading))),
        },
      ]),
    ),
  };
};

/** Whether a NodePool is gone or being deleted; where they could not be listed, none is known to be. */
const poolsThatGo = (nodePools: Attempt<readonly KubernetesObject[]>): ((pool: string) => boolean) => {
  if (!nodePools.ok) return () => false;
  const staying = new Set(nodePools.value.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.name] : [])));
  return (pool) => !staying.has(pool);
};

const readsAsScaler =
  (kind: Unit['scaler']['kind']) =>
  (object: KubernetesObject): void => {
    readScaler({ scaler: { kind, name: object.metadata.name, metricIndex: 0 } }, object, 0);
    const empty = { metadata: { name: object.metadata.name } };
    const target = findTarget(kind === 'ScaledObject' ? ((object.spec ?? {}) as TargetSpec) : {}, 0, undefined);
    if (kind === 'ScaledObject') autoscalerEdits(object, empty, target);
    else autoscalerEdits(empty, object, target);
  };

const capacityOf = (
  pool: Pool,
  claimsByPool: Attempt<ReadonlyMap<string, readonly KubernetesObject[]>>,
  unreadable: string | undefined,
  nowSeconds: number,
): Pick<PoolCluster, 'runningDevices' | 'lastLaunchSeconds'> => {
  const reason = claimsByPool.ok ? unreadable : claimsByPool.reason;
  if (reason !== undefined) return { runningDevices: unknown(reason), lastLaunchSeconds: unknown(reason) };
  return readCapacity(pool, (claimsByPool.ok && claimsByPool.value.get(pool.name)) || [], nowSeconds);
};

/** Namespaces whose lists are under way at a time. */
const NAMESPACES_AT_ONCE = 8;

/**
 * All lists, each a failure of its own. Objects in namespaces are listed in those that have a fleet, one by one: the loop may read no other,
 * and one that it may not read costs the fleets there alone.
 */
const readLists = async (kubernetes: KubernetesPort, deadline: Deadline, fleets: readonly Fleet[]): Promise<Lists> => {
  const list = (resource: ApiResource, options: Parameters<typeof listAll>[3] = {}) =>
    attempt(`Kubernetes list of ${resource.plural}`, deadline, () => listAll(kubernetes, deadline, resource, options));

  const listEvents = () =>
    attempt(`Kubernetes list of ${resources.events.plural}`, deadline, async () => {
      const namespace = CLUSTER_EVENTS_NAMESPACE;
      const reasons = Object.values(karpenterEventReasons);
      const lists = reasons.map((reason) =>
        listAll(kubernetes, deadline, resources.events, { namespace, fieldSelector: `reason=${reason}` }),
      );
      return (await Promise.all(lists)).flat();
    });

  const listNamespace = async (namespace: string): Promise<[string, NamespaceLists]> => {
    const hasScaledObjects = fleets.some(
      (fleet) => fleet.namespace === namespace && fleet.units.some((unit) => unit.scaler.kind === 'ScaledObject'),
    );
    const [deployments, scaledObjects, autoscalers, pods] = await Promise.all([
      list(resources.deployments, { namespace }),
      hasScaledObjects ? list(resources.scaledObjects, { namespace }) : NOTHING,
      // Of a ScaledObject too there is one, which KEDA makes.
      list(resources.horizontalPodAutoscalers, { namespace }),
      list(resources.pods, { namespace, labelSelector: labels.fleet }),
    ]);
    return [namespace, { deployments, scaledObjects, autoscalers, pods }];
  };

  const [nodePools, nodeClaims, events, namespaces] = await Promise.all([
    list(resources.nodePools),
    list(resources.nodeClaims),
    listEvents(),
    mapLimit([...new Set(fleets.map((fleet) => fleet.namespace))], NAMESPACES_AT_ONCE, listNamespace),
  ]);
  return { nodePools, nodeClaims, events, namespaces: new Map(namespaces) };
};

const NOTHING: Attempt<readonly KubernetesObject[]> = { ok: true, value: [] };

const mapAttempt = <T, U>(read: Attempt<T>, map: (value: T) => U): Attempt<U> => (read.ok ? { ok: true, value: map(read.value) } : read);

const byName = (objects: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> =>
  new Map(objects.map((object) => [object.metadata.name, object]));

/** Every NodePool of the cluster is considered when the pool of a NodeClaim that is gone is sought: otherwise a failure could go to a pool of a shorter name. */
const readFailures = (
  { events, nodeClaims, nodePools }: Pick<Lists, 'events' | 'nodeClaims' | 'nodePools'>,
  pools: readonly Pool[],
): Attempt<ReturnType<typeof launchFailures>> => {
  if (!events.ok) return events;
  const labelled = new Map<string, string>();
  for (const nodeClaim of nodeClaims.ok ? nodeClaims.value : []) {
    const pool = nodeClaim.metadata.labels?.[nodeLabels.nodePool];
    if (pool !== undefined) labelled.set(nodeClaim.metadata.name, pool);
  }
  const names = new Set(pools.map((pool) => pool.name));
  for (const nodePool of nodePools.ok ? nodePools.value : []) names.add(nodePool.metadata.name);
  const find = poolFinder(names);
  return { ok: true, value: launchFailures(events.value, (nodeClaim) => labelled.get(nodeClaim) ?? find(nodeClaim)) };
};

interface NodePoolSpec {
  readonly weight?: unknown;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly replicas?: unknown;
}

const readNodePool = (
  pool: Pool,
  nodePools: Attempt<ReadonlyMap<string, KubernetesObject>>,
  atSeconds: number,
): Pick<PoolCluster, 'uid' | 'weight' | 'limitDevices' | 'notReady'> => {
  const nodePool = nodePools.ok ? nodePools.value.get(pool.name) : undefined;
  if (nodePool === undefined) {
    const missing = unknown(nodePools.ok ? `NodePool ${pool.name} does not exist` : nodePools.reason);
    return { uid: missing, weight: missing, limitDevices: missing, notReady: missing };
  }
  const spec = (nodePool.spec ?? {}) as NodePoolSpec;
  const { uid } = nodePool.metadata;
  if (spec.replicas !== undefined && spec.replicas !== null) {
    const fixed = unknown(`NodePool ${pool.name} states spec.replicas: Karpenter forbids a weight on it and knows no limit but nodes`);
    return { uid: fixed, weight: fixed, limitDevices: fixed, notReady: fixed };
  }
  return {
    uid: uid === undefined ? unknown(`NodePool ${pool.name} has no uid`) : known(uid, atSeconds),
    weight: optionalQuantity(`NodePool ${pool.name}: spec.weight`, spec.weight, atSeconds),
    limitDevices: optionalQuantity(
      `NodePool ${pool.name}: spec.limits[${pool.deviceResource}]`,
      spec.limits?.[pool.deviceResource],
      atSeconds,
    ),
    notReady: known(lastingProblem(nodePool, atSeconds), atSeconds),
  };
};

/** A NodePool is not ready for a moment whenever its node class changes. */
const NOT_READY_SECONDS = 120;

const lastingProblem = (nodePool: KubernetesObject, nowSeconds: number): string | undefined => {
  const since = readySince(nodePool);
  return since === undefined || nowSeconds - since >= NOT_READY_SECONDS ? whyNotReady(nodePool) : undefined;
};

const optionalQuantity = (field: string, raw: unknown, atSeconds: number): Signal<number | undefined> => {
  if (raw === undefined || raw === null) return known(undefined, atSeconds);
  const value = parseQuantity(raw);
  return value === undefined ? unknown(`${field} is ${JSON.stringify(raw)}, expected a quantity`) : known(value, atSeconds);
};

const readPods = (
  pods: Attempt<ReadonlyMap<string, UnitPods>>,
  nodes: Attempt<ReadonlyMap<string, NodeStanding>>,
  key: string,
  ownPools: ReadonlySet<string>,
  atSeconds: number,
): Pick<UnitCluster, 'readyPodsByPool' | 'leavingPods' | 'podStarts' | 'startingPods' | 'pendingPods' | 'waitingPods'> => {
  if (!pods.ok) {
    const unread = unknown(pods.reason);
    return {
      readyPodsByPool: unread,
      leavingPods: unread,
      podStarts: unread,
      startingPods: unread,
      pendingPods: unread,
      waitingPods: unread,
    };
  }
  const counts = pods.value.get(key);
  const startingPods = known(counts?.starting ?? 0, atSeconds);
  const pendingPods = known(counts?.pending ?? 0, atSeconds);
  const waitingPods = known(counts?.waiting ?? [], atSeconds);
  if (!nodes.ok) {
    const unread = unknown(`pods cannot be counted by pool: ${nodes.reason}`);
    return { readyPodsByPool: unread, leavingPods: unread, podStarts: unread, startingPods, pendingPods, waitingPods };
  }
  const byPool: Record<string, number> = {};
  const starts: PodStart[] = [];
  const leaving: LeavingPod[] = [];
  for (const { uid, node, createdSeconds, readySeconds } of counts?.ready ?? []) {
    const standing = nodes.value.get(node);
    if (createdSeconds !== undefined && readySeconds !== undefined)
      starts.push({ uid, ...startOf(createdSeconds, readySeconds, standing?.createdSeconds) });
    // A pod on a node that EC2 takes still answers, but nothing may be built on it: its share moves while it can still finish its requests.
    if (standing?.isReclaimed) continue;
    if (standing?.replacement !== undefined) leaving.push({ node, pool: standing.pool, replacement: standing.replacement });
    const name = standing !== undefined && ownPools.has(standing.pool) ? standing.pool : '';
    byPool[name] = (byPool[name] ?? 0) + 1;
  }
  return {
    readyPodsByPool: known(byPool, atSeconds),
    leavingPods: known(countLeaving(leaving), atSeconds),
    podStarts: known(starts, atSeconds),
    startingPods,
    pendingPods,
    waitingPods,
  };
};

interface LeavingPod {
  readonly node: string;
  readonly pool: string;
  readonly replacement: 'Draining' | 'Drifted';
}

/**
 * How many pods leave at a time: all on nodes that are drained, and in a pool where none is yet, those of the fullest node that has
 * drifted, for Karpenter replaces drifted nodes one of a pool at a time.
 */
const countLeaving = (pods: readonly LeavingPod[]): number => {
  const draining = pods.filter(({ replacement }) => replacement === 'Draining');
  const busy = new Set(draining.map(({ pool }) => pool));
  const byNode = new Map<string, { readonly pool: string; pods: number }>();
  for (const { node, pool } of pods.filter((pod) => !busy.has(pod.pool))) {
    const counted = byNode.get(node);
    if (counted === undefined) byNode.set(node, { pool, pods: 1 });
    else counted.pods += 1;
  }
  const fullest = new Map<string, number>();
  for (const one of byNode.values()) fullest.set(one.pool, Math.max(fullest.get(one.pool) ?? 0, one.pods));
  return draining.length + [...fullest.values()].reduce((sum, count) => sum + count, 0);
};

/** Times of the API server are whole seconds, and a NodeClaim is made for pods that are already there. */
const LAUNCH_SLACK_SECONDS = 5;

/** A pod waits for a node from the creation of the node's NodeClaim on: what went before, a shortage, does not belong to its start. */
const startOf = (createdSeconds: number, readySeconds: number, nodeSeconds: number | undefined): Omit<PodStart, 'uid'> => ({
  createdSeconds: Math.max(createdSeconds, nodeSeconds ?? createdSeconds),
  readySeconds,
  launchedNode: nodeSeconds !== undefined && nodeSeconds >= createdSeconds - LAUNCH_SLACK_SECONDS,
});

/** What is known of a scaler, and of what follows it, where Deployments and autoscalers could be listed. */
const withFollowers = (
  scaler: ScalerReading | undefined,
  { deployments, autoscalers }: NamespaceObjects,
  unit: Unit,
  object: KubernetesObject | undefined,
  nowSeconds: number,
): Signal<ScalerState> | undefined => {
  if (scaler === undefined || object === undefined || !deployments.ok || !autoscalers.ok) return scaler?.state;
  const isOfKeda = unit.scaler.kind === 'ScaledObject';
  const autoscaler = isOfKeda ? autoscalers.value.get(autoscalerOf(object)) : object;
  const deployment = deployments.value.get(unit.deployment);
  return withShortfall(scaler.state, scaler.floor, { deployment, autoscaler, isOfKeda }, nowSeconds);
};

const readEdits = (
  { scaledObjects, autoscalers }: NamespaceObjects,
  { scaler, backend }: Unit,
  atSeconds: number,
): UnitCluster['autoscalerEdits'] => {
  if (scaler.kind !== 'ScaledObject') return known([], atSeconds);
  if (!scaledObjects.ok) return unknown(scaledObjects.reason);
  if (!autoscalers.ok) return unknown(autoscalers.reason);
  const scaledObject = scaledObjects.value.get(scaler.name);
  const autoscaler = scaledObject && autoscalers.value.get(autoscalerOf(scaledObject));
  if (!autoscaler) return known([], atSeconds);
  const target = findTarget((scaledObject.spec ?? {}) as TargetSpec, scaler.metricIndex, backend);
  return known(autoscalerEdits(scaledObject, autoscaler, target), atSeconds);
};

const whyNoDeployment = ({ deployments }: NamespaceObjects, { deployment }: Unit): string =>
  deployments.ok ? `Deployment ${deployment} does not exist` : deployments.reason;

const readReplicas = (deployments: NamespaceObjects['deployments'], unit: Unit, atSeconds: number): Signal<number> => {
  if (!deployments.ok) return unknown(deployments.reason);
  const deployment = deployments.value.get(unit.deployment);
  if (deployment === undefined) return { ...unknown(`Deployment ${unit.deployment} does not exist`), isMissing: true };
  // The API server fills in 1 where the manifest leaves `replicas` out.
  const { replicas = 1 } = (deployment.spec ?? {}) as { readonly replicas?: unknown };
  return typeof replicas === 'number'
    ? known(replicas, atSeconds)
    : unknown(`Deployment ${unit.deployment}: spec.replicas is ${JSON.stringify(replicas)}, expected a number`);
};
