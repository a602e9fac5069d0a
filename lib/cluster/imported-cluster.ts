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

/** Reads an attribute of an imported EKS cluster, which throws where it was not imported; says which, in the words of the import. */
export function importedAttribute<T>(scope: IConstruct, what: string, attribute: string, read: () => T): T {
  try {
    return read();
  } catch {
    complain(scope, {
      wrong: `the imported cluster has no \`${what}\``,
      expected: `\`${attribute}\` among the attributes of Cluster.fromClusterAttributes()`,
      fix: `Import the cluster with \`${attribute}\`.`,
    });
  }
}

/** What the second import of a cluster is made from. */
export interface KubectlImport {
  readonly cluster: eks.ICluster;
  readonly vpc: ec2.IVpc;
  readonly clusterSecurityGroup: ec2.ISecurityGroup;
  readonly endpointVisibility: EndpointVisibility;
  readonly kubectlLayer: lambda.ILayerVersion | undefined;
}

/**
 * An imported EKS cluster once more, with kubectl.
 *
 * `fromClusterAttributes` ignores `kubectlProviderOptions`, and a provider can only be made for a cluster: so it is made
 * for the given one, and the cluster imported again with it. The provider's role gets its access entry here, since CDK
 * makes one for clusters of its own only.
 */
export function withKubectl(scope: Construct, from: KubectlImport): { cluster: eks.ICluster; reachedThrough: IDependable[] } {
  const { cluster: given, vpc } = from;
  const privateSubnets = from.endpointVisibility === EndpointVisibility.PRIVATE ? vpc.privateSubnets : undefined;
  if (privateSubnets?.length === 0) {
    complain(scope, {
      wrong: 'the Kubernetes API is private and the VPC has no private subnets to reach it from',
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
