import type { AlbListenerRule, AlbTargetGroup } from '../../model/router';
import { PERIOD_SECONDS } from '../../observe/minutes';
import type { MetricQuery } from '../../ports';
import type { RoutedUnit } from '../adapter';

/** Elastic Load Balancing guide, "CloudWatch metrics for your Application Load Balancer"; published every minute. */
const NAMESPACE = 'AWS/ApplicationELB';

/** The metrics of one unit, each an index into the queries. */
export interface UnitQueries {
  /** See `unitKey`. */
  readonly unit: string;
  readonly loadBalancer: string;
  readonly requests: number;
  readonly latency: number;
  readonly answered: number;
  readonly targetErrors: number;
  readonly healthyHosts: number;
}

/** Everything to ask CloudWatch in one tick. */
export interface QueryPlan {
  readonly queries: readonly MetricQuery[];
  readonly units: readonly UnitQueries[];
  /** Why a unit cannot be asked about, by `unitKey`. */
  readonly impossible: ReadonlyMap<string, string>;
  /** By load balancer. */
  readonly loadBalancers: ReadonlyMap<string, LoadBalancerQueries>;
}

/** What a load balancer counts of its own answers, for all its target groups together; each an index into the queries. */
interface LoadBalancerQueries {
  /** 5xx that it answered itself. */
  readonly errors: number;
  /** Of these, the 503 because no target is healthy: such requests are in no RequestCount. */
  readonly refused: number;
}

/** `arn:...:targetgroup/name/id` -> `targetgroup/name/id`, the dimension TargetGroup. */
export const targetGroupDimension = (arn: string): string | undefined => /:(targetgroup\/[^/]+\/[^/]+)$/.exec(arn)?.[1];

/** `arn:...:listener-rule/app/name/id/listener/rule` -> `app/name/id`, the dimension LoadBalancer. */
export const loadBalancerDimension = (listenerRuleArn: string): string | undefined =>
  /:listener-rule\/(app\/[^/]+\/[^/]+)\//.exec(listenerRuleArn)?.[1];

/** Builds the queries of all units. */
export const planQueries = (routed: readonly RoutedUnit<AlbListenerRule, AlbTargetGroup>[]): QueryPlan => {
  const queries: MetricQuery[] = [];
  const units: UnitQueries[] = [];
  const impossible = new Map<string, string>();
  const loadBalancers = new Map<string, LoadBalancerQueries>();

  const ask = (metricName: string, statistic: string, dimensions: Readonly<Record<string, string>>): number => {
    const index = queries.length;
    queries.push({ id: `m${index}`, namespace: NAMESPACE, metricName, dimensions, statistic, periodSeconds: PERIOD_SECONDS });
    return index;
  };

  for (const { key, router, backend, percentile } of routed) {
    const loadBalancer = loadBalancerDimension(router.listenerRuleArn);
    const targetGroup = targetGroupDimension(backend.targetGroupArn);
    if (targetGroup === undefined || loadBalancer === undefined) {
      impossible.set(
        key,
        `given listener rule ${router.listenerRuleArn} and target group ${backend.targetGroupArn}, expected the ARNs of an Application Load Balancer; correct them in the fleet`,
      );
      continue;
    }
    const dimensions = { TargetGroup: targetGroup, LoadBalancer: loadBalancer };
    units.push({
      unit: key,
      loadBalancer,
      requests: ask('RequestCount', 'Sum', dimensions),
      latency: ask('TargetResponseTime', `p${percentile}`, dimensions),
      answered: ask('TargetResponseTime', 'SampleCount', dimensions),
      targetErrors: ask('HTTPCode_Target_5XX_Count', 'Sum', dimensions),
      healthyHosts: ask('HealthyHostCount', 'Maximum', dimensions),
    });
    // What the load balancer answers itself (503 without a healthy target, 504) it counts per load balancer only.
    if (!loadBalancers.has(loadBalancer)) {
      loadBalancers.set(loadBalancer, {
        errors: ask('HTTPCode_ELB_5XX_Count', 'Sum', { LoadBalancer: loadBalancer }),
        refused: ask('HTTPCode_ELB_503_Count', 'Sum', { LoadBalancer: loadBalancer }),
      });
    }
  }
  return { queries, units, impossible, loadBalancers };
};
