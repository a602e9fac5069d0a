import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, acknowledgeProviders, managedPolicies } from '../private/acknowledge';
import { manageLogGroups, removedLogGroups } from '../private/log-groups';
import { complain, literal } from '../private/validation';
import { ClusterAddons, type ClusterAddonsOptions, type IClusterAddons } from './addons/cluster-addons';
import { clusterNameOf, endpointAccess, supportedMinor } from './cluster-checks';
import { EndpointVisibility } from './endpoint-visibility';
import { importedAttribute, withKubectl } from './imported-cluster';
import { type IKarpenter, Karpenter, type KarpenterOptions } from './karpenter';
import { KarpenterVersion } from './karpenter-version';
import type { InferenceHelmChartOptions } from './kubernetes/helm-chart';
import { kubectlLayerFor } from './kubernetes/kubectl-layer';
import { applyManifest, installChart, type KubernetesTarget, routesOf } from './kubernetes/kubernetes-target';
import { createSystemNodes, type SystemNodesOptions } from './system-nodes';

/** A cluster on which pools, units and the control loop can be put. */
export interface IInferenceCluster extends IConstruct {
  /** The EKS cluster, able to apply manifests: its `kubectlProvider` is defined. */
  readonly cluster: eks.ICluster;

  /** Name of the EKS cluster. */
  readonly clusterName: string;

  /** ARN of the EKS cluster. */
  readonly clusterArn: string;

  /** The VPC of the cluster. */
  readonly vpc: ec2.IVpc;

  /** The security group that EKS gave the cluster: its nodes carry it, and whoever carries it reaches the API. */
  readonly clusterSecurityGroup: ec2.ISecurityGroup;

  /** From where the Kubernetes API can be reached; a Lambda that calls a private one must run in the VPC. */
  readonly endpointVisibility: EndpointVisibility;

  /** Karpenter, which launches the nodes of pools. */
  readonly karpenter: IKarpenter;

  /** The add-ons; depend on one to be created after it and destroyed before it. */
  readonly addons: IClusterAddons;

  /**
   * Puts one Kubernetes object on the cluster, under the caller's scope.
   *
   * It is created after, and destroyed before, everything that lets the deployment reach the API.
   * What another writer owns must be left out of the object: only what it mentions is ever applied.
   *
   * @param scope where the manifest belongs
   * @param id its id there; make the object's name part of it, since a renamed object must be a new resource
   * @param manifest the object
   */
  addManifest(scope: Construct, id: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest;

  /**
   * Installs a Helm chart on the cluster, under the caller's scope.
   *
   * @param scope where the chart belongs
   * @param id its id there
   * @param options the chart
   */
  addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart;
}

/** Properties of `InferenceCluster`. */
export interface InferenceClusterProps {
  /**
   * Name of the cluster.
   *
   * @default - derived from the path of the construct, so that the log group of the control plane is known, and removed with the stack
   */
  readonly clusterName?: string;

  /**
   * Version of Kubernetes.
   *
   * @default KubernetesVersion.V1_35
   */
  readonly version?: eks.KubernetesVersion;

  /**
   * The VPC. It needs private subnets with a way to AWS's APIs and image registries.
   *
   * @default - a new VPC over three zones (two where the stack's region is not known) with one NAT gateway and an S3 endpoint
   */
  readonly vpc?: ec2.IVpc;

  /**
   * From where the Kubernetes API can be reached.
   *
   * @default EndpointVisibility.PRIVATE
   */
  readonly endpointVisibility?: EndpointVisibility;

  /**
   * Address ranges that may reach a public Kubernetes API.
   *
   * @default - every address, if the endpoint is public
   */
  readonly publicAccessCidrs?: string[];

  /**
   * Roles that administer the cluster.
   *
   * @default - none besides the creator's
   */
  readonly admins?: iam.IRole[];

  /**
   * Key that encrypts Kubernetes secrets.
   *
   * @default - a new key, removed with the stack
   */
  readonly secretsEncryptionKey?: kms.IKey;

  /**
   * Control-plane logs that go to CloudWatch.
   *
   * @default - all of them
   */
  readonly clusterLogging?: eks.ClusterLoggingTypes[];

  /**
   * Layer with kubectl and helm, of a minor version within one of the cluster's.
   *
   * @default - the layer of the package `@aws-cdk/lambda-layer-kubectl-v<minor>`
   */
  readonly kubectlLayer?: lambda.ILayerVersion;

  /**
   * The nodes for system pods.
   *
   * @default - two m6i.large
   */
  readonly systemNodes?: SystemNodesOptions;

  /**
   * How Karpenter is installed.
   *
   * @default - version 1.14.1
   */
  readonly karpenter?: KarpenterOptions;

  /**
   * The add-ons.
   *
   * @default - all but CloudWatch observability
   */
  readonly addons?: ClusterAddonsOptions;
}

/** How an existing cluster becomes an inference cluster. */
export interface ImportedClusterProps {
  /** The cluster: one of `aws-eks-v2`, made in this app or imported with its VPC and cluster security group. */
  readonly cluster: eks.ICluster;

  /**
   * From where its Kubernetes API can be reached.
   *
   * @default EndpointVisibility.PRIVATE
   */
  readonly endpointVisibility?: EndpointVisibility;

  /**
   * Layer with kubectl and helm; needed where `cluster` has no `kubectlProvider`.
   *
   * @default - the layer for Kubernetes 1.35, of the package `@aws-cdk/lambda-layer-kubectl-v35`
   */
  readonly kubectlLayer?: lambda.ILayerVersion;

  /**
   * How Karpenter is installed. Excludes `existingKarpenter`.
   *
   * @default - version 1.14.1
   */
  readonly karpenter?: KarpenterOptions;

  /**
   * The Karpenter that the cluster has already, see `Karpenter.fromKarpenterAttributes()`.
   *
   * @default - Karpenter is installed
   */
  readonly existingKarpenter?: IKarpenter;

  /**
   * The add-ons. Say `ClusterAddon.existing()` for what the cluster has already.
   *
   * @default - all but CloudWatch observability are installed
   */
  readonly addons?: ClusterAddonsOptions;
}

/** An EKS cluster made for accelerator pools: system nodes, Karpenter, device plugins and what scales and routes to units. */
export class InferenceCluster extends Construct implements IInferenceCluster {
  /**
   * Makes an inference cluster of a cluster that exists: Karpenter and add-ons are put on it.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param props the cluster, and what it has already
   */
  public static fromCluster(scope: Construct, id: string, props: ImportedClusterProps): IInferenceCluster {
    class Import extends Construct implements IInferenceCluster {
      public readonly cluster: eks.ICluster;
      public readonly clusterName: string;
      public readonly clusterArn: string;
      public readonly vpc: ec2.IVpc;
      public readonly clusterSecurityGroup: ec2.ISecurityGroup;
      public readonly endpointVisibility: EndpointVisibility;
      public readonly karpenter: IKarpenter;
      public readonly addons: IClusterAddons;

      private readonly target: KubernetesTarget;

      constructor() {
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
        this.vpc = importedAttribute(this, 'vpc', 'vpc', () => given.vpc);
        this.clusterSecurityGroup = importedAttribute(
          this,
          'clusterSecurityGroup',
          'clusterSecurityGroupId',
          () => given.clusterSecurityGroup,
        );
        this.endpointVisibility = props.endpointVisibility ?? EndpointVisibility.PRIVATE;
        const { vpc, clusterSecurityGroup, endpointVisibility } = this;
        const { cluster, reachedThrough } = given.kubectlProvider
          ? { cluster: given, reachedThrough: [] }
          : withKubectl(this, { cluster: given, vpc, clusterSecurityGroup, endpointVisibility, kubectlLayer: props.kubectlLayer });
        this.cluster = cluster;
        this.clusterName = given.clusterName;
        this.clusterArn = given.clusterArn;
        this.target = { cluster, reachedThrough, runsOn: [] };
        this.addons = new ClusterAddons(this, 'Addons', this, props.addons ?? {});
        this.karpenter = props.existingKarpenter ?? new Karpenter(this, 'Karpenter', { ...props.karpenter, cluster: this });
      }

      public addManifest(where: Construct, manifestId: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest {
        return applyManifest(this.target, where, manifestId, manifest);
      }

      public addHelmChart(where: Construct, chartId: string, options: InferenceHelmChartOptions): eks.HelmChart {
        return installChart(this.target, where, chartId, options);
      }
    }
    return new Import();
  }

  public readonly cluster: eks.ICluster;
  public readonly clusterName: string;
  public readonly clusterArn: string;
  public readonly vpc: ec2.IVpc;
  public readonly clusterSecurityGroup: ec2.ISecurityGroup;
  public readonly endpointVisibility: EndpointVisibility;
  public readonly karpenter: IKarpenter;
  public readonly addons: IClusterAddons;

  /** The nodes for system pods. */
  public readonly systemNodes: eks.Nodegroup;

  private readonly target: KubernetesTarget;

  constructor(scope: Construct, id: string, props: InferenceClusterProps = {}) {
    super(scope, id);
    manageLogGroups(this);
    const version = props.version ?? eks.KubernetesVersion.V1_35;
    const minor = supportedMinor(this, version, props.karpenter?.version ?? KarpenterVersion.V1_14_1);
    this.endpointVisibility = literal(this, 'endpointVisibility', props.endpointVisibility ?? EndpointVisibility.PRIVATE);
    this.vpc = props.vpc ?? this.createVpc();
    const name = clusterNameOf(this, props.clusterName);
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
      endpointAccess: endpointAccess(this, this.endpointVisibility, props.publicAccessCidrs),
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
    this.systemNodes = createSystemNodes(this, cluster, props.systemNodes ?? {});
    this.target = { cluster, reachedThrough: removedLogGroups(cluster), runsOn: [this.systemNodes, ...routesOf(this.vpc)] };
    this.addons = new ClusterAddons(this, 'Addons', this, props.addons ?? {});
    this.karpenter = new Karpenter(this, 'Karpenter', { ...props.karpenter, cluster: this });
  }

  public addManifest(scope: Construct, id: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest {
    return applyManifest(this.target, scope, id, manifest);
  }

  public addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart {
    return installChart(this.target, scope, id, options);
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
}
