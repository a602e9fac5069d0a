import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Accelerator,
  AcceleratorPool,
  DeploymentUnit,
  type DeploymentUnitProps,
  type InferenceCluster,
  type InferenceClusterProps,
  type UnitProfile,
  WeightedRouter,
  type WeightedRouterProps,
} from '../../../lib';
import { kubernetesObjects } from '../../../lib/assertions';
import { newCluster, newStack } from '../support/fixture';

export const PROFILE: UnitProfile = { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) };

export const IMAGE = 'public.ecr.aws/team/server:1.2.3';

export interface Changes {
  readonly cluster?: InferenceClusterProps;
  readonly router?: Partial<WeightedRouterProps>;
  readonly unit?: Partial<DeploymentUnitProps>;
}

export interface ServedFleet {
  readonly stack: Stack;
  readonly cluster: InferenceCluster;
  readonly pool: AcceleratorPool;
  readonly router: WeightedRouter;
  readonly unit: DeploymentUnit;
  readonly template: Template;
}

/** A fleet `chat` of one unit `g5` behind a router, synthesized; with changes to any part. */
export const servedFleet = ({ cluster: clusterProps, router: routerProps, unit: unitProps }: Changes = {}): ServedFleet => {
  const stack = newStack();
  const cluster = newCluster(stack, clusterProps);
  const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
  const router = new WeightedRouter(stack, 'Router', { vpc: cluster.vpc, units: [{ name: 'g5' }, { name: 'inf2' }], ...routerProps });
  const unit = new DeploymentUnit(stack, 'Unit', {
    cluster,
    fleetName: 'chat',
    name: 'g5',
    accelerator: Accelerator.A10G,
    pools: [pool],
    profile: PROFILE,
    container: { image: IMAGE },
    router,
    ...unitProps,
  });
  return { stack, cluster, pool, router, unit, template: Template.fromStack(stack) };
};

/** The one object of a kind whose name is that of the fleet's unit. */
export const objectOf = <T>(template: Template, kind: string): T => {
  const found = kubernetesObjects(template, kind).filter(({ body }) => /^chat-/.test((body.metadata as { name: string }).name));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`expected one ${kind} of the fleet, found ${found.length}`);
  return found[0].body as T;
};

export const PATCH = 'Custom::AWSCDK-EKS-KubernetesPatch';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

export interface Patch {
  readonly logicalId: string;
  readonly resource: {
    readonly Properties: Record<string, unknown>;
    readonly DeletionPolicy: string;
    readonly UpdateReplacePolicy: string;
  };
  /** The operations, with references shown as `<token>`. */
  readonly operations: readonly Operation[];
}

/** The patches that a template applies. */
export const patchesOf = (template: Template): Patch[] =>
  Object.entries(template.findResources(PATCH)).map(([logicalId, resource]) => ({
    logicalId,
    resource: resource as Patch['resource'],
    operations: JSON.parse(text(resource.Properties.ApplyPatchJson)),
  }));

const text = (json: unknown): string =>
  typeof json === 'string'
    ? json
    : (json as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '<token>')).join('');
