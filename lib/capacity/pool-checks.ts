import { Annotations, Size, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { limits, poolDefaults } from '../generated/contract';
import { complain, integerBetween, literal, nonEmpty } from '../private/validation';
import type { IAcceleratorPool } from './accelerator-pool';
import type { BlockDevice } from './block-device';
import { CapacityType } from './capacity-type';
import type { BlockDeviceInput } from './node-class';

/** AMI of pools that state none: the EKS-optimised AL2023 release of 2026-07-14, with NVIDIA and Neuron variants for Kubernetes 1.30 to 1.36. */
export const DEFAULT_AMI_ALIAS = 'al2023@v20260714';

/** The devices that a pool may grow to at most. The loop takes 0 too, which closes a pool; one that is deployed closed has no use. */
export function checkMaximumDevices(pool: IConstruct, maximumDevices: number | undefined): number {
  return integerBetween(
    pool,
    'maximumDevices',
    literal(pool, 'maximumDevices', maximumDevices ?? poolDefaults.maximumDevices),
    1,
    limits.devicesPerPool.max,
  );
}

export function checkMaximumHoldsOneInstance(pool: IAcceleratorPool): void {
  const smallest = Math.min(...pool.instanceTypes.map(({ devices }) => devices));
  if (pool.maximumDevices < smallest) {
    complain(pool, {
      wrong: '`maximumDevices` is below the smallest instance of the pool, so that nothing could ever be launched',
      given: pool.maximumDevices,
      expected: `${smallest} or more`,
      fix: 'Raise `maximumDevices`, or add a smaller instance type.',
    });
  }
}

export function checkReservations(pool: IAcceleratorPool, ids: string[] | undefined): string[] | undefined {
  nonEmpty(pool, 'capacityReservationIds', ids);
  if (pool.capacityType === CapacityType.RESERVED && ids === undefined) {
    complain(pool, {
      wrong: 'a reserved pool has no reservation',
      expected: '`capacityReservationIds` of On-Demand Capacity Reservations or Capacity Blocks',
      fix: 'Name the reservations, or choose CapacityType.SPOT or CapacityType.ON_DEMAND.',
    });
  }
  if (pool.capacityType !== CapacityType.RESERVED && ids !== undefined) {
    complain(pool, {
      wrong: `a pool of capacity type '${pool.capacityType}' draws on no reservation`,
      given: ids,
      expected: 'no `capacityReservationIds`',
      fix: 'Remove them, or choose CapacityType.RESERVED.',
    });
  }
  for (const id of ids ?? []) {
    if (!Token.isUnresolved(id) && !/^cr-[0-9a-z]+$/.test(id)) {
      complain(pool, {
        wrong: '`capacityReservationIds` has what is no reservation',
        given: id,
        expected: 'an id that begins with `cr-`',
        fix: 'Pass the id as EC2 shows it.',
      });
    }
  }
  return ids && [...ids];
}

export function checkAmiAlias(pool: IAcceleratorPool, alias: string): string {
  literal(pool, 'amiAlias', alias);
  if (!/^(al2023|bottlerocket)@(latest|v\d[\w.-]*)$/.test(alias)) {
    complain(pool, {
      wrong: '`amiAlias` names no AMI that carries the drivers of accelerators',
      given: alias,
      expected: '`al2023@v<date>` or `bottlerocket@v<version>`',
      fix: `Use for example '${DEFAULT_AMI_ALIAS}'.`,
    });
  }
  if (alias.endsWith('@latest')) {
    Annotations.of(pool).addWarningV2(
      'cdk-adaptive-inference:unpinnedAmi',
      `amiAlias '${alias}' replaces every node of pool ${pool.poolName}, a cold start each, whenever AWS publishes an AMI. Pin a version.`,
    );
  }
  return alias;
}

export function checkDevicePlugin(pool: IAcceleratorPool, { addons }: IInferenceCluster, amiAlias: string): void {
  const { deviceResource } = pool.accelerator;
  const missing =
    (deviceResource === 'nvidia.com/gpu' && !addons.nvidiaDevicePlugin.available && !amiAlias.startsWith('bottlerocket')) ||
    (deviceResource === 'aws.amazon.com/neuron' && !addons.neuronDevicePlugin.available);
  if (missing) {
    complain(pool, {
      wrong: `nothing on the cluster reports ${deviceResource}, so that Karpenter would never see a node of this pool as initialised`,
      given: 'no device plugin',
      expected: `the device plugin of ${pool.accelerator.name}`,
      fix: 'Leave that add-on at its default, or say ClusterAddon.existing() where the cluster has one already.',
    });
  }
}

export function selectSubnets(pool: IAcceleratorPool, vpc: ec2.IVpc, subnets: ec2.SubnetSelection | undefined): string[] {
  const { subnetIds } = vpc.selectSubnets(subnets ?? { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS });
  if (!Token.isUnresolved(subnetIds) && (subnetIds.length === 0 || subnetIds.length > 30)) {
    complain(pool, {
      wrong: '`subnets` selects a number of subnets that an EC2NodeClass cannot hold',
      given: subnetIds.length,
      expected: '1 to 30 subnets',
      fix: 'Select private subnets of the VPC, at most 30.',
    });
  }
  return subnetIds;
}

export function checkBlockDevices(pool: IAcceleratorPool, devices: BlockDevice[] | undefined, amiAlias: string): BlockDeviceInput[] {
  nonEmpty(pool, 'blockDevices', devices);
  const bottlerocket = amiAlias.startsWith('bottlerocket');
  const volumes = (devices ?? [{}]).map((device, index) => checkBlockDevice(pool, device, `blockDevices[${index}]`, bottlerocket));
  const twice = volumes.find(({ deviceName }, index) => volumes.findIndex((other) => other.deviceName === deviceName) !== index);
  if (twice) {
    complain(pool, {
      wrong: 'two of `blockDevices` have one name',
      given: twice.deviceName,
      expected: 'a name each',
      fix: 'Set `deviceName`.',
    });
  }
  return volumes;
}

function checkBlockDevice(pool: IAcceleratorPool, device: BlockDevice, prop: string, bottlerocket: boolean): BlockDeviceInput {
  const size = (device.size ?? Size.gibibytes(200)).toGibibytes();
  const iops = device.iops ?? 3000;
  const throughputMibps = device.throughputMibps ?? 500;
  integerBetween(pool, `${prop}.size`, size, 1, 65_536);
  integerBetween(pool, `${prop}.iops`, iops, 3000, 80_000);
  integerBetween(pool, `${prop}.throughputMibps`, throughputMibps, 125, 2000);
  if (!Token.isUnresolved(iops) && !Token.isUnresolved(throughputMibps) && throughputMibps > iops / 4) {
    complain(pool, {
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
