import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import { limits } from '../generated/contract';
import { complain, integerBetween, literal, nonEmpty } from '../private/validation';

export interface InstanceChoice {
  readonly accelerator: Accelerator;
  readonly instanceTypes: readonly string[] | undefined;
  readonly instanceFamilies: readonly string[] | undefined;
  readonly instanceSizes: readonly string[] | undefined;
  readonly devicesPerPod: number;
  readonly prices: { readonly [instanceType: string]: number } | undefined;
}

/** An instance type with its price known. */
export type PricedInstanceType = Required<AcceleratorInstanceType>;

const family = (type: string): string => type.slice(0, type.indexOf('.'));
const size = (type: string): string => type.slice(type.indexOf('.') + 1);
const list = (values: Iterable<string>): string => [...new Set(values)].join(', ');

/** The instance types of a pool: those of the accelerator that were asked for, hold a pod, and have a known price. */
export function chooseInstances(scope: IConstruct, choice: InstanceChoice): PricedInstanceType[] {
  const { accelerator, devicesPerPod } = choice;
  integerBetween(
    scope,
    'devicesPerPod',
    literal(scope, 'devicesPerPod', devicesPerPod),
    limits.devicesPerPod.min,
    limits.devicesPerPod.max,
  );
  const asked = askedFor(scope, choice);

  const large = asked.filter(({ devices }) => devices >= devicesPerPod);
  const explicit = choice.instanceTypes !== undefined || choice.instanceSizes !== undefined;
  if (large.length === 0 || (explicit && large.length < asked.length)) {
    const small = asked.filter(({ devices }) => devices < devicesPerPod);
    const fitting = accelerator.instanceTypes.filter(({ devices }) => devices >= devicesPerPod).map(({ name }) => name);
    complain(scope, {
      wrong: `a pod asks for ${devicesPerPod} devices, more than one ${list(small.map(({ name }) => name))} has`,
      given: small.map(({ name, devices }) => `${name}: ${devices}`),
      expected: `instance types with at least ${devicesPerPod} devices`,
      fix: `${fitting.length > 0 ? `Choose among ${list(fitting)}` : 'Choose another accelerator'}, or lower \`devicesPerPod\`.`,
    });
  }

  for (const [type, price] of Object.entries(choice.prices ?? {})) {
    if (!accelerator.instanceTypes.some(({ name }) => name === type)) {
      complain(scope, {
        wrong: '`prices` names an instance type without the accelerator',
        given: type,
        expected: `one of ${list(accelerator.instanceTypes.map(({ name }) => name))}`,
        fix: `Remove it, or describe the accelerator with Accelerator.of().`,
      });
    }
    if (!(literal(scope, `prices['${type}']`, price) > 0)) {
      complain(scope, {
        wrong: `the price of ${type} is not a price`,
        given: price,
        expected: 'US dollars per hour, above 0',
        fix: 'Give the on-demand price of one instance.',
      });
    }
  }

  const priced = large.flatMap(({ name, devices, priceUsdPerHour }) => {
    const price = choice.prices?.[name] ?? priceUsdPerHour;
    return price === undefined ? [] : [{ name, devices, priceUsdPerHour: price }];
  });
  // A type asked for by name must not vanish; one that merely belongs to the family may.
  const unpriced = large.filter(({ name }) => !priced.some((type) => type.name === name));
  if (priced.length === 0 || (choice.instanceTypes !== undefined && unpriced.length > 0)) {
    complain(scope, {
      wrong: `no price is known for ${list(unpriced.map(({ name }) => name))}`,
      given: choice.prices,
      expected: 'a price for every instance type, since the control loop weighs cost',
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
      wrong: '`instanceTypes` is combined with `instanceFamilies` or `instanceSizes`',
      given: instanceTypes,
      expected: 'either types, or families and sizes',
      fix: 'Keep one of them.',
    });
  }
  const check = (prop: string, values: readonly string[] | undefined, known: readonly string[]): void => {
    const unknown = values?.find((value) => !known.includes(value));
    if (unknown === undefined) return;
    complain(scope, {
      wrong: `\`${prop}\` names what does not carry ${accelerator.name}`,
      given: unknown,
      expected: `among ${list(known)}`,
      fix: `Choose one of those; for instance types that the catalogue does not know, use Accelerator.of('${accelerator.name}', ...).`,
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
      wrong: 'no instance type has both a family and a size that were asked for',
      given: { instanceFamilies, instanceSizes },
      expected: `a combination among ${list(names)}`,
      fix: 'Add a size that the family has.',
    });
  }
  return asked;
}

/** The instance types of an imported pool. The loop weighs cost: a type that was named must have a price, one of the catalogue without is left out. */
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
      wrong: 'no price is known for an instance type of the pool',
      given: unpriced[0]?.name,
      expected: '`instanceTypes` with `priceUsdPerHour` each, since the control loop weighs cost',
      fix: 'Add the price you pay.',
    });
  }
  return [...types];
}
