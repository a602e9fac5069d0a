import type { Scenario } from './scenario';

/** A scenario with all files it names read and checked: all that a run needs besides policy and seed. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  /** From `arrivalsFile` or `--arrivals`; takes the place of `clients.requestsPerMinute`. */
  readonly arrivals?: Arrivals;
  /** The scenario's rows and file in one list, by time; at one time in the order they were written. */
  readonly availability: readonly AvailabilityRow[];
  /** By time; left out where the scenario has no price file. */
  readonly spotPrices?: readonly ScenarioSpotPrice[];
  /** Of the files that were given in place of the scenario's own; left out where none were. */
  readonly fileUses?: readonly FileUse[];
  /** How the run differs from what the scenario states, in sentences; left out where it does not. */
  readonly notes?: readonly string[];
  /** Directory that the scenario's files are relative to. */
  readonly baseDirectory: string;
}

export type Arrivals =
  | {
      readonly kind: 'rates';
      /** Ascending; each rate holds until the next row. */
      readonly rows: readonly { readonly timestampSeconds: number; readonly requestsPerMinute: number }[];
    }
  | {
      readonly kind: 'timestamps';
      /** Ascending; one request each. */
      readonly timestampsSeconds: Float64Array;
    };

export interface AvailabilityRow {
  readonly timestampSeconds: number;
  readonly pool: string;
  /** Devices EC2 grants the pool in all; null is unlimited. */
  readonly devices: number | null;
}

export interface ScenarioSpotPrice {
  readonly instanceType: string;
  readonly zone: string;
  /** Relative to the scenario's start; negative for a price set before it. */
  readonly timestampSeconds: number;
  readonly priceUsdPerHour: number;
}

/** What a run uses of an input file. */
export interface FileUse {
  readonly name: string;
  /** What an entry is, in the plural. */
  readonly entries: 'rows' | 'prices';
  readonly found: number;
  readonly used: number;
  readonly leftOut: readonly { readonly count: number; readonly why: string }[];
  readonly notes: readonly string[];
}
