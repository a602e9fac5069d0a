import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { ACCOUNT, REGION } from '../aws/moto-client';
import type { TestBed } from '../cluster/test-bed';

/** What the constructs apply to a cluster, with the ids of the test bed's account in place of what CloudFormation would fill in. */
export interface Synthesized {
  readonly objects: readonly KubernetesObject[];
  readonly patches: readonly { readonly resource: string; readonly namespace: string; readonly operations: unknown }[];
}

type Construct = new (scope: object, id: string, props: object) => object;

/** Constructs by name. They are loaded by a path that the compiler does not follow: they have rules of their own (`tsconfig.lib.json`). */
const load = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
  import(join(import.meta.dirname, '../../../lib', `${file}.ts`));

const loadConstruct = async (file: string, name: string): Promise<Construct> => (await load(file))[name] as Construct;

/** A cluster with the fleet `chat` of two units, each with a spot and an on-demand pool. */
export const synthesize = async (bed: TestBed): Promise<Synthesized> => {
  // The rules of CloudFormation take seconds to load, and are tested elsewhere.
  process.env.CDK_VALIDATION ??= 'false';
  const { Accelerator } = (await load('accelerator')) as { Accelerator: Readonly<Record<string, object>> };
  const Cluster = await loadConstruct('cluster/inference-cluster', 'InferenceCluster');
  const Pool = await loadConstruct('capacity/accelerator-pool', 'AcceleratorPool');
  const Router = await loadConstruct('serving/weighted-router', 'WeightedRouter');
  const Unit = await loadConstruct('serving/deployment-unit', 'DeploymentUnit');
  const Fleet = await loadConstruct('control/inference-fleet', 'InferenceFleet');

  const stack = new Stack(new App(), 'Chat', { env: { account: ACCOUNT, region: REGION } });
  const kubectlLayer = LayerVersion.fromLayerVersionArn(stack, 'Kubectl', `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:kubectl:1`);
  const cluster = new Cluster(stack, 'Cluster', { kubectlLayer }) as { readonly vpc: object };
  const router = new Router(stack, 'Router', { vpc: cluster.vpc, units: [{ name: 'inf2' }, { name: 'g5' }] });
  const units = [
    { name: 'inf2', accelerator: Accelerator.INFERENTIA2, throughputPerMinute: 105 },
    { name: 'g5', accelerator: Accelerator.A10G, throughputPerMinute: 90 },
  ].map(({ name, accelerator, throughputPerMinute }) => {
    const pools = ['spot', 'on-demand'].map(
      (capacityType) => new Pool(stack, `${name}-${capacityType}`, { cluster, accelerator, capacityType, maximumDevices: 16 }),
    );
    return new Unit(stack, name, {
      cluster,
      fleetName: 'chat',
      name,
      accelerator,
      pools,
      profile: { throughputPerMinute, latency: Duration.millis(670), coldStart: Duration.minutes(6) },
      container: { image: 'example.com/server:1.0.0' },
      router,
    });
  });
  new Fleet(stack, 'Fleet', { cluster, units, router, objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 } });
  return rendered(Template.fromStack(stack), bed);
};

const rendered = (template: Template, bed: TestBed): Synthesized => ({
  objects: Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesResource')).flatMap(({ Properties }) =>
    (JSON.parse(text(Properties.Manifest)) as KubernetesObject[]).map((object) => filledIn(object, bed)),
  ),
  patches: Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesPatch')).map(({ Properties }) => ({
    resource: text(Properties.ResourceName),
    namespace: text(Properties.ResourceNamespace),
    operations: JSON.parse(text(Properties.ApplyPatchJson)),
  })),
});

const UNKNOWN = '<token>';

/** Text that may be joined of literals and references. */
const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : UNKNOWN)).join('');

const ARN = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`;

/** Values that only a deployed account knows. */
const filledIn = (object: KubernetesObject, { aws }: TestBed): KubernetesObject => {
  const { subnetIds, securityGroupId, instanceProfileName } = aws.account;
  if (object.kind === 'EC2NodeClass') {
    return {
      ...object,
      spec: {
        ...object.spec,
        instanceProfile: instanceProfileName,
        subnetSelectorTerms: subnetIds.map((id) => ({ id })),
        securityGroupSelectorTerms: [{ id: securityGroupId }],
      },
    };
  }
  const known = (value: string): string => {
    if (object.kind === 'TargetGroupBinding') return value.replace(UNKNOWN, `${ARN}:targetgroup/chat/0123456789abcdef`);
    if (object.kind === 'InferenceFleet') {
      const id = '0123456789abcdef';
      return value.includes('listener') ? value : value.replace(UNKNOWN, `${ARN}:listener-rule/app/chat/${id}/${id}/${id}`);
    }
    return value;
  };
  return JSON.parse(JSON.stringify(object), (_, value: unknown) => (typeof value === 'string' ? known(value) : value)) as KubernetesObject;
};
