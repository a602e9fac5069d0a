import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Accelerator } from '../accelerator/accelerator';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import type { BlockDevice } from './block-device';
import type { CapacityType } from './capacity-type';
import type { NodeTaint } from './node-taint';

/** Options of a pool, independent of its cluster. */
export interface AcceleratorPoolOptions {
  /** The accelerator of its nodes. */
  readonly accelerator: Accelerator;

  /**
   * How its capacity is bought.
   *
   * @default CapacityType.SPOT
   */
  readonly capacityType?: CapacityType;

  /**
   * Name of the NodePool and of the EC2NodeClass, unique on the cluster.
   *
   * @default - accelerator and capacity type, for example `a10g-spot`
   */
  readonly name?: string;

  /**
   * Exact instance types; cannot be combined with `instanceFamilies` or `instanceSizes`.
   *
   * @default - every type of the accelerator with a known price, restricted by `instanceFamilies` and `instanceSizes`
   */
  readonly instanceTypes?: string[];

  /**
   * Instance families, for example `g5`.
   *
   * @default - every family of the accelerator
   */
  readonly instanceFamilies?: string[];

  /**
   * Instance sizes, for example `xlarge`.
   *
   * @default - every size that holds a pod
   */
  readonly instanceSizes?: string[];

  /**
   * Devices that one pod requests, 1 to 64; instance types with fewer devices are left out.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /**
   * On-demand prices of instance types in US dollars per hour, by instance type, where they differ from the list price.
   *
   * @default - list prices in us-east-1 of 2026-07-06
   */
  readonly prices?: { [instanceType: string]: number };

  /**
   * Maximum number of devices that the control loop may let the pool grow to, 1 to 100000. It is not part of the NodePool: the loop sets
   * the limit there.
   *
   * @default 32
   */
  readonly maximumDevices?: number;

  /**
   * Namespaces whose fleets may use the pool, in addition to those of the fleets of this app. `*` stands for every namespace.
   *
   * @default - none
   */
  readonly namespaces?: string[];

  /**
   * Availability zones to launch in.
   *
   * @default - every zone of `subnets`
   */
  readonly zones?: string[];

  /**
   * Capacity reservations to use. Required for CapacityType.RESERVED, and only allowed there.
   *
   * @default - none
   */
  readonly capacityReservationIds?: string[];

  /**
   * Subnets to launch in.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Security groups of the nodes.
   *
   * @default - the cluster security group
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * AMI as an alias of Karpenter, `<family>@<version>`, of AL2023 or Bottlerocket. A change replaces the nodes one at a time.
   *
   * @default al2023@v20260714
   */
  readonly amiAlias?: string;

  /**
   * EBS volumes of a node.
   *
   * @default - one encrypted gp3 volume of 200 GiB with 500 MiB/s
   */
  readonly blockDevices?: BlockDevice[];

  /**
   * Whether local NVMe disks are striped to hold images and ephemeral storage. Instances without such disks use their EBS volume.
   *
   * @default - true if an instance type of the pool has local NVMe disks
   */
  readonly localStorage?: boolean;

  /**
   * How long an empty node is kept in case pods return.
   *
   * @default Duration.minutes(10)
   */
  readonly consolidateAfter?: Duration;

  /**
   * Age at which a node is terminated, above 0. Karpenter launches no replacement first, and ignores disruption budgets: nodes that started
   * together end together. A new AMI replaces nodes one at a time instead, by drift.
   *
   * @default - never
   */
  readonly expireAfter?: Duration;

  /**
   * Maximum time a node may drain before it is terminated regardless of its pods. It bounds how long deleting the stack takes, and how long
   * a pod may wait for its successor: above the cold start of the units, no pod ends before that serves.
   *
   * @default Duration.minutes(30)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * Taints in addition to the taint of the device resource, which every pool has.
   *
   * @default - none
   */
  readonly taints?: NodeTaint[];

  /**
   * Labels of the nodes in addition to the accelerator's label.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Tags of the instances and volumes in addition to the pool's name.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `AcceleratorPool`. */
export interface AcceleratorPoolProps extends AcceleratorPoolOptions {
  /** The cluster to launch nodes for. */
  readonly cluster: IInferenceCluster;
}
