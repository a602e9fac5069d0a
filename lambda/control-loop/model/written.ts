import type { FleetMemory, WrittenValue } from './decision';
import { isSameQuantity } from './quantity';

/** After so many times that something else was found than the loop wrote, the field is another writer's. */
export const MAX_PUT_BACKS = 3;

/** What was found in a field, and when; how long another writer's value is left alone, in seconds. */
export interface FoundValue {
  readonly value: number | undefined;
  readonly nowSeconds: number;
  readonly retryAfterSeconds: number;
}

/**
 * How a field stands that the loop wrote:
 *
 * - `Own`: as it was written, or never written, or contested for so long that the loop asks again;
 * - `PutBack`: as it was before the write, which was not finished, or which another writer took back;
 * - `Contested`: another writer's.
 */
export type FieldStanding = 'Own' | 'PutBack' | 'Contested';

/**
 * A value that is neither what the loop wrote nor what it then replaced is another writer's at once. One that was put back is written
 * again, for it may be an unfinished write, until it has been put back three times within the time for which it would then be left alone.
 */
export const standingOf = (written: WrittenValue | undefined, found: FoundValue): FieldStanding => {
  if (written === undefined || isSame(written.value, found.value)) return 'Own';
  const { contestedSinceSeconds } = written;
  if (contestedSinceSeconds !== undefined) {
    return found.nowSeconds - contestedSinceSeconds < found.retryAfterSeconds ? 'Contested' : 'Own';
  }
  if (!isSame(written.previous, found.value)) return 'Contested';
  return recentPutBacks(written, found) + 1 >= MAX_PUT_BACKS ? 'Contested' : 'PutBack';
};

/** What to remember of a field that is written now. */
export const rememberWrite = (
  before: WrittenValue | undefined,
  found: FoundValue,
  value: number,
  previous: number | undefined,
): WrittenValue => {
  const entry = previous === undefined ? { value } : { value, previous };
  // Who asks again after a contest has one try, and not three.
  const isRetry = before?.contestedSinceSeconds !== undefined && !isSame(before.value, found.value);
  if (isRetry) return { ...entry, putBacks: MAX_PUT_BACKS - 1, putBackSeconds: found.nowSeconds };
  if (standingOf(before, found) !== 'PutBack') return { ...entry, ...countOf(before, found) };
  return { ...entry, putBacks: recentPutBacks(before, found) + 1, putBackSeconds: found.nowSeconds };
};

/**
 * What to remember of a field that is not written now; `undefined` for nothing.
 *
 * @param isDecided whether the loop wants a value, and so has none to write
 */
export const rememberFound = (before: WrittenValue | undefined, found: FoundValue, isDecided: boolean): WrittenValue | undefined => {
  const { value, nowSeconds } = found;
  // What is as it should be, or as it was written, is settled: from now on any other value in it is another writer's.
  if (value !== undefined && (isDecided || isSame(before?.value, value))) return { value, ...countOf(before, found) };
  if (before === undefined || standingOf(before, found) !== 'Contested') return before;
  // A clock that was ahead makes no contest longer.
  return { ...before, contestedSinceSeconds: Math.min(before.contestedSinceSeconds ?? nowSeconds, nowSeconds) };
};

/** As remembered with the write, had it not been counted: a write that did not succeed was taken back by nobody. */
export const withoutCount = (entry: WrittenValue, before: WrittenValue | undefined): WrittenValue => {
  const { putBacks: _, putBackSeconds: __, ...rest } = entry;
  const { putBacks, putBackSeconds } = before ?? {};
  return { ...rest, ...(putBacks !== undefined && { putBacks }), ...(putBackSeconds !== undefined && { putBackSeconds }) };
};

/** Server-side apply knows managers of these; the other fields have no owner but by their values. */
const MANAGED = /^(weight|limit)\//;

/** The memory without what was written to some fields: they are given back to the loop, as it finds them. */
export const givenBack = (memory: FleetMemory, isGiven: (field: string) => boolean): FleetMemory => {
  const { written, taking = [] } = memory;
  const given = Object.keys(written).filter(isGiven);
  const taken = [...new Set([...taking, ...given.filter((field) => MANAGED.test(field))])].sort();
  return {
    ...memory,
    written: Object.fromEntries(Object.entries(written).filter(([field]) => !given.includes(field))),
    ...(taken.length > 0 && { taking: taken }),
  };
};

/** Whether the loop may take a field from another manager: it was given back, or was left alone for long enough. */
export const mayTake = ({ written, taking = [] }: Pick<FleetMemory, 'written' | 'taking'>, field: string): boolean =>
  taking.includes(field) || written[field]?.contestedSinceSeconds !== undefined;

/** Fields that are still to be taken once the given ones are written: those of which the loop has not seen a value that it set. */
export const stillTaking = (
  { written, taking = [] }: Pick<FleetMemory, 'written' | 'taking'>,
  now: readonly string[],
  liveOf: (field: string) => number | undefined,
): readonly string[] =>
  [...new Set([...taking, ...now])].sort().filter((field) => {
    const before = written[field];
    return before?.previous === undefined || !isSame(before.value, liveOf(field));
  });

const recentPutBacks = (written: WrittenValue | undefined, found: FoundValue): number => countOf(written, found).putBacks ?? 0;

const countOf = (
  { putBacks, putBackSeconds }: Partial<WrittenValue> = {},
  { nowSeconds, retryAfterSeconds }: FoundValue,
): Pick<WrittenValue, 'putBacks' | 'putBackSeconds'> =>
  putBacks === undefined || putBackSeconds === undefined || nowSeconds - putBackSeconds > retryAfterSeconds
    ? {}
    : { putBacks, putBackSeconds };

// Targets are remembered in thousandths, whatever a person wrote; all other fields are whole numbers.
const isSame = (a: number | undefined, b: number | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && isSameQuantity(a, b));
