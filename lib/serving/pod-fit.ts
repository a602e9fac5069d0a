import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { complain, nonEmpty } from '../private/validation';

/** What a pod asks for, as Kubernetes writes it. */
export interface PodRequest {
  readonly devicesPerPod: number;
  readonly cpu: string;
  readonly memory: string;
}

/** What EKS' own pods ask for on each node: 50m of the VPC CNI (`aws-node`, two containers), 100m of `kube-proxy`. */
const NODE_PODS_MILLICORES = 150;

const MIB_BY_UNIT: Readonly<Record<string, number>> = {
  Ki: 1 / 1024,
  Mi: 1,
  Gi: 1024,
  Ti: 1024 ** 2,
  k: 1e3 / 1024 ** 2,
  M: 1e6 / 1024 ** 2,
  G: 1e9 / 1024 ** 2,
  T: 1e12 / 1024 ** 2,
};

/** Undefined where it is known at deployment only. */
const millicoresOf = (cpu: string): number | undefined => {
  if (Token.isUnresolved(cpu)) return undefined;
  return cpu.endsWith('m') ? Number.parseFloat(cpu) : Number.parseFloat(cpu) * 1000;
};

const mibOf = (memory: string): number | undefined => {
  if (Token.isUnresolved(memory)) return undefined;
  const [, number = '', unit = ''] = /^([\d.]+)(\D+)$/.exec(memory) ?? [];
  return Number.parseFloat(number) * (MIB_BY_UNIT[unit] ?? Number.NaN);
};

/** Whether a node of a type has room for a pod beside those of EKS; what is not known is taken to fit. */
const holds = (type: AcceleratorInstanceType, { devicesPerPod, cpu, memory }: PodRequest): boolean => {
  const millicores = millicoresOf(cpu);
  const mib = mibOf(memory);
  return (
    type.devices >= devicesPerPod &&
    (type.podCpuMillicores === undefined || millicores === undefined || millicores + NODE_PODS_MILLICORES <= type.podCpuMillicores) &&
    (type.podMemoryMib === undefined || mib === undefined || mib <= type.podMemoryMib)
  );
};

const describe = ({ name, devices, podCpuMillicores, podMemoryMib }: AcceleratorInstanceType): string =>
  [
    `${name}: ${devices} devices`,
    ...(podCpuMillicores === undefined ? [] : [`${podCpuMillicores - NODE_PODS_MILLICORES}m of CPU`]),
    ...(podMemoryMib === undefined ? [] : [`${podMemoryMib}Mi`]),
  ].join(', ');

/**
 * The instance types of a unit's pools that hold its pod, by name; undefined where every type with its devices does. A pool without such a
 * type is refused, and one whose maximum is below the smallest: pods would wait there for ever.
 */
export function typesHolding(unit: IConstruct, pools: readonly IAcceleratorPool[], pod: PodRequest): string[] | undefined {
  for (const pool of pools) {
    const holding = pool.instanceTypes.filter((type) => holds(type, pod));
    if (holding.length === 0) {
      complain(unit, {
        code: 'PodTooLarge',
        wrong: `no instance type of pool ${pool.poolName} holds a pod of the unit beside what the node keeps for itself`,
        given: `${pod.devicesPerPod} devices, ${pod.cpu} CPU, ${pod.memory}`,
        expected: `no more than one of these has: ${pool.instanceTypes.map(describe).join('; ')}`,
        fix: 'Lower `devicesPerPod`, `container.cpu` or `container.memory`, or use a pool with larger instance types.',
      });
    }
    const smallest = Math.min(...holding.map(({ devices }) => devices));
    if (pool.maximumDevices < smallest) {
      complain(unit, {
        code: 'MaximumBelowPod',
        wrong: `\`maximumDevices\` of pool ${pool.poolName} is below the devices of the smallest instance that holds a pod of the unit`,
        given: pool.maximumDevices,
        expected: `${smallest} or more`,
        fix: 'Raise `maximumDevices` of the pool.',
      });
    }
  }
  const enough = pools.flatMap(({ instanceTypes }) => instanceTypes).filter(({ devices }) => devices >= pod.devicesPerPod);
  if (enough.every((type) => holds(type, pod))) return undefined;
  return [...new Set(enough.filter((type) => holds(type, pod)).map(({ name }) => name))].sort();
}

/** The instance types that an imported unit states: each pool has one of them. */
export function checkInstanceTypes(unit: IConstruct, pools: readonly IAcceleratorPool[], instanceTypes: readonly string[]): string[] {
  nonEmpty(unit, 'instanceTypes', instanceTypes);
  for (const { poolName, instanceTypes: types } of pools) {
    if (types.some(({ name }) => instanceTypes.includes(name))) continue;
    complain(unit, {
      code: 'InstanceTypesOfNoPool',
      wrong: `pool ${poolName} has none of \`instanceTypes\`, so that it could not host a pod`,
      given: instanceTypes,
      expected: `one of ${types.map(({ name }) => name).join(', ')} among them`,
      fix: 'Name the instance types that hold a pod, or leave `instanceTypes` out.',
    });
  }
  return [...instanceTypes];
}
