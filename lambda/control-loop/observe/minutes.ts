import { known, type Series, type Signal, type UnitMinute, type Unknown, unknown } from '../model/observation';
import type { Attempt } from './deadline';

/** Values by period, oldest first; `undefined` where the period has none. */
export type Periods = readonly (number | undefined)[];

/** Sources of metrics are read minute by minute. */
export const PERIOD_SECONDS = 60;

/** A value older than this says nothing of now. */
const MAX_AGE_PERIODS = 5;

const isSound = (value: number): boolean => Number.isFinite(value) && value >= 0;

const unsound = (metric: string, value: number): Unknown =>
  unknown(`${metric}: given ${value}, expected a number of at least 0; the value is not used`);

const silent = (metric: string): Unknown => unknown(`${metric}: no data in the last ${MAX_AGE_PERIODS} complete minutes`);

const endOf = (period: number, startSeconds: number): number => startSeconds + (period + 1) * PERIOD_SECONDS;

/** The youngest value that is not too old. */
export const youngest = (metric: string, answer: Attempt<Periods>, startSeconds: number): Signal<number> => {
  if (!answer.ok) return unknown(answer.reason);
  const periods = answer.value;
  for (let period = periods.length - 1; period >= Math.max(0, periods.length - MAX_AGE_PERIODS); period -= 1) {
    const value = periods[period];
    if (value === undefined) continue;
    return isSound(value) ? known(value, endOf(period, startSeconds)) : unsound(metric, value);
  }
  return silent(metric);
};

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** All that is known of each minute, the sound values of it. */
export const byMinute = (
  fields: Readonly<Partial<Record<Exclude<keyof UnitMinute, 'startSeconds'>, Attempt<Periods>>>>,
  startSeconds: number,
): Signal<readonly UnitMinute[]> => {
  const entries = Object.entries(fields) as readonly (readonly [keyof typeof fields, Attempt<Periods>])[];
  const columns = entries.flatMap(([field, answer]) => (answer.ok ? [{ field, periods: answer.value }] : []));
  const [first] = columns;
  if (first === undefined) return unknown((Object.values(fields)[0] as { readonly reason: string }).reason);
  const minutes = first.periods.map((_, period): UnitMinute => {
    const minute: Writable<UnitMinute> = { startSeconds: startSeconds + period * PERIOD_SECONDS };
    for (const { field, periods } of columns) {
      const value = periods[period];
      if (value !== undefined && isSound(value)) minute[field] = value;
    }
    return minute;
  });
  return known(minutes, endOf(minutes.length - 1, startSeconds));
};

/** The unbroken run of minutes that ends with the youngest known one; times are the starts of the minutes. */
export const unbroken = (metric: string, answer: Attempt<Periods>, startSeconds: number): Signal<Series> => {
  if (!answer.ok) return unknown(answer.reason);
  const periods = answer.value;
  let last = periods.length - 1;
  while (last >= 0 && periods[last] === undefined) last -= 1;
  const youngestValue = periods[last];
  if (youngestValue === undefined || last < periods.length - MAX_AGE_PERIODS) return silent(metric);
  if (!isSound(youngestValue)) return unsound(metric, youngestValue);
  let first = last;
  while (first > 0) {
    const before = periods[first - 1];
    if (before === undefined || !isSound(before)) break;
    first -= 1;
  }
  const atSeconds: number[] = [];
  const values: number[] = [];
  for (let period = first; period <= last; period += 1) {
    atSeconds.push(startSeconds + period * PERIOD_SECONDS);
    values.push(periods[period]!);
  }
  return known({ atSeconds, values }, endOf(last, startSeconds));
};
