import { STRATEGY_FIELD } from '../contract/enums';
import { limits } from '../contract/limits';
import { type PolicyName, policies } from '../contract/policies';
import type { Problem } from '../errors';
import { didYouMean } from './did-you-mean';
import { type FieldKind, fieldsOf, formatField, parseField } from './field';
import { shown } from './field-problem';
import type { Fleet } from './fleet';
import { parseRfc3339 } from './times';

/** A person's wish in place of the policy's, with a name to it and an end. */
export interface Override {
  /** A field (see `formatField`) or `strategy`. */
  readonly field: string;
  /**
   * Of `floor` pods, of `target` requests per minute and pod, of `share` a part of the traffic from 0 to 1, of `weight` 1 to 100,
   * of `limit` devices, of `strategy` its name.
   */
  readonly value: number | string;
  readonly owner: string;
  readonly reason: string;
  /** When it ends, RFC 3339 as it was written. */
  readonly until: string;
  /** The same in seconds since the epoch. */
  readonly untilSeconds: number;
}

/** What the overrides annotation of a fleet says. */
export interface FleetOverrides {
  /** In the order they were written; those that have ended included. */
  readonly entries: readonly Override[];
  /** What cannot be read, each in a sentence. */
  readonly problems: readonly string[];
}

export const NO_OVERRIDES: FleetOverrides = { entries: [], problems: [] };

/** Overrides that one fleet may have: more than that are no longer exceptions. */
const MAX_OVERRIDES = limits.overrides.max;

/** Reads the overrides annotation: a wrong entry is reported, and the others still count. */
export const readOverrides = (text: string | undefined): FleetOverrides => {
  if (text === undefined || text.trim() === '') return NO_OVERRIDES;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    return { entries: [], problems: [`the annotation is no JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  if (!Array.isArray(list)) return { entries: [], problems: [`the annotation: given ${shown(list)}, expected a list of overrides`] };
  const entries: Override[] = [];
  const problems: string[] = [];
  for (const [index, entry] of list.slice(0, MAX_OVERRIDES).entries()) {
    const read = readEntry(entry, `entry ${index + 1}`);
    if (typeof read === 'string') problems.push(read);
    else entries.push(read);
  }
  if (list.length > MAX_OVERRIDES) problems.push(`${list.length} entries, of which only the first ${MAX_OVERRIDES} are read`);
  return { entries, problems };
};

const readEntry = (entry: unknown, place: string): Override | string => {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return `${place}: given ${shown(entry)}, expected an object of field, value, owner, reason and until`;
  }
  const { field, value, owner, reason, until } = entry as Readonly<Record<string, unknown>>;
  const wrong = (name: string, given: unknown, expected: string) => `${place}: ${name}: given ${shown(given)}, expected ${expected}`;
  if (!isText(field)) return wrong('field', field, 'a field such as floor/<unit> or weight/<pool>');
  const named = `${place}, ${field}`;
  const wrongIn = (name: string, given: unknown, expected: string) => `${named}: ${name}: given ${shown(given)}, expected ${expected}`;
  if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value))) return wrongIn('value', value, 'a number');
  if (!isText(owner)) return wrongIn('owner', owner, 'who wants it');
  if (!isText(reason)) return wrongIn('reason', reason, 'why');
  const untilSeconds = typeof until === 'string' ? parseRfc3339(until) : undefined;
  if (untilSeconds === undefined) return wrongIn('until', until, 'a time such as 2026-03-01T12:00:00Z');
  return { field, value, owner, reason, until: until as string, untilSeconds };
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** The value of the overrides annotation. */
export const overridesText = (entries: readonly Override[]): string =>
  JSON.stringify(entries.map(({ field, value, owner, reason, until }) => ({ field, value, owner, reason, until })));

/** What is wrong with an override for a fleet: it has no such unit or pool, or the value is not of that field. */
export const overrideProblem = (fleet: Pick<Fleet, 'units' | 'pools' | 'policy'>, field: string, value: unknown): Problem | undefined => {
  if (field === STRATEGY_FIELD) return strategyProblem(fleet.policy.name, value);
  const known = fieldsOf(fleet).map(formatField);
  const parsed = known.includes(field) ? parseField(field) : undefined;
  if (parsed === undefined) {
    const units = fleet.units.map(({ name }) => name);
    const pools = fleet.pools.map(({ name }) => name);
    const fix = didYouMean(field, [...known, STRATEGY_FIELD]);
    return {
      where: field,
      given: 'a field of this name',
      expected: `strategy, floor, target or share of a unit (${units.join(', ')}), weight or limit of a pool (${pools.join(', ')}), as in ${formatField({ kind: 'floor', name: units[0] ?? 'unit' })}`,
      ...(fix === undefined ? {} : { fix }),
    };
  }
  const { min, max, isWhole, expected } = values[parsed.kind];
  const isValue = typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return isValue ? undefined : { where: field, given: shown(value), expected };
};

const strategyProblem = (policy: PolicyName, value: unknown): Problem | undefined => {
  const overridable: readonly string[] = policies[policy].overridableStrategies;
  if ((overridable as readonly unknown[]).includes(value)) return undefined;
  const expected = overridable.length === 0 ? `no override, as policy ${policy} has no other strategy` : overridable.join(' or ');
  const fix = typeof value === 'string' ? didYouMean(value, overridable) : undefined;
  return { where: STRATEGY_FIELD, given: shown(value), expected, ...(fix === undefined ? {} : { fix }) };
};

const { minimumReplicas, target, share, poolWeight, devicesPerPool } = limits;

/** What a person may set a field to. */
const values: Readonly<
  Record<FieldKind, { readonly min: number; readonly max: number; readonly isWhole: boolean; readonly expected: string }>
> = {
  floor: { ...minimumReplicas, isWhole: true, expected: `whole pods from ${minimumReplicas.min} to ${minimumReplicas.max}` },
  // The smallest number above zero.
  target: { min: Number.MIN_VALUE, max: target.max, isWhole: false, expected: 'requests per minute and pod, above 0' },
  share: { ...share, isWhole: false, expected: `a part of the traffic from ${share.min} to ${share.max}` },
  weight: { ...poolWeight, isWhole: true, expected: `an integer from ${poolWeight.min} to ${poolWeight.max}` },
  limit: { ...devicesPerPool, isWhole: true, expected: `whole devices from ${devicesPerPool.min} to ${devicesPerPool.max}` },
};
