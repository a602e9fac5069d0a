import { type BoundName, type Bounds, boundNames, ratiosTo } from '../bounds/bound-names';
import type { Spending } from '../results/spending';
import { BOUNDS, type ResultLine, type RunFigures } from './job';
import { type Estimate, estimate, mean } from './statistics';

/** A policy on a scenario, over all seeds. */
export interface PolicyEvaluation {
  readonly policy: string;
  readonly seeds: readonly number[];
  /** Seeds with which the objective was held. */
  readonly met: number;
  readonly requests: number;
  readonly failed: number;
  readonly attainment: Estimate;
  /** The lowest with any seed. */
  readonly leastAttainment: number;
  readonly worstFiveMinutesAttainment: number;
  readonly costUsd: Estimate;
  /** Cost as a multiple of each bound of the same seed; left out where there is no such bound. */
  readonly ratios: Partial<Readonly<Record<BoundName, Estimate>>>;
  /** Cost as a multiple of that of the policy under test with the same seed; left out for itself. */
  readonly costToFirst?: Estimate;
  /** Means over the seeds. */
  readonly spending: Spending;
  readonly launches: number;
  readonly switches: number;
  /** Mean of the slowest of each run; null where a run has none, or one that never came. */
  readonly detectedAfterSeconds: number | null;
  readonly recoveredAfterSeconds: number | null;
}

/** All policies on a scenario. */
export interface ScenarioEvaluation {
  readonly scenario: string;
  readonly objective: RunFigures['objective'];
  readonly durationSeconds: number;
  readonly policies: readonly PolicyEvaluation[];
}

/** Puts results together; what is missing is left out. */
export const evaluationOf = (
  scenarios: readonly string[],
  policies: readonly string[],
  lines: readonly ResultLine[],
): readonly ScenarioEvaluation[] =>
  scenarios.flatMap((scenario): readonly ScenarioEvaluation[] => {
    const own = lines.filter(({ job }) => job.scenario === scenario);
    const bounds = new Map(
      own.flatMap((line) => ('bounds' in line && line.job.policy === BOUNDS ? [[line.job.seed, line.bounds] as const] : [])),
    );
    const runsOf = (policy: string): ReadonlyMap<number, RunFigures> =>
      new Map(own.flatMap((line) => ('figures' in line && line.job.policy === policy ? [[line.job.seed, line.figures] as const] : [])));
    const first = runsOf(policies[0]!);
    const evaluated = policies.flatMap((policy, index) => {
      const runs = runsOf(policy);
      return runs.size === 0
        ? []
        : [policyEvaluation(policy, runs, (seed) => bounds.get(seed) ?? bounds.get(1), index === 0 ? undefined : first)];
    });
    const [one] = own.flatMap((line) => ('figures' in line ? [line.figures] : []));
    if (one === undefined) return [];
    return [{ scenario, objective: one.objective, durationSeconds: one.durationSeconds, policies: evaluated }];
  });

const policyEvaluation = (
  policy: string,
  runs: ReadonlyMap<number, RunFigures>,
  boundsOf: (seed: number) => Bounds | null | undefined,
  first: ReadonlyMap<number, RunFigures> | undefined,
): PolicyEvaluation => {
  const figures = [...runs.values()];
  const of = (value: (run: RunFigures) => number): readonly number[] => figures.map(value);
  const costToFirst = [...runs].flatMap(([seed, { costUsd }]) => {
    const other = first?.get(seed)?.costUsd;
    return other === undefined || other === 0 ? [] : [costUsd / other];
  });
  return {
    policy,
    seeds: [...runs.keys()].sort((left, right) => left - right),
    met: figures.filter(({ isObjectiveMet }) => isObjectiveMet).length,
    requests: mean(of(({ requests }) => requests)),
    failed: mean(of(({ failed }) => failed)),
    attainment: estimate(of(({ attainment }) => attainment)),
    leastAttainment: Math.min(...of(({ attainment }) => attainment)),
    worstFiveMinutesAttainment: Math.min(...of(({ worstFiveMinutesAttainment }) => worstFiveMinutesAttainment)),
    costUsd: estimate(of(({ costUsd }) => costUsd)),
    ratios: ratiosOf(runs, boundsOf),
    ...(costToFirst.length === 0 ? {} : { costToFirst: estimate(costToFirst) }),
    spending: meanSpending(figures.map(({ spending }) => spending)),
    launches: mean(of(({ launches }) => launches)),
    switches: mean(of(({ switches }) => switches)),
    detectedAfterSeconds: slowest(figures, 'detectedAfterSeconds'),
    recoveredAfterSeconds: slowest(figures, 'recoveredAfterSeconds'),
  };
};

/** Ratios of seeds, each with the bounds of its own draw. */
const ratiosOf = (
  runs: ReadonlyMap<number, RunFigures>,
  boundsOf: (seed: number) => Bounds | null | undefined,
): PolicyEvaluation['ratios'] => {
  const bySeed = [...runs].flatMap(([seed, { costUsd }]) => {
    const bounds = boundsOf(seed);
    return bounds ? [ratiosTo(bounds, costUsd)] : [];
  });
  return Object.fromEntries(
    boundNames.flatMap((name) => {
      const values = bySeed.map((ratios) => ratios[name]).filter((ratio) => ratio !== undefined);
      return values.length === 0 ? [] : [[name, estimate(values)]];
    }),
  );
};

const meanSpending = (all: readonly Spending[]): Spending =>
  Object.fromEntries(
    (Object.keys(all[0]!) as (keyof Spending)[]).map((name) => [name, mean(all.map((spending) => spending[name]))]),
  ) as unknown as Spending;

const slowest = (runs: readonly RunFigures[], of: 'detectedAfterSeconds' | 'recoveredAfterSeconds'): number | null => {
  const times = runs.map(({ shortages }) => shortages.map((shortage) => shortage[of]));
  if (times.some((own) => own.length === 0 || own.includes(null))) return null;
  return mean(times.map((own) => Math.max(...(own as readonly number[]))));
};
