import { InvalidInputError, type Problem } from '../../../lambda/control-loop/errors';
import { shown } from '../../../lambda/control-loop/model/field-problem';
import { epochOf, epochSecondsOf } from '../instant';

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?([.,]\d+)?)? ?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * Seconds since the epoch of an instant as tools write it; `undefined` for anything else.
 * ISO 8601 with or without seconds and time of day, in UTC unless it says otherwise, or a number of seconds or milliseconds since 1970.
 */
export const instantOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return epochOf(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return epochOf(Number(text));
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, date, minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = parts;
  return epochSecondsOf(`${date}T${minutes}${seconds}${fraction.replace(',', '.')}${zoneOf(zone)}`);
};

/** `+0200` and `+02` as RFC 3339 writes them. */
const zoneOf = (zone: string): string => {
  if (!/^[+-]/.test(zone)) return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
};

/** What is expected of an instant. */
export const INSTANT = 'a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970';

export const instantProblem = (value: unknown): Omit<Problem, 'where'> => ({ given: shown(value), expected: INSTANT });

/** For example `2026-11-01T00:00:00Z`; with milliseconds where there are any. */
export const iso = (epochSeconds: number): string => new Date(Math.round(epochSeconds * 1000)).toISOString().replace('.000Z', 'Z');

/** Throws one problem of a file. */
export const refuseFile = (where: string, given: string, expected: string, fix?: string): never => {
  throw new InvalidInputError([{ where, given, expected, ...(fix === undefined ? {} : { fix }) }]);
};
