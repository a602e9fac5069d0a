import type { AlbListenerRule, AlbTargetGroup } from '../../model/router';
import type { Attempt } from '../../observe/deadline';
import { readMetrics } from '../../observe/metric-data';
import { PERIOD_SECONDS, type Periods, unbroken, youngest } from '../../observe/minutes';
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
    for (const [loadBalancer, query] of plan.loadBalancerErrors) {
      const units = plan.units.filter((unit) => unit.loadBalancer === loadBalancer);
      const own = ownErrors(answers, answers[query]!, units);
      units.forEach((unit, index) => {
        traffic.set(unit.unit, unitTraffic(answers, unit, own[index]!, startSeconds));
      });
    }
    return traffic;
  },
});

const unitTraffic = (
  answers: readonly Attempt<Periods>[],
  unit: UnitQueries,
  loadBalancerErrors: Attempt<Periods>,
  startSeconds: number,
): UnitTraffic => {
  const hosts = answers[unit.healthyHosts]!;
  const requests = corroborated(answers[unit.requests]!, hosts);
  const targetErrors = corroborated(answers[unit.targetErrors]!, hosts);
  return {
    requestsPerMinute: unbroken('RequestCount', requests, startSeconds),
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
