import { Template } from 'aws-cdk-lib/assertions';
import type { ApiResource, KubernetesObject } from '../../lambda/control-loop/ports';
import { kubernetesObjects } from '../../lib/assertions';
import { patchesOf } from '../lib/serving/served-fleet';
import { newStack } from '../lib/support/fixture';
import { newFleet } from '../lib/support/fleet';
import { FakePorts } from '../support/fake-ports';
import { addNodeClaim, NOW_SECONDS, ruleArn, steadyMetrics, targetGroupArn } from '../support/fake-world';

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds, read field by field
type Fields = any;

/** A Kubernetes object as a template has it. */
export interface Manifest extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Fields;
}

/** The fleet of the README, of which nothing optional is stated, as CDK deploys it. */
export const deployFleet = () => {
  const stack = newStack();
  newFleet(stack);
  const template = Template.fromStack(stack);
  const objects = kubernetesObjects(template).map(({ body }) => asDeployed(body as unknown as Manifest, template));
  return {
    template,
    objects,
    object: (kind: string, name: string): Manifest => {
      const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
      if (found === undefined) throw new Error(`no ${kind} ${name}`);
      return found;
    },
  };
};

export type DeployedFleet = ReturnType<typeof deployFleet>;

/** An object as the cluster has it after the deployment: patches are applied, references are ARNs. */
const asDeployed = (object: Manifest, template: Template): Manifest => {
  const deployed = structuredClone(object);
  if (deployed.kind === 'ScaledObject') {
    const name = `scaledobjects.keda.sh/${deployed.metadata.name}`;
    for (const { resource, operations } of patchesOf(template)) {
      if (resource.Properties.ResourceName === name) for (const { path, value } of operations) setAt(deployed, path, value);
    }
  }
  if (deployed.kind === 'InferenceFleet') {
    deployed.spec.router = { listenerRuleArn: ruleArn('chat') };
    for (const unit of deployed.spec.units) unit.targetGroupArn = targetGroupArn(unit.name);
  }
  return deployed;
};

/** `add` of RFC 6902 to a member that is not the last of a list. */
const setAt = (object: Fields, path: string, value: unknown): void => {
  const keys = path.split('/').slice(1);
  const last = keys.pop()!;
  keys.reduce((parent, key) => parent[key], object)[last] = value;
};

/** Where the API server serves an object, by what its manifest says. */
const resourceOf = ({ apiVersion, kind }: Manifest): ApiResource => {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind, plural: `${kind.toLowerCase()}s` } as ApiResource;
};

/**
 * The cluster some time after that deployment: each unit has one ready pod, made from its Deployment's template, on a node of its first
 * pool. Karpenter's and Kubernetes' part is as they document it; everything else is what CDK deploys.
 */
export const deployedWorld = ({ objects, object, template }: DeployedFleet): FakePorts => {
  const fake = new FakePorts(NOW_SECONDS);
  for (const manifest of objects) fake.kubernetes.put(resourceOf(manifest), manifest);
  const { spec } = object('InferenceFleet', 'chat');
  const weights: Record<string, number> = {};
  for (const unit of spec.units) {
    const pool = spec.pools.find(({ name }: Fields) => name === unit.pools[0]);
    const node = `node-of-${unit.name}`;
    addNodeClaim(fake, `${pool.name}-x1`, pool.name, pool.instanceTypes[0].name, node);
    const { template } = object('Deployment', unit.deployment).spec;
    fake.kubernetes.put({ group: '', version: 'v1', kind: 'Pod', plural: 'pods' } as ApiResource, {
      metadata: { name: `${unit.deployment}-1`, namespace: 'default', ...template.metadata },
      spec: { nodeName: node },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    weights[unit.targetGroupArn] = 500;
    for (const { name: instanceType } of pool.instanceTypes) {
      fake.offerings.push({ instanceType, zone: 'us-west-2a' });
      fake.spotPrices.push({ instanceType, zone: 'us-west-2a', priceUsdPerHour: 1, atSeconds: NOW_SECONDS - 5000 });
    }
  }
  fake.rules.set(spec.router.listenerRuleArn, weights);
  const [rule] = Object.values(template.findResources('Custom::AdaptiveInferenceListenerRule'));
  fake.ruleTags.set(spec.router.listenerRuleArn, rule!.Properties.Tags as Record<string, string>);
  fake.metric = steadyMetrics(60);
  return fake;
};
