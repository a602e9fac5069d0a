import type { TextFile } from '../text-file';

/** What exports of other tools become: the load, the capacity or the spot prices of a scenario. */

/** What a person asks of an import. Instants are seconds since the epoch. */
export interface ImportOptions {
  /** Second 0 of what is written; by default the first instant of the export. */
  readonly fromEpochSeconds?: number;
  /** Where it ends; by default with the export. */
  readonly toEpochSeconds?: number;
  /** Factor of the load. */
  readonly scale: number;
  /** Length of the rows that single requests are counted in, in seconds. */
  readonly periodSeconds?: number;
  /** The series, target groups, pools or instance types to use. All, if empty, unless adding them up could be wrong. */
  readonly series: readonly string[];
  /** What a value of a series counts requests over; by default what the format's own values do. */
  readonly per?: Per;
  /** Where prices are moved to: the instant of the scenario's second 0. */
  readonly scenarioStartEpochSeconds?: number;
}

export const perNames = ['second', 'minute', 'period'] as const;
export type Per = (typeof perNames)[number];

/** Entries of an export that are not in what is written. */
export interface LeftOut {
  readonly count: number;
  /** Completes "12 values", for example `before --from`. */
  readonly why: string;
}

interface ReadingBase {
  /** What was read, for example `CloudWatch, RequestCount`. */
  readonly source: string;
  /** Entries in the files, used or not. */
  readonly found: number;
  /** What an entry is, in the plural: `values`. */
  readonly entries: string;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

/** Requests that arrived, by the beginning of the step they arrived in (seconds since the epoch). */
export interface LoadReading extends ReadingBase {
  readonly kind: 'load';
  readonly stepSeconds: number;
  readonly requests: ReadonlyMap<number, number>;
  /**
   * How rows come of it: `values` have a length of their own and become a row each; `requests` are counted in periods.
   * A step without a value had no requests (`none`), or it is unknown how many (`unknown`).
   */
  readonly shape: { readonly rows: 'values'; readonly gaps: 'none' | 'unknown' } | { readonly rows: 'requests' };
}

/** A time in which EC2 refused a pool every launch that is known of, in seconds since the epoch. */
export interface Refusal {
  readonly pool: string;
  readonly fromEpochSeconds: number;
  readonly toEpochSeconds: number;
}

export interface AvailabilityReading extends ReadingBase {
  readonly kind: 'availability';
  readonly refusals: readonly Refusal[];
}

export interface Price {
  readonly instanceType: string;
  readonly zone: string;
  readonly epochSeconds: number;
  /** As it was written, in US dollars per hour. */
  readonly price: string;
}

export interface PricesReading extends ReadingBase {
  readonly kind: 'prices';
  readonly prices: readonly Price[];
}

export type Reading = LoadReading | AvailabilityReading | PricesReading;

/** What is plain from a file at a glance. */
export interface Glance {
  readonly firstLine: string;
  /** The fields of the JSON object that the file, or its first line, is. */
  readonly fields: readonly string[];
}

/** One format of exports. */
export interface ExportFormat {
  /** The tool and its export, for example `CloudWatch: get-metric-data, get-metric-statistics`. */
  readonly title: string;
  readonly kind: Reading['kind'];
  /** What `--series` names, in the singular, for example `target group`; `undefined` where there is nothing to choose. */
  readonly series: string | undefined;
  /** Whether its entries are values that count requests over a time, and not single requests. */
  readonly hasValues: boolean;
  recognises(glance: Glance): boolean;
  /** Reads one or more files; throws `InvalidInputError` with the line and the way out. */
  read(files: Iterable<TextFile>, options: ImportOptions): Reading;
}
