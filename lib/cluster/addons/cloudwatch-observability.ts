import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge, managedPolicies } from '../../private/acknowledge';
import type { AddonCluster, ClusterAddonInstallOptions, IClusterAddon } from './cluster-addon';

/** CloudWatch observability, as an add-on that EKS manages. Without a version, EKS chooses its default for the cluster. */
export function installCloudWatchObservability(
  scope: Construct,
  cluster: AddonCluster,
  agent: IClusterAddon,
  options: ClusterAddonInstallOptions,
): iam.IRole {
  const role = new iam.Role(scope, 'Role', {
    description: 'CloudWatch agent',
    assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal('pods.eks.amazonaws.com')),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('CloudWatchAgentServerPolicy')],
  });
  acknowledge(role, managedPolicies(['CloudWatchAgentServerPolicy'], 'The agent requires this managed policy.'));
  const addon = new eks.CfnAddon(scope, 'Resource', {
    addonName: 'amazon-cloudwatch-observability',
    clusterName: cluster.clusterName,
    podIdentityAssociations: [{ serviceAccount: 'cloudwatch-agent', roleArn: role.roleArn }],
    ...(options.version === undefined ? {} : { addonVersion: options.version }),
    ...(options.values === undefined ? {} : { configurationValues: JSON.stringify(options.values) }),
  });
  addon.node.addDependency(agent);
  return role;
}
