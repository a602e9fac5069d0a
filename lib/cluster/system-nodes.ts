import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { acknowledge, managedPolicies } from '../private/acknowledge';
import { defined } from '../private/defined';
import { integerOrTokenWithin } from '../private/validation';

/** The managed node group on which Karpenter, KEDA and other system pods run. */
export interface SystemNodesOptions {
  /**
   * Instance type.
   *
   * @default m6i.large
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Number of nodes, 2 to 100. Karpenter's two replicas cannot share a node.
   *
   * @default 2
   */
  readonly count?: number;
}

/** Creates the managed node group of a cluster. */
export function createSystemNodes(scope: Construct, cluster: eks.Cluster, { instanceType, count }: SystemNodesOptions): eks.Nodegroup {
  const type = instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.M6I, ec2.InstanceSize.LARGE);
  const size = integerOrTokenWithin(scope, 'systemNodes.count', count ?? 2, { min: 2, max: 100 });
  const arm = type.architecture === ec2.InstanceArchitecture.ARM_64;
  const nodes = new eks.Nodegroup(
    scope,
    'SystemNodes',
    defined({
      cluster,
      // Explicit, because CDK's default is Amazon Linux 2, which Kubernetes 1.33 and later do not support.
      amiType: arm ? eks.NodegroupAmiType.AL2023_ARM_64_STANDARD : eks.NodegroupAmiType.AL2023_X86_64_STANDARD,
      instanceTypes: [type],
      minSize: size,
      desiredSize: size,
      maxSize: size + 1,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    }),
  );
  acknowledge(
    nodes,
    managedPolicies(
      ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly'],
      'EKS requires these managed policies for nodes.',
    ),
  );
  return nodes;
}
