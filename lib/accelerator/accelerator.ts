import { labels } from '../generated/contract';
import { complain, literal, nonEmpty } from '../private/validation';
import * as instanceTypes from './catalogue';
import type { AcceleratorInstanceType } from './instance-type';

/** What makes an accelerator that the catalogue does not have. */
export interface AcceleratorOptions {
  /** Extended resource under which its device plugin reports devices, for example `nvidia.com/gpu`. */
  readonly deviceResource: string;

  /** The instance types that carry it. */
  readonly instanceTypes: AcceleratorInstanceType[];

  /**
   * Whether its instance types have local NVMe disks, to be striped for images and model files.
   *
   * @default false
   */
  readonly localStorage?: boolean;
}

/** A chip family, with the resource its devices are asked for by and the instance types that carry it. */
export class Accelerator {
  /** NVIDIA A10G, 24 GB: g5. */
  public static readonly A10G = Accelerator.nvidia('A10G', instanceTypes.A10G);

  /** NVIDIA L4, 24 GB: g6. */
  public static readonly L4 = Accelerator.nvidia('L4', instanceTypes.L4);

  /** NVIDIA L40S, 48 GB: g6e. */
  public static readonly L40S = Accelerator.nvidia('L40S', instanceTypes.L40S);

  /** NVIDIA A100, 40 or 80 GB: p4d, p4de. */
  public static readonly A100 = Accelerator.nvidia('A100', instanceTypes.A100);

  /** NVIDIA H100, 80 GB: p5. */
  public static readonly H100 = Accelerator.nvidia('H100', instanceTypes.H100);

  /** NVIDIA H200, 141 GB: p5e, p5en. */
  public static readonly H200 = Accelerator.nvidia('H200', instanceTypes.H200);

  /** AWS Inferentia2, 32 GB and two cores a device: inf2. */
  public static readonly INFERENTIA2 = Accelerator.neuron('INFERENTIA2', instanceTypes.INFERENTIA2, false);

  /** AWS Trainium, 32 GB and two cores a device: trn1, trn1n. */
  public static readonly TRAINIUM1 = Accelerator.neuron('TRAINIUM1', instanceTypes.TRAINIUM1, true);

  /** AWS Trainium2, 96 GB and eight cores a device: trn2. No list price is published for it; give pools their own. */
  public static readonly TRAINIUM2 = Accelerator.neuron('TRAINIUM2', instanceTypes.TRAINIUM2, true);

  /**
   * An accelerator that the catalogue does not have, or one of it with other instance types or prices.
   *
   * @param name chip family, as it shall appear in fleets, labels and metrics: letters, digits, `-`, `_` and `.`
   * @param options its resource and instance types
   */
  public static of(name: string, options: AcceleratorOptions): Accelerator {
    const where = `Accelerator.of('${name}')`;
    literal(where, 'name', name);
    if (!/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) {
      complain(where, {
        wrong: '`name` cannot be a label value',
        given: name,
        expected: 'letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends',
        fix: 'Choose another name.',
      });
    }
    if (!/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(options.deviceResource)) {
      complain(where, {
        wrong: '`deviceResource` is not an extended resource',
        given: options.deviceResource,
        expected: 'a domain, a slash and a name, for example `nvidia.com/gpu`',
        fix: 'Use the resource that the device plugin of this accelerator reports.',
      });
    }
    nonEmpty(where, 'instanceTypes', options.instanceTypes);
    for (const type of options.instanceTypes) {
      if (!/^[a-z0-9-]+\.[a-z0-9-]+$/.test(type.name)) {
        complain(where, {
          wrong: 'an instance type has no size',
          given: type.name,
          expected: 'a family, a dot and a size, for example `g5.xlarge`',
          fix: 'Write the EC2 instance type in full.',
        });
      }
      if (!Number.isInteger(type.devices) || type.devices < 1) {
        complain(where, {
          wrong: `\`devices\` of ${type.name} is not a number of devices`,
          given: type.devices,
          expected: 'an integer of 1 or more',
          fix: 'Count the devices of one instance; leave out types without one.',
        });
      }
      if (type.priceUsdPerHour !== undefined && !(type.priceUsdPerHour > 0)) {
        complain(where, {
          wrong: `\`priceUsdPerHour\` of ${type.name} is not a price`,
          given: type.priceUsdPerHour,
          expected: 'US dollars per hour, above 0',
          fix: 'Give the on-demand price, or leave it out where it is unknown.',
        });
      }
    }
    return new Accelerator(name, options.deviceResource, options.instanceTypes, options.localStorage ?? false);
  }

  private static nvidia(name: string, types: AcceleratorInstanceType[]): Accelerator {
    return new Accelerator(name, 'nvidia.com/gpu', types, true);
  }

  private static neuron(name: string, types: AcceleratorInstanceType[], localStorage: boolean): Accelerator {
    return new Accelerator(name, 'aws.amazon.com/neuron', types, localStorage);
  }

  private constructor(
    /** Chip family, for example `A10G`. */
    public readonly name: string,
    /** Extended resource of one device, for example `nvidia.com/gpu`. */
    public readonly deviceResource: string,
    /** The instance types that carry it, smallest first. */
    public readonly instanceTypes: AcceleratorInstanceType[],
    /** Whether its instance types have local NVMe disks. */
    public readonly localStorage: boolean,
  ) {}

  /** The instance families that carry it, for example `['g5']`. */
  public get instanceFamilies(): string[] {
    return [...new Set(this.instanceTypes.map(({ name }) => name.slice(0, name.indexOf('.'))))];
  }

  /** Node labels by which a pod asks for this accelerator. */
  public get nodeSelector(): { [label: string]: string } {
    return { [labels.accelerator]: this.name };
  }
}
