import { type Duration, Lazy, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a wrong prop deserves to hear. */
export interface Complaint {
  /** What is wrong: the prop, and what it belongs to. */
  readonly wrong: string;
  /** What was given; left out where nothing was. */
  readonly given?: unknown;
  /** What would have been right. */
  readonly expected: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Thrown at synthesis when props contradict each other or the platform. */
class InvalidPropsError extends Error {
  public override readonly name = 'InvalidPropsError';
}

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value)));

/** Throws one message in one shape: where, what is wrong, given, expected, fix. */
export function complain(scope: IConstruct | string, { wrong, given, expected, fix }: Complaint): never {
  const where = typeof scope === 'string' ? scope : scope.node.path;
  const got = given === undefined ? 'nothing' : Token.isUnresolved(given) ? 'a token' : shown(given);
  throw new InvalidPropsError(`${where}: ${wrong}; given ${got}, expected ${expected}. ${fix}`);
}

/** A value that must be known at synthesis, because it decides names or what is rendered. */
export function literal<T>(scope: IConstruct | string, prop: string, value: T): T {
  if (Token.isUnresolved(value)) unknownAtSynthesis(scope, prop, value);
  return value;
}

function unknownAtSynthesis(scope: IConstruct | string, prop: string, given: unknown): never {
  complain(scope, {
    wrong: `\`${prop}\` is not known at synthesis`,
    given,
    expected: 'a literal',
    fix: 'Pass a plain value; a CloudFormation parameter or an attribute of another resource cannot be used here.',
  });
}

/** An RFC 1123 label, as Kubernetes asks of most names. */
export function kubernetesName(scope: IConstruct | string, prop: string, value: string): string {
  literal(scope, prop, value);
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) {
    complain(scope, {
      wrong: `\`${prop}\` is not a Kubernetes name`,
      given: value,
      expected: 'lower-case letters, digits and hyphens, at most 63, with a letter or digit at both ends',
      fix: `Choose another \`${prop}\`.`,
    });
  }
  return value;
}

/** An integer within bounds; a token passes, for only the deployment knows it. */
export function integerBetween(scope: IConstruct | string, prop: string, value: number, least: number, most: number): number {
  if (Token.isUnresolved(value)) return value;
  if (!Number.isInteger(value) || value < least || value > most) {
    complain(scope, {
      wrong: `\`${prop}\` is out of range`,
      given: Number.isFinite(value) ? value : String(value),
      expected: `an integer from ${least} to ${most}`,
      fix: `Set \`${prop}\` within that range, or leave it out.`,
    });
  }
  return value;
}

/** A non-empty list, where a list is given at all. */
export function nonEmpty<T>(scope: IConstruct | string, prop: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values !== undefined && !Token.isUnresolved(values) && values.length === 0) {
    complain(scope, {
      wrong: `\`${prop}\` is empty`,
      given: values,
      expected: 'at least one entry',
      fix: `Name at least one, or leave \`${prop}\` out for the default.`,
    });
  }
  return values;
}

/** A duration in the form Kubernetes APIs take (`10m`, `720h`), in the largest unit that is exact. */
export function kubernetesDuration(scope: IConstruct | string, prop: string, duration: Duration): string {
  // A duration of tokens refuses to be converted to another unit than its own.
  if (duration.isUnresolved()) unknownAtSynthesis(scope, prop, Lazy.any({ produce: () => duration }));
  const seconds = duration.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < 0) {
    complain(scope, {
      wrong: `\`${prop}\` is not whole seconds`,
      given: `${seconds} s`,
      expected: 'a duration of whole seconds',
      fix: 'Round it.',
    });
  }
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  if (seconds > 0 && seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}

/** Whole or fractional seconds of a duration that must be known at synthesis. */
export function seconds(scope: IConstruct, prop: string, duration: Duration): number {
  // A duration of tokens refuses to be converted to another unit than its own.
  if (duration.isUnresolved()) literal(scope, prop, Lazy.any({ produce: () => duration }));
  return duration.toSeconds({ integral: false });
}

/** Whole seconds within bounds. */
export function secondsBetween(scope: IConstruct, prop: string, duration: Duration, least: number, most: number): number {
  const value = seconds(scope, prop, duration);
  if (!Number.isInteger(value) || value < least || value > most) {
    complain(scope, {
      wrong: `\`${prop}\` is out of range`,
      given: `${value} s`,
      expected: `whole seconds from ${least} to ${most}`,
      fix: `Set \`${prop}\` within that range, or leave it out.`,
    });
  }
  return value;
}

/** A number above zero; not a token, for it decides what is rendered or checked. */
export function positive(scope: IConstruct, prop: string, value: number): number {
  literal(scope, prop, value);
  if (!(value > 0) || !Number.isFinite(value)) {
    complain(scope, {
      wrong: `\`${prop}\` is not above 0`,
      given: Number.isFinite(value) ? value : String(value),
      expected: 'a number above 0',
      fix: `Measure it, and set \`${prop}\` to what was measured.`,
    });
  }
  return value;
}

/** CPU in the form of Kubernetes: cores (`2`, `0.5`) or thousandths (`500m`). */
export function cpuQuantity(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^(\d+(\.\d+)?|\d+m)$/.test(value)) {
    complain(scope, {
      wrong: `\`${prop}\` is no quantity of CPU`,
      given: value,
      expected: "cores such as '2' or '0.5', or thousandths such as '500m'",
      fix: 'Write it as Kubernetes does.',
    });
  }
  return value;
}

/** Bytes in the form of Kubernetes, with a unit: `16Gi`, `500M`. */
export function byteQuantity(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/.test(value)) {
    const number = /^(\d+(?:\.\d+)?)\s*([kmgt])?i?b?$/i.exec(value);
    complain(scope, {
      wrong: `\`${prop}\` is no quantity of memory or storage`,
      given: value,
      expected: "a number and a unit of Kubernetes, such as '16Gi' or '500Mi'",
      fix: number ? `Write '${number[1]}${(number[2] ?? 'g').toUpperCase()}i'.` : 'Write it as Kubernetes does.',
    });
  }
  return value;
}

/** An absolute path of HTTP or of a file system. */
export function absolutePath(scope: IConstruct, prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !/^\/\S*$/.test(value)) {
    complain(scope, {
      wrong: `\`${prop}\` is no absolute path`,
      given: value,
      expected: 'a path that begins with `/`',
      fix: `Write \`${prop}\` from the root.`,
    });
  }
  return value;
}
