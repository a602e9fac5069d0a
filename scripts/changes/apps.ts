import { Duration, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  Accelerator,
  AcceleratorPool,
  type AcceleratorPoolProps,
  AdaptiveInference,
  type AdaptiveInferenceProps,
  type AdaptiveInferenceUnit,
  CapacityType,
  type IInferenceCluster,
  InferenceCluster,
  type InferenceClusterProps,
} from '../../lib';

/** The apps that are compared: each is a stack with a cluster and a fleet `chat`, as the README has it. */

export type App = (stack: Stack) => void;

/** A layer with kubectl of a minor version of Kubernetes 1, without an asset. */
export const kubectlLayer = (stack: Stack, minor = 35): lambda.ILayerVersion =>
  lambda.LayerVersion.fromLayerVersionArn(stack, 'Kubectl', `arn:aws:lambda:us-west-2:123456789012:layer:kubectl-v${minor}:1`);

export const cluster = (stack: Stack, props: InferenceClusterProps = {}): InferenceCluster =>
  new InferenceCluster(stack, 'Cluster', { ...props, kubectlLayer: props.kubectlLayer ?? kubectlLayer(stack) });

export const inf2: AdaptiveInferenceUnit = {
  name: 'inf2',
  accelerator: Accelerator.INFERENTIA2,
  container: { image: 'example.com/neuron-server:1.0.0' },
  profile: { throughputPerMinute: 105, latency: Duration.millis(670), coldStart: Duration.minutes(10) },
};

export const g5: AdaptiveInferenceUnit = {
  name: 'g5',
  accelerator: Accelerator.A10G,
  container: { image: 'example.com/cuda-server:1.0.0' },
  profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
};

export const g6: AdaptiveInferenceUnit = {
  name: 'g6',
  accelerator: Accelerator.L4,
  container: { image: 'example.com/cuda-server:1.0.0' },
  profile: { throughputPerMinute: 60, latency: Duration.millis(790), coldStart: Duration.minutes(6) },
};

type FleetProps = Partial<AdaptiveInferenceProps>;

const OBJECTIVE = { latency: Duration.millis(900), percentile: 95, attainment: 0.999 };

export const fleet = (stack: Stack, on: IInferenceCluster, props: FleetProps = {}, id = 'Chat'): AdaptiveInference =>
  new AdaptiveInference(stack, id, { objective: OBJECTIVE, resilience: 1, units: [inf2, g5], ...props, cluster: on });

/** The app that most changes begin with. */
export const base: App = (stack) => {
  fleet(stack, cluster(stack));
};

/** The base with other properties of the fleet. */
export const withFleet =
  (props: FleetProps): App =>
  (stack) => {
    fleet(stack, cluster(stack), props);
  };

/** The base with other properties of unit `g5`. */
export const withG5 = (props: Partial<AdaptiveInferenceUnit>): App => withFleet({ units: [inf2, { ...g5, ...props }] });

/** The base with other properties of the cluster. */
export const withCluster =
  (props: (stack: Stack) => InferenceClusterProps): App =>
  (stack) => {
    fleet(stack, cluster(stack, props(stack)));
  };

type PoolProps = Partial<AcceleratorPoolProps>;

/** The base with pools of A10G that the app makes itself: one of spot capacity, with other properties, and one of on-demand capacity. */
export const withPool =
  (props: PoolProps, changes: { readonly tags?: Readonly<Record<string, string>> } = {}): App =>
  (stack) => {
    const on = cluster(stack);
    const pool = (id: string, capacityType: CapacityType, more: PoolProps = {}) =>
      new AcceleratorPool(stack, id, { cluster: on, accelerator: Accelerator.A10G, capacityType, ...more });
    const pools = [pool('Spot', CapacityType.SPOT, { ...props, ...changes }), pool('OnDemand', CapacityType.ON_DEMAND)];
    fleet(stack, on, { pools });
  };

export const vpcOf = (stack: Stack): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(stack, 'TheirVpc', {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidrBlock: '10.0.0.0/16',
    availabilityZones: ['us-west-2a', 'us-west-2b'],
    privateSubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
    privateSubnetRouteTableIds: ['rtb-0000000000000000a', 'rtb-0000000000000000b'],
  });

/** A cluster that another team made, under the id of the app's own. */
export const imported = (stack: Stack): IInferenceCluster =>
  InferenceCluster.fromCluster(stack, 'Cluster', {
    kubectlLayer: kubectlLayer(stack),
    cluster: eks.Cluster.fromClusterAttributes(stack, 'Theirs', {
      clusterName: 'theirs',
      vpc: vpcOf(stack),
      clusterSecurityGroupId: 'sg-0123456789abcdef0',
    }),
  });
