import type { Fleet, Unit } from '../../../lambda/control-loop/model/fleet';
import type { CloudWatchPort } from '../../../lambda/control-loop/ports';
import type { RouterAdapter } from '../../../lambda/control-loop/routers/adapter';
import { type ListenerRulePort, listenerRuleSplitter } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { loadBalancerDimension, targetGroupDimension } from '../../../lambda/control-loop/routers/alb/metric-queries';
import { albMetrics } from '../../../lambda/control-loop/routers/alb/metrics';
import type { Kernel } from '../../kernel/kernel';
import { type TargetGroupDimensions, TwinCloudWatch, type TwinCloudWatchOptions } from './cloudwatch';

interface AlbInput extends Pick<TwinCloudWatchOptions, 'traffic' | 'startEpochSeconds' | 'metricDelaySeconds'> {
  readonly fleets: readonly Fleet[];
  readonly kernel: Kernel;
  /** Rules and metrics as the loop meets them. */
  readonly rulesOfLoop: ListenerRulePort;
  readonly cloudWatchOfLoop: (cloudWatch: CloudWatchPort) => CloudWatchPort;
}

/** Application Load Balancers as the loop meets them: the listener rules of fleets, and their metrics in CloudWatch. */
export const albAdapter = ({ fleets, kernel, rulesOfLoop, cloudWatchOfLoop, ...options }: AlbInput): RouterAdapter => {
  const ofUnits = fleets.flatMap((fleet) => fleet.units.map((unit) => metricDimensions(unit, fleet)));
  const ofNoUnit = fleets.map((fleet) => ({ loadBalancer: loadBalancerOf(fleet), targetGroup: undefined }));
  const cloudWatch = new TwinCloudWatch({ sources: [...ofUnits, ...ofNoUnit], clock: kernel, ...options });
  return { splitter: listenerRuleSplitter(rulesOfLoop), metrics: albMetrics(cloudWatchOfLoop(cloudWatch)) };
};

/** The dimensions of a unit's metrics; of a unit behind no load balancer, ones under which nothing is published. */
export const metricDimensions = (
  { name, backend }: Unit,
  fleet: Fleet,
): Required<TargetGroupDimensions> & { readonly targetGroup: string } => ({
  loadBalancer: loadBalancerOf(fleet),
  targetGroup: (backend?.kind === 'AlbTargetGroup' && targetGroupDimension(backend.targetGroupArn)) || `targetgroup/${name}/none`,
});

const loadBalancerOf = ({ router }: Fleet): string =>
  (router?.kind === 'AlbListenerRule' && loadBalancerDimension(router.listenerRuleArn)) || 'app/none/none';
