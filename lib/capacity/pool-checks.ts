import { Annotations, type Duration, Size, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { DevicePlugin } from '../accelerator/device-plugin';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { limits, poolDefaults } from '../generated/contract';
import { NEEDS_PRIVATE_SUBNETS, subnetsOf } from '../private/subnets';
import {
  complain,
  firstDuplicate,
  integerOrTokenWithin,
  integerWithin,
  kubernetesDuration,
  kubernetesName,
  literal,
  nonEmpty,
  positive,
  seconds,
} from '../private/validation';
import type { IAcceleratorPool } from './accelerator-pool';
import type { BlockDevice } from './block-device';
import { CapacityType } from './capacity-type';
import type { BlockDeviceInput } from './node-class';

/** Default AMI of a pool: the EKS-optimised AL2023 release of 2026-07-14, with NVIDIA and Neuron variants for Kubernetes 1.30 to 1.36. */
export const DEFAULT_AMI_ALIAS = 'al2023@v20260714';

/** The maximum number of devices of a pool. The control loop also accepts 0, which closes a pool; deploying a closed pool is a mistake. */
export function checkMaximumDevices(pool: IConstruct, maximumDevices: number = poolDefaults.maximumDevices): number {
  return integerWithin(pool, 'maximumDevices', maximumDevices, { min: 1, max: limits.devicesPerPool.max });
}

/** Names of namespaces, or `*`. */
export function checkNamespaces(pool: IConstruct, namespaces: readonly string[] = []): readonly string[] {
  for (const namespace of namespaces) if (namespace !== '*') kubernetesName(pool, 'namespaces', namespace);
  return namespaces;
}

/** A pool whose maximum is below its smallest instance could never launch a node. */
export function checkMaximumHoldsOneInstance(pool: IAcceleratorPool): void {
  const smallest = Math.min(...pool.instanceTypes.map(({ devices }) => devices));
  if (pool.maximumDevices < smallest) {
    complain(pool, {
      code: 'MaximumBelowSmallestInstance',
      wrong: '`maximumDevices` is below the devices of the smallest instance type, so no node could ever be launched',
      given: pool.maximumDevices,
      expected: `${smallest} or more`,
      fix: 'Raise `maximumDevices`, or add a smaller instance type.',
    });
  }
}

/** The age at which Karpenter terminates nodes, in its own form. */
export function checkExpiry(pool: IConstruct, expireAfter: Duration | undefined): string {
  if (expireAfter === undefined) return poolDefaults.expireAfter;
  positive(pool, 'expireAfter', seconds(pool, 'expireAfter', expireAfter));
  return kubernetesDuration(pool, 'expireAfter', expireAfter);
}

/** Capacity reservations belong to reserved pools, and to no others. */
export function checkReservations(pool: IAcceleratorPool, ids: string[] | undefined): string[] | undefined {
  nonEmpty(pool, 'capacityReservationIds', ids);
  if (pool.capacityType === CapacityType.RESERVED && ids === undefined) {
    complain(pool, {
      code: 'MissingCapacityReservation',
      wrong: 'a pool of reserved capacity has no capacity reservation',
      expected: '`capacityReservationIds` of On-Demand Capacity Reservations or Capacity Blocks',
      fix: 'Set `capacityReservationIds`, or choose CapacityType.SPOT or CapacityType.ON_DEMAND.',
    });
  }
  if (pool.capacityType !== CapacityType.RESERVED && ids !== undefined) {
    complain(pool, {
      code: 'UnusedCapacityReservation',
      wrong: `a pool of capacity type '${pool.capacityType}' cannot use capacity reservations`,
      given: ids,
      expected: 'no `capacityReservationIds`',
      fix: 'Remove them, or choose CapacityType.RESERVED.',
    });
  }
  for (const id of ids ?? []) {
    if (!Token.isUnresolved(id) && !/^cr-[0-9a-z]+$/.test(id)) {
      complain(pool, {
        code: 'InvalidCapacityReservation',
        wrong: '`capacityReservationIds` contains an invalid id',
        given: id,
        expected: 'an id that begins with `cr-`',
        fix: 'Pass the id that EC2 shows for the reservation.',
      });
    }
  }
  return ids && [...ids];
}

/** An alias of an AMI family that has variants for accelerators, preferably with a version. */
export function checkAmiAlias(pool: IAcceleratorPool, alias: string): string {
  literal(pool, 'amiAlias', alias);
  if (!/^(al2023|bottlerocket)@(latest|v\d[\w.-]*)$/.test(alias)) {
    complain(pool, {
      code: 'UnsupportedAmi',
      wrong: '`amiAlias` is not an AMI family with accelerator drivers',
      given: alias,
      expected: '`al2023@v<date>` or `bottlerocket@v<version>`',
      fix: `Use for example '${DEFAULT_AMI_ALIAS}'.`,
    });
  }
  if (alias.endsWith('@latest')) {
    Annotations.of(pool).addWarningV2(
      'cdk-adaptive-inference:unpinnedAmi',
      `amiAlias '${alias}' replaces every node of pool ${pool.poolName}, with a cold start for each, whenever AWS publishes an AMI. Pin a version.`,
    );
  }
  return alias;
}

/** Without the device plugin of its accelerator, Karpenter would wait forever for a node to report its devices. */
export function checkDevicePlugin(pool: IAcceleratorPool, { addons }: IInferenceCluster, amiAlias: string): void {
  const { devicePlugin, deviceResource, name } = pool.accelerator;
  const available = {
    // Bottlerocket includes NVIDIA's device plugin.
    [DevicePlugin.NVIDIA]: addons.nvidiaDevicePlugin.available || amiAlias.startsWith('bottlerocket'),
    [DevicePlugin.NEURON]: addons.neuronDevicePlugin.available,
    [DevicePlugin.OTHER]: true,
  }[devicePlugin];
  if (available) return;
  complain(pool, {
    code: 'MissingDevicePlugin',
    wrong: `nothing on the cluster reports ${deviceResource}, so Karpenter would never consider a node of this pool initialised`,
    given: 'no device plugin',
    expected: `the device plugin of ${name}`,
    fix: 'Leave that add-on at its default, or set it to ClusterAddon.existing() if the cluster already has one.',
  });
}

/** The subnets that nodes are launched in, and their zones. */
export function selectSubnets(
  pool: IAcceleratorPool,
  vpc: ec2.IVpc,
  subnets: ec2.SubnetSelection | undefined,
): { readonly subnetIds: string[]; readonly zones: string[] } {
  const selection = subnets ?? { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
  const { subnetIds, availabilityZones } = subnetsOf(pool, 'the nodes of the pool', vpc, selection, NEEDS_PRIVATE_SUBNETS);
  if (!Token.isUnresolved(subnetIds) && (subnetIds.length === 0 || subnetIds.length > 30)) {
    complain(pool, {
      code: 'InvalidSubnetCount',
      wrong: '`subnets` selects more or fewer subnets than an EC2NodeClass can hold',
      given: subnetIds.length,
      expected: '1 to 30 subnets',
      fix: 'Select private subnets of the VPC, at most 30.',
    });
  }
  return { subnetIds, zones: availabilityZones };
}

/** The volumes of a node, with defaults filled in and names that differ. */
export function checkBlockDevices(pool: IAcceleratorPool, devices: BlockDevice[] | undefined, amiAlias: string): BlockDeviceInput[] {
  nonEmpty(pool, 'blockDevices', devices);
  const bottlerocket = amiAlias.startsWith('bottlerocket');
  const volumes = (devices ?? [{}]).map((device, index) => checkBlockDevice(pool, device, `blockDevices[${index}]`, bottlerocket));
  const twice = firstDuplicate(volumes.map(({ deviceName }) => deviceName));
  if (twice) {
    complain(pool, {
      code: 'DuplicateBlockDevice',
      wrong: 'two of `blockDevices` have the same name',
      given: twice,
      expected: 'a different name for each volume',
      fix: 'Set `deviceName`.',
    });
  }
  return volumes;
}

function checkBlockDevice(pool: IAcceleratorPool, device: BlockDevice, prop: string, bottlerocket: boolean): BlockDeviceInput {
  const size = (device.size ?? Size.gibibytes(200)).toGibibytes();
  const iops = device.iops ?? 3000;
  const throughputMibps = device.throughputMibps ?? 500;
  integerOrTokenWithin(pool, `${prop}.size`, size, { min: 1, max: 65_536 });
  integerOrTokenWithin(pool, `${prop}.iops`, iops, { min: 3000, max: 80_000 });
  integerOrTokenWithin(pool, `${prop}.throughputMibps`, throughputMibps, { min: 125, max: 2000 });
  if (!Token.isUnresolved(iops) && !Token.isUnresolved(throughputMibps) && throughputMibps > iops / 4) {
    complain(pool, {
      code: 'ThroughputAboveIops',
      wrong: `\`${prop}\` has more throughput than its I/O operations allow`,
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
