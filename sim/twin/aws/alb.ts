import type { Fleet, Unit } from '../../../lambda/control-loop/model/fleet';
import { type ListenerRulePort, listenerRuleSplitter } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { loadBalancerDimension, targetGroupDimension } from '../../../lambda/control-loop/routers/alb/metric-queries';
import { albMetrics } from '../../../lambda/control-loop/routers/alb/metrics';
import type { Kernel } from '../../kernel/kernel';
import type { Traffic, TwinRouter } from '../traffic/port';
import { type TargetGroupDimensions, TwinCloudWatch, type TwinCloudWatchOptions } from './cloudwatch';
import { ListenerRule } from './listener-rule';

interface AlbInput extends Pick<TwinCloudWatchOptions, 'startEpochSeconds' | 'metricDelaySeconds'> {
  readonly fleet: Fleet;
  readonly kernel: Kernel;
  readonly traffic: Traffic & TwinCloudWatchOptions['traffic'];
  /** The rule as the loop meets it, made of the rule as it is. */
  readonly ruleOfLoop: (rule: ListenerRulePort) => ListenerRulePort;
}

/** A router whose weights others than the loop can set too. */
export interface Alb extends TwinRouter {
  readonly rule: ListenerRule;
}

/** An Application Load Balancer as one fleet meets it: its listener rule, and its metrics in CloudWatch. */
export const createAlb = ({ fleet, kernel, traffic, ruleOfLoop, ...metrics }: AlbInput): Alb => {
  const rule = new ListenerRule(fleet, traffic, kernel);
  const targetGroups = fleet.units.map((unit) => metricDimensions(unit, fleet));
  return {
    rule,
    adapter: {
      splitter: listenerRuleSplitter(ruleOfLoop(rule)),
      metrics: albMetrics(new TwinCloudWatch({ traffic, targetGroups, clock: kernel, ...metrics })),
    },
    get weights() {
      return rule.current;
    },
  };
};

/** The dimensions of a unit's metrics; of a unit behind no load balancer, ones under which nothing is published. */
export const metricDimensions = ({ name, backend }: Unit, { router }: Fleet): TargetGroupDimensions => ({
  loadBalancer: (router?.kind === 'AlbListenerRule' && loadBalancerDimension(router.listenerRuleArn)) || 'app/none/none',
  targetGroup: (backend?.kind === 'AlbTargetGroup' && targetGroupDimension(backend.targetGroupArn)) || `targetgroup/${name}/none`,
});
