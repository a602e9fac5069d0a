import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  Accelerator,
  AcceleratorPool,
  ControlLoop,
  DeploymentUnit,
  FleetMetrics,
  InferenceFleet,
  type ITrafficRouter,
  type RoutedPods,
  Scaler,
  type ScalingMetrics,
  type TrafficMetricOptions,
} from '../../../lib';
import { kubernetesObjects } from '../../../lib/assertions';
import { newCluster, newStack } from '../support/fixture';

/** A router of a kind that the library does not know: an HTTPRoute of the Gateway API, measured by metrics of a mesh. */
class HttpRouter extends Construct implements ITrafficRouter {
  readonly routerFields = { httpRoute: 'chat' };
  readonly bound: RoutedPods[] = [];

  backendFields(unitName: string): { [field: string]: string } {
    return { serviceName: `chat-${unitName}` };
  }

  readonly served: string[] = [];

  serveFleet(namespace: string, fleetName: string): void {
    this.served.push(`${namespace}/${fleetName}`);
  }

  weightPermissions(): iam.PolicyStatement[] {
    return [];
  }

  bindPods(_scope: Construct, pods: RoutedPods): void {
    this.bound.push(pods);
  }

  scalingMetrics(unitName: string): ScalingMetrics {
    const dimensions = { Route: 'chat', Service: `chat-${unitName}` };
    return { namespace: 'Mesh', requestCount: 'Requests', unhealthyPods: 'Ejections', dimensions };
  }

  metricRequests(options: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.metric('Requests', options);
  }

  metricLatency(options: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.metric('Latency', options);
  }

  metricErrors(options: TrafficMetricOptions = {}): cloudwatch.Metric {
    return this.metric('Errors', options);
  }

  metricRefusedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('Refused', options);
  }

  private metric(metricName: string, { unitName, ...options }: TrafficMetricOptions): cloudwatch.Metric {
    const dimensionsMap = { Route: 'chat', ...(unitName === undefined ? {} : { Service: `chat-${unitName}` }) };
    return new cloudwatch.Metric({ namespace: 'Mesh', metricName, dimensionsMap, ...options });
  }
}

const stack = newStack();
const cluster = newCluster(stack);
const router = new HttpRouter(stack, 'Router');
const pools = [new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G })];
const common = {
  cluster,
  fleetName: 'chat',
  accelerator: Accelerator.A10G,
  pools,
  profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
  container: { image: 'public.ecr.aws/team/server:1.2.3', port: 8000 },
  router,
};
const units = [
  new DeploymentUnit(stack, 'G5', { ...common, name: 'g5' }),
  new DeploymentUnit(stack, 'Cuda', {
    ...common,
    name: 'cuda',
    scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
    externalMetric: { name: 'requests-per-minute' },
  }),
];
const fleet = new InferenceFleet(stack, 'Fleet', { cluster, units, router, objective: { latency: Duration.millis(900) } });
new ControlLoop(stack, 'Loop', { cluster }).addFleet(fleet);
const template = Template.fromStack(stack);

describe('a router of another kind', () => {
  it('names itself and its backends in the manifest of the fleet', () => {
    const [manifest] = kubernetesObjects(template, 'InferenceFleet');
    const spec = manifest?.body.spec as { router: object; units: readonly { name: string; serviceName: string }[] };
    expect(spec.router).toEqual({ httpRoute: 'chat' });
    expect(spec.units.map(({ name, serviceName }) => [name, serviceName])).toEqual([
      ['cuda', 'chat-cuda'],
      ['g5', 'chat-g5'],
    ]);
  });

  it('is told the Service and the port of each unit, and nothing is bound to a target group', () => {
    expect(router.bound).toMatchObject([
      { unitName: 'g5', namespace: 'default', serviceName: 'chat-g5', servicePort: 80, podPort: 8000 },
      { unitName: 'cuda', serviceName: 'chat-cuda' },
    ]);
    expect(kubernetesObjects(template, 'TargetGroupBinding')).toEqual([]);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
  });

  it('gives the ScaledObject of a unit its own metrics', () => {
    const metadata = Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesPatch'))
      .map(({ Properties }) => JSON.stringify(Properties.ApplyPatchJson).replaceAll('\\', ''))
      .filter((patch) => patch.includes('dimensionName'));
    expect(metadata).toHaveLength(1);
    for (const [index, metricName] of ['Requests', 'Ejections'].entries()) {
      for (const [field, value] of Object.entries({
        namespace: 'Mesh',
        metricName,
        dimensionName: 'Route;Service',
        dimensionValue: 'chat;chat-g5',
      })) {
        expect(metadata[0]).toContain(`"path":"/spec/triggers/${index}/metadata/${field}","value":"${value}"`);
      }
    }
    expect(metadata[0]).not.toContain('AWS/ApplicationELB');
  });

  it('gives the loop no permission in IAM that it does not need', () => {
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies).toContain('elasticloadbalancing:DescribeRules');
    expect(policies).not.toContain('elasticloadbalancing:ModifyRule');
  });

  it('is what the metrics of the fleet are made of', () => {
    const metrics = new FleetMetrics(fleet);
    expect(metrics.unitLatency('g5').toMetricConfig().metricStat).toMatchObject({
      namespace: 'Mesh',
      metricName: 'Latency',
      statistic: 'p95',
      dimensions: [
        { name: 'Route', value: 'chat' },
        { name: 'Service', value: 'chat-g5' },
      ],
    });
    const used = metrics.attainment().usingMetrics.within as cloudwatch.MathExpression;
    expect(Object.values(used.usingMetrics).map((metric) => (metric as cloudwatch.Metric).metricName)).toEqual([
      'Latency',
      'Latency',
      'Errors',
      'Refused',
    ]);
  });
});
