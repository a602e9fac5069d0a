import type { IConstruct } from 'constructs';
import { complain } from './validation';

interface InstanceType {
  readonly name: string;
  readonly devices: number;
  readonly priceUsdPerHour?: number;
  readonly deviceMemoryMib?: number;
  readonly podCpuMillicores?: number;
  readonly podMemoryMib?: number;
  readonly localStorage?: boolean;
}

/** What two accelerators of one name must agree in. */
interface Description {
  readonly name: string;
  readonly deviceResource: string;
  readonly instanceTypes: readonly InstanceType[];
}

/** The first description of each accelerator on a cluster, by name, and the construct that gave it. */
const described = new WeakMap<IConstruct, Map<string, { readonly accelerator: Description; readonly path: string }>>();

/** Refuses a second accelerator of the same name with other data: pools, pods and prices would each go by one or the other. */
export function describeOnce(construct: IConstruct, cluster: IConstruct, accelerators: readonly Description[]): void {
  const known = described.get(cluster) ?? new Map<string, { readonly accelerator: Description; readonly path: string }>();
  described.set(cluster, known);
  for (const accelerator of accelerators) {
    const first = known.get(accelerator.name);
    if (first === undefined) {
      known.set(accelerator.name, { accelerator, path: construct.node.path });
      continue;
    }
    const difference = differenceOf(accelerator, first.accelerator);
    if (difference === undefined) continue;
    complain(construct, {
      code: 'AcceleratorDescribedTwice',
      wrong: `accelerator ${accelerator.name} is described otherwise than by ${first.path}`,
      given: difference.given,
      expected: `'${difference.expected}', as there`,
      fix: 'Use one Accelerator object for all units and pools of the cluster, or give the other one a name of its own.',
    });
  }
}

const FIELDS = ['devices', 'priceUsdPerHour', 'deviceMemoryMib', 'podCpuMillicores', 'podMemoryMib', 'localStorage'] as const;

/** The first difference between two descriptions, in words. */
const differenceOf = (one: Description, other: Description): { readonly given: string; readonly expected: string } | undefined => {
  if (one === other) return undefined;
  if (one.deviceResource !== other.deviceResource) return { given: one.deviceResource, expected: other.deviceResource };
  const names = ({ instanceTypes }: Description): string => instanceTypes.map(({ name }) => name).join(', ');
  const sorted = (accelerator: Description): string => names(accelerator).split(', ').sort().join();
  if (sorted(one) !== sorted(other)) return { given: names(one), expected: names(other) };
  const typesOfOther = new Map(other.instanceTypes.map((type) => [type.name, type]));
  for (const type of one.instanceTypes) {
    const same = typesOfOther.get(type.name) ?? type;
    const field = FIELDS.find((name) => dataOf(type, name) !== dataOf(same, name));
    if (field !== undefined) {
      const inWords = (of: InstanceType): string => `${of.name} ${field} ${dataOf(of, field) ?? 'unknown'}`;
      return { given: inWords(type), expected: inWords(same) };
    }
  }
  return undefined;
};

const dataOf = (type: InstanceType, field: (typeof FIELDS)[number]): unknown =>
  field === 'localStorage' ? (type.localStorage ?? false) : type[field];
