import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { TextFile } from '../text-file';
import { capacityOf } from './capacity';
import type { ImportOptions, LeftOut, Reading } from './format';
import { type FormatName, formatOf, formats } from './formats';
import { type ImportedLoad, loadOf } from './load';
import { pricesOf } from './market';

/** What an import gives: the file that `simulate` reads, and what of the export is in it. */
export interface Imported {
  readonly format: FormatName;
  readonly kind: Reading['kind'];
  readonly source: string;
  /** Entries of the files, and how many of them are used. */
  readonly found: number;
  readonly used: number;
  readonly entries: string;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
  /** What is written, as data. */
  readonly rows: readonly object[];
  /** Only of a load. */
  readonly load?: { readonly requests: number; readonly highestPerMinute: number };
  /** What is written, as text. */
  readonly text: string;
}

/** Reads exports of one format and writes what a scenario reads; throws `InvalidInputError`. */
export const importExports = (files: Iterable<TextFile>, options: ImportOptions, stated?: FormatName): Imported => {
  const iterator = files[Symbol.iterator]();
  const first = iterator.next();
  if (first.done) throw new InvalidInputError([{ where: 'file', given: 'none', expected: 'one export or more' }]);
  const format = stated ?? formatOf(first.value);
  const { kind } = formats[format];
  refuseOptionsOfOthers(format, options);
  const reading = formats[format].read(withFirst(first.value, iterator), options);
  const { source, found, entries } = reading;
  const made = writtenOf(reading, options);
  const leftOut = [...reading.leftOut, ...made.leftOut].filter(({ count }) => count > 0);
  const used = found - leftOut.reduce((sum, { count }) => sum + count, 0);
  return { format, kind, source, found, entries, ...made, used, leftOut, notes: [...reading.notes, ...(made.notes ?? [])] };
};

function* withFirst(first: TextFile, rest: Iterator<TextFile>): Generator<TextFile> {
  yield first;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

/** Options that would change nothing are mistakes. */
const refuseOptionsOfOthers = (format: FormatName, options: ImportOptions): void => {
  const { kind, series, hasValues } = formats[format];
  const refused: readonly (readonly [option: string, isGiven: boolean, expected: string])[] = [
    ['--scale', options.scale !== 1 && kind !== 'load', 'an export of a load'],
    ['--period', options.periodSeconds !== undefined && kind !== 'load', 'an export of single requests: alb, k6 or locust'],
    ['--per', options.per !== undefined && !hasValues, 'an export of values over time: cloudwatch or prometheus'],
    ['--series', options.series.length > 0 && series === undefined, 'no --series: all requests of the test are used'],
    ['--scenario-start', options.scenarioStartEpochSeconds !== undefined && kind !== 'prices', 'an export of prices, which have dates'],
  ];
  const problems = refused
    .filter(([, isGiven]) => isGiven)
    .map(([where, , expected]) => ({ where, given: `an export of ${format}`, expected }));
  if (problems.length > 0) throw new InvalidInputError(problems);
};

type Written = Pick<Imported, 'startEpochSeconds' | 'durationSeconds' | 'rows' | 'text' | 'leftOut' | 'load'> & {
  readonly notes?: readonly string[];
};

const writtenOf = (reading: Reading, options: ImportOptions): Written => {
  switch (reading.kind) {
    case 'load': {
      const { requests, ...load }: ImportedLoad = loadOf(reading, options);
      const lines = load.rows.map(({ timestampSeconds, requestsPerMinute }) => `${timestampSeconds},${requestsPerMinute}`);
      const highestPerMinute = load.rows.reduce((highest, row) => Math.max(highest, row.requestsPerMinute), 0);
      return { ...load, load: { requests, highestPerMinute }, text: csv('timestampSeconds,requestsPerMinute', lines) };
    }
    case 'availability': {
      const capacity = capacityOf(reading, options);
      const lines = capacity.rows.map(({ timestampSeconds, pool, devices }) => `${timestampSeconds},${pool},${devices ?? ''}`);
      return { ...capacity, text: csv('timestampSeconds,pool,devices', lines) };
    }
    case 'prices': {
      const { prices, ...rest } = pricesOf(reading, options);
      const rows = prices.map(({ instanceType, zone, epochSeconds, price }) => ({
        AvailabilityZone: zone,
        InstanceType: instanceType,
        ProductDescription: 'Linux/UNIX',
        SpotPrice: price,
        Timestamp: new Date(epochSeconds * 1000).toISOString(),
      }));
      return { ...rest, rows, text: `${JSON.stringify({ SpotPriceHistory: rows }, null, 2)}\n` };
    }
  }
};

const csv = (header: string, lines: readonly string[]): string => `${[header, ...lines].join('\n')}\n`;
