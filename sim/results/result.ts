import type { Spending } from './spending';

/** What one run of one policy through one scenario gives: the figures, the curves and the decision log. */
export interface RunResult {
  readonly summary: Summary;
  readonly series: RunSeries;
  readonly decisions: readonly DecisionLogEntry[];
  readonly spending: Spending;
  /** Instances that were launched after the warm-up. */
  readonly launches: number;
}

/** What the requests of a fleet met, and what the policy did, after the warm-up. */
export interface FleetSummary {
  readonly objective: { readonly latencySeconds: number; readonly percentile: number; readonly attainment: number };
  /** All requests, the failed ones included. */
  readonly requests: number;
  /** Requests answered or failed on each unit; those that reached no unit are in `requests` and `failed` only. */
  readonly requestsByUnit: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Share of all requests answered within the objective's latency, 0 to 1; failed ones count against it. */
  readonly attainment: number;
  /** Percentiles over all answered requests, in seconds; null when none was answered. */
  readonly latencySeconds: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** The lowest attainment of any five consecutive minutes, 0 to 1. */
  readonly worstFiveMinutesAttainment: number;
  /** Switches between strategies. */
  readonly switches: number;
  /** Seconds spent in each strategy. */
  readonly strategies: Readonly<Record<string, number>>;
}

/**
 * The figures of one run, after the warm-up; `simulate --json` prints exactly this.
 *
 * Where a scenario has several fleets, these are the figures of all of them: each request counts by the objective of its own fleet,
 * `objective` and `strategies` are those of the first fleet, and `fleets` has the figures of each.
 */
export interface Summary extends FleetSummary {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly durationSeconds: number;
  readonly costUsd: number;
  /** US dollars per 1,000 answered requests; null when none was answered. */
  readonly costUsdPer1000Requests: number | null;
  /** US dollars by pool. Fleets share pools, so cost is not known by fleet. */
  readonly costByPool: Readonly<Record<string, number>>;
  readonly shortages: readonly ShortageSummary[];
  readonly ticks: number;
  /** By name; left out where there is one fleet. */
  readonly fleets?: Readonly<Record<string, FleetSummary>>;
}

/** One shortage of a pool: when EC2 first refused a launch, how long the policy took to notice it, and how long until the pool launched again. */
export interface ShortageSummary {
  readonly pool: string;
  /** Time of the first failed launch, in seconds since the start of the scenario. */
  readonly startSeconds: number;
  /** Seconds from the first failed launch to the tick that knew of it; null when none did. */
  readonly detectedAfterSeconds: number | null;
  /** Seconds from the first failed launch until the pool launched again; null when it did not before the end. */
  readonly recoveredAfterSeconds: number | null;
}

/** Curves of one run, one value a minute on one time axis: every array has the length of `minuteSeconds`. */
export interface RunSeries {
  /** RFC 3339 instant of second 0. */
  readonly startTime: string;
  readonly objective: Summary['objective'];
  /** Start of each minute, in seconds since the start of the scenario. */
  readonly minuteSeconds: readonly number[];
  readonly requestsByUnit: Readonly<Record<string, readonly number[]>>;
  readonly failed: readonly number[];
  /** Share of the traffic by unit, by the weights of the router, 0 to 1. */
  readonly shareByUnit: Readonly<Record<string, readonly number[]>>;
  /** Latency percentiles in seconds; null in a minute without an answered request. */
  readonly latency: {
    readonly p50: readonly (number | null)[];
    readonly p95: readonly (number | null)[];
    readonly p99: readonly (number | null)[];
  };
  readonly readyPodsByPool: Readonly<Record<string, readonly number[]>>;
  readonly costUsdPerHour: readonly number[];
  readonly strategies: readonly { readonly fromSeconds: number; readonly toSeconds: number; readonly strategy: string }[];
  readonly shortages: readonly { readonly pool: string; readonly fromSeconds: number; readonly toSeconds: number }[];
}

/** One thing the policy changed, and why. */
export interface DecisionLogEntry {
  /** Seconds since the start of the scenario. */
  readonly timeSeconds: number;
  readonly strategy: string;
  readonly what: string;
  readonly why: string;
}
