import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct, IConstruct } from 'constructs';
import type { ClusterAddons } from './addons/cluster-addons';
import type { IKarpenter } from './karpenter-interface';

/** From where the Kubernetes API of a cluster can be reached. */
export enum EndpointVisibility {
  /** Only from inside the VPC. */
  PRIVATE = 'private',

  /** From inside the VPC, and from the internet or the address ranges that were named. */
  PUBLIC = 'public',
}

/** A Helm chart to be installed on an inference cluster. */
export interface InferenceHelmChartOptions {
  /** Name of the chart; for an `oci://` repository it is part of that address. */
  readonly chart: string;

  /**
   * Chart repository, `https://` or `oci://` with the chart's name.
   *
   * @default - the chart is an address of its own
   */
  readonly repository?: string;

  /** Version of the chart. */
  readonly version: string;

  /** Name of the release, unique in its namespace. */
  readonly release: string;

  /**
   * Namespace of the release.
   *
   * @default kube-system
   */
  readonly namespace?: string;

  /**
   * Values of the chart.
   *
   * @default - the chart's own
   */
  readonly values?: { [key: string]: unknown };

  /**
   * Whether the deployment waits until everything in the chart is ready.
   *
   * @default true
   */
  readonly wait?: boolean;

  /**
   * How long it waits, at most 15 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;
}

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
  readonly addons: ClusterAddons;

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
