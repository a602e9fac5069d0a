import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import type { BlockDevice } from './block-device';
import type { CapacityType } from './capacity-type';

/** Effect of a taint on pods that do not tolerate it. */
export enum TaintEffect {
  /** They are not scheduled. */
  NO_SCHEDULE = 'NoSchedule',

  /** They are not scheduled where it can be avoided. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',

  /** They are evicted too. */
  NO_EXECUTE = 'NoExecute',
}

/** A taint on the nodes of a pool. */
export interface NodeTaint {
  /** Key of the taint. */
  readonly key: string;

  /**
   * Value of the taint.
   *
   * @default - none
   */
  readonly value?: string;

  /** What it does to pods that do not tolerate it. */
  readonly effect: TaintEffect;
}

/** What a pool is, wherever it is put. */
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
   * Name of the NodePool and EC2NodeClass, unique on the cluster.
   *
   * @default - accelerator and capacity type, for example `a10g-spot`
   */
  readonly name?: string;

  /**
   * Exact instance types; excludes `instanceFamilies` and `instanceSizes`.
   *
   * @default - every type of the accelerator with a known price, restricted by families and sizes
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
   * Accelerator devices one pod asks for, 1 to 64; instance types with fewer are left out.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /**
   * On-demand price of instance types, in US dollars per hour, where it differs from the list price.
   *
   * @default - list price in us-east-1 of 2026-07-06
   */
  readonly prices?: { [instanceType: string]: number };

  /**
   * Most devices the control loop may let the pool grow to. It is not part of the NodePool: the loop sets its limit.
   *
   * @default 32
   */
  readonly maximumDevices?: number;

  /**
   * Availability zones to launch in.
   *
   * @default - every zone of `subnets`
   */
  readonly zones?: string[];

  /**
   * Capacity reservations to draw on; for CapacityType.RESERVED, and needed there.
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
   * AMI, as Karpenter's alias `<family>@<version>`; AL2023 or Bottlerocket. A change replaces the nodes, one at a time.
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
   * Whether local NVMe disks are striped and hold images and ephemeral storage.
   *
   * @default - where the accelerator's instance types have such disks
   */
  readonly localStorage?: boolean;

  /**
   * How long an empty node is kept, in case its pods come back.
   *
   * @default Duration.minutes(10)
   */
  readonly consolidateAfter?: Duration;

  /**
   * Age at which a node is replaced.
   *
   * @default Duration.days(30)
   */
  readonly expireAfter?: Duration;

  /**
   * Longest a node may drain before it is terminated regardless. It bounds how long a deletion of the stack takes.
   *
   * @default Duration.minutes(10)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * Taints in addition to that of the device resource, which every pool has.
   *
   * @default - none
   */
  readonly taints?: NodeTaint[];

  /**
   * Labels of the nodes.
   *
   * @default - the accelerator's label only
   */
  readonly labels?: { [key: string]: string };

  /**
   * Tags of the instances and volumes.
   *
   * @default - the pool's name only
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `AcceleratorPool`. */
export interface AcceleratorPoolProps extends AcceleratorPoolOptions {
  /** The cluster to launch nodes for. */
  readonly cluster: IInferenceCluster;
}

/** What a Karpenter NodePool is that was made elsewhere, see `AcceleratorPool.fromAttributes()`. */
export interface AcceleratorPoolAttributes {
  /** Name of the NodePool. */
  readonly poolName: string;

  /** The accelerator of its nodes. */
  readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  readonly capacityType: CapacityType;

  /**
   * The instance types it may launch, each with its price.
   *
   * @default - every type of the accelerator with a known price
   */
  readonly instanceTypes?: AcceleratorInstanceType[];

  /**
   * Most devices the control loop may let it grow to.
   *
   * @default 32
   */
  readonly maximumDevices?: number;

  /**
   * The availability zones it is restricted to.
   *
   * @default - none
   */
  readonly zones?: string[];

  /**
   * The capacity reservations it draws on.
   *
   * @default - none
   */
  readonly capacityReservationIds?: string[];

  /**
   * Keys of the taints of its nodes.
   *
   * @default - the device resource of the accelerator
   */
  readonly taintKeys?: string[];
}
