import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { rounded } from '../../../lambda/control-loop/model/field-problem';
import { stepsIntegral } from '../size-checks';
import type { ImportOptions, LeftOut, LoadReading } from './format';
import { iso } from './times';

interface RateRow {
  readonly timestampSeconds: number;
  readonly requestsPerMinute: number;
}

/** The load of a scenario, from second 0 on. */
export interface ImportedLoad {
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
  readonly rows: readonly RateRow[];
  /** Requests over all rows. */
  readonly requests: number;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

/** Length of the rows that requests are counted in, unless stated. */
const PERIOD_SECONDS = 60;
/** Fractions of seconds have no exact sums. */
const TOLERANCE_SECONDS = 0.001;
const MAX_ROWS = 1_000_000;

/** Makes rates of a reading: from `from` on, until `to`, times the scale. */
export const loadOf = (reading: LoadReading, options: ImportOptions): ImportedLoad => {
  const instants = [...reading.requests.keys()].sort((a, b) => a - b);
  const { shape } = reading;
  return shape.rows === 'values' ? valueRows(reading, shape.gaps, instants, options) : countedRows(reading, instants, options);
};

/** A row for each value, and one for each gap that means no requests. */
const valueRows = (
  { requests, stepSeconds }: LoadReading,
  gaps: 'none' | 'unknown',
  instants: readonly number[],
  { fromEpochSeconds, toEpochSeconds, scale, periodSeconds }: ImportOptions,
): ImportedLoad => {
  if (periodSeconds !== undefined) {
    throw new InvalidInputError([
      {
        where: '--period',
        given: `${periodSeconds} s`,
        expected: `no --period: each value of this export has a period of its own, ${stepSeconds} s`,
        fix: 'export with another period',
      },
    ]);
  }
  const start = fromEpochSeconds ?? instants[0]!;
  const end = toEpochSeconds ?? instants.at(-1)! + stepSeconds;
  const before = instants.filter((at) => at + stepSeconds <= start).length;
  const after = instants.filter((at) => at >= end).length;
  const used = instants.filter((at) => at + stepSeconds > start && at < end);
  refuseNothing(used.length, instants[0]!, instants.at(-1)! + stepSeconds, start, end);
  const rows: RateRow[] = [];
  const notes: string[] = [];
  let missing = 0;
  let covered = start;
  const silent = (from: number, to: number): void => {
    missing += Math.round((to - from) / stepSeconds);
    if (gaps === 'none' || rows.length === 0) rows.push({ timestampSeconds: rounded(from - start), requestsPerMinute: 0 });
  };
  for (const at of used) {
    const from = Math.max(at, start);
    if (from > covered + TOLERANCE_SECONDS) silent(covered, from);
    const perMinute = (requests.get(at)! * scale * 60) / stepSeconds;
    rows.push({ timestampSeconds: rounded(from - start), requestsPerMinute: rounded(perMinute) });
    covered = Math.min(at + stepSeconds, end);
  }
  if (covered + TOLERANCE_SECONDS < end && toEpochSeconds !== undefined) silent(covered, end);
  if (missing > 0) {
    notes.push(
      gaps === 'none'
        ? `Times without a value, ${missing} x ${stepSeconds} s, are 0: a load balancer reports none without requests.`
        : `Times without a value, ${missing} x ${stepSeconds} s, have the rate before them, and 0 before the first.`,
    );
  }
  return {
    startEpochSeconds: start,
    durationSeconds: end - start,
    rows,
    requests:
      stepsIntegral(
        rows.map(({ timestampSeconds, requestsPerMinute: value }) => ({ timestampSeconds, value })),
        end - start,
      ) / 60,
    leftOut: [
      { count: before, why: 'before --from' },
      { count: after, why: 'after --to' },
    ],
    notes,
  };
};

/** Requests counted in periods, those without any included. */
const countedRows = (
  { requests }: LoadReading,
  instants: readonly number[],
  { fromEpochSeconds, toEpochSeconds, scale, periodSeconds = PERIOD_SECONDS }: ImportOptions,
): ImportedLoad => {
  const start = fromEpochSeconds ?? instants[0]!;
  const last = instants.at(-1)! + 1;
  const end = toEpochSeconds ?? last;
  const whole = Math.floor((end - start) / periodSeconds);
  // Without --to nobody knows whether the log covers the rest of its last period.
  const length = toEpochSeconds === undefined && whole > 0 ? whole * periodSeconds : end - start;
  const periods = Math.ceil(length / periodSeconds);
  if (periods > MAX_ROWS) {
    throw new InvalidInputError([
      {
        where: fromEpochSeconds === undefined ? 'input' : '--from',
        given: `requests from ${iso(start)} to ${iso(end)}, ${periods} rows of ${periodSeconds} s`,
        expected: `at most ${MAX_ROWS} rows`,
        fix: 'cut with --from and --to, or make rows longer with --period',
      },
    ]);
  }
  const counts = new Float64Array(Math.max(0, periods));
  let [before, after, partial, used] = [0, 0, 0, 0];
  for (const at of instants) {
    const count = requests.get(at)!;
    if (at < start) before += count;
    else if (at >= end) after += count;
    else if (at - start >= length) partial += count;
    else {
      counts[Math.floor((at - start) / periodSeconds)]! += count;
      used += count;
    }
  }
  refuseNothing(used, instants[0]!, last, start, end);
  const rows = [...counts].map((count, index): RateRow => {
    const seconds = Math.min(periodSeconds, length - index * periodSeconds);
    return { timestampSeconds: rounded(index * periodSeconds), requestsPerMinute: rounded((count * scale * 60) / seconds) };
  });
  return {
    startEpochSeconds: start,
    durationSeconds: length,
    rows,
    requests: used * scale,
    leftOut: [
      { count: Math.round(before), why: 'before --from' },
      { count: Math.round(after), why: 'after --to' },
      { count: Math.round(partial), why: 'in the last period, which is not complete' },
    ],
    notes: [],
  };
};

const refuseNothing = (used: number, first: number, last: number, start: number, end: number): void => {
  if (used > 0) return;
  throw new InvalidInputError([
    {
      where: '--from, --to',
      given: end > start ? `${iso(start)} to ${iso(end)}` : `from ${iso(start)}`,
      expected: `a time that the export has something of: ${iso(first)} to ${iso(last)}`,
    },
  ]);
};
