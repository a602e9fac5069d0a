import { type Duration, Lazy, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { complain, literal } from '../../private/validation';

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
