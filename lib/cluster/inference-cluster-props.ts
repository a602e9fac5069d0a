import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ClusterAddonsOptions } from './addons/cluster-addons';
import type { EndpointVisibility } from './inference-cluster-interface';
import type { KarpenterOptions } from './karpenter';
import type { IKarpenter } from './karpenter-interface';

/** The managed node group on which Karpenter, KEDA and the other system pods run. */
export interface SystemNodesOptions {
  /**
   * Instance type.
   *
   * @default m6i.large
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Number of nodes, 2 to 100. Karpenter's two replicas refuse to share a node.
   *
   * @default 2
   */
  readonly count?: number;
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
export interface ExistingClusterProps {
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
