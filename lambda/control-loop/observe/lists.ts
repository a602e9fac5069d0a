import { mapLimit } from '../concurrency';
import { CLUSTER_EVENTS_NAMESPACE, karpenterEventReasons, labels, resources } from '../contract/names';
import type { Fleet, Unit } from '../model/fleet';
import type { ApiResource, KubernetesObject, KubernetesPort } from '../ports';
import { autoscalerEdits } from './autoscaler-edits';
import { type Attempt, attempt, type Deadline } from './deadline';
import type { Sieve } from './malformed';
import { nodeStanding } from './node-claims';
import { listAll } from './pages';
import { countPods, readPod, type UnitPods } from './pods';
import { findTarget, type TargetSpec } from './scaler-target';
import { readScaler } from './scalers';
import { launchFailures } from './shortage-events';

type Listed<Name extends string> = Readonly<Record<Name, Attempt<readonly KubernetesObject[]>>>;
type NamespaceLists = Listed<'deployments' | 'scaledObjects' | 'autoscalers' | 'pods'>;
export type Lists = Listed<'nodePools' | 'nodeClaims' | 'events'> & {
  /** Of each namespace that has a fleet. */
  readonly namespaces: ReadonlyMap<string, NamespaceLists>;
};

/** Objects of one namespace that can be read, by their names; pods counted by unit. */
export type NamespaceObjects = Readonly<Record<Exclude<keyof NamespaceLists, 'pods'>, Attempt<ReadonlyMap<string, KubernetesObject>>>> & {
  readonly pods: Attempt<ReadonlyMap<string, UnitPods>>;
};

/** Namespaces whose lists are under way at a time. */
const NAMESPACES_AT_ONCE = 8;

/**
 * All lists, each a failure of its own. Objects in namespaces are listed in those that have a fleet, one by one: the loop may read no other,
 * and one that it may not read costs the fleets there alone.
 */
export const readLists = async (kubernetes: KubernetesPort, deadline: Deadline, fleets: readonly Fleet[]): Promise<Lists> => {
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

/** The lists without the objects that do not have the shape of their kind; pods and nodes as they were read. */
export const readSound = (lists: Lists, sieve: Sieve, nowSeconds: number) => {
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

const NOTHING: Attempt<readonly KubernetesObject[]> = { ok: true, value: [] };

export const mapAttempt = <T, U>(read: Attempt<T>, map: (value: T) => U): Attempt<U> =>
  read.ok ? { ok: true, value: map(read.value) } : read;

const byName = (objects: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> =>
  new Map(objects.map((object) => [object.metadata.name, object]));
