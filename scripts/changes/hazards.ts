import { loopDefaults } from '../../lambda/control-loop/contract/defaults';
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
  readonly spec: {
    readonly enforcement?: string;
    readonly units: readonly {
      readonly name: string;
      readonly pools: readonly string[];
      readonly profile: { readonly coldStartSeconds: number };
    }[];
  };
}

interface PoolBody {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: { readonly terminationGracePeriod: string } } };
}

/** A unit as its fleet states it. */
interface StatedUnit {
  readonly id: string;
  readonly pools: readonly string[];
  readonly coldStartSeconds: number;
  /** Whether the loop starts successors of pods on nodes that go. */
  readonly isEnforced: boolean;
}

const unitsOf = (objects: readonly KubernetesObject[]): readonly StatedUnit[] =>
  objects
    .filter(({ kind }) => kind === 'InferenceFleet')
    .map(({ body }) => body as unknown as FleetBody)
    .flatMap(({ metadata, spec }) =>
      spec.units.map(({ name, pools, profile }) => ({
        id: `${metadata.namespace}/${metadata.name}/${name}`,
        pools,
        coldStartSeconds: profile.coldStartSeconds,
        isEnforced: (spec.enforcement ?? 'Enforce') === 'Enforce',
      })),
    );

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** How long the nodes that run may drain, by pool: as it was before, because a node keeps what it was launched with. */
const drainsOf = (objects: readonly KubernetesObject[]): ReadonlyMap<string, number> =>
  new Map(
    objects
      .filter(({ kind }) => kind === 'NodePool')
      .map(({ body }) => body as unknown as PoolBody)
      .map(({ metadata, spec }) => {
        const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(spec.template.spec.terminationGracePeriod) ?? [];
        return [metadata.name, Number(count) * (SECONDS[unit] ?? Number.NaN)];
      }),
  );

const nameOf = ({ body }: KubernetesObject): string => (body as unknown as PoolBody).metadata.name;

/** Pools that go while units that stay have pods there; those in which successors are late, or the others. */
const poolsInUse =
  (areLate: boolean) =>
  ({ objects }: Difference): readonly string[] => {
    const stays = new Set(unitsOf(objects.after).map(({ id }) => id));
    const drains = drainsOf(objects.before);
    const units = unitsOf(objects.before).filter(({ id }) => stays.has(id));
    return objects.removed
      .filter(({ kind }) => kind === 'NodePool')
      .filter((pool) => {
        const users = units.filter(({ pools }) => pools.includes(nameOf(pool)));
        const isLate = users.some(
          (unit) => !unit.isEnforced || unit.coldStartSeconds + loopDefaults.periodSeconds > drains.get(nameOf(pool))!,
        );
        return users.length > 0 && isLate === areLate;
      })
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

/** Pools whose nodes Karpenter replaces, one of a pool at a time. */
const driftingPools = ({ changed, objects }: Difference): ReadonlySet<string> => {
  const drifting = objects.changed.filter(isDrift).map(({ object }) => nameOf(object));
  // The AMI of an alias is that of the cluster's version of Kubernetes.
  const isUpgraded = changed.some(
    ({ resource, changes }) => resource.type === 'AWS::EKS::Cluster' && changes.some(({ path }) => path === 'Version'),
  );
  return new Set(isUpgraded ? objects.after.filter(({ kind }) => kind === 'EC2NodeClass').map(nameOf) : drifting);
};

/** Pools of drifting nodes in which a unit's pods end before their successors serve. */
const shortDrains = (difference: Difference): readonly string[] => {
  const { objects } = difference;
  const drifting = driftingPools(difference);
  const units = unitsOf(objects.after);
  return [...drainsOf(objects.before)]
    .filter(([pool]) => drifting.has(pool))
    .filter(([pool, seconds]) => units.some((unit) => unit.pools.includes(pool) && (!unit.isEnforced || unit.coldStartSeconds > seconds)))
    .map(([pool]) => `NodePool ${pool}`);
};

/** Units that leave a rule from which no loop takes their traffic. */
const waitingTargets = ({ removed, objects }: Difference): readonly string[] => {
  const unsteered = unitsOf(objects.after).filter(({ isEnforced }) => !isEnforced);
  const isOf = (fleet: Json | undefined): boolean => unsteered.some(({ id }) => id.startsWith(`${String(fleet)}/`));
  return pathsOf(removed.filter(({ type, properties }) => type === 'Custom::AdaptiveInferenceRuleTarget' && isOf(properties.Fleet)));
};

const lowerMaxima = ({ objects }: Difference): readonly string[] =>
  objects.changed
    .filter(({ changes }) => changes.some(({ path, before, after }) => path === 'spec.maxReplicaCount' && Number(after) < Number(before)))
    .map(({ object }) => object.name);

interface Rule {
  readonly level: Level;
  readonly reason: string;
  readonly find: (difference: Difference) => readonly string[];
}

const RULES: readonly Rule[] = [
  { level: 'loss', reason: 'what clients connect to is deleted, and what takes its place has another address', find: entrance },
  { level: 'loss', reason: 'clients that stay on the old port are refused or redirected', find: doors },
  { level: 'loss', reason: 'a port is closed while it is in use', find: closedPorts },
  { level: 'loss', reason: 'it is deleted while requests are sent to it', find: targetGroups },
  { level: 'loss', reason: 'it is deleted while it serves', find: servingObjects },
  {
    level: 'loss',
    reason: 'its nodes drain for less than a cold start and the time until the loop starts successors of their pods, and then all pods end',
    find: poolsInUse(true),
  },
  {
    level: 'risk',
    reason:
      'its nodes drain all at once; the loop starts successors of their pods, but where there are too few devices for all of them, the rest end when the `terminationGracePeriod` is over',
    find: poolsInUse(false),
  },
  {
    level: 'risk',
    reason:
      'no loop takes its traffic: the deployment waits until the `retirementDeadline` of the router, and then [leaves behind what it cannot delete](upgrading.md#units)',
    find: waitingTargets,
  },
  { level: 'risk', reason: 'pods above the new maximum end at once, whatever the load is', find: lowerMaxima },
  {
    level: 'risk',
    reason: 'Karpenter replaces its nodes one at a time and waits for successors of their pods, but for less than a cold start',
    find: shortDrains,
  },
];

/** Everything that endangers requests. */
export const hazardsOf = (difference: Difference): readonly Hazard[] =>
  RULES.flatMap(({ level, reason, find }) => {
    const about = [...new Set(find(difference))];
    return about.length > 0 ? [{ level, reason, about }] : [];
  });
