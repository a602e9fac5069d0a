import { labels } from '../generated/contract';
import { complain, literal, nonEmpty } from '../private/validation';
import { DevicePlugin } from './device-plugin';
import type { AcceleratorInstanceType } from './instance-type';

/** Describes an accelerator that is not in the catalogue. */
export interface AcceleratorOptions {
  /** Extended resource under which its device plugin reports devices, for example `nvidia.com/gpu`. */
  readonly deviceResource: string;

  /** The instance types that carry it, smallest first. */
  readonly instanceTypes: AcceleratorInstanceType[];
}

const NVIDIA_GPU = 'nvidia.com/gpu';
const NEURON_DEVICE = 'aws.amazon.com/neuron';

const DEVICE_PLUGINS: Readonly<Record<string, DevicePlugin>> = {
  [NVIDIA_GPU]: DevicePlugin.NVIDIA,
  [NEURON_DEVICE]: DevicePlugin.NEURON,
};

/** What the instance types of one family have in common. */
interface Family {
  readonly deviceMemoryMib: number;
  readonly localStorage: boolean;
}

/**
 * Devices, on-demand price, and what is left to pods, by size. A price that is not published is `undefined`, which means unknown, not free.
 */
type Sizes = Readonly<
  Record<string, readonly [devices: number, priceUsdPerHour: number | undefined, podCpuMillicores: number, podMemoryMib: number]>
>;

/** The instance types of one family. */
const family = (name: string, { deviceMemoryMib, localStorage }: Family, sizes: Sizes): AcceleratorInstanceType[] =>
  Object.entries(sizes).map(([size, [devices, priceUsdPerHour, podCpuMillicores, podMemoryMib]]) => ({
    name: `${name}.${size}`,
    devices,
    deviceMemoryMib,
    podCpuMillicores,
    podMemoryMib,
    localStorage,
    ...(priceUsdPerHour !== undefined && { priceUsdPerHour }),
  }));

/**
 * A chip family, with the resource that pods request it by and the instance types that carry it.
 *
 * The catalogue states on-demand list prices in us-east-1 for Linux of 2026-07-06, from the static price table of Karpenter's AWS
 * provider 1.14.1; device memory and local disks are those that EC2's DescribeInstanceTypes reports. What is left to pods is what Karpenter
 * counts on with AL2023: the instance's own, less 7.5 % of the memory for the hypervisor, and what the kubelet reserves.
 *
 * @example
 * // An accelerator that the catalogue does not have.
 * const b200 = Accelerator.of('B200', {
 *   deviceResource: 'nvidia.com/gpu',
 *   instanceTypes: [{ name: 'p6-b200.48xlarge', devices: 8, localStorage: true, priceUsdPerHour: 113.9328 }],
 * });
 */
export class Accelerator {
  /** NVIDIA A10G. */
  public static readonly A10G = Accelerator.known('A10G', NVIDIA_GPU, [
    family(
      'g5',
      { deviceMemoryMib: 22_888, localStorage: true },
      {
        xlarge: [1, 1.006, 3920, 14_162],
        '2xlarge': [1, 1.212, 7910, 29_317],
        '4xlarge': [1, 1.624, 15_890, 57_691],
        '8xlarge': [1, 2.448, 31_850, 118_312],
        '16xlarge': [1, 4.096, 63_770, 239_554],
        '12xlarge': [4, 5.672, 47_810, 173_400],
        '24xlarge': [4, 8.144, 95_690, 355_262],
        '48xlarge': [8, 16.288, 191_450, 723_299],
      },
    ),
  ]);

  /** NVIDIA L4. The family g6f is left out: it carries a fraction of an L4 and reports no device. */
  public static readonly L4 = Accelerator.known('L4', NVIDIA_GPU, [
    family(
      'g6',
      { deviceMemoryMib: 22_888, localStorage: true },
      {
        xlarge: [1, 0.8048, 3920, 14_162],
        '2xlarge': [1, 0.9776, 7910, 29_317],
        '4xlarge': [1, 1.3232, 15_890, 57_691],
        '8xlarge': [1, 2.0144, 31_850, 118_312],
        '16xlarge': [1, 3.3968, 63_770, 234_021],
        '12xlarge': [4, 4.6016, 47_810, 178_933],
        '24xlarge': [4, 6.6752, 95_690, 355_262],
        '48xlarge': [8, 13.3504, 191_450, 718_987],
      },
    ),
  ]);

  /** NVIDIA L40S. */
  public static readonly L40S = Accelerator.known('L40S', NVIDIA_GPU, [
    family(
      'g6e',
      { deviceMemoryMib: 45_776, localStorage: true },
      {
        xlarge: [1, 1.861, 3920, 29_317],
        '2xlarge': [1, 2.24208, 7910, 59_627],
        '4xlarge': [1, 3.00424, 15_890, 118_312],
        '8xlarge': [1, 4.52856, 31_850, 239_554],
        '16xlarge': [1, 7.57719, 63_770, 476_504],
        '12xlarge': [4, 10.49264, 47_810, 360_157],
        '24xlarge': [4, 15.06559, 95_690, 721_682],
        '48xlarge': [8, 30.13118, 191_450, 1_449_132],
      },
    ),
  ]);

  /** NVIDIA A100; the family p4de has twice the memory of p4d. */
  public static readonly A100 = Accelerator.known('A100', NVIDIA_GPU, [
    family('p4d', { deviceMemoryMib: 40_960, localStorage: true }, { '24xlarge': [8, 21.957642, 95_690, 1_082_712] }),
    family('p4de', { deviceMemoryMib: 81_920, localStorage: true }, { '24xlarge': [8, 27.44705, 95_690, 1_082_712] }),
  ]);

  /** NVIDIA H100. */
  public static readonly H100 = Accelerator.known('H100', NVIDIA_GPU, [
    family(
      'p5',
      { deviceMemoryMib: 81_920, localStorage: true },
      { '4xlarge': [1, 6.88, 15_890, 240_830], '48xlarge': [8, 55.04, 191_450, 1_938_410] },
    ),
  ]);

  /** NVIDIA H200. */
  public static readonly H200 = Accelerator.known('H200', NVIDIA_GPU, [
    family('p5en', { deviceMemoryMib: 144_384, localStorage: true }, { '48xlarge': [8, 63.296, 191_450, 1_937_332] }),
    family('p5e', { deviceMemoryMib: 144_384, localStorage: true }, { '48xlarge': [8, undefined, 191_450, 1_938_410] }),
  ]);

  /** AWS Inferentia2, with two NeuronCores on each device. */
  public static readonly INFERENTIA2 = Accelerator.known('INFERENTIA2', NEURON_DEVICE, [
    family(
      'inf2',
      { deviceMemoryMib: 32_768, localStorage: false },
      {
        xlarge: [1, 0.7582, 3920, 14_162],
        '8xlarge': [1, 1.96786, 31_850, 118_312],
        '24xlarge': [6, 6.49063, 95_690, 355_262],
        '48xlarge': [12, 12.98127, 191_450, 718_987],
      },
    ),
  ]);

  /** AWS Trainium, with two NeuronCores on each device. */
  public static readonly TRAINIUM1 = Accelerator.known('TRAINIUM1', NEURON_DEVICE, [
    family(
      'trn1',
      { deviceMemoryMib: 32_768, localStorage: true },
      { '2xlarge': [1, 1.34375, 7910, 29_317], '32xlarge': [16, 21.5, 127_610, 481_894] },
    ),
    family('trn1n', { deviceMemoryMib: 32_768, localStorage: true }, { '32xlarge': [16, 24.78, 127_610, 481_894] }),
  ]);

  /** AWS Trainium2, with eight NeuronCores on each device. Its list price is not published: pools must state their own. */
  public static readonly TRAINIUM2 = Accelerator.known('TRAINIUM2', NEURON_DEVICE, [
    family('trn2', { deviceMemoryMib: 98_304, localStorage: true }, { '48xlarge': [16, undefined, 191_450, 1_938_410] }),
  ]);

  /** Every accelerator of the catalogue. */
  public static all(): Accelerator[] {
    return Object.values(Accelerator).filter((value): value is Accelerator => value instanceof Accelerator);
  }

  /**
   * Describes an accelerator that is not in the catalogue, or one of the catalogue with other instance types or prices.
   *
   * @param name chip family, as it appears in fleets, labels and metrics: letters, digits, `-`, `_` and `.`
   * @param options its device resource and instance types
   */
  public static of(name: string, options: AcceleratorOptions): Accelerator {
    const where = `Accelerator.of('${name}')`;
    literal(where, 'name', name);
    if (!/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) {
      complain(where, {
        code: 'InvalidAcceleratorName',
        wrong: '`name` is not a valid label value',
        given: name,
        expected: 'at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
        fix: 'Choose another name.',
      });
    }
    if (!/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(options.deviceResource)) {
      complain(where, {
        code: 'InvalidDeviceResource',
        wrong: '`deviceResource` is not a valid extended resource',
        given: options.deviceResource,
        expected: 'a domain, a slash and a name, for example `nvidia.com/gpu`',
        fix: 'Use the resource that the device plugin of the accelerator reports.',
      });
    }
    nonEmpty(where, 'instanceTypes', options.instanceTypes);
    for (const type of options.instanceTypes) checkInstanceType(where, type);
    return new Accelerator(name, options.deviceResource, options.instanceTypes);
  }

  private static known(name: string, deviceResource: string, families: readonly AcceleratorInstanceType[][]): Accelerator {
    return new Accelerator(name, deviceResource, families.flat());
  }

  /** The device plugin that reports its devices. */
  public readonly devicePlugin: DevicePlugin;

  private constructor(
    /** Chip family, for example `A10G`. */
    public readonly name: string,
    /** Extended resource of one device, for example `nvidia.com/gpu`. */
    public readonly deviceResource: string,
    /** The instance types that carry it, smallest first. */
    public readonly instanceTypes: AcceleratorInstanceType[],
  ) {
    this.devicePlugin = DEVICE_PLUGINS[deviceResource] ?? DevicePlugin.OTHER;
  }

  /** The instance families that carry it, for example `['g5']`. */
  public get instanceFamilies(): string[] {
    return [...new Set(this.instanceTypes.map(({ name }) => name.slice(0, name.indexOf('.'))))];
  }

  /** Node labels that select the nodes of this accelerator. */
  public get nodeSelector(): { [label: string]: string } {
    return { [labels.accelerator]: this.name };
  }
}

const isSize = (value: number): boolean => value > 0 && Number.isFinite(value);

function checkInstanceType(where: string, type: AcceleratorInstanceType): void {
  const { name, devices, deviceMemoryMib, priceUsdPerHour } = type;
  for (const field of ['podCpuMillicores', 'podMemoryMib'] as const) {
    const value = type[field];
    if (value === undefined || isSize(value)) continue;
    complain(where, {
      code: 'InvalidPodRoom',
      wrong: `\`${field}\` of ${name} is not a valid size`,
      given: value,
      expected: 'a number above 0',
      fix: 'Set it to what an instance leaves to pods, or leave it out if it is unknown.',
    });
  }
  if (!/^[a-z0-9-]+\.[a-z0-9-]+$/.test(name)) {
    complain(where, {
      code: 'InvalidInstanceType',
      wrong: 'the name of an instance type has no size',
      given: name,
      expected: 'a family, a dot and a size, for example `g5.xlarge`',
      fix: 'Write the full name of the EC2 instance type.',
    });
  }
  if (!Number.isInteger(devices) || devices < 1) {
    complain(where, {
      code: 'InvalidDeviceCount',
      wrong: `\`devices\` of ${name} is not a valid number of devices`,
      given: devices,
      expected: 'an integer of 1 or more',
      fix: 'Set it to the devices of one instance, and leave out instance types without any.',
    });
  }
  if (deviceMemoryMib !== undefined && !isSize(deviceMemoryMib)) {
    complain(where, {
      code: 'InvalidDeviceMemory',
      wrong: `\`deviceMemoryMib\` of ${name} is not a valid size`,
      given: deviceMemoryMib,
      expected: 'MiB of one device, above 0',
      fix: 'Set it to the memory of one device, or leave it out if it is unknown.',
    });
  }
  if (priceUsdPerHour !== undefined && !isSize(priceUsdPerHour)) {
    complain(where, {
      code: 'InvalidInstancePrice',
      wrong: `\`priceUsdPerHour\` of ${name} is not a valid price`,
      given: priceUsdPerHour,
      expected: 'US dollars per hour, above 0',
      fix: 'Set it to the on-demand price, or leave it out if it is unknown.',
    });
  }
}
