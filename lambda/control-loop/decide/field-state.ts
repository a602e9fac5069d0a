import type { FleetMemory, WrittenValue } from '../model/decision';
import { type FieldKind, formatField } from '../model/field';
import type { Fleet } from '../model/fleet';
import { type FieldStanding, MAX_PUT_BACKS, standingOf } from '../model/written';

/** What the loop remembers to have written to a field of a unit or pool. */
export const writtenTo = ({ written }: FleetMemory, kind: FieldKind, name: string): WrittenValue | undefined =>
  written[formatField({ kind, name })];

/** Whether a field is another writer's. */
export const isContested = (
  written: WrittenValue | undefined,
  live: number | undefined,
  { contestedRetryAfterSeconds }: Pick<Fleet, 'contestedRetryAfterSeconds'>,
  nowSeconds: number,
): boolean => standing(written, live, contestedRetryAfterSeconds, nowSeconds) === 'Contested';

const standing = (
  written: WrittenValue | undefined,
  value: number | undefined,
  retryAfterSeconds: number,
  nowSeconds: number,
): FieldStanding => standingOf(written, { value, nowSeconds, retryAfterSeconds });

export const contestedMessage = (written: WrittenValue | undefined, live: number | undefined): string => {
  const isPutBack = written?.putBacks !== undefined && written.putBacks >= MAX_PUT_BACKS - 1;
  const what = isPutBack ? 'puts it back again and again: it is' : 'set it to';
  return `another writer ${what} ${live ?? 'nothing'} after the loop wrote ${written?.value}; it is left alone`;
};
