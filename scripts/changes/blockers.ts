import type { ChangedObject, Difference } from './compare';
import type { KubernetesObject } from './objects';
import { nameProperties } from './replacing';
import { type Json, literal, type Resource, referencesIn } from './template';

/** What makes a deployment fail although synthesis accepts it. */

/** A reason, with what it is about and where it can be read. */
export interface Blocker {
  readonly by: 'CloudFormation' | 'Elastic Load Balancing' | 'Kubernetes';
  readonly reason: string;
  readonly about: readonly string[];
}

const pathsOf = (resources: readonly Resource[]): readonly string[] => resources.map(({ path }) => path);
const namesOf = (objects: readonly KubernetesObject[]): readonly string[] => objects.map(({ name }) => name);

/** The function behind a custom resource is part of its identity: "Modifying service token is not allowed". */
const changedTokens = ({ before, after }: Difference): readonly string[] =>
  pathsOf(
    [...after.values()].filter(({ id, type, properties }) => {
      const old = before.get(id);
      if (old?.type !== type || properties.ServiceToken === undefined) return false;
      return JSON.stringify(old.properties.ServiceToken) !== JSON.stringify(properties.ServiceToken);
    }),
  );

const nameOf = ({ type, properties }: Resource): string | undefined => {
  const name = properties[nameProperties[type] ?? ''];
  return name === undefined ? undefined : JSON.stringify(literal(name, new Set()));
};

/** A replacement is created before the old resource is deleted, so both would have the name. */
const replacedWithName = ({ changed }: Difference): readonly string[] =>
  pathsOf(
    changed
      .filter(({ resource, changes, replacing }) => {
        const name = nameProperties[resource.type];
        return replacing.length > 0 && nameOf(resource) !== undefined && !changes.some(({ path }) => path === name);
      })
      .map(({ resource }) => resource),
  );

/** So would a resource that moves to another logical id. */
const movedWithName = ({ added, removed }: Difference): readonly string[] =>
  pathsOf(
    added.filter((resource) => {
      const name = nameOf(resource);
      return name !== undefined && removed.some((old) => old.type === resource.type && nameOf(old) === name);
    }),
  );

/** An object that moves to another resource: `kubectl create` finds that it exists. */
const movedObjects = ({ before, after, objects }: Difference): readonly string[] => {
  const owners = new Map(objects.before.filter(({ isPatch }) => !isPatch).map(({ name, resource }) => [name, resource]));
  return namesOf(
    objects.after.filter(({ name, resource, isPatch, kind }) => {
      const owner = owners.get(name);
      // `helm upgrade --install` takes over a release.
      return !isPatch && kind !== 'chart' && owner !== undefined && owner !== resource && !before.has(resource) && !after.has(owner);
    }),
  );
};

const specOf = ({ body }: KubernetesObject): { readonly [key: string]: Json } =>
  (body as { readonly spec?: { readonly [key: string]: Json } }).spec ?? {};

/** A target group may have one binding. CloudFormation deletes the old one at the end of the deployment, or never. */
const secondBindings = ({ objects }: Difference): readonly string[] => {
  const isBinding = ({ kind }: KubernetesObject): boolean => kind === 'TargetGroupBinding';
  const bound = new Set(objects.before.filter(isBinding).map((object) => JSON.stringify(specOf(object).targetGroupARN)));
  return namesOf(objects.added.filter((object) => isBinding(object) && bound.has(JSON.stringify(specOf(object).targetGroupARN))));
};

/** A target group belongs to one load balancer, and the old one is deleted at the end of the deployment. */
const sharedGroups = ({ changed, before, after }: Difference): readonly string[] => {
  const isBalancer = ({ type }: Resource): boolean => type === 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  if (!changed.some(({ resource, replacing }) => isBalancer(resource) && replacing.length > 0)) return [];
  const replaced = new Set(changed.filter(({ replacing }) => replacing.length > 0).map(({ resource }) => resource.id));
  const used = new Set([...after.values()].flatMap(({ properties }) => referencesIn({ ...properties })));
  return pathsOf(
    [...after.values()].filter(
      ({ id, type }) => type === 'AWS::ElasticLoadBalancingV2::TargetGroup' && before.has(id) && !replaced.has(id) && used.has(id),
    ),
  );
};

const TARGETS_OF_A_RULE = 5;

/** A removed unit leaves a rule after the added ones have entered. */
const fullRules = ({ before, after }: Difference): readonly string[] => {
  const targets = (resources: Difference['before']): readonly Resource[] =>
    [...resources.values()].filter(({ type }) => type === 'Custom::AdaptiveInferenceRuleTarget');
  const present = new Map<string, Set<string>>();
  for (const { properties } of [...targets(before), ...targets(after)]) {
    const rule = JSON.stringify(properties.RuleArn);
    present.set(rule, (present.get(rule) ?? new Set()).add(JSON.stringify(properties.TargetGroupArn)));
  }
  const isFull = ({ properties }: Resource): boolean => (present.get(JSON.stringify(properties.RuleArn))?.size ?? 0) > TARGETS_OF_A_RULE;
  return pathsOf(targets(after).filter((target) => !before.has(target.id) && isFull(target)));
};

/** Fields that Kubernetes or a webhook lets nobody change, by kind. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  TargetGroupBinding: ['spec.targetGroupARN', 'spec.targetType'],
  Deployment: ['spec.selector'],
};

const immutable = ({ objects }: Difference): readonly string[] =>
  objects.changed
    .filter(({ object, changes }: ChangedObject) =>
      changes.some(({ path }) => (IMMUTABLE[object.kind] ?? []).some((field) => path === field || path.startsWith(`${field}.`))),
    )
    .map(({ object }) => object.name);

interface Rule {
  readonly by: Blocker['by'];
  readonly reason: string;
  readonly find: (difference: Difference) => readonly string[];
}

const RULES: readonly Rule[] = [
  {
    by: 'CloudFormation',
    reason:
      '[the function behind a custom resource cannot be exchanged](https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/802)',
    find: changedTokens,
  },
  {
    by: 'CloudFormation',
    reason:
      '[a resource with a name cannot be replaced](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html)',
    find: replacedWithName,
  },
  {
    by: 'CloudFormation',
    reason: 'the name is taken until the old resource is deleted, at the end of the deployment',
    find: movedWithName,
  },
  {
    by: 'Elastic Load Balancing',
    reason:
      '[a target group belongs to one load balancer](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)',
    find: sharedGroups,
  },
  {
    by: 'Elastic Load Balancing',
    reason:
      '[a rule holds five target groups](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)',
    find: fullRules,
  },
  { by: 'Kubernetes', reason: 'the object exists already, under another resource of the stack', find: movedObjects },
  {
    by: 'Kubernetes',
    reason:
      '[a target group can have one binding](https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/v3.5.0/webhooks/elbv2/targetgroupbinding_validator.go)',
    find: secondBindings,
  },
  { by: 'Kubernetes', reason: 'fields are changed that nobody may change', find: immutable },
];

/** All reasons for which the deployment fails and is rolled back. */
export const blockersOf = (difference: Difference): readonly Blocker[] =>
  RULES.flatMap(({ by, reason, find }) => {
    const about = find(difference);
    return about.length > 0 ? [{ by, reason, about }] : [];
  });
