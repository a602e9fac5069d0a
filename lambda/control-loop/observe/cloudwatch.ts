import type { Fleet } from '../model/fleet';
import { known, type Series, type Signal, type UnitObservation, type Unknown, unknown } from '../model/observation';
import type { CloudWatchPort } from '../ports';
import { PERIOD_SECONDS, planQueries, type UnitQueries } from './cloudwatch-queries';
import type { Attempt, Deadline } from './deadline';
import { type Periods, readMetrics } from './metric-data';

export type UnitMetrics = Pick<UnitObservation, 'requestsPerMinute' | 'latencySeconds' | 'errorsPerMinute' | 'healthyHosts'>;

/** How far back requests are read. */
const WINDOW_PERIODS = 30;

/** A minute counts as complete this long after its end: before that, some of the load balancer's nodes may not have reported. */
const SETTLE_SECONDS = 60;

/** A value older than this says nothing of now. */
const MAX_AGE_PERIODS = 5;

/** Observes the load balancer metrics of all units of all fleets, by `unitKey`. */
export const observeCloudWatch = async (
  cloudWatch: CloudWatchPort,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<ReadonlyMap<string, UnitMetrics>> => {
  const plan = planQueries(fleets);
  const endSeconds = Math.floor((nowSeconds - SETTLE_SECONDS) / PERIOD_SECONDS) * PERIOD_SECONDS;
  const startSeconds = endSeconds - WINDOW_PERIODS * PERIOD_SECONDS;
  const answers =
    plan.queries.length === 0
      ? []
      : await readMetrics(cloudWatch, deadline, plan.queries, { startSeconds, endSeconds, periodSeconds: PERIOD_SECONDS });

  const metrics = new Map<string, UnitMetrics>();
  for (const [unit, reason] of plan.impossible) metrics.set(unit, unknownMetrics(reason));
  for (const [loadBalancer, query] of plan.loadBalancerErrors) {
    const units = plan.units.filter((unit) => unit.loadBalancer === loadBalancer);
    const own = ownErrors(answers, answers[query]!, units);
    units.forEach((unit, index) => {
      metrics.set(unit.unit, unitMetrics(answers, unit, own[index]!, startSeconds));
    });
  }
  return metrics;
};

/** All four metrics unknown for one reason. */
const unknownMetrics = (reason: string): UnitMetrics => ({
  requestsPerMinute: unknown(reason),
  latencySeconds: unknown(reason),
  errorsPerMinute: unknown(reason),
  healthyHosts: unknown(reason),
});

const unitMetrics = (
  answers: readonly Attempt<Periods>[],
  unit: UnitQueries,
  loadBalancerErrors: Attempt<Periods>,
  startSeconds: number,
): UnitMetrics => {
  const hosts = answers[unit.healthyHosts]!;
  const requests = corroborated(answers[unit.requests]!, hosts);
  const targetErrors = corroborated(answers[unit.targetErrors]!, hosts);
  return {
    requestsPerMinute: series('RequestCount', requests, startSeconds),
    latencySeconds: youngest('TargetResponseTime', answers[unit.latency]!, startSeconds),
    errorsPerMinute: youngest('5xx counts', sum(targetErrors, loadBalancerErrors), startSeconds),
    healthyHosts: youngest('HealthyHostCount', hosts, startSeconds),
  };
};

/**
 * Counts with the zeros that CloudWatch leaves out: the load balancer reports counts only with traffic, healthy hosts always.
 * A minute with healthy hosts and no count had none; a minute with neither is not known.
 */
const corroborated = (counts: Attempt<Periods>, hosts: Attempt<Periods>): Attempt<Periods> => {
  if (!counts.ok || !hosts.ok) return counts;
  return { ok: true, value: counts.value.map((count, period) => count ?? (hosts.value[period] === undefined ? undefined : 0)) };
};

const sum = (one: Attempt<Periods>, other: Attempt<Periods>): Attempt<Periods> => {
  if (!one.ok) return one;
  if (!other.ok) return other;
  const added = one.value.map((value, period) => {
    const more = other.value[period];
    return value === undefined || more === undefined ? undefined : value + more;
  });
  return { ok: true, value: added };
};

/**
 * The 5xx a load balancer answered itself, split over its units, as it does not count them by target group:
 * evenly over the units without a healthy target in that minute, over all units where each has one.
 */
const ownErrors = (
  answers: readonly Attempt<Periods>[],
  errors: Attempt<Periods>,
  units: readonly UnitQueries[],
): readonly Attempt<Periods>[] => {
  if (!errors.ok) return units.map(() => errors);
  const hosts = units.map((unit) => {
    const answer = answers[unit.healthyHosts]!;
    return answer.ok ? answer.value : undefined;
  });
  const parts: (number | undefined)[][] = units.map(() => new Array<number | undefined>(errors.value.length));
  errors.value.forEach((count, period) => {
    const reported = hosts.some((values) => values?.[period] !== undefined);
    const total = count ?? (reported ? 0 : undefined);
    const without = hosts.filter((values) => values?.[period] === 0).length;
    units.forEach((_, index) => {
      const bears = without === 0 || hosts[index]?.[period] === 0;
      parts[index]![period] = total === undefined ? undefined : bears ? total / (without || units.length) : 0;
    });
  });
  return parts.map((value) => ({ ok: true, value }));
};

const isSound = (value: number): boolean => Number.isFinite(value) && value >= 0;

const unsound = (metric: string, value: number): Unknown =>
  unknown(`${metric}: CloudWatch gave ${value}, expected a number of at least 0; the value is not used`);

const endOf = (period: number, startSeconds: number): number => startSeconds + (period + 1) * PERIOD_SECONDS;

/** The youngest value that is not too old. */
const youngest = (metric: string, answer: Attempt<Periods>, startSeconds: number): Signal<number> => {
  if (!answer.ok) return unknown(answer.reason);
  const periods = answer.value;
  for (let period = periods.length - 1; period >= Math.max(0, periods.length - MAX_AGE_PERIODS); period -= 1) {
    const value = periods[period];
    if (value === undefined) continue;
    return isSound(value) ? known(value, endOf(period, startSeconds)) : unsound(metric, value);
  }
  return unknown(`${metric}: no data in the last ${MAX_AGE_PERIODS} complete minutes`);
};

/** The unbroken run of minutes that ends with the youngest one known; times are the starts of the minutes. */
const series = (metric: string, answer: Attempt<Periods>, startSeconds: number): Signal<Series> => {
  if (!answer.ok) return unknown(answer.reason);
  const periods = answer.value;
  let last = periods.length - 1;
  while (last >= 0 && periods[last] === undefined) last -= 1;
  const youngestValue = periods[last];
  if (youngestValue === undefined || last < periods.length - MAX_AGE_PERIODS) {
    return unknown(`${metric}: no data in the last ${MAX_AGE_PERIODS} complete minutes`);
  }
  if (!isSound(youngestValue)) return unsound(metric, youngestValue);
  let first = last;
  while (first > 0) {
    const before = periods[first - 1];
    if (before === undefined || !isSound(before)) break;
    first -= 1;
  }
  const atSeconds: number[] = [];
  const values: number[] = [];
  for (let period = first; period <= last; period += 1) {
    atSeconds.push(startSeconds + period * PERIOD_SECONDS);
    values.push(periods[period]!);
  }
  return known({ atSeconds, values }, endOf(last, startSeconds));
};
