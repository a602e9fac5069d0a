import type { Bounds } from '../../../sim/bounds/bound-names';
import type { PolicyName } from '../../../sim/policies/policies';
import type { Summary } from '../../../sim/results/result';

/** Figures that are compared; null where a run has none. */
export interface Figures {
  readonly requests: number | null;
  readonly failed: number | null;
  readonly attainment: number | null;
  readonly worstFiveMinutesAttainment: number | null;
  readonly latencyP50Seconds: number | null;
  readonly latencyP95Seconds: number | null;
  readonly latencyP99Seconds: number | null;
  readonly costUsd: number | null;
  readonly costUsdPer1000Requests: number | null;
  readonly switches: number | null;
  /** The slowest detection of the run's shortages; null without a shortage or when one was never detected. */
  readonly detectedAfterSeconds: number | null;
  /** The slowest recovery of the run's shortages, in the same way. */
  readonly recoveredAfterSeconds: number | null;
}

interface PolicyComparison {
  readonly policy: string;
  /** One for each seed, in the order of the seeds. */
  readonly runs: readonly Summary[];
  /** Over all seeds; null where any run has none. */
  readonly mean: Figures;
  readonly minimum: Figures;
  readonly maximum: Figures;
}

export interface Comparison {
  readonly scenario: string;
  readonly objective: Summary['objective'];
  readonly durationSeconds: number;
  readonly seeds: readonly number[];
  /** The policy that the others are compared with. */
  readonly baseline: string;
  readonly policies: readonly PolicyComparison[];
  /** The least that the scenario could have cost; left out where none is computed. */
  readonly bounds?: Bounds;
}

const BASELINES: readonly string[] = ['paper-as-published', 'static'] satisfies readonly PolicyName[];

export const comparisonOf = (policyNames: readonly string[], summaries: readonly Summary[], bounds?: Bounds): Comparison => {
  const policies = policyNames.map((policy) => {
    const runs = summaries.filter((summary) => summary.policy === policy);
    const figures = runs.map(figuresOf);
    return {
      policy,
      runs,
      mean: overAll(figures, (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
      minimum: overAll(figures, (values) => Math.min(...values)),
      maximum: overAll(figures, (values) => Math.max(...values)),
    };
  });
  const first = policies[0]!.runs[0]!;
  return {
    scenario: first.scenario,
    objective: first.objective,
    durationSeconds: first.durationSeconds,
    seeds: policies[0]!.runs.map((run) => run.seed),
    baseline: policyNames.find((policy) => BASELINES.includes(policy)) ?? policyNames[0]!,
    policies,
    ...(bounds === undefined ? {} : { bounds }),
  };
};

/** `compare --json`. */
export const comparisonJson = ({ policies, ...rest }: Comparison) => ({
  ...rest,
  policies: Object.fromEntries(policies.map(({ policy, ...figures }) => [policy, figures])),
});

const figuresOf = (summary: Summary): Figures => ({
  requests: summary.requests,
  failed: summary.failed,
  attainment: summary.attainment,
  worstFiveMinutesAttainment: summary.worstFiveMinutesAttainment,
  latencyP50Seconds: summary.latencySeconds.p50,
  latencyP95Seconds: summary.latencySeconds.p95,
  latencyP99Seconds: summary.latencySeconds.p99,
  costUsd: summary.costUsd,
  costUsdPer1000Requests: summary.costUsdPer1000Requests,
  switches: summary.switches,
  detectedAfterSeconds: slowest(summary.shortages.map((shortage) => shortage.detectedAfterSeconds)),
  recoveredAfterSeconds: slowest(summary.shortages.map((shortage) => shortage.recoveredAfterSeconds)),
});

const slowest = (seconds: readonly (number | null)[]): number | null =>
  seconds.length === 0 || seconds.includes(null) ? null : Math.max(...(seconds as readonly number[]));

const overAll = (runs: readonly Figures[], combine: (values: readonly number[]) => number): Figures => {
  const names = Object.keys(runs[0]!) as (keyof Figures)[];
  const entries = names.map((name) => {
    const values = runs.map((run) => run[name]);
    return [name, values.includes(null) ? null : combine(values as number[])];
  });
  return Object.fromEntries(entries) as Figures;
};
