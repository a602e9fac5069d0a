import { InvalidInputError } from '../../lambda/control-loop/errors';
import { nonNegativeOf, ProblemList, readCsvRows } from './csv-rows';
import { epochOf } from './instant';
import type { Arrivals } from './loaded-scenario';
import { rateProblem, requestsProblem, stepsIntegral } from './size-checks';
import type { TextFile } from './text-file';

const RATES = ['timestampSeconds', 'requestsPerMinute'] as const;
const TIMESTAMPS = ['timestampSeconds'] as const;

/** Reads arrivals as `readArrivalRows` does, with a rate from second 0 on: none before the first row. */
export const readArrivals = (file: TextFile, durationSeconds: number): Arrivals =>
  fromStart(readArrivalRows(file, durationSeconds).arrivals);

/** Arrivals with a rate from second 0 on. */
export const fromStart = (arrivals: Arrivals): Arrivals =>
  arrivals.kind === 'timestamps' || arrivals.rows[0]!.timestampSeconds === 0
    ? arrivals
    : { kind: 'rates', rows: [{ timestampSeconds: 0, requestsPerMinute: 0 }, ...arrivals.rows] };

interface ArrivalRows {
  readonly arrivals: Arrivals;
  /** The instant of second 0, where the file has seconds or milliseconds since 1970. */
  readonly startEpochSeconds?: number;
}

/**
 * Reads the rows of arrivals: `timestampSeconds,requestsPerMinute` (the rate holds until the next row)
 * or `timestampSeconds` alone (one request a row). Timestamps are seconds since the start of the scenario, or since 1970:
 * then the first row is the start.
 *
 * @param durationSeconds how long the scenario lasts; left out where the rows are to say how long it is
 */
export const readArrivalRows = (file: TextFile, durationSeconds?: number): ArrivalRows => {
  const problems = new ProblemList();
  const timestamps: number[] = [];
  const rates: number[] = [];
  let hasRates = false;
  let previous = -1;
  let start: { readonly epochSeconds: number; readonly perSecond: number } | undefined;
  readCsvRows(file, [RATES, TIMESTAMPS], problems, (row, columns) => {
    const { values } = row;
    hasRates = columns === RATES;
    const stated = nonNegativeOf(values[0]!, 'timestampSeconds', row, problems);
    if (stated !== undefined && timestamps.length === 0) start = startOf(stated);
    const timestamp = stated === undefined || start === undefined ? stated : stated / start.perSecond - start.epochSeconds;
    const rate = hasRates ? nonNegativeOf(values[1]!, 'requestsPerMinute', row, problems) : 0;
    if (timestamp === undefined || rate === undefined) return;
    const tooFast = rateProblem(rate);
    if (tooFast !== undefined) problems.add({ where: `${row.where}: requestsPerMinute`, ...tooFast });
    if (timestamp < previous || (hasRates && timestamp === previous)) {
      problems.add({
        where: `${row.where}: timestampSeconds`,
        given: String(timestamp),
        expected: hasRates ? `more than ${previous}, the timestamp before it` : `at least ${previous}, the timestamp before it`,
        fix: 'sort the rows by time',
      });
      return;
    }
    if (previous === -1 && durationSeconds !== undefined && timestamp >= durationSeconds)
      problems.add(afterTheEnd(row.where, timestamp, durationSeconds));
    previous = timestamp;
    timestamps.push(timestamp);
    if (hasRates) rates.push(rate);
  });
  problems.throwIfAny();
  const from = start === undefined ? {} : { startEpochSeconds: start.epochSeconds };
  if (!hasRates) return { arrivals: { kind: 'timestamps', timestampsSeconds: Float64Array.from(timestamps) }, ...from };
  const rows = timestamps.map((timestampSeconds, index) => ({ timestampSeconds, requestsPerMinute: rates[index]! }));
  const steps = rows.map(({ timestampSeconds, requestsPerMinute }) => ({ timestampSeconds, value: requestsPerMinute }));
  const tooMany = requestsProblem(stepsIntegral(steps, durationSeconds ?? steps.at(-1)!.timestampSeconds) / 60);
  if (tooMany !== undefined) throw new InvalidInputError([{ where: file.name, ...tooMany }]);
  return { arrivals: { kind: 'rates', rows }, ...from };
};

/** Where second 0 is by the first timestamp, in whole seconds; `undefined` where it counts from the start of the scenario. */
const startOf = (timestamp: number): { readonly epochSeconds: number; readonly perSecond: number } | undefined => {
  const epochSeconds = epochOf(timestamp);
  return epochSeconds === undefined
    ? undefined
    : { epochSeconds: Math.floor(epochSeconds), perSecond: Math.round(timestamp / epochSeconds) };
};

/** Timestamps of another clock, such as seconds since 1970, would silently give a run in which nothing happens. */
export const afterTheEnd = (where: string, timestampSeconds: number, durationSeconds: number) => ({
  where: `${where}: timestampSeconds`,
  given: String(timestampSeconds),
  expected: `less than ${durationSeconds}, the duration of the scenario`,
  fix: 'count seconds from the start of the scenario',
});
