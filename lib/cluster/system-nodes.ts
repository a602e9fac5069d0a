import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { CfnNodegroup } from 'aws-cdk-lib/aws-eks';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { acknowledge, managedPolicies } from '../private/acknowledge';
import { defined } from '../private/defined';
import { integerOrTokenWithin } from '../private/validation';

/** As large as EKS makes it. */
const VOLUME_GIB = 20;

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

/**
 * What EKS leaves to its defaults without a launch template: pods do not reach the instance metadata, and with it the role of the node, and
 * volumes are encrypted. A name of its own, because a node group without a launch template cannot be given one.
 */
function createLaunchTemplate(scope: Construct): ec2.CfnLaunchTemplate {
  return new ec2.CfnLaunchTemplate(scope, 'SystemNodesTemplate', {
    launchTemplateData: {
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: '/dev/xvda', ebs: { volumeType: 'gp3', volumeSize: VOLUME_GIB, encrypted: true, deleteOnTermination: true } },
      ],
    },
  });
}

/** Creates the managed node group of a cluster, of the cluster's own version of Kubernetes. */
export function createSystemNodes(
  scope: Construct,
  cluster: eks.Cluster,
  { instanceType, count }: SystemNodesOptions,
  version: eks.KubernetesVersion,
): eks.Nodegroup {
  const type = instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.M6I, ec2.InstanceSize.LARGE);
  const size = integerOrTokenWithin(scope, 'systemNodes.count', count ?? 2, { min: 2, max: 100 });
  const arm = type.architecture === ec2.InstanceArchitecture.ARM_64;
  const template = createLaunchTemplate(scope);
  const nodes = new eks.Nodegroup(
    scope,
    'SystemNodeGroup',
    defined({
      cluster,
      // Explicit, because CDK's default is Amazon Linux 2, which Kubernetes 1.33 and later do not support.
      amiType: arm ? eks.NodegroupAmiType.AL2023_ARM_64_STANDARD : eks.NodegroupAmiType.AL2023_X86_64_STANDARD,
      instanceTypes: [type],
      minSize: size,
      desiredSize: size,
      maxSize: size + 1,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      launchTemplateSpec: { id: template.ref, version: template.attrLatestVersionNumber },
    }),
  );
  // The construct of CDK has no property for it, and without it a node group keeps the version that it was created with.
  (nodes.node.defaultChild as CfnNodegroup).version = version.version;
  acknowledge(
    nodes,
    managedPolicies(
      ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly'],
      'EKS requires these managed policies for nodes.',
    ),
  );
  return nodes;
}
