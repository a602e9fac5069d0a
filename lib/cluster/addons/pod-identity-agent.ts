import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { type Construct, Dependable } from 'constructs';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

/** EKS Pod Identity agent, as the add-on that EKS manages. Unless told, EKS chooses its default version for the cluster's. */
export function installPodIdentityAgent(scope: Construct, { cluster }: AddonCluster, options: ClusterAddonInstallOptions): undefined {
  // A cluster made by CDK creates the agent itself for service accounts with Pod Identity: two would be one too many.
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
  // Whoever depends on the add-on depends on the resource, though it lives under the cluster.
  Dependable.implement(scope, { dependencyRoots: [scope, agent] });
}
