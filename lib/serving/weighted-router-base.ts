import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { scalingMetricsOf } from './target-groups';
import type { RoutedPods, ScalingMetrics, TrafficMetricOptions } from './traffic-router';
import type { IWeightedRouter } from './weighted-router';

/**
 * What every weighted router does, created in this app or imported.
 *
 * @internal
 */
export abstract class WeightedRouterBase extends Construct implements IWeightedRouter {
  public abstract readonly loadBalancer: elbv2.IApplicationLoadBalancer;
  public abstract readonly listenerRuleArn: string;

  public abstract targetGroup(unitName: string): elbv2.IApplicationTargetGroup;

  public abstract serveFleet(namespace: string, fleetName: string): void;

  public get routerFields(): { [field: string]: string } {
    return { listenerRuleArn: this.listenerRuleArn };
  }

  public backendFields(unitName: string): { [field: string]: string } {
    return { targetGroupArn: this.targetGroup(unitName).targetGroupArn };
  }

  public weightPermissions(): iam.PolicyStatement[] {
    const resources = [this.listenerRuleArn];
    return [new iam.PolicyStatement({ sid: 'WriteWeights', actions: ['elasticloadbalancing:ModifyRule'], resources })];
  }

  public abstract bindPods(scope: Construct, pods: RoutedPods): void;

  public scalingMetrics(unitName: string): ScalingMetrics {
    return scalingMetricsOf(this, unitName);
  }

  public metricRequests({ unitName, ...options }: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.measured(unitName).metrics.requestCount(options);
  }

  public metricLatency({ unitName, ...options }: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.measured(unitName).metrics.targetResponseTime(options);
  }

  public metricErrors({ unitName, ...options }: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.measured(unitName).metrics.httpCodeTarget(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, options);
  }

  public metricRefusedRequests(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.loadBalancer.metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, options);
  }

  private measured(unitName: string | undefined): elbv2.IApplicationLoadBalancer | elbv2.IApplicationTargetGroup {
    return unitName === undefined ? this.loadBalancer : this.targetGroup(unitName);
  }
}
