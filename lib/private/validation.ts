import { type Duration, Lazy, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from './validation-error';

/** A mistake in the properties that a user gave. */
export interface Mistake {
  /** Stable name of the mistake, unique in this library. */
  readonly code: string;
  /** What is wrong: a clause about the property, or about what it belongs to. */
  readonly wrong: string;
  /** The value that was given; left out if there was none. */
  readonly given?: unknown;
  /** What would have been right. */
  readonly expected: string;
  /** How to fix it: whole sentences. */
  readonly fix: string;
}

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Token.isUnresolved(value)) return 'a token';
  if (typeof value === 'string') return `'${value}'`;
  // JSON writes NaN and infinity as null.
  const named = (_: string, part: unknown): unknown => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part);
  if (typeof value === 'number' && !Number.isFinite(value)) return `'${value}'`;
  return JSON.stringify(value, named) ?? String(value);
};

/** Throws a `ValidationError`; every message has the same form: where, what is wrong, given, expected, fix, code. */
export function complain(scope: IConstruct | string, { code, wrong, given, expected, fix }: Mistake): never {
  const where = typeof scope === 'string' ? scope : scope.node.path;
  throw new ValidationError(`${where}: ${wrong}; given ${shown(given)}, expected ${expected}. ${fix} [${code}]`, code, where);
}

/** A value that must be known at synthesis because it decides names, checks or what is rendered. */
export function literal<T>(scope: IConstruct | string, prop: string, value: T): T {
  if (Token.isUnresolved(value)) unknownAtSynthesis(scope, prop, value);
  return value;
}

function unknownAtSynthesis(scope: IConstruct | string, prop: string, given: unknown): never {
  complain(scope, {
    code: 'UnknownAtSynthesis',
    wrong: `\`${prop}\` is not known at synthesis`,
    given,
    expected: 'a literal',
    fix: 'Pass a plain value; a CloudFormation parameter or an attribute of another resource cannot be used here.',
  });
}

/** An RFC 1123 label, which Kubernetes requires for most names. */
export function kubernetesName(scope: IConstruct | string, prop: string, value: string): string {
  literal(scope, prop, value);
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) {
    complain(scope, {
      code: 'InvalidKubernetesName',
      wrong: `\`${prop}\` is not a valid Kubernetes name`,
      given: value,
      expected: 'at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends',
      fix: `Choose another \`${prop}\`.`,
    });
  }
  return value;
}

/** Bounds of a number, as in the contract: `min` and `max` are allowed themselves, `above` and `below` are not. */
export interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

/** Bounds on both sides. */
type Range = Required<Pick<Bounds, 'min' | 'max'>>;

const isWithin = (value: number, { min, above, max, below }: Bounds): boolean =>
  !Number.isNaN(value) &&
  !(min !== undefined && value < min) &&
  !(above !== undefined && value <= above) &&
  !(max !== undefined && value > max) &&
  !(below !== undefined && value >= below);

/** An integer within bounds that is known at synthesis. */
export const integerWithin = (scope: IConstruct, prop: string, value: number, bounds: Range): number =>
  integerOrTokenWithin(scope, prop, literal(scope, prop, value), bounds);

/** An integer within bounds. A token passes: its value is known only at deployment. */
export function integerOrTokenWithin(scope: IConstruct, prop: string, value: number, bounds: Range): number {
  if (Token.isUnresolved(value)) return value;
  if (!Number.isInteger(value) || !isWithin(value, bounds))
    outOfRange(scope, prop, value, `an integer from ${bounds.min} to ${bounds.max}`);
  return value;
}

/** A number within bounds that is known at synthesis; `expected` describes the bounds in words. */
export function numberWithin(scope: IConstruct, prop: string, value: number, bounds: Bounds, expected: string): number {
  literal(scope, prop, value);
  if (!isWithin(value, bounds)) outOfRange(scope, prop, value, expected);
  return value;
}

function outOfRange(scope: IConstruct, prop: string, given: number | string, expected: string): never {
  complain(scope, {
    code: 'OutOfRange',
    wrong: `\`${prop}\` is out of range`,
    given,
    expected,
    fix: `Set \`${prop}\` within that range.`,
  });
}

/** A number above zero that is known at synthesis. */
export function positive(scope: IConstruct, prop: string, value: number): number {
  literal(scope, prop, value);
  if (!(value > 0) || !Number.isFinite(value)) {
    complain(scope, {
      code: 'NotPositive',
      wrong: `\`${prop}\` is not above 0`,
      given: value,
      expected: 'a number above 0',
      fix: `Set \`${prop}\` to a measured value.`,
    });
  }
  return value;
}

/** A list with at least one entry, if a list is given at all. */
export function nonEmpty<T>(scope: IConstruct | string, prop: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values !== undefined && !Token.isUnresolved(values) && values.length === 0) {
    complain(scope, {
      code: 'EmptyList',
      wrong: `\`${prop}\` is empty`,
      given: values,
      expected: 'at least one entry',
      fix: `Add an entry, or leave \`${prop}\` out for the default.`,
    });
  }
  return values;
}

/** The first value that occurs twice. */
export const firstDuplicate = (values: readonly string[]): string | undefined =>
  values.find((value, index) => values.indexOf(value) !== index);

/** Whole or fractional seconds of a duration that is known at synthesis. */
export function seconds(scope: IConstruct | string, prop: string, duration: Duration): number {
  // A duration of tokens cannot be converted to another unit than its own.
  if (duration.isUnresolved()) unknownAtSynthesis(scope, prop, Lazy.any({ produce: () => duration }));
  return duration.toSeconds({ integral: false });
}

/** Whole seconds within bounds. */
export function secondsWithin(scope: IConstruct, prop: string, duration: Duration, { min, max }: Range): number {
  const value = seconds(scope, prop, duration);
  if (!Number.isInteger(value) || !isWithin(value, { min, max })) {
    outOfRange(scope, prop, `${value} s`, `whole seconds from ${min} to ${max}`);
  }
  return value;
}

/** A duration as Kubernetes writes it (`10m`, `720h`), in the largest unit that is exact. */
export function kubernetesDuration(scope: IConstruct | string, prop: string, duration: Duration): string {
  const value = seconds(scope, prop, duration);
  if (!Number.isInteger(value) || value < 0) {
    complain(scope, {
      code: 'FractionalSeconds',
      wrong: `\`${prop}\` is not a whole number of seconds`,
      given: `${value} s`,
      expected: 'whole seconds, 0 or more',
      fix: `Round \`${prop}\`.`,
    });
  }
  if (value > 0 && value % 3600 === 0) return `${value / 3600}h`;
  if (value > 0 && value % 60 === 0) return `${value / 60}m`;
  return `${value}s`;
}

/** A quantity of CPU as Kubernetes writes it: cores (`2`, `0.5`) or thousandths of a core (`500m`). */
export function cpuQuantity(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^(\d+(\.\d+)?|\d+m)$/.test(value)) {
    complain(scope, {
      code: 'InvalidCpuQuantity',
      wrong: `\`${prop}\` is not a valid quantity of CPU`,
      given: value,
      expected: "cores such as '2' or '0.5', or thousandths of a core such as '500m'",
      fix: 'Write the quantity in the form that Kubernetes uses.',
    });
  }
  return value;
}

/** A quantity of bytes as Kubernetes writes it, with a unit: `16Gi`, `500M`. */
export function byteQuantity(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/.test(value)) {
    const number = /^(\d+(?:\.\d+)?)\s*([kmgt])?i?b?$/i.exec(value);
    complain(scope, {
      code: 'InvalidByteQuantity',
      wrong: `\`${prop}\` is not a valid quantity of memory or storage`,
      given: value,
      expected: "a number with a Kubernetes unit, such as '16Gi' or '500Mi'",
      fix: number ? `Write '${number[1]}${(number[2] ?? 'g').toUpperCase()}i'.` : 'Write the quantity in the form that Kubernetes uses.',
    });
  }
  return value;
}

/** An absolute path of a URL or of a file system. */
export function absolutePath(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^\/\S*$/.test(value)) {
    complain(scope, {
      code: 'NotAnAbsolutePath',
      wrong: `\`${prop}\` is not an absolute path`,
      given: value,
      expected: 'a path that begins with `/`',
      fix: `Put a \`/\` in front of \`${prop}\`.`,
    });
  }
  return value;
}
