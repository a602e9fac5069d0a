import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import type { InferenceHelmChartOptions } from '../kubernetes/helm-chart';

/** How to install an add-on. */
export interface ClusterAddonInstallOptions {
  /**
   * Version of the chart, or of the EKS add-on.
   *
   * @default - the version that this library was tested with; for an add-on that EKS manages, EKS's default for the cluster
   */
  readonly version?: string;

  /**
   * Values of the chart, or configuration of the EKS add-on, merged over those that this library sets.
   *
   * @default - none
   */
  readonly values?: { [key: string]: unknown };
}

/**
 * Whether an add-on is installed, exists already, or is absent.
 *
 * @example
 * new InferenceCluster(this, 'Cluster', {
 *   addons: {
 *     keda: ClusterAddon.install({ version: '2.20.2', values: { operator: { replicaCount: 1 } } }),
 *     metricsServer: ClusterAddon.existing(),
 *     neuronDevicePlugin: ClusterAddon.none(),
 *   },
 * });
 */
export class ClusterAddon {
  /**
   * Installs the add-on with the stack, and deletes it with the stack.
   *
   * @param options version and values
   */
  public static install(options: ClusterAddonInstallOptions = {}): ClusterAddon {
    return new ClusterAddon(true, true, options);
  }

  /** Relies on an add-on that the cluster already has, and installs nothing. */
  public static existing(): ClusterAddon {
    return new ClusterAddon(true, false, {});
  }

  /** Leaves the add-on out; constructs that need it refuse the cluster. */
  public static none(): ClusterAddon {
    return new ClusterAddon(false, false, {});
  }

  private constructor(
    /** Whether the cluster has it, installed by this stack or not. */
    public readonly available: boolean,
    /** Whether this stack installs it. */
    public readonly installed: boolean,
    /** Version and values, if this stack installs it. */
    public readonly options: ClusterAddonInstallOptions,
  ) {}
}

/** An add-on of a cluster. Other constructs can depend on it whether or not this stack installs it. */
export interface IClusterAddon extends IConstruct {
  /** Whether the cluster has it. */
  readonly available: boolean;

  /** Whether this stack installs it. */
  readonly installed: boolean;

  /** The role of its pods; undefined if this stack does not install it or if it needs none. */
  readonly role?: iam.IRole;
}

/** What add-ons need to know of their cluster. */
export interface AddonCluster {
  readonly cluster: eks.ICluster;
  readonly clusterName: string;
  readonly vpc: ec2.IVpc;
  addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart;
}

/** An add-on with the resources that were installed for it. */
export class InstalledAddon extends Construct implements IClusterAddon {
  public readonly available: boolean;
  public readonly installed: boolean;
  public readonly role?: iam.IRole;

  constructor(
    scope: Construct,
    id: string,
    choice: ClusterAddon,
    install: (scope: Construct, options: ClusterAddonInstallOptions) => iam.IRole | undefined,
  ) {
    super(scope, id);
    this.available = choice.available;
    this.installed = choice.installed;
    if (!choice.installed) return;
    const role = install(this, choice.options);
    if (role) this.role = role;
  }
}
