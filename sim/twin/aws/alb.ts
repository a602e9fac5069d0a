import type { Fleet, Unit } from '../../../lambda/control-loop/model/fleet';
import type { CloudWatchPort } from '../../../lambda/control-loop/ports';
import { type ListenerRulePort, listenerRuleSplitter } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { loadBalancerDimension, targetGroupDimension } from '../../../lambda/control-loop/routers/alb/metric-queries';
import { albMetrics } from '../../../lambda/control-loop/routers/alb/metrics';
import type { Kernel } from '../../kernel/kernel';
import type { Traffic, TwinRouter } from '../traffic/port';
import { type TargetGroupDimensions, TwinCloudWatch, type TwinCloudWatchOptions } from './cloudwatch';
import type { ListenerRule } from './listener-rule';

interface AlbInput extends Pick<TwinCloudWatchOptions, 'startEpochSeconds' | 'metricDelaySeconds'> {
  readonly fleet: Fleet;
  readonly kernel: Kernel;
  readonly traffic: Traffic & TwinCloudWatchOptions['traffic'];
  readonly rule: ListenerRule;
  /** Rule and metrics as the loop meets them. */
  readonly ruleOfLoop: ListenerRulePort;
  readonly cloudWatchOfLoop: (cloudWatch: CloudWatchPort) => CloudWatchPort;
}

/** An Application Load Balancer as one fleet meets it: its listener rule, and its metrics in CloudWatch. */
export const createAlb = ({ fleet, kernel, traffic, rule, ruleOfLoop, cloudWatchOfLoop, ...metrics }: AlbInput): TwinRouter => {
  const targetGroups = fleet.units.map((unit) => metricDimensions(unit, fleet));
  return {
    adapter: {
      splitter: listenerRuleSplitter(ruleOfLoop),
      metrics: albMetrics(cloudWatchOfLoop(new TwinCloudWatch({ traffic, targetGroups, clock: kernel, ...metrics }))),
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
