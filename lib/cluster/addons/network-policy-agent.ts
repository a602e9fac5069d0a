import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { mergeValues } from '../kubernetes/helm-values';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

/**
 * The network policy agent of the VPC CNI. EKS puts the CNI on every cluster, with the agent switched off; as an add-on that EKS manages it
 * takes over that installation and switches the agent on (https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html).
 */
export function installNetworkPolicyAgent(scope: Construct, { cluster }: AddonCluster, options: ClusterAddonInstallOptions): undefined {
  new eks.CfnAddon(scope, 'Resource', {
    addonName: 'vpc-cni',
    clusterName: cluster.clusterName,
    ...(options.version === undefined ? {} : { addonVersion: options.version }),
    configurationValues: JSON.stringify(mergeValues({ enableNetworkPolicy: 'true' }, options.values)),
    // What is there was not installed by EKS' add-ons, and its fields conflict.
    resolveConflicts: 'OVERWRITE',
    // Without the CNI no pod starts: where the add-on is removed, EKS stops managing it and leaves it on the nodes.
    preserveOnDelete: true,
  });
}
