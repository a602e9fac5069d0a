import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import type { InferenceHelmChartOptions } from '../kubernetes/helm-chart';

/** How an add-on is installed. */
export interface ClusterAddonInstallOptions {
  /**
   * Version of the chart, or of the EKS add-on.
   *
   * @default - the version this library was made with; for an add-on that EKS manages, EKS's default for the cluster
   */
  readonly version?: string;

  /**
   * Values of the chart, or configuration of the EKS add-on, merged over those set here.
   *
   * @default - none
   */
  readonly values?: { [key: string]: unknown };
}

/** What shall become of an add-on: installed, there already, or done without. */
export class ClusterAddon {
  /**
   * The add-on is installed and removed with the stack.
   *
   * @param options its version and values
   */
  public static install(options: ClusterAddonInstallOptions = {}): ClusterAddon {
    return new ClusterAddon(true, true, options);
  }

  /** The cluster has the add-on already; nothing is installed, and what needs it relies on it. */
  public static existing(): ClusterAddon {
    return new ClusterAddon(true, false, {});
  }

  /** The cluster does without the add-on. */
  public static none(): ClusterAddon {
    return new ClusterAddon(false, false, {});
  }

  private constructor(
    /** Whether the cluster has it, one way or the other. */
    public readonly available: boolean,
    /** Whether this stack installs it. */
    public readonly installed: boolean,
    /** How it is installed. */
    public readonly options: ClusterAddonInstallOptions,
  ) {}
}

/** An add-on of a cluster. It can be depended upon whether or not anything was installed for it. */
export interface IClusterAddon extends IConstruct {
  /** Whether the cluster has it. */
  readonly available: boolean;

  /** Whether this stack installs it. */
  readonly installed: boolean;

  /** The role of its pods; undefined where this stack does not install it or it needs none. */
  readonly role?: iam.IRole;
}

/** The cluster, as far as its add-ons need it: they are there before the rest of an inference cluster is. */
export interface AddonCluster {
  readonly cluster: eks.ICluster;
  readonly clusterName: string;
  readonly vpc: ec2.IVpc;
  addHelmChart(scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart;
}

/** An add-on and what was installed for it. */
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
