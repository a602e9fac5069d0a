import { policies } from '../contract/policies';
import type { Problem } from '../errors';
import { didYouMean } from './did-you-mean';
import { fieldKeys } from './field-keys';
import type { Fleet } from './fleet';
import { parseRfc3339 } from './times';
import { shown } from './validation';

/** A person's wish in place of the policy's, with a name to it and an end. */
export interface Override {
  /** A field key (see `field-keys.ts`) or `strategy`. */
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

/** Overrides that one fleet may have; a list beyond that is no list of exceptions. */
const MAX_OVERRIDES = 100;

/** Reads the overrides annotation: a wrong entry is told and does not void the right ones. */
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
  const units = fleet.units.map(({ name }) => name);
  const pools = fleet.pools.map(({ name }) => name);
  const kinds = { floor: units, target: units, share: units, weight: pools, limit: pools } as const;
  const known = [...Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => `${kind}/${name}`)), 'strategy'];
  if (!known.includes(field)) {
    const fix = didYouMean(field, known);
    return {
      where: field,
      given: 'a field of this name',
      expected: `strategy, floor, target or share of a unit (${units.join(', ')}), weight or limit of a pool (${pools.join(', ')}), as in ${fieldKeys.floor(units[0] ?? 'unit')}`,
      ...(fix === undefined ? {} : { fix }),
    };
  }
  if (field === 'strategy') {
    const overridable: readonly string[] = policies[fleet.policy.name].overridableStrategies;
    if ((overridable as readonly unknown[]).includes(value)) return undefined;
    const expected =
      overridable.length === 0 ? `no override, as policy ${fleet.policy.name} has no other strategy` : overridable.join(' or ');
    const fix = typeof value === 'string' ? didYouMean(value, overridable) : undefined;
    return { where: field, given: shown(value), expected, ...(fix === undefined ? {} : { fix }) };
  }
  const { isValue, expected } = values[field.slice(0, field.indexOf('/')) as keyof typeof values];
  return typeof value === 'number' && isValue(value) ? undefined : { where: field, given: shown(value), expected };
};

const values = {
  floor: { isValue: (value: number) => Number.isInteger(value) && value >= 0 && value <= 10_000, expected: 'whole pods from 0 to 10000' },
  target: { isValue: (value: number) => value > 0 && value <= 1e9, expected: 'requests per minute and pod, above 0' },
  share: { isValue: (value: number) => value >= 0 && value <= 1, expected: 'a part of the traffic from 0 to 1' },
  weight: { isValue: (value: number) => Number.isInteger(value) && value >= 1 && value <= 100, expected: 'an integer from 1 to 100' },
  limit: {
    isValue: (value: number) => Number.isInteger(value) && value >= 0 && value <= 100_000,
    expected: 'whole devices from 0 to 100000',
  },
} as const;
