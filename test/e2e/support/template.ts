import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { ACCOUNT, REGION } from '../aws/moto-client';

/** One resource of a template. */
interface TemplateResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape belongs to the type
  readonly Properties?: any;
}

export type TemplateResources = Readonly<Record<string, TemplateResource>>;

type Construct = new (scope: object, id: string, props: object) => object;

/** Constructs by name. They are loaded by a path that the compiler does not follow: they have rules of their own (`tsconfig.lib.json`). */
const load = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
  import(join(import.meta.dirname, '../../../lib', `${file}.ts`));

const loadConstruct = async (file: string, name: string): Promise<Construct> => (await load(file))[name] as Construct;

let made: Promise<Template> | undefined;

/** A cluster with a control loop and the fleet `chat` of two units behind a router, each with a spot and an on-demand pool, synthesized. */
export const chatTemplate = (): Promise<Template> => {
  made ??= synthesizeChat();
  return made;
};

export const resourcesOf = (template: Template): TemplateResources => template.toJSON().Resources as TemplateResources;

/** Logical ids of all that must be there before a resource, and must outlive it. */
export const prerequisitesIn = async (template: Template): Promise<(logicalId: string) => readonly string[]> => {
  const { prerequisitesOf } = (await load('assertions')) as { prerequisitesOf: (template: Template, logicalId: string) => string[] };
  return (logicalId) => prerequisitesOf(template, logicalId);
};

const synthesizeChat = async (): Promise<Template> => {
  // The rules of CloudFormation take seconds to load, and are tested elsewhere.
  process.env.CDK_VALIDATION ??= 'false';
  const { Accelerator } = (await load('accelerator/accelerator')) as { Accelerator: Readonly<Record<string, object>> };
  const Cluster = await loadConstruct('cluster/inference-cluster', 'InferenceCluster');
  const Pool = await loadConstruct('capacity/accelerator-pool', 'AcceleratorPool');
  const Router = await loadConstruct('serving/weighted-router', 'WeightedRouter');
  const Unit = await loadConstruct('serving/deployment-unit', 'DeploymentUnit');
  const Fleet = await loadConstruct('control/inference-fleet', 'InferenceFleet');
  const Loop = await loadConstruct('control/control-loop', 'ControlLoop');

  const outdir = mkdtempSync(join(tmpdir(), 'adaptive-inference-synth-'));
  const stack = new Stack(new App({ outdir }), 'Chat', { env: { account: ACCOUNT, region: REGION } });
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
      // A server that answers, should a real node run it.
      container: { image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['netexec', '--http-port=8000'], healthPath: '/healthz' },
      router,
    });
  });
  const fleet = new Fleet(stack, 'Fleet', {
    cluster,
    units,
    router,
    objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 },
  });
  const loop = new Loop(stack, 'Loop', { cluster }) as { addFleet(fleet: object): void };
  loop.addFleet(fleet);
  try {
    return Template.fromStack(stack);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};
