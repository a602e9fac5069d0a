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
import { NEEDS_PRIVATE_SUBNETS, subnetsOf } from '../private/subnets';
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

/** An EKS cluster for pools, units and the control loop, created in this app or imported. */
export interface IInferenceCluster extends IConstruct {
  /** The EKS cluster, able to apply manifests: its `kubectlProvider` is defined. */
  readonly cluster: eks.ICluster;

  /** Name of the EKS cluster. */
  readonly clusterName: string;

  /** ARN of the EKS cluster. */
  readonly clusterArn: string;

  /** The VPC of the cluster. */
  readonly vpc: ec2.IVpc;

  /** The security group that EKS created for the cluster: its nodes have it, and everything that has it can reach the Kubernetes API. */
  readonly clusterSecurityGroup: ec2.ISecurityGroup;

  /** From where the Kubernetes API can be reached; a Lambda function that calls a private one must run in the VPC. */
  readonly endpointVisibility: EndpointVisibility;

  /** Karpenter, which launches the nodes of pools. */
  readonly karpenter: IKarpenter;

  /** The add-ons; a construct that depends on one is created after it and deleted before it. */
  readonly addons: IClusterAddons;

  /**
   * Applies one Kubernetes object to the cluster.
   *
   * It is created after everything that lets the deployment reach the API, and deleted before.
   * Leave fields of other writers out of the manifest: only the fields in it are applied.
   *
   * @param scope the parent construct of the manifest
   * @param id id of the manifest in that scope; it should contain the object's name, because a renamed object must be a new resource
   * @param manifest the object
   */
  addManifest(scope: Construct, id: string, manifest: { [key: string]: unknown }): eks.KubernetesManifest;

  /**
   * Installs a Helm chart on the cluster.
   *
   * @param scope the parent construct of the chart
   * @param id id of the chart in that scope
   * @param options chart, version and values
   */
  addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart;
}

/** Properties of `InferenceCluster`. */
export interface InferenceClusterProps {
  /**
   * Name of the cluster.
   *
   * @default - derived from the path of the construct, so that the log group of the control plane has a known name and is deleted with the
   * stack
   */
  readonly clusterName?: string;

  /**
   * Version of Kubernetes, 1.33 or later.
   *
   * @default KubernetesVersion.V1_35
   */
  readonly version?: eks.KubernetesVersion;

  /**
   * The VPC. It needs private subnets that reach the APIs of AWS and image registries.
   *
   * @default - a new VPC over three zones (two if the region of the stack is not known) with one NAT gateway and an S3 endpoint
   */
  readonly vpc?: ec2.IVpc;

  /**
   * From where the Kubernetes API can be reached.
   *
   * @default EndpointVisibility.PRIVATE
   */
  readonly endpointVisibility?: EndpointVisibility;

  /**
   * IPv4 address ranges that may reach a public Kubernetes API.
   *
   * @default - every address if the endpoint is public
   */
  readonly publicAccessCidrs?: string[];

  /**
   * Roles that administer the cluster.
   *
   * @default - only the role that creates the cluster
   */
  readonly admins?: iam.IRole[];

  /**
   * Key that encrypts Kubernetes secrets.
   *
   * @default - a new key, deleted with the stack
   */
  readonly secretsEncryptionKey?: kms.IKey;

  /**
   * Logs of the control plane that are sent to CloudWatch.
   *
   * @default - all of them
   */
  readonly clusterLogging?: eks.ClusterLoggingTypes[];

  /**
   * Lambda layer with kubectl and helm. Its minor version may differ from the cluster's by one.
   *
   * @default - the layer of the npm package `@aws-cdk/lambda-layer-kubectl-v<minor>`
   */
  readonly kubectlLayer?: lambda.ILayerVersion;

  /**
   * The nodes on which Karpenter, KEDA and other system pods run.
   *
   * @default - two m6i.large
   */
  readonly systemNodes?: SystemNodesOptions;

  /**
   * Version, node role and chart values of Karpenter.
   *
   * @default - version 1.14.1
   */
  readonly karpenter?: KarpenterOptions;

  /**
   * The add-ons to install.
   *
   * @default - all but CloudWatch observability
   */
  readonly addons?: ClusterAddonsOptions;
}

/** Properties of an imported cluster, see `InferenceCluster.fromCluster()`. */
export interface ImportedClusterProps {
  /** The cluster, of `aws-eks-v2`: created in this app, or imported with its VPC and cluster security group. */
  readonly cluster: eks.ICluster;

  /**
   * From where its Kubernetes API can be reached.
   *
   * @default EndpointVisibility.PRIVATE
   */
  readonly endpointVisibility?: EndpointVisibility;

  /**
   * Lambda layer with kubectl and helm; used if `cluster` has no `kubectlProvider`.
   *
   * @default - the layer of the npm package `@aws-cdk/lambda-layer-kubectl-v35`
   */
  readonly kubectlLayer?: lambda.ILayerVersion;

  /**
   * Version, node role and chart values of Karpenter. Cannot be combined with `existingKarpenter`.
   *
   * @default - version 1.14.1
   */
  readonly karpenter?: KarpenterOptions;

  /**
   * The Karpenter that the cluster already has, see `Karpenter.fromKarpenterAttributes()`.
   *
   * @default - Karpenter is installed
   */
  readonly existingKarpenter?: IKarpenter;

  /**
   * The add-ons. Use `ClusterAddon.existing()` for add-ons that the cluster already has.
   *
   * @default - all but CloudWatch observability are installed
   */
  readonly addons?: ClusterAddonsOptions;
}

/**
 * An EKS cluster for accelerator pools: system nodes, Karpenter, device plugins, KEDA and the AWS Load Balancer Controller.
 *
 * @example
 * const cluster = new InferenceCluster(this, 'Cluster', {
 *   endpointVisibility: EndpointVisibility.PUBLIC,
 *   publicAccessCidrs: ['203.0.113.0/24'],
 *   addons: { cloudWatchObservability: ClusterAddon.install() },
 * });
 */
export class InferenceCluster extends Construct implements IInferenceCluster {
  /**
   * Turns an existing EKS cluster into an inference cluster, by installing Karpenter and the add-ons that it lacks.
   *
   * @example
   * declare const theirs: eks.ICluster;
   *
   * const cluster = InferenceCluster.fromCluster(this, 'Cluster', {
   *   cluster: theirs,
   *   addons: { metricsServer: ClusterAddon.existing() },
   * });
   *
   * @param scope the parent construct
   * @param id id of the imported cluster in that scope
   * @param props the EKS cluster, and what it already has
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
            code: 'ConflictingKarpenter',
            wrong: '`karpenter` and `existingKarpenter` contradict each other',
            given: 'both',
            expected: 'one of them',
            fix: 'Remove `karpenter` if the cluster has Karpenter, or `existingKarpenter` if it does not.',
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
    subnetsOf(this, 'the cluster', this.vpc, { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }, NEEDS_PRIVATE_SUBNETS);
    const name = clusterNameOf(this, props.clusterName);
    const logGroup = new logs.LogGroup(this, 'ControlPlaneLogs', {
      // EKS creates this group if it is missing, and never deletes it.
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
      // Karpenter launches nodes; EKS Auto Mode, the default, would add a second Karpenter.
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
      reason: 'CDK lists the encrypted resources; EKS supports only one kind.',
    });
    acknowledge(cluster, {
      ...managedPolicies(['AmazonEKSClusterPolicy'], 'EKS requires this managed policy for a cluster.'),
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
    this.systemNodes = createSystemNodes(this, cluster, props.systemNodes ?? {}, version);
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
      // More zones mean more spot capacity to choose from.
      maxAzs: 3,
      natGateways: 1,
      // Image layers of ECR and model files come from S3: this keeps them off the NAT gateway.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    acknowledge(vpc, { VPC7: 'Flow logs are billed by volume; users who want them add them to `cluster.vpc` or pass a VPC of their own.' });
    return vpc;
  }
}
