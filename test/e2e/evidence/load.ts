import { stationOf } from '../../../lambda/control-loop/model/profile';
import { loadBalancerDimension, targetGroupDimension } from '../../../lambda/control-loop/routers/alb/metric-queries';
import type { Scenario } from '../../../sim/inputs/scenario';
import { randomStreams } from '../../../sim/kernel/random';
import { RateArrivals } from '../../../sim/twin/traffic/arrivals';
import { RequestTraffic } from '../../../sim/twin/traffic/traffic';
import type { Metrics } from '../aws/metrics';
import type { Router } from '../support/router';
import { SEED } from './scenario';

/** Requests of the scenario, served by the pods of a real cluster as far as the twin's model of requests knows pods. */
export interface Load {
  /** Tells which pods of which unit are ready, and the router's weights by unit. */
  see(atSeconds: number, ready: ReadonlyMap<string, string>): void;
  weigh(atSeconds: number, weights: Readonly<Record<string, number>>): void;
  /** Tells CloudWatch what the load balancer saw in a minute of the scenario. */
  publish(minute: number, atSeconds: number): void;
}

interface LoadProps {
  readonly scenario: Scenario;
  readonly router: Router;
  readonly metrics: Metrics;
  readonly startEpochSeconds: number;
}

const SECONDS_PER_MINUTE = 60;
const PERCENTILE = 95;

/** Plays the load: the same requests, by the same seed and the same model, as in the twin. */
export const playLoad = ({ scenario, router, metrics, startEpochSeconds }: LoadProps): Load => {
  const { fleet, clients, twin } = scenario;
  if (clients.kind !== 'open-loop' || clients.requestsPerMinute === undefined) throw new Error('expected a scenario with an open loop');
  const random = randomStreams(SEED);
  const traffic = new RequestTraffic({
    units: fleet.units.map((unit) => ({ name: unit.name, ...stationOf(unit.profile) })),
    clients: { kind: 'open-loop', arrivals: new RateArrivals(clients.requestsPerMinute, clients.burstiness, random('arrivals')) },
    twin,
    random,
    objectiveLatencySeconds: fleet.objective.latencySeconds,
    warmUpSeconds: 0,
  });
  const unitIndex = new Map(fleet.units.map(({ name }, index) => [name, index]));
  const ids = new Map<string, number>();
  const leaving = new Set<number>();
  let pods = 0;

  const put = (metricName: string, dimensions: Readonly<Record<string, string>>, value: number | undefined, minute: number): void => {
    if (value === undefined) return;
    const name = { namespace: 'AWS/ApplicationELB', metricName, dimensions };
    metrics.put(name, [value], startEpochSeconds + minute * SECONDS_PER_MINUTE);
  };

  return {
    see: (atSeconds, ready) => {
      traffic.runUntil(atSeconds);
      for (const [pod, id] of ids) {
        if (ready.has(pod)) continue;
        traffic.drainPod(id);
        ids.delete(pod);
        leaving.add(id);
      }
      for (const id of leaving) {
        if (traffic.outstanding(id) > 0) continue;
        traffic.removePod(id);
        leaving.delete(id);
      }
      for (const [pod, unit] of ready) {
        if (ids.has(pod)) continue;
        pods += 1;
        ids.set(pod, pods);
        traffic.addPod(pods, unitIndex.get(unit) ?? 0);
      }
    },
    weigh: (atSeconds, weights) => {
      traffic.runUntil(atSeconds);
      traffic.setWeights(fleet.units.map(({ name }) => weights[name] ?? 0));
    },
    publish: (minute, atSeconds) => {
      traffic.runUntil(atSeconds);
      const LoadBalancer = loadBalancerDimension(router.listenerRuleArn) ?? '';
      let errors = 0;
      let refused = 0;
      for (const [index, { name }] of fleet.units.entries()) {
        const seen = traffic.minute(index, minute);
        if (seen === undefined) continue;
        const dimensions = { LoadBalancer, TargetGroup: targetGroupDimension(router.targetGroupArns[name] ?? '') ?? '' };
        // A load balancer reports no zeros.
        put('RequestCount', dimensions, seen.requests || undefined, minute);
        put('TargetResponseTime', dimensions, seen.latencySeconds(PERCENTILE), minute);
        put('HealthyHostCount', dimensions, seen.healthyHosts?.maximum, minute);
        put('UnHealthyHostCount', dimensions, seen.unhealthyHosts, minute);
        errors += seen.errors;
        refused += seen.refused;
      }
      put('HTTPCode_ELB_5XX_Count', { LoadBalancer }, errors || undefined, minute);
      put('HTTPCode_ELB_503_Count', { LoadBalancer }, refused || undefined, minute);
    },
  };
};
