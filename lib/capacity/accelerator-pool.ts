import { Annotations, Duration, Size, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ACCELERATOR_LABEL, type Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import { complain, integerBetween, kubernetesDuration, kubernetesName, literal, nonEmpty } from '../private/validation';
import type { IAcceleratorPool } from './accelerator-pool-interface';
import type { AcceleratorPoolAttributes, AcceleratorPoolProps } from './accelerator-pool-props';
import type { BlockDevice } from './block-device';
import { CapacityType } from './capacity-type';
import { ImportedAcceleratorPool } from './private/imported-pool';
import { chooseInstances } from './private/instances';
import { type BlockDeviceInput, nodeClassManifest } from './private/node-class';
import { NodeDrain } from './private/node-drain';
import { nodePoolManifest } from './private/node-pool';
import { claimPoolName } from './private/pool-names';

/** AMI of pools that state none: the EKS-optimised AL2023 release of 2026-07-14, with NVIDIA and Neuron variants for Kubernetes 1.30 to 1.36. */
const DEFAULT_AMI_ALIAS = 'al2023@v20260714';

/**
 * A pool of one accelerator and one capacity type: a Karpenter NodePool with its EC2NodeClass.
 *
 * How far the pool may grow and how it ranks among others is the control loop's to decide; neither is part of what is
 * deployed.
 */
export class AcceleratorPool extends Construct implements IAcceleratorPool {
  /**
   * Makes a pool of a Karpenter NodePool that exists, so that units can run on it and the control loop can order and limit it.
   *
   * Its nodes must carry the label `adaptive-inference.dev/accelerator` with the accelerator's name.
   * Leave `spec.weight` and `spec.limits` to the loop.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param attributes what the NodePool is
   */
  public static fromAttributes(scope: Construct, id: string, attributes: AcceleratorPoolAttributes): IAcceleratorPool {
    return new ImportedAcceleratorPool(scope, id, attributes);
  }

  /** Name of the NodePool and of the EC2NodeClass. */
  public readonly poolName: string;

  /** The accelerator of its nodes. */
  public readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  public readonly capacityType: CapacityType;

  /** The instance types it may launch, each with its price. */
  public readonly instanceTypes: AcceleratorInstanceType[];

  /** Most devices it may grow to. */
  public readonly maximumDevices: number;

  /** The availability zones it is restricted to; undefined where it is not. */
  public readonly zones?: string[];

  /** The capacity reservations it draws on; undefined unless it is reserved. */
  public readonly capacityReservationIds?: string[];

  /** Keys of the taints of its nodes, which pods must tolerate. */
  public readonly taintKeys: string[];

  constructor(scope: Construct, id: string, props: AcceleratorPoolProps) {
    super(scope, id);
    const { cluster, accelerator } = props;
    this.accelerator = accelerator;
    this.capacityType = literal(this, 'capacityType', props.capacityType ?? CapacityType.SPOT);
    const defaultName = `${accelerator.name}-${this.capacityType}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
    this.poolName = kubernetesName(this, 'name', props.name ?? defaultName);
    claimPoolName(this, cluster, this.poolName);
    this.instanceTypes = chooseInstances(this, {
      accelerator,
      instanceTypes: props.instanceTypes,
      instanceFamilies: props.instanceFamilies,
      instanceSizes: props.instanceSizes,
      devicesPerPod: props.devicesPerPod ?? 1,
      prices: props.prices,
    });
    this.maximumDevices = integerBetween(this, 'maximumDevices', literal(this, 'maximumDevices', props.maximumDevices ?? 32), 1, 100_000);
    this.checkMaximumHoldsOneInstance();
    const taints = [{ key: accelerator.deviceResource, value: 'true', effect: 'NoSchedule' }, ...(props.taints ?? [])];
    this.taintKeys = [...new Set(taints.map(({ key }) => key))];
    nonEmpty(this, 'zones', props.zones);
    if (props.zones) this.zones = [...props.zones];
    const reservations = this.checkReservations(props.capacityReservationIds);
    if (reservations) this.capacityReservationIds = reservations;
    const amiAlias = this.checkAmiAlias(props.amiAlias ?? DEFAULT_AMI_ALIAS);
    this.checkDevicePlugin(cluster, amiAlias);

    // Ids carry the name: a renamed object must be another resource, since an apply never removes the old one.
    const nodeClass = cluster.addManifest(
      this,
      `NodeClass-${this.poolName}`,
      nodeClassManifest({
        name: this.poolName,
        amiAlias,
        instanceProfileName: cluster.karpenter.nodeInstanceProfileName,
        subnetIds: this.subnetIds(props),
        securityGroupIds: (props.securityGroups ?? [cluster.clusterSecurityGroup]).map(({ securityGroupId }) => securityGroupId),
        capacityReservationIds: this.capacityReservationIds,
        blockDevices: this.blockDevices(props.blockDevices, amiAlias),
        localStorage: props.localStorage ?? accelerator.localStorage,
        tags: { 'adaptive-inference.dev/pool': this.poolName, ...props.tags },
      }),
    );
    const drain = new NodeDrain(this, `Drain-${this.poolName}`, { clusterName: cluster.clusterName, nodePool: this.poolName });
    const nodePool = cluster.addManifest(
      this,
      `NodePool-${this.poolName}`,
      nodePoolManifest({
        name: this.poolName,
        labels: { ...props.labels, ...accelerator.nodeSelector },
        taints,
        instanceTypes: this.instanceTypes.map(({ name }) => name),
        capacityType: this.capacityType,
        zones: this.zones,
        expireAfter: kubernetesDuration(this, 'expireAfter', props.expireAfter ?? Duration.days(30)),
        terminationGracePeriod: kubernetesDuration(this, 'terminationGracePeriod', props.terminationGracePeriod ?? Duration.minutes(10)),
        consolidateAfter: kubernetesDuration(this, 'consolidateAfter', props.consolidateAfter ?? Duration.minutes(10)),
      }),
    );
    // Destroyed in the reverse order: node pool, its nodes, node class, and only then Karpenter and what it needs.
    nodePool.node.addDependency(drain);
    drain.node.addDependency(nodeClass);
    nodeClass.node.addDependency(cluster.karpenter);
  }

  /** Node labels by which a pod asks for the accelerator of this pool. */
  public get nodeSelector(): { [label: string]: string } {
    return { [ACCELERATOR_LABEL]: this.accelerator.name };
  }

  private checkMaximumHoldsOneInstance(): void {
    const smallest = Math.min(...this.instanceTypes.map(({ devices }) => devices));
    if (this.maximumDevices < smallest) {
      complain(this, {
        wrong: '`maximumDevices` is below the smallest instance of the pool, so that nothing could ever be launched',
        given: this.maximumDevices,
        expected: `${smallest} or more`,
        fix: 'Raise `maximumDevices`, or add a smaller instance type.',
      });
    }
  }

  private checkReservations(ids: string[] | undefined): string[] | undefined {
    nonEmpty(this, 'capacityReservationIds', ids);
    if (this.capacityType === CapacityType.RESERVED && ids === undefined) {
      complain(this, {
        wrong: 'a reserved pool has no reservation',
        expected: '`capacityReservationIds` of On-Demand Capacity Reservations or Capacity Blocks',
        fix: 'Name the reservations, or choose CapacityType.SPOT or CapacityType.ON_DEMAND.',
      });
    }
    if (this.capacityType !== CapacityType.RESERVED && ids !== undefined) {
      complain(this, {
        wrong: `a pool of capacity type '${this.capacityType}' draws on no reservation`,
        given: ids,
        expected: 'no `capacityReservationIds`',
        fix: 'Remove them, or choose CapacityType.RESERVED.',
      });
    }
    for (const id of ids ?? []) {
      if (!Token.isUnresolved(id) && !/^cr-[0-9a-z]+$/.test(id)) {
        complain(this, {
          wrong: '`capacityReservationIds` has what is no reservation',
          given: id,
          expected: 'an id that begins with `cr-`',
          fix: 'Pass the id as EC2 shows it.',
        });
      }
    }
    return ids && [...ids];
  }

  private checkAmiAlias(alias: string): string {
    literal(this, 'amiAlias', alias);
    if (!/^(al2023|bottlerocket)@(latest|v\d[\w.-]*)$/.test(alias)) {
      complain(this, {
        wrong: '`amiAlias` names no AMI that carries the drivers of accelerators',
        given: alias,
        expected: '`al2023@v<date>` or `bottlerocket@v<version>`',
        fix: `Use for example '${DEFAULT_AMI_ALIAS}'.`,
      });
    }
    if (alias.endsWith('@latest')) {
      Annotations.of(this).addWarningV2(
        'cdk-adaptive-inference:unpinnedAmi',
        `amiAlias '${alias}' replaces every node of pool ${this.poolName}, a cold start each, whenever AWS publishes an AMI. Pin a version.`,
      );
    }
    return alias;
  }

  private checkDevicePlugin({ addons }: IInferenceCluster, amiAlias: string): void {
    const { deviceResource } = this.accelerator;
    const missing =
      (deviceResource === 'nvidia.com/gpu' && !addons.nvidiaDevicePlugin.available && !amiAlias.startsWith('bottlerocket')) ||
      (deviceResource === 'aws.amazon.com/neuron' && !addons.neuronDevicePlugin.available);
    if (missing) {
      complain(this, {
        wrong: `nothing on the cluster reports ${deviceResource}, so that Karpenter would never see a node of this pool as initialised`,
        given: 'no device plugin',
        expected: `the device plugin of ${this.accelerator.name}`,
        fix: 'Leave that add-on at its default, or say ClusterAddon.existing() where the cluster has one already.',
      });
    }
  }

  private subnetIds({ cluster, subnets }: AcceleratorPoolProps): string[] {
    const { subnetIds } = cluster.vpc.selectSubnets(subnets ?? { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS });
    if (!Token.isUnresolved(subnetIds) && (subnetIds.length === 0 || subnetIds.length > 30)) {
      complain(this, {
        wrong: '`subnets` selects a number of subnets that an EC2NodeClass cannot hold',
        given: subnetIds.length,
        expected: '1 to 30 subnets',
        fix: 'Select private subnets of the VPC, at most 30.',
      });
    }
    return subnetIds;
  }

  private blockDevices(devices: BlockDevice[] | undefined, amiAlias: string): BlockDeviceInput[] {
    nonEmpty(this, 'blockDevices', devices);
    const bottlerocket = amiAlias.startsWith('bottlerocket');
    const volumes = (devices ?? [{}]).map((device, index) => this.blockDevice(device, `blockDevices[${index}]`, bottlerocket));
    const twice = volumes.find(({ deviceName }, index) => volumes.findIndex((other) => other.deviceName === deviceName) !== index);
    if (twice) {
      complain(this, {
        wrong: 'two of `blockDevices` have one name',
        given: twice.deviceName,
        expected: 'a name each',
        fix: 'Set `deviceName`.',
      });
    }
    return volumes;
  }

  private blockDevice(device: BlockDevice, prop: string, bottlerocket: boolean): BlockDeviceInput {
    const size = (device.size ?? Size.gibibytes(200)).toGibibytes();
    const iops = device.iops ?? 3000;
    const throughputMibps = device.throughputMibps ?? 500;
    integerBetween(this, `${prop}.size`, size, 1, 65_536);
    integerBetween(this, `${prop}.iops`, iops, 3000, 80_000);
    integerBetween(this, `${prop}.throughputMibps`, throughputMibps, 125, 2000);
    if (!Token.isUnresolved(iops) && !Token.isUnresolved(throughputMibps) && throughputMibps > iops / 4) {
      complain(this, {
        wrong: `\`${prop}\` asks for more throughput than its I/O operations carry`,
        given: `${throughputMibps} MiB/s at ${iops} IOPS`,
        expected: 'at most 0.25 MiB/s per I/O operation',
        fix: `Set \`iops\` to ${throughputMibps * 4} or more.`,
      });
    }
    return {
      deviceName: device.deviceName ?? (bottlerocket ? '/dev/xvdb' : '/dev/xvda'),
      sizeGibibytes: size,
      iops,
      throughputMibps,
      ...(device.snapshotId === undefined ? {} : { snapshotId: device.snapshotId }),
      ...(device.encryptionKey === undefined ? {} : { kmsKeyId: device.encryptionKey.keyArn }),
    };
  }
}
