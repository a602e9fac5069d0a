import { groupBy } from '../../model/group-by';
import type { AlbListenerRule, AlbTargetGroup } from '../../model/router';
import type { Attempt } from '../../observe/deadline';
import { readMetrics } from '../../observe/metric-data';
import { byMinute, PERIOD_SECONDS, type Periods, unbroken, youngest } from '../../observe/minutes';
import type { CloudWatchPort } from '../../ports';
import { type TrafficMetrics, type UnitTraffic, unknownTraffic } from '../adapter';
import { planQueries, type UnitQueries } from './metric-queries';

/** How far back requests are read. */
const WINDOW_PERIODS = 30;

/** A minute counts as complete this long after its end: before that, some of the load balancer's nodes may not have reported. */
const SETTLE_SECONDS = 60;

/** Measures requests by the metrics that an Application Load Balancer publishes of its target groups. */
export const albMetrics = (cloudWatch: CloudWatchPort): TrafficMetrics<AlbListenerRule, AlbTargetGroup> => ({
  read: async (routed, deadline, nowSeconds) => {
    const plan = planQueries(routed);
    const endSeconds = Math.floor((nowSeconds - SETTLE_SECONDS) / PERIOD_SECONDS) * PERIOD_SECONDS;
    const startSeconds = endSeconds - WINDOW_PERIODS * PERIOD_SECONDS;
    const answers =
      plan.queries.length === 0
        ? []
        : await readMetrics(cloudWatch, deadline, plan.queries, { startSeconds, endSeconds, periodSeconds: PERIOD_SECONDS });

    const traffic = new Map<string, UnitTraffic>();
    for (const [unit, reason] of plan.impossible) traffic.set(unit, unknownTraffic(reason));
    const byLoadBalancer = groupBy(plan.units, ({ loadBalancer }) => loadBalancer);
    for (const [loadBalancer, queries] of plan.loadBalancers) {
      const units = byLoadBalancer.get(loadBalancer)!;
      const errors = ownErrors(answers, answers[queries.errors]!, units);
      const refused = refusedRequests(answers, answers[queries.refused]!, units);
      const unclaimed = unclaimedRequests(answers, answers[queries.refused]!, units);
      units.forEach((unit, index) => {
        traffic.set(unit.unit, unitTraffic(answers, unit, { errors: errors[index]!, refused: refused[index]!, unclaimed }, startSeconds));
      });
    }
    return traffic;
  },
});

/** What the load balancer answered itself, as far as it falls on one unit. */
interface OwnAnswers {
  readonly errors: Attempt<Periods>;
  readonly refused: Attempt<Periods>;
  /** Of all units together. */
  readonly unclaimed: Attempt<Periods>;
}

const unitTraffic = (
  answers: readonly Attempt<Periods>[],
  unit: UnitQueries,
  { errors: loadBalancerErrors, refused, unclaimed }: OwnAnswers,
  startSeconds: number,
): UnitTraffic => {
  const hosts = answers[unit.healthyHosts]!;
  const latency = answers[unit.latency]!;
  const counted = (counts: Attempt<Periods>): Attempt<Periods> => corroborated(counts, hosts, refused);
  const requests = withRefused(counted(answers[unit.requests]!), refused);
  const targetErrors = counted(answers[unit.targetErrors]!);
  const errors = sum(targetErrors, loadBalancerErrors);
  return {
    minutes: byMinute(
      {
        requests,
        refused,
        unclaimed,
        failed: withRefused(targetErrors, refused),
        answered: counted(answers[unit.answered]!),
        latencySeconds: latency,
        errors,
        healthyHosts: hosts,
      },
      startSeconds,
    ),
    requestsPerMinute: unbroken('RequestCount', requests, startSeconds),
    latencySeconds: youngest('TargetResponseTime', latency, startSeconds),
    errorsPerMinute: youngest('5xx counts', errors, startSeconds),
    healthyHosts: youngest('HealthyHostCount', hosts, startSeconds),
  };
};

/**
 * Counts with the zeros that CloudWatch leaves out: the load balancer reports counts only with traffic. A minute without a count had none
 * where a healthy target could have counted, or where the requests are known to have been refused; any other minute is not known.
 */
const corroborated = (counts: Attempt<Periods>, hosts: Attempt<Periods>, refused: Attempt<Periods>): Attempt<Periods> => {
  if (!counts.ok) return counts;
  const isPositive = (answer: Attempt<Periods>, period: number) => answer.ok && (answer.value[period] ?? 0) > 0;
  const value = counts.value.map((count, period) => count ?? (isPositive(hosts, period) || isPositive(refused, period) ? 0 : undefined));
  return { ok: true, value };
};

/** Counts of what reached targets, with what was refused before it could. */
const withRefused = (counts: Attempt<Periods>, refused: Attempt<Periods>): Attempt<Periods> =>
  counts.ok && refused.ok
    ? { ok: true, value: counts.value.map((count, period) => (count === undefined ? undefined : count + (refused.value[period] ?? 0))) }
    : counts;

/** The refused requests of minutes in which every unit had a healthy target at some time. */
const unclaimedRequests = (
  answers: readonly Attempt<Periods>[],
  refused: Attempt<Periods>,
  units: readonly UnitQueries[],
): Attempt<Periods> => {
  if (!refused.ok) return refused;
  const hosts = units.map((unit) => answers[unit.healthyHosts]!);
  const hadTargets = (period: number): boolean => hosts.every((answer) => answer.ok && (answer.value[period] ?? 0) > 0);
  return { ok: true, value: refused.value.map((count, period) => (count !== undefined && hadTargets(period) ? count : undefined)) };
};

/**
 * The requests that a load balancer refused because no target was healthy, by unit: evenly over the units that had no healthy target in that
 * minute, for the load balancer does not count them by target group. Where every unit had one, they are those of another rule.
 */
const refusedRequests = (
  answers: readonly Attempt<Periods>[],
  refused: Attempt<Periods>,
  units: readonly UnitQueries[],
): readonly Attempt<Periods>[] => {
  if (!refused.ok) return units.map(() => refused);
  const hosts = units.map((unit) => answers[unit.healthyHosts]!);
  const isHealthy = (index: number, period: number): boolean => {
    const answer = hosts[index]!;
    // Hosts that CloudWatch did not answer in full count as healthy: a gap in the metrics is not blamed on a unit.
    return !answer.ok || (answer.value[period] ?? 0) > 0;
  };
  const parts: (number | undefined)[][] = units.map(() => new Array<number | undefined>(refused.value.length));
  refused.value.forEach((count, period) => {
    const bearers = units.filter((_, index) => !isHealthy(index, period)).length;
    const reported = hosts.some((answer) => answer.ok && (answer.value[period] ?? 0) > 0);
    const total = count ?? (reported ? 0 : undefined);
    units.forEach((_, index) => {
      parts[index]![period] = total === undefined ? undefined : isHealthy(index, period) ? 0 : total / bearers;
    });
  });
  return parts.map((value) => ({ ok: true, value }));
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
