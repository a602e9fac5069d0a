import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { afterTheEnd } from './arrivals';
import { nonNegativeOf, numberOf, ProblemList, readCsvRows } from './csv-rows';
import { epochOf } from './instant';
import type { AvailabilityRow } from './loaded-scenario';
import type { TextFile } from './text-file';

const COLUMNS = ['timestampSeconds', 'pool', 'devices'] as const;

/**
 * Reads availability: `timestampSeconds,pool,devices`, by time; each row holds until the next one of its pool, empty devices are unlimited.
 * Timestamps are seconds since the start of the scenario, or since 1970: then what holds at the start counts from there.
 */
export const readAvailability = (
  file: TextFile,
  poolNames: readonly string[],
  durationSeconds: number,
  startEpochSeconds?: number,
): readonly AvailabilityRow[] => {
  const problems = new ProblemList();
  const rows: AvailabilityRow[] = [];
  const seen = new Set<string>();
  readCsvRows(file, [COLUMNS], problems, (row) => {
    const { values } = row;
    const [time, pool, amount] = values as [string, string, string];
    const stated = nonNegativeOf(time, 'timestampSeconds', row, problems);
    const epochSeconds = stated === undefined || startEpochSeconds === undefined ? undefined : epochOf(stated);
    const timestampSeconds = epochSeconds === undefined ? stated : epochSeconds - startEpochSeconds!;
    const devices = amount === '' ? null : numberOf(amount);
    if (!poolNames.includes(pool)) problems.add({ where: `${row.where}: pool`, ...unknownPool(pool, poolNames) });
    if (devices === undefined || (devices !== null && (devices < 0 || !Number.isInteger(devices)))) {
      problems.add({
        where: `${row.where}: devices`,
        given: JSON.stringify(amount),
        expected: 'a whole number of devices, at least 0, or nothing for unlimited',
      });
      return;
    }
    if (timestampSeconds === undefined) return;
    const previous = rows.at(-1)?.timestampSeconds ?? Number.NEGATIVE_INFINITY;
    if (timestampSeconds < previous) {
      problems.add({
        where: `${row.where}: timestampSeconds`,
        given: String(timestampSeconds),
        expected: `at least ${previous}, the timestamp before it`,
        fix: 'sort the rows by time',
      });
    }
    const key = `${timestampSeconds} ${pool}`;
    if (seen.has(key))
      problems.add({ where: row.where, given: `pool ${pool} at ${timestampSeconds} again`, expected: 'one row for a pool and time' });
    seen.add(key);
    if (rows.length === 0 && timestampSeconds >= durationSeconds) problems.add(afterTheEnd(row.where, timestampSeconds, durationSeconds));
    rows.push({ timestampSeconds, pool, devices });
  });
  problems.throwIfAny();
  return fromSecondZero(rows);
};

/** Of the rows before the start, those that hold at it, as of second 0. */
const fromSecondZero = (rows: readonly AvailabilityRow[]): readonly AvailabilityRow[] => {
  const isReplaced = (row: AvailabilityRow, index: number): boolean =>
    rows.some((later, at) => at > index && later.pool === row.pool && later.timestampSeconds <= 0);
  return rows.flatMap((row, index) => {
    if (row.timestampSeconds >= 0) return [row];
    return isReplaced(row, index) ? [] : [{ ...row, timestampSeconds: 0 }];
  });
};

export const unknownPool = (pool: string, poolNames: readonly string[]) => {
  const fix = didYouMean(pool, poolNames);
  return {
    given: pool === '' ? 'nothing' : JSON.stringify(pool),
    expected: `the name of a pool of the fleet: ${poolNames.join(', ')}`,
    ...(fix === undefined ? {} : { fix }),
  };
};
