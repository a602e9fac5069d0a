import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Accelerator,
  AcceleratorPool,
  CapacityType,
  ControlLoop,
  type ControlLoopOptions,
  DeploymentUnit,
  type InferenceCluster,
  type InferenceClusterProps,
  InferenceFleet,
  type InferenceFleetOptions,
  WeightedRouter,
} from '../../../lib';
import { idOf, newCluster, newStack } from '../support/fixture';

/** A fleet of two units on A10G and L4 behind a router, without a loop. */
export const addFleet = (
  stack: Stack,
  cluster: InferenceCluster,
  id: string,
  { namespace = 'default', ...changes }: Partial<InferenceFleetOptions> & { readonly namespace?: string } = {},
): InferenceFleet => {
  const fleetName = id.toLowerCase();
  const router = new WeightedRouter(stack, `${id}Router`, { vpc: cluster.vpc, units: [{ name: 'g5' }, { name: 'g6' }] });
  const units = (
    [
      ['g5', Accelerator.A10G, 90],
      ['g6', Accelerator.L4, 61],
    ] as const
  ).map(([name, accelerator, throughputPerMinute]) => {
    const pools = [CapacityType.SPOT, CapacityType.ON_DEMAND].map(
      (capacityType) =>
        new AcceleratorPool(stack, `${id}-${name}-${capacityType}`, {
          cluster,
          accelerator,
          capacityType,
          name: `${fleetName}-${name}-${capacityType}`,
        }),
    );
    return new DeploymentUnit(stack, `${id}-${name}`, {
      cluster,
      fleetName,
      namespace,
      name,
      accelerator,
      pools,
      router,
      container: { image: 'public.ecr.aws/team/server:1.2.3' },
      profile: { throughputPerMinute, latency: Duration.millis(700), coldStart: Duration.minutes(6) },
    });
  });
  return new InferenceFleet(stack, id, { cluster, units, router, objective: { latency: Duration.millis(900) }, ...changes });
};

export interface LoopTemplate {
  readonly stack: Stack;
  readonly template: Template;
  readonly loop: ControlLoop;
  /** Logical id of the loop's role. */
  readonly roleId: string;
}

/** One loop of two fleets, A and B, on a cluster with a private endpoint, synthesized; B is in the namespace `team-b`. */
export const loopOfTwoFleets = (options: ControlLoopOptions = {}, cluster: InferenceClusterProps = {}): LoopTemplate => {
  const stack = newStack();
  const inference = newCluster(stack, cluster);
  const loop = new ControlLoop(stack, 'Loop', { cluster: inference, ...options });
  loop.addFleet(addFleet(stack, inference, 'A'));
  loop.addFleet(addFleet(stack, inference, 'B', { namespace: 'team-b' }));
  const template = Template.fromStack(stack);
  return { stack, template, loop, roleId: idOf(template, 'AWS::IAM::Role', /^LoopRole/) };
};

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All statements of the policies of a role, wherever they are in the template; managed policies are refused. */
export const statementsOf = (template: Template, roleId: string): Statement[] => {
  const role = template.findResources('AWS::IAM::Role')[roleId] as { readonly Properties: Readonly<Record<string, unknown>> };
  if (role.Properties.ManagedPolicyArns !== undefined || role.Properties.Policies !== undefined)
    throw new Error('the role has other policies');
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => (Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
};
