import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct, IDependable } from 'constructs';
import { acknowledgeProviders } from '../private/acknowledge';
import { defined } from '../private/defined';
import { removedLogGroups } from '../private/log-groups';
import { complain } from '../private/validation';
import { EndpointVisibility } from './endpoint-visibility';
import { kubectlLayerFor } from './kubernetes/kubectl-layer';

/** Reads an attribute of an imported EKS cluster; if the attribute was not imported, the error names the attribute to import. */
export function importedAttribute<T>(scope: IConstruct, what: string, attribute: string, read: () => T): T {
  try {
    return read();
  } catch {
    complain(scope, {
      code: 'MissingClusterAttribute',
      wrong: `the imported cluster has no \`${what}\``,
      expected: `\`${attribute}\` among the attributes of Cluster.fromClusterAttributes()`,
      fix: `Import the cluster with \`${attribute}\`.`,
    });
  }
}

/** An imported EKS cluster, and how its Kubernetes API is reached. */
export interface KubectlImport {
  readonly cluster: eks.ICluster;
  readonly vpc: ec2.IVpc;
  readonly clusterSecurityGroup: ec2.ISecurityGroup;
  readonly endpointVisibility: EndpointVisibility;
  readonly kubectlLayer: lambda.ILayerVersion | undefined;
}

/**
 * Imports an EKS cluster a second time, with kubectl.
 *
 * `fromClusterAttributes` ignores `kubectlProviderOptions`, and a provider can only be created for a cluster. So the provider is created
 * for the given cluster, and the cluster is imported again with the provider. The provider's role gets its access entry here, because CDK
 * creates one only for its own clusters.
 */
export function withKubectl(scope: Construct, from: KubectlImport): { cluster: eks.ICluster; reachedThrough: IDependable[] } {
  const { cluster: given, vpc } = from;
  const privateSubnets = from.endpointVisibility === EndpointVisibility.PRIVATE ? vpc.privateSubnets : undefined;
  if (privateSubnets?.length === 0) {
    complain(scope, {
      code: 'MissingPrivateSubnets',
      wrong: 'the Kubernetes API is private, and the VPC has no private subnets to reach it from',
      given: vpc.node.path,
      expected: 'a VPC imported with its private subnets',
      fix: 'Import it with Vpc.fromLookup() or with `privateSubnetIds`, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
    });
  }
  const kubectlLayer = from.kubectlLayer ?? kubectlLayerFor(scope, 'KubectlLayer', 35);
  const provider = new eks.KubectlProvider(scope, 'KubectlProvider', defined({ cluster: given, kubectlLayer, privateSubnets }));
  acknowledgeProviders(provider);
  removedLogGroups(provider);
  const cluster = eks.Cluster.fromClusterAttributes(
    scope,
    'Resource',
    defined({
      clusterName: given.clusterName,
      vpc,
      clusterSecurityGroupId: from.clusterSecurityGroup.securityGroupId,
      ipFamily: given.ipFamily,
      kubectlProvider: provider,
      prune: given.prune,
    }),
  );
  const access = new eks.AccessEntry(scope, 'KubectlAccess', {
    cluster,
    principal: provider.role!.roleArn,
    accessPolicies: [
      eks.AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', { accessScopeType: eks.AccessScopeType.CLUSTER }),
    ],
  });
  return { cluster, reachedThrough: [access, provider] };
}
