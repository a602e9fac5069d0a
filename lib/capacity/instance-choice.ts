import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import { limits } from '../generated/contract';
import { complain, integerWithin, literal, nonEmpty } from '../private/validation';

/** The restrictions that a user set on the instance types of a pool. */
export interface InstanceChoice {
  readonly accelerator: Accelerator;
  readonly instanceTypes: readonly string[] | undefined;
  readonly instanceFamilies: readonly string[] | undefined;
  readonly instanceSizes: readonly string[] | undefined;
  readonly devicesPerPod: number;
  readonly prices: { readonly [instanceType: string]: number } | undefined;
}

/** An instance type whose price is known. */
export type PricedInstanceType = AcceleratorInstanceType & Required<Pick<AcceleratorInstanceType, 'priceUsdPerHour'>>;

const family = (type: string): string => type.slice(0, type.indexOf('.'));
const size = (type: string): string => type.slice(type.indexOf('.') + 1);
const list = (values: Iterable<string>): string => [...new Set(values)].join(', ');

/** The instance types of a pool: those of the accelerator that were requested, hold a pod, and have a known price. */
export function chooseInstances(scope: IConstruct, choice: InstanceChoice): PricedInstanceType[] {
  const { accelerator, devicesPerPod } = choice;
  integerWithin(scope, 'devicesPerPod', devicesPerPod, limits.devicesPerPod);
  const asked = askedFor(scope, choice);

  const large = asked.filter(({ devices }) => devices >= devicesPerPod);
  const explicit = choice.instanceTypes !== undefined || choice.instanceSizes !== undefined;
  if (large.length === 0 || (explicit && large.length < asked.length)) {
    const small = asked.filter(({ devices }) => devices < devicesPerPod);
    const fitting = accelerator.instanceTypes.filter(({ devices }) => devices >= devicesPerPod).map(({ name }) => name);
    complain(scope, {
      code: 'InstanceTypeTooSmall',
      wrong: `a pod requests ${devicesPerPod} devices, more than one ${list(small.map(({ name }) => name))} has`,
      given: small.map(({ name, devices }) => `${name}: ${devices}`),
      expected: `instance types with at least ${devicesPerPod} devices`,
      fix: `${fitting.length > 0 ? `Choose among ${list(fitting)}` : 'Choose another accelerator'}, or lower \`devicesPerPod\`.`,
    });
  }

  for (const [type, price] of Object.entries(choice.prices ?? {})) {
    if (!accelerator.instanceTypes.some(({ name }) => name === type)) {
      complain(scope, {
        code: 'PriceOfUnknownInstanceType',
        wrong: `\`prices\` contains an instance type that does not carry ${accelerator.name}`,
        given: type,
        expected: `one of ${list(accelerator.instanceTypes.map(({ name }) => name))}`,
        fix: 'Remove it, or describe the accelerator with Accelerator.of().',
      });
    }
    if (!(literal(scope, `prices['${type}']`, price) > 0 && Number.isFinite(price))) {
      complain(scope, {
        code: 'InvalidPrice',
        wrong: `\`prices['${type}']\` is not a valid price`,
        given: price,
        expected: 'US dollars per hour, above 0',
        fix: 'Set it to the on-demand price of one instance.',
      });
    }
  }

  const priced = large.flatMap((type) => {
    const priceUsdPerHour = choice.prices?.[type.name] ?? type.priceUsdPerHour;
    return priceUsdPerHour === undefined ? [] : [{ ...type, priceUsdPerHour }];
  });
  // A type that was requested by name must not vanish; one that merely belongs to a family may.
  const unpriced = large.filter(({ name }) => !priced.some((type) => type.name === name));
  if (priced.length === 0 || (choice.instanceTypes !== undefined && unpriced.length > 0)) {
    complain(scope, {
      code: 'UnknownPrice',
      wrong: `no price is known for ${list(unpriced.map(({ name }) => name))}`,
      given: choice.prices,
      expected: 'a price for every instance type, because the control loop compares costs',
      fix: `Pass \`prices: { '${unpriced[0]?.name}': <US dollars per hour> }\` with the price you pay.`,
    });
  }
  return priced;
}

function askedFor(scope: IConstruct, { accelerator, instanceTypes, instanceFamilies, instanceSizes }: InstanceChoice) {
  const all = accelerator.instanceTypes;
  for (const [prop, values] of Object.entries({ instanceTypes, instanceFamilies, instanceSizes })) {
    nonEmpty(scope, prop, values);
    for (const value of values ?? []) literal(scope, prop, value);
  }
  if (instanceTypes !== undefined && (instanceFamilies ?? instanceSizes) !== undefined) {
    complain(scope, {
      code: 'ConflictingInstanceSelection',
      wrong: '`instanceTypes` is combined with `instanceFamilies` or `instanceSizes`',
      given: instanceTypes,
      expected: 'either types, or families and sizes',
      fix: 'Remove one of them.',
    });
  }
  const check = (prop: string, values: readonly string[] | undefined, known: readonly string[]): void => {
    const unknown = values?.find((value) => !known.includes(value));
    if (unknown === undefined) return;
    complain(scope, {
      code: 'UnknownInstanceType',
      wrong: `\`${prop}\` contains a value that no instance type of ${accelerator.name} has`,
      given: unknown,
      expected: `one of ${list(known)}`,
      fix: `Choose one of those; for instance types that are not in the catalogue, use Accelerator.of('${accelerator.name}', ...).`,
    });
  };
  const names = all.map(({ name }) => name);
  check('instanceTypes', instanceTypes, names);
  check('instanceFamilies', instanceFamilies, accelerator.instanceFamilies);
  check('instanceSizes', instanceSizes, names.map(size));

  const asked = all.filter(
    ({ name }) =>
      (instanceTypes?.includes(name) ?? true) &&
      (instanceFamilies?.includes(family(name)) ?? true) &&
      (instanceSizes?.includes(size(name)) ?? true),
  );
  if (asked.length === 0) {
    complain(scope, {
      code: 'NoMatchingInstanceType',
      wrong: 'no instance type has both a requested family and a requested size',
      given: { instanceFamilies, instanceSizes },
      expected: `a combination among ${list(names)}`,
      fix: 'Add a size that one of the families has.',
    });
  }
  return asked;
}

/** The instance types of an imported pool, each with a price: a listed type without one is a mistake, one of the catalogue is left out. */
export function pricedTypes(
  pool: IConstruct,
  accelerator: Accelerator,
  instanceTypes: readonly AcceleratorInstanceType[] | undefined,
): AcceleratorInstanceType[] {
  nonEmpty(pool, 'instanceTypes', instanceTypes);
  const types = instanceTypes ?? accelerator.instanceTypes.filter(({ priceUsdPerHour }) => priceUsdPerHour !== undefined);
  const unpriced = types.filter(({ priceUsdPerHour }) => priceUsdPerHour === undefined);
  if (types.length === 0 || unpriced.length > 0) {
    complain(pool, {
      code: 'UnknownPriceOfImportedPool',
      wrong: 'no price is known for an instance type of the pool',
      given: unpriced[0]?.name,
      expected: '`instanceTypes` that all have a `priceUsdPerHour`, because the control loop compares costs',
      fix: 'Add the price you pay.',
    });
  }
  return [...types];
}
