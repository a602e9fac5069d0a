import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { refuseUnknownSeries } from './chosen-series';
import type { ImportOptions, LoadReading } from './format';

/** Series of numbers over time, by name, gathered from one or more files. */
export class SeriesSet {
  /** By name, the value at each instant in milliseconds since the epoch, which is exact. */
  private readonly byName = new Map<string, Map<number, number>>();
  private found = 0;
  private repeated = 0;

  add(name: string, epochSeconds: number, value: number): void {
    const series = this.byName.get(name) ?? new Map<number, number>();
    this.byName.set(name, series);
    const key = Math.round(epochSeconds * 1000);
    if (series.has(key)) this.repeated++;
    series.set(key, value);
    this.found++;
  }

  /**
   * The load of the series that were asked for, added up. One series alone need not be asked for.
   *
   * @param requestsOf requests in a step of this length, of a value
   */
  load(
    { source, entries, where, gaps }: SeriesWords,
    options: ImportOptions,
    requestsOf: (value: number, stepSeconds: number) => number,
  ): LoadReading {
    const names = this.chosen(where, options.series);
    const values = new Map<number, number>();
    let used = 0;
    for (const name of names) {
      for (const [at, value] of this.byName.get(name)!) {
        values.set(at, (values.get(at) ?? 0) + value);
        used++;
      }
    }
    const stepSeconds = stepOf([...values.keys()].sort((a, b) => a - b)) / 1000;
    if (stepSeconds === 0) {
      throw new InvalidInputError([
        {
          where,
          given: values.size === 0 ? 'no values' : 'a value at one time alone',
          expected: 'values at two times or more, which say how long a period is',
          fix: 'export a longer time',
        },
      ]);
    }
    const notWhole = [...values.values()].some((value) => !Number.isInteger(value));
    return {
      kind: 'load',
      source: `${source}, ${names.join(' + ')}`,
      found: this.found,
      entries,
      leftOut: [
        { count: this.repeated, why: 'replaced by a later one of the same time' },
        { count: this.found - this.repeated - used, why: 'of other series' },
      ],
      notes: notWhole && gaps === 'none' ? ['Some values are no whole numbers. Requests are counted by the statistic Sum.'] : [],
      stepSeconds,
      requests: new Map([...values].map(([at, value]) => [at / 1000, requestsOf(value, stepSeconds)])),
      shape: { rows: 'values', gaps },
    };
  }

  private chosen(where: string, asked: readonly string[]): readonly string[] {
    const names = [...this.byName.keys()];
    refuseUnknownSeries(asked, names, 'series');
    if (asked.length > 0) return [...new Set(asked)];
    if (names.length <= 1) return names;
    throw new InvalidInputError([
      {
        where,
        given: `${names.length} series: ${names.slice(0, MAX_NAMED).join(', ')}${names.length > MAX_NAMED ? ', ...' : ''}`,
        expected: 'the load in one series',
        fix: `choose with --series ${quoted(names[0]!)}; repeat it to add series up`,
      },
    ]);
  }
}

/** Words about a set of series. */
interface SeriesWords {
  readonly source: string;
  readonly entries: string;
  /** Name of the file, or of the first of them. */
  readonly where: string;
  readonly gaps: 'none' | 'unknown';
}

const MAX_NAMED = 10;

const quoted = (name: string): string => (/^[\w./-]+$/.test(name) ? name : `'${name}'`);

/** The longest time that divides the distance of all instants: values may be missing, but none lies between two periods. */
const stepOf = (ascending: readonly number[]): number => {
  let step = 0;
  for (let index = 1; index < ascending.length; index++) step = divisor(ascending[index]! - ascending[index - 1]!, step);
  return step;
};

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
