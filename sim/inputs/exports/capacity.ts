import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { AvailabilityRow } from '../loaded-scenario';
import type { AvailabilityReading, ImportOptions, LeftOut, Refusal } from './format';
import { iso } from './times';

/** The capacity of a scenario, from second 0 on. */
export interface ImportedCapacity {
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
  readonly rows: readonly AvailabilityRow[];
  readonly leftOut: readonly LeftOut[];
}

/** Makes rows of refused launches: no devices while a pool is refused, any number before and after. */
export const capacityOf = ({ refusals }: AvailabilityReading, { fromEpochSeconds, toEpochSeconds }: ImportOptions): ImportedCapacity => {
  const first = Math.min(...refusals.map((refusal) => refusal.fromEpochSeconds));
  const last = Math.max(...refusals.map((refusal) => refusal.toEpochSeconds));
  const start = fromEpochSeconds ?? first;
  const end = toEpochSeconds ?? last;
  const used = refusals.filter((refusal) => refusal.toEpochSeconds > start && refusal.fromEpochSeconds < end);
  if (used.length === 0) {
    const has = refusals.length === 0 ? 'refusals of the pools named by --series' : `a time with refusals: ${iso(first)} to ${iso(last)}`;
    const given = refusals.length === 0 ? 'none' : `${iso(start)} to ${iso(end)}`;
    throw new InvalidInputError([{ where: refusals.length === 0 ? '--series' : '--from, --to', given, expected: has }]);
  }
  const rows = [...joined(used)].flatMap(({ pool, fromEpochSeconds: from, toEpochSeconds: to }): readonly AvailabilityRow[] => [
    { timestampSeconds: Math.max(from, start) - start, pool, devices: 0 },
    ...(to < end || toEpochSeconds === undefined ? [{ timestampSeconds: to - start, pool, devices: null }] : []),
  ]);
  return {
    startEpochSeconds: start,
    durationSeconds: end - start,
    rows: rows.sort((a, b) => a.timestampSeconds - b.timestampSeconds),
    leftOut: [
      { count: refusals.filter((refusal) => refusal.toEpochSeconds <= start).length, why: 'before --from' },
      { count: refusals.filter((refusal) => refusal.fromEpochSeconds >= end).length, why: 'after --to' },
    ],
  };
};

/** Refusals of a pool that touch or overlap, as one. */
const joined = (refusals: readonly Refusal[]): readonly Refusal[] => {
  const open = new Map<string, Refusal>();
  const closed: Refusal[] = [];
  for (const refusal of [...refusals].sort((a, b) => a.fromEpochSeconds - b.fromEpochSeconds)) {
    const before = open.get(refusal.pool);
    if (before !== undefined && refusal.fromEpochSeconds <= before.toEpochSeconds) {
      open.set(refusal.pool, { ...before, toEpochSeconds: Math.max(before.toEpochSeconds, refusal.toEpochSeconds) });
      continue;
    }
    if (before !== undefined) closed.push(before);
    open.set(refusal.pool, refusal);
  }
  return [...closed, ...open.values()];
};
