import type { ChangedObject, Difference } from './compare';
import type { KubernetesObject } from './objects';
import { type FieldChange, type Json, type Resource, type Resources, referencesIn } from './template';

/** What endangers requests during a deployment. Pure: read from the difference of two templates. */

/** `risk`: some requests may fail, depending on what runs; `loss`: requests fail. */
type Level = 'risk' | 'loss';

export interface Hazard {
  readonly level: Level;
  readonly reason: string;
  readonly about: readonly string[];
}

const BALANCING = 'AWS::ElasticLoadBalancingV2';
/** What a request passes before it reaches a target group. */
const ENTRANCE: readonly string[] = [
  `${BALANCING}::LoadBalancer`,
  `${BALANCING}::Listener`,
  'Custom::AdaptiveInferenceListenerRule',
  'AWS::EKS::Cluster',
];
const SECURITY_GROUP_RULES: readonly string[] = ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress'];
/** Kinds whose objects serve a unit. */
const SERVING_KINDS: readonly string[] = ['Deployment', 'Service', 'TargetGroupBinding'];
const POOL_KINDS: readonly string[] = ['NodePool', 'EC2NodeClass'];

const replacedIn = ({ changed }: Difference): readonly Resource[] =>
  changed.filter(({ replacing }) => replacing.length > 0).map(({ resource }) => resource);

const pathsOf = (resources: readonly Resource[]): readonly string[] => resources.map(({ path }) => path);

/** Everything that is deleted after a resource, by reference or dependency. */
const deletedAfter = (resources: Resources, id: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const resource = resources.get(next);
    if (resource === undefined || found.has(next)) continue;
    found.add(next);
    open.push(...resource.dependsOn, ...referencesIn({ ...resource.properties }));
  }
  return found;
};

/** What is removed only when the loop has taken the traffic from it: all that a removed target of a rule needs. */
const retired = ({ before, removed }: Difference): ReadonlySet<string> =>
  new Set(removed.filter(({ type }) => type === 'Custom::AdaptiveInferenceRuleTarget').flatMap(({ id }) => [...deletedAfter(before, id)]));

const entrance = (difference: Difference): readonly string[] =>
  pathsOf([...difference.removed, ...replacedIn(difference)].filter(({ type }) => ENTRANCE.includes(type)));

const targetGroups = (difference: Difference): readonly string[] => {
  const spared = retired(difference);
  const gone = difference.removed.filter(({ id }) => !spared.has(id));
  return pathsOf([...gone, ...replacedIn(difference)].filter(({ type }) => type === `${BALANCING}::TargetGroup`));
};

const doors = ({ changed }: Difference): readonly string[] =>
  changed
    .filter(
      ({ resource, changes }) =>
        resource.type === `${BALANCING}::Listener` && changes.some(({ path }) => path === 'Port' || path === 'Protocol'),
    )
    .map(({ resource }) => resource.path);

/** Ids of the security groups of load balancers. */
const groupsOf = (resources: Resources): ReadonlySet<string> =>
  new Set(
    [...resources.values()]
      .filter(({ type }) => type === `${BALANCING}::LoadBalancer`)
      .flatMap(({ properties }) => referencesIn(properties.SecurityGroups ?? null)),
  );

const listOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : value === undefined ? [] : [JSON.stringify(value)];

const losesElement = ({ before, after }: FieldChange): boolean => listOf(before).some((item) => !listOf(after).includes(item));

/** Rules of a load balancer's security group that go, while clients or pods still use them. */
const closedPorts = (difference: Difference): readonly string[] => {
  const groups = groupsOf(difference.before);
  const spared = retired(difference);
  const isOfBalancer = ({ id }: Resource): boolean =>
    referencesIn({ ...difference.before.get(id)?.properties }).some((reference) => groups.has(reference));
  const gone = [...difference.removed, ...replacedIn(difference)].filter(
    (resource) => SECURITY_GROUP_RULES.includes(resource.type) && isOfBalancer(resource) && !spared.has(resource.id),
  );
  const inside = difference.changed.filter(
    ({ resource, changes }) =>
      groups.has(resource.id) && changes.some((change) => change.path.startsWith('SecurityGroupIngress') && losesElement(change)),
  );
  return [...pathsOf(gone), ...inside.map(({ resource }) => resource.path)];
};

const servingObjects = (difference: Difference): readonly string[] => {
  const spared = retired(difference);
  const { removed } = difference.objects;
  return removed.filter(({ kind, resource }) => SERVING_KINDS.includes(kind) && !spared.has(resource)).map(({ name }) => name);
};

interface FleetBody {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly units: readonly { readonly name: string; readonly pools: readonly string[] }[] };
}

/** Names of units with their fleet, and the pools of each. */
const unitsOf = (objects: readonly KubernetesObject[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    objects
      .filter(({ kind }) => kind === 'InferenceFleet')
      .map(({ body }) => body as unknown as FleetBody)
      .flatMap(({ metadata, spec }) =>
        spec.units.map(({ name, pools }) => [`${metadata.namespace}/${metadata.name}/${name}`, pools] as const),
      ),
  );

/** Pools that go while units that stay have pods there. */
const poolsInUse = ({ objects }: Difference): readonly string[] => {
  const stays = unitsOf(objects.after);
  const inUse = new Set([...unitsOf(objects.before)].flatMap(([unit, pools]) => (stays.has(unit) ? pools : [])));
  return objects.removed
    .filter(({ kind, body }) => POOL_KINDS.includes(kind) && inUse.has((body as unknown as FleetBody).metadata.name))
    .map(({ name }) => name);
};

/** Fields of which a change makes no node differ from its pool (`hash:"ignore"`), as long as no value of a requirement goes. */
const REQUIREMENTS = 'spec.template.spec.requirements';

const isDrift = ({ object, changes }: ChangedObject): boolean =>
  changes.some((change) => {
    if (object.kind === 'EC2NodeClass') return change.path.startsWith('spec.');
    if (object.kind !== 'NodePool' || !change.path.startsWith('spec.template')) return false;
    return change.path.startsWith(REQUIREMENTS) ? losesElement(change) : true;
  });

const driftingPools = ({ objects }: Difference): readonly string[] => objects.changed.filter(isDrift).map(({ object }) => object.name);

/** The AMI of an alias is that of the cluster's version of Kubernetes, so nodes drift without a change of their pool. */
const driftByVersion = ({ changed, objects }: Difference): readonly string[] =>
  changed.some(({ resource, changes }) => resource.type === 'AWS::EKS::Cluster' && changes.some(({ path }) => path === 'Version'))
    ? objects.after.filter(({ kind }) => kind === 'EC2NodeClass').map(({ name }) => name)
    : [];

const lowerMaxima = ({ objects }: Difference): readonly string[] =>
  objects.changed
    .filter(({ changes }) => changes.some(({ path, before, after }) => path === 'spec.maxReplicaCount' && Number(after) < Number(before)))
    .map(({ object }) => object.name);

const DRIFT = 'in each pool Karpenter replaces nodes one at a time, and a unit whose only pod is on one has none for a cold start';

interface Rule {
  readonly level: Level;
  readonly reason: string;
  readonly find: (difference: Difference) => readonly string[];
}

const RULES: readonly Rule[] = [
  { level: 'loss', reason: 'what clients connect to is deleted, and what takes its place has another address', find: entrance },
  { level: 'loss', reason: 'clients of the old port are refused', find: doors },
  { level: 'loss', reason: 'a port is closed while it is in use', find: closedPorts },
  { level: 'loss', reason: 'it is deleted while requests are sent to it', find: targetGroups },
  { level: 'loss', reason: 'it is deleted while it serves', find: servingObjects },
  {
    level: 'loss',
    reason:
      'pods there are evicted one at a time, but only as long as the `terminationGracePeriod` of the pool; then all that are left end together',
    find: poolsInUse,
  },
  { level: 'risk', reason: 'pods above the new maximum end at once, whatever the load is', find: lowerMaxima },
  { level: 'risk', reason: DRIFT, find: driftingPools },
  { level: 'risk', reason: `the AMI of an alias is that of the version of Kubernetes: ${DRIFT}`, find: driftByVersion },
];

/** Everything that endangers requests. */
export const hazardsOf = (difference: Difference): readonly Hazard[] =>
  RULES.flatMap(({ level, reason, find }) => {
    const about = [...new Set(find(difference))];
    return about.length > 0 ? [{ level, reason, about }] : [];
  });
