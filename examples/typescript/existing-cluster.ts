/** A fleet on a cluster that another team runs, with add-ons of theirs. */
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Accelerator, AdaptiveInference, ClusterAddon, InferenceCluster } from 'cdk-adaptive-inference';
import type { Construct } from 'constructs';

export class ExistingClusterStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    // Vpc.fromLookup() is shorter where the account can be asked at synthesis.
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      vpcCidrBlock: '10.0.0.0/16',
      availabilityZones: ['us-west-2a', 'us-west-2b'],
      privateSubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
      privateSubnetRouteTableIds: ['rtb-0000000000000000a', 'rtb-0000000000000000b'],
    });
    const cluster = InferenceCluster.fromCluster(this, 'Inference', {
      cluster: eks.Cluster.fromClusterAttributes(this, 'Theirs', {
        clusterName: 'theirs',
        vpc,
        clusterSecurityGroupId: 'sg-0123456789abcdef0',
      }),
      addons: {
        podIdentityAgent: ClusterAddon.existing(),
        loadBalancerController: ClusterAddon.existing(),
        metricsServer: ClusterAddon.existing(),
      },
    });
    new AdaptiveInference(this, 'Chat', {
      cluster,
      objective: { latency: Duration.millis(900) },
      units: [
        {
          name: 'inf2',
          accelerator: Accelerator.INFERENTIA2,
          container: { image: 'public.ecr.aws/example/chat-neuron:1.0.0' },
          profile: { throughputPerMinute: 105, latency: Duration.millis(670), coldStart: Duration.minutes(10) },
        },
        {
          name: 'g5',
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
        },
      ],
    });
  }
}

new ExistingClusterStack(new App(), 'ExistingCluster', { env: { account: '123456789012', region: 'us-west-2' } });
