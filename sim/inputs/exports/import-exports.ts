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
  refuseOptionsOfOthers(kind, options);
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

const refuseOptionsOfOthers = (kind: Reading['kind'], options: ImportOptions): void => {
  const problem = (where: string, expected: string) => new InvalidInputError([{ where, given: `an export of ${wordOf[kind]}`, expected }]);
  if (kind !== 'load' && options.scale !== 1) throw problem('--scale', 'an export of load: only that is scaled');
  if (kind !== 'load' && options.periodSeconds !== undefined) throw problem('--period', 'an export of single requests');
  if (kind !== 'load' && options.per !== undefined) throw problem('--per', 'an export of load');
  if (kind !== 'prices' && options.scenarioStartEpochSeconds !== undefined)
    throw problem('--scenario-start', 'an export of prices: only these have dates in a scenario');
};

const wordOf: Readonly<Record<Reading['kind'], string>> = { load: 'load', availability: 'capacity', prices: 'prices' };

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
