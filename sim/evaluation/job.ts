import type { Bounds } from '../bounds/bound-names';
import type { FleetSummary, ShortageSummary } from '../results/result';
import type { Spending } from '../results/spending';

/** In place of a policy: the bounds of the scenario. */
export const BOUNDS = 'bounds';

/** One piece of an evaluation, which a process of its own may do. */
export interface Job {
  /** Name of a scenario of the package, or path. */
  readonly scenario: string;
  /** Name of a policy, or `BOUNDS`. */
  readonly policy: string;
  readonly seed: number;
  /** In place of the scenario's, in seconds. */
  readonly durationSeconds?: number;
  readonly arrivals?: string;
  readonly availability?: string;
  readonly spotPrices?: string;
}

/** What a job was and is known by: another duration or file is another job. */
export const keyOf = ({ scenario, policy, seed, durationSeconds, arrivals, availability, spotPrices }: Job): string =>
  JSON.stringify([scenario, policy, seed, durationSeconds ?? null, arrivals ?? null, availability ?? null, spotPrices ?? null]);

/** The figures of a run that an evaluation shows. */
export interface RunFigures extends Pick<FleetSummary, 'objective' | 'requests' | 'failed' | 'attainment' | 'worstFiveMinutesAttainment'> {
  /** Of a scenario with several fleets: whether each holds its own objective. */
  readonly isObjectiveMet: boolean;
  readonly durationSeconds: number;
  readonly costUsd: number;
  readonly switches: number;
  readonly shortages: readonly ShortageSummary[];
  readonly spending: Spending;
  /** Instances that were launched. */
  readonly launches: number;
}

/** What came of a job: the figures of a run, or bounds. */
export type JobResult = { readonly figures: RunFigures } | { readonly bounds: Bounds | null };

/** A line of the file of results. */
export type ResultLine = { readonly key: string; readonly job: Job } & JobResult;

/** Every job of an evaluation: bounds and policies of each scenario and seed. Bounds of a scenario that no seed draws are the same for all. */
export const jobsOf = (
  scenarios: readonly string[],
  policies: readonly string[],
  seeds: number,
  isDrawn: (scenario: string) => boolean,
  more: Omit<Job, 'scenario' | 'policy' | 'seed'> = {},
): readonly Job[] =>
  scenarios.flatMap((scenario) =>
    Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) => [
      ...(seed === 1 || isDrawn(scenario) ? [{ scenario, policy: BOUNDS, seed, ...more }] : []),
      ...policies.map((policy) => ({ scenario, policy, seed, ...more })),
    ]),
  );
