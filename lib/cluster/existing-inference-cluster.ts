import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct, type IDependable } from 'constructs';
import { acknowledgeProviders } from '../private/acknowledge';
import { defined } from '../private/defined';
import { manageLogGroups, removedLogGroups } from '../private/log-groups';
import { complain } from '../private/validation';
import { ClusterAddons } from './addons/cluster-addons';
import { EndpointVisibility, type IInferenceCluster, type InferenceHelmChartOptions } from './inference-cluster-interface';
import type { ExistingClusterProps } from './inference-cluster-props';
import { Karpenter } from './karpenter';
import type { IKarpenter } from './karpenter-interface';
import { applyManifest, installChart, type KubernetesTarget } from './private/inference-cluster-base';
import { kubectlLayerFor } from './private/kubectl-layer';

/**
 * A cluster that was there before, see `InferenceCluster.fromCluster()`.
 *
 * @internal
 */
export class ExistingInferenceCluster extends Construct implements IInferenceCluster {
  public readonly cluster: eks.ICluster;
  public readonly clusterName: string;
  public readonly clusterArn: string;
  public readonly vpc: ec2.IVpc;
  public readonly clusterSecurityGroup: ec2.ISecurityGroup;
  public readonly endpointVisibility: EndpointVisibility;
  public readonly karpenter: IKarpenter;
  public readonly addons: ClusterAddons;

  private readonly target: KubernetesTarget;

  constructor(scope: Construct, id: string, props: ExistingClusterProps) {
    super(scope, id);
    manageLogGroups(this);
    const given = props.cluster;
    if (props.karpenter !== undefined && props.existingKarpenter !== undefined) {
      complain(this, {
        wrong: 'Karpenter is both to be installed and said to exist',
        given: 'karpenter and existingKarpenter',
        expected: 'one of them',
        fix: 'Remove `karpenter` where the cluster has Karpenter, or `existingKarpenter` where it has not.',
      });
    }
    this.vpc = this.attribute('vpc', 'vpc', () => given.vpc);
    this.clusterSecurityGroup = this.attribute('clusterSecurityGroup', 'clusterSecurityGroupId', () => given.clusterSecurityGroup);
    this.endpointVisibility = props.endpointVisibility ?? EndpointVisibility.PRIVATE;
    const { cluster, reachedThrough } = given.kubectlProvider ? { cluster: given, reachedThrough: [] } : this.withKubectl(given, props);
    this.cluster = cluster;
    this.clusterName = given.clusterName;
    this.clusterArn = given.clusterArn;
    this.target = { cluster, reachedThrough, runsOn: [] };
    this.addons = new ClusterAddons(this, 'Addons', { ...props.addons, cluster: this });
    this.karpenter = props.existingKarpenter ?? new Karpenter(this, 'Karpenter', { ...props.karpenter, cluster: this });
  }

  public addManifest(scope: Construct, id: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest {
    return applyManifest(this.target, scope, id, manifest);
  }

  public addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart {
    return installChart(this.target, scope, id, options);
  }

  /** An imported cluster throws where an attribute was not imported; say which, in the words of the import. */
  private attribute<T>(what: string, attribute: string, read: () => T): T {
    try {
      return read();
    } catch {
      complain(this, {
        wrong: `the imported cluster has no \`${what}\``,
        expected: `\`${attribute}\` among the attributes of Cluster.fromClusterAttributes()`,
        fix: `Import the cluster with \`${attribute}\`.`,
      });
    }
  }

  /**
   * The cluster once more, with kubectl.
   *
   * `fromClusterAttributes` ignores `kubectlProviderOptions`, and a provider can only be made for a cluster: so it is made
   * for the given one, and the cluster imported again with it. The provider's role gets its access entry here, since CDK
   * makes one for clusters of its own only.
   */
  private withKubectl(given: eks.ICluster, props: ExistingClusterProps): { cluster: eks.ICluster; reachedThrough: IDependable[] } {
    const privateSubnets = this.endpointVisibility === EndpointVisibility.PRIVATE ? this.vpc.privateSubnets : undefined;
    if (privateSubnets?.length === 0) {
      complain(this, {
        wrong: 'the Kubernetes API is private and the VPC has no private subnets to reach it from',
        given: this.vpc.node.path,
        expected: 'a VPC imported with its private subnets',
        fix: 'Import it with Vpc.fromLookup() or with `privateSubnetIds`, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
      });
    }
    const provider = new eks.KubectlProvider(
      this,
      'KubectlProvider',
      defined({ cluster: given, kubectlLayer: props.kubectlLayer ?? kubectlLayerFor(this, 'KubectlLayer', 35), privateSubnets }),
    );
    acknowledgeProviders(provider);
    removedLogGroups(provider);
    const cluster = eks.Cluster.fromClusterAttributes(
      this,
      'Resource',
      defined({
        clusterName: given.clusterName,
        vpc: this.vpc,
        clusterSecurityGroupId: this.clusterSecurityGroup.securityGroupId,
        ipFamily: given.ipFamily,
        kubectlProvider: provider,
        prune: given.prune,
      }),
    );
    const principal = provider.role!.roleArn;
    const access = new eks.AccessEntry(this, 'KubectlAccess', {
      cluster,
      principal,
      accessPolicies: [
        eks.AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', { accessScopeType: eks.AccessScopeType.CLUSTER }),
      ],
    });
    return { cluster, reachedThrough: [access, provider] };
  }
}
