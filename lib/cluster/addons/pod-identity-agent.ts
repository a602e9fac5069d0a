import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { type Construct, Dependable } from 'constructs';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

/** EKS Pod Identity agent, as an add-on that EKS manages. Without a version, EKS chooses its default for the cluster. */
export function installPodIdentityAgent(scope: Construct, { cluster }: AddonCluster, options: ClusterAddonInstallOptions): undefined {
  // A cluster of CDK creates the agent itself for service accounts with Pod Identity; a second one would conflict.
  const agent = cluster.eksPodIdentityAgent;
  if (!agent) {
    new eks.CfnAddon(scope, 'Resource', {
      addonName: 'eks-pod-identity-agent',
      clusterName: cluster.clusterName,
      ...(options.version === undefined ? {} : { addonVersion: options.version }),
      ...(options.values === undefined ? {} : { configurationValues: JSON.stringify(options.values) }),
    });
    return;
  }
  const resource = agent.node.defaultChild as eks.CfnAddon;
  if (options.version !== undefined) resource.addonVersion = options.version;
  if (options.values !== undefined) resource.configurationValues = JSON.stringify(options.values);
  // A construct that depends on the add-on must depend on the resource, which is a child of the cluster.
  Dependable.implement(scope, { dependencyRoots: [scope, agent] });
}
