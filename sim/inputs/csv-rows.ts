import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import type { TextFile } from './text-file';

/** One row of a CSV file: its values in the order of the columns that were asked for. */
export class CsvRow {
  constructor(
    readonly values: readonly string[],
    private readonly file: TextFile,
    private readonly line: number,
  ) {}

  /** Where the row stands, for example `load.csv:17`. Written only when asked for: millions of rows are right. */
  get where(): string {
    return `${this.file.name}:${this.line}`;
  }
}

/** Problems after which a file is read no further. */
const MAX_PROBLEMS = 20;

/** Collects the problems of a file and ends its reading when there are many. */
export class ProblemList {
  readonly found: Problem[] = [];

  add(problem: Problem): void {
    this.found.push(problem);
    if (this.found.length >= MAX_PROBLEMS) this.throwIfAny();
  }

  throwIfAny(): void {
    if (this.found.length > 0) throw new InvalidInputError(this.found);
  }
}

/**
 * Reads a CSV file with a header: the columns, in any order, of the first of `headers` that fits.
 * Blank lines are skipped; spaces around values are not part of them.
 */
export const readCsvRows = (
  file: TextFile,
  headers: readonly (readonly string[])[],
  problems: ProblemList,
  onRow: (row: CsvRow, columns: readonly string[]) => void,
): void => {
  let columns: readonly string[] | undefined;
  let order: readonly number[] = [];
  let inOrder = false;
  let width = 0;
  let rows = 0;
  forEachRecord(file, (record, line) => {
    if (columns === undefined) {
      columns = headers.find((header) => header.length === record.length && header.every((column) => record.includes(column)));
      if (columns === undefined) throw new InvalidInputError([headerProblem(`${file.name}:${line}`, record, headers)]);
      order = columns.map((column) => record.indexOf(column));
      width = record.length;
      inOrder = order.every((index, position) => index === position);
      return;
    }
    rows++;
    const row = new CsvRow(inOrder ? record : order.map((index) => record[index]!), file, line);
    if (record.length === width) onRow(row, columns);
    else problems.add({ where: row.where, given: `${record.length} values`, expected: `${width} values: ${columns.join(', ')}` });
  });
  const expected = headers.map((header) => header.join(',')).join(' or ');
  if (columns === undefined)
    problems.add({ where: `${file.name}:1`, given: 'an empty file', expected: `the header ${expected}, then rows` });
  else if (rows === 0) problems.add({ where: file.name, given: 'no row after the header', expected: 'at least one row' });
};

/** Reads the named columns of a CSV file with a header that may have others besides. */
export const readCsvColumns = (file: TextFile, columns: readonly string[], problems: ProblemList, onRow: (row: CsvRow) => void): void => {
  let header: readonly string[] | undefined;
  forEachRecord(file, (record, line) => {
    const where = `${file.name}:${line}`;
    if (header === undefined) {
      const missing = columns.filter((column) => !record.includes(column));
      if (missing.length > 0) {
        const expected = `a header with the columns ${columns.join(', ')}`;
        throw new InvalidInputError([{ where, given: JSON.stringify(record.join(',').slice(0, 100)), expected }]);
      }
      header = record;
      return;
    }
    if (record.length !== header.length) {
      problems.add({ where, given: `${record.length} values`, expected: `${header.length} values, as the header has` });
      return;
    }
    onRow(
      new CsvRow(
        columns.map((column) => record[header!.indexOf(column)]!),
        file,
        line,
      ),
    );
  });
  if (header === undefined) problems.add({ where: `${file.name}:1`, given: 'an empty file', expected: `columns ${columns.join(', ')}` });
};

const forEachRecord = (file: TextFile, onRecord: (record: readonly string[], line: number) => void): void => {
  const { text } = file;
  // Without a quote a CSV file is lines and commas, and millions of arrivals are read in a moment.
  if (!text.includes('"')) {
    let line = 0;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      line++;
      const content = text.slice(start, end).trim();
      if (content !== '') onRecord(content.split(',').map(trimmed), line);
      start = end + 1;
    }
    return;
  }
  try {
    parse(text, {
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n'],
      on_record: (record: readonly string[], { lines }) => {
        onRecord(record, lines);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidInputError([
      {
        where: `${file.name}:${String(error.lines ?? 1)}`,
        given: quoteMistakes[error.code] ?? error.code,
        expected: 'values separated by commas',
      },
    ]);
  }
};

const trimmed = (value: string): string => value.trim();

const quoteMistakes: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote that is not closed',
  INVALID_OPENING_QUOTE: 'a quote in the middle of a value',
  CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote',
};

const headerProblem = (where: string, record: readonly string[], headers: readonly (readonly string[])[]): Problem => {
  const known = [...new Set(headers.flat())];
  const unknown = record.find((column) => !known.includes(column));
  const fix =
    unknown === undefined ? undefined : numberOf(unknown) === undefined ? didYouMean(unknown, known) : 'add the header as first line';
  return {
    where,
    given: JSON.stringify(record.join(',')),
    expected: `the header ${headers.map((header) => header.join(',')).join(' or ')}`,
    ...(fix === undefined ? {} : { fix }),
  };
};

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A finite decimal number, or `undefined`. */
export const numberOf = (text: string): number | undefined => {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** A number of at least zero; a problem and `undefined` otherwise. */
export const nonNegativeOf = (text: string, column: string, row: CsvRow, problems: ProblemList): number | undefined => {
  const value = numberOf(text);
  if (value !== undefined && value >= 0) return value;
  problems.add({
    where: `${row.where}: ${column}`,
    given: text === '' ? 'nothing' : JSON.stringify(text),
    expected: 'a number, at least 0',
  });
  return undefined;
};
