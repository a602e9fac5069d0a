import { Names, RemovalPolicy, Token, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeProviders, managedPolicies } from '../private/acknowledge';
import { defined } from '../private/defined';
import { manageLogGroups, removedLogGroups } from '../private/log-groups';
import { complain, integerBetween, literal, nonEmpty } from '../private/validation';
import { ClusterAddons } from './addons/cluster-addons';
import { ExistingInferenceCluster } from './existing-inference-cluster';
import { EndpointVisibility, type IInferenceCluster, type InferenceHelmChartOptions } from './inference-cluster-interface';
import type { ExistingClusterProps, InferenceClusterProps, SystemNodesOptions } from './inference-cluster-props';
import { Karpenter } from './karpenter';
import type { IKarpenter } from './karpenter-interface';
import { KarpenterVersion } from './karpenter-version';
import { applyManifest, installChart, type KubernetesTarget, routesOf } from './private/inference-cluster-base';
import { kubectlLayerFor, NEWEST_KUBECTL_MINOR } from './private/kubectl-layer';

/** An EKS cluster made for accelerator pools: system nodes, Karpenter, device plugins and what scales and routes to units. */
export class InferenceCluster extends Construct implements IInferenceCluster {
  /**
   * Makes an inference cluster of a cluster that exists: Karpenter and add-ons are put on it.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param props the cluster, and what it has already
   */
  public static fromCluster(scope: Construct, id: string, props: ExistingClusterProps): IInferenceCluster {
    return new ExistingInferenceCluster(scope, id, props);
  }

  public readonly cluster: eks.ICluster;
  public readonly clusterName: string;
  public readonly clusterArn: string;
  public readonly vpc: ec2.IVpc;
  public readonly clusterSecurityGroup: ec2.ISecurityGroup;
  public readonly endpointVisibility: EndpointVisibility;
  public readonly karpenter: IKarpenter;
  public readonly addons: ClusterAddons;

  /** The nodes for system pods. */
  public readonly systemNodes: eks.Nodegroup;

  private readonly target: KubernetesTarget;

  constructor(scope: Construct, id: string, props: InferenceClusterProps = {}) {
    super(scope, id);
    manageLogGroups(this);
    const version = props.version ?? eks.KubernetesVersion.V1_35;
    const minor = this.supportedMinor(version, props.karpenter?.version ?? KarpenterVersion.V1_14_1);
    this.endpointVisibility = literal(this, 'endpointVisibility', props.endpointVisibility ?? EndpointVisibility.PRIVATE);
    this.vpc = props.vpc ?? this.createVpc();
    const name = this.nameOf(props.clusterName);
    const logGroup = new logs.LogGroup(this, 'ControlPlaneLogs', {
      // EKS makes this group itself where it is missing, and leaves it behind.
      logGroupName: `/aws/eks/${name}/cluster`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const cluster = new eks.Cluster(this, 'Resource', {
      clusterName: name,
      version,
      vpc: this.vpc,
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      endpointAccess: this.endpointAccess(props.publicAccessCidrs),
      // Nodes are Karpenter's; EKS Auto Mode, the default, would bring another Karpenter.
      defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
      defaultCapacity: 0,
      clusterLogging: props.clusterLogging ?? Object.values(eks.ClusterLoggingTypes),
      secretsEncryptionKey:
        props.secretsEncryptionKey ??
        new kms.Key(this, 'SecretsKey', {
          description: `Kubernetes secrets of ${name}`,
          enableKeyRotation: true,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      outputConfigCommand: false,
      kubectlProviderOptions: { kubectlLayer: props.kubectlLayer ?? kubectlLayerFor(this, 'KubectlLayer', minor) },
    });
    cluster.node.findChild('Resource').node.addDependency(logGroup);
    acknowledgeProviders(cluster);
    Validations.of(cluster).acknowledge({
      id: 'CloudFormation-Validate::W9009',
      reason: 'CDK names the encrypted resources, of which EKS has but one.',
    });
    acknowledge(cluster, {
      ...managedPolicies(['AmazonEKSClusterPolicy'], 'The managed policy is the one EKS asks of a cluster.'),
      EKS1: 'The endpoint is private unless the user opens it.',
      EKS2: 'Every log is on unless the user turns one off.',
    });
    props.admins?.forEach((admin, index) => {
      cluster.grantClusterAdmin(`Admin${index}`, admin.roleArn);
    });
    this.cluster = cluster;
    this.clusterName = cluster.clusterName;
    this.clusterArn = cluster.clusterArn;
    this.clusterSecurityGroup = cluster.clusterSecurityGroup;
    this.systemNodes = this.createSystemNodes(cluster, props.systemNodes ?? {});
    this.target = { cluster, reachedThrough: removedLogGroups(cluster), runsOn: [this.systemNodes, ...routesOf(this.vpc)] };
    this.addons = new ClusterAddons(this, 'Addons', { ...props.addons, cluster: this });
    this.karpenter = new Karpenter(this, 'Karpenter', { ...props.karpenter, cluster: this });
  }

  public addManifest(scope: Construct, id: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest {
    return applyManifest(this.target, scope, id, manifest);
  }

  public addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart {
    return installChart(this.target, scope, id, options);
  }

  private supportedMinor({ version }: eks.KubernetesVersion, karpenter: KarpenterVersion): number {
    const minor = Number(/^1\.(\d+)$/.exec(literal(this, 'version', version))?.[1]);
    const newest = Math.min(karpenter.newestKubernetesMinor, NEWEST_KUBECTL_MINOR);
    if (!(minor >= 33 && minor <= newest)) {
      complain(this, {
        wrong: '`version` of Kubernetes is not supported',
        given: version,
        expected: `1.33 to 1.${newest}, the newest of Karpenter ${karpenter.version} and of the kubectl layers`,
        fix: `Use for example KubernetesVersion.V1_${newest}.`,
      });
    }
    return minor;
  }

  private nameOf(name: string | undefined): string {
    if (name === undefined) return Names.uniqueResourceName(this, { maxLength: 100, separator: '-' });
    literal(this, 'clusterName', name);
    if (!/^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$/.test(name)) {
      complain(this, {
        wrong: '`clusterName` is not a name of an EKS cluster',
        given: name,
        expected: 'letters, digits, hyphens and underscores, at most 100, with a letter or digit first',
        fix: 'Choose another name, or leave it out.',
      });
    }
    return name;
  }

  private createVpc(): ec2.IVpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      // The more zones, the more spot pools to draw on.
      maxAzs: 3,
      natGateways: 1,
      // Image layers of ECR and model files come from S3: this keeps them off the NAT gateway.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    acknowledge(vpc, { VPC7: 'Flow logs cost by the byte; users who want them add them to `cluster.vpc` or bring their own VPC.' });
    return vpc;
  }

  private endpointAccess(cidrs: string[] | undefined): eks.EndpointAccess {
    nonEmpty(this, 'publicAccessCidrs', cidrs);
    if (this.endpointVisibility === EndpointVisibility.PRIVATE) {
      if (cidrs) {
        complain(this, {
          wrong: '`publicAccessCidrs` open nothing on a private endpoint',
          given: cidrs,
          expected: 'no `publicAccessCidrs`',
          fix: 'Remove them, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
        });
      }
      return eks.EndpointAccess.PRIVATE;
    }
    for (const cidr of cidrs ?? []) {
      if (!Token.isUnresolved(cidr) && !/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(cidr)) {
        complain(this, {
          wrong: '`publicAccessCidrs` has what is no address range',
          given: cidr,
          expected: 'a range such as 203.0.113.0/24',
          fix: 'Write an IPv4 range with its prefix length.',
        });
      }
    }
    return cidrs ? eks.EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...cidrs) : eks.EndpointAccess.PUBLIC_AND_PRIVATE;
  }

  private createSystemNodes(cluster: eks.Cluster, { instanceType, count }: SystemNodesOptions): eks.Nodegroup {
    const type = instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.M6I, ec2.InstanceSize.LARGE);
    const size = integerBetween(this, 'systemNodes.count', count ?? 2, 2, 100);
    const arm = type.architecture === ec2.InstanceArchitecture.ARM_64;
    const nodes = new eks.Nodegroup(
      this,
      'SystemNodes',
      defined({
        cluster,
        // Explicit, for the default of CDK is Amazon Linux 2, which ended with Kubernetes 1.32.
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
        'The managed policies are those that EKS asks of nodes.',
      ),
    );
    return nodes;
  }
}
