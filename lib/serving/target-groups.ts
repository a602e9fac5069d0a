import { Fn, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct, IConstruct, IDependable } from 'constructs';
import { healthTrigger, scalingTrigger } from '../generated/contract';
import { complain } from '../private/validation';
import type { RoutedPods, ScalingMetrics } from './traffic-router';
import type { IWeightedRouter } from './weighted-router';

/** Lets a load balancer reach the pods of a unit, and registers them with its target group; returns what registers them. */
export function bindTargetGroup(scope: Construct, router: IWeightedRouter, pods: RoutedPods): IDependable {
  const { cluster, serviceName } = pods;
  const { loadBalancerController } = cluster.addons;
  if (!loadBalancerController.available) {
    complain(scope, {
      code: 'MissingLoadBalancerController',
      wrong: 'nothing on the cluster registers pods with target groups',
      given: 'no AWS Load Balancer Controller',
      expected: 'the load balancer controller add-on',
      fix: 'Leave that add-on at its default, or set it to ClusterAddon.existing() if the cluster already has one.',
    });
  }
  const { targetGroupArn } = router.targetGroup(pods.unitName);
  const binding = cluster.addManifest(scope, `TargetGroupBinding-${serviceName}`, targetGroupBindingManifest(pods, targetGroupArn));
  // The controller removes its finalizer, so it must be deleted while the controller runs.
  binding.node.addDependency(pods.service, loadBalancerController);
  const { connections } = router.loadBalancer;
  const groups = [...connections.securityGroups, cluster.clusterSecurityGroup];
  for (const port of new Set([pods.podPort, ...(pods.formerPodPorts ?? [])])) {
    connections.allowTo(cluster.clusterSecurityGroup, ec2.Port.tcp(port), 'Load balancer to the pods of a unit');
    // A unit that is removed may have been the last one on this port, which must stay open while the unit still serves.
    binding.node.addDependency(...portRules(groups, port, Stack.of(scope)));
  }
  return binding;
}

/** The rules of security groups that open a port, as far as they are in a stack. */
const portRules = (groups: readonly IConstruct[], port: number, stack: Stack): IConstruct[] =>
  groups
    .flatMap((group) => group.node.findAll())
    .filter((child) => child instanceof ec2.CfnSecurityGroupEgress || child instanceof ec2.CfnSecurityGroupIngress)
    .filter((rule) => rule.fromPort === port && Stack.of(rule) === stack);

/**
 * Registers the pods of a unit with its target group.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/spec/
 */
const targetGroupBindingManifest = ({ namespace, labels, serviceName, servicePort }: RoutedPods, targetGroupArn: string) => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: { name: serviceName, namespace, labels },
  spec: { serviceRef: { name: serviceName, port: servicePort }, targetGroupARN: targetGroupArn, targetType: 'ip' },
});

/**
 * Requests and unhealthy targets of a target group in CloudWatch.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export const scalingMetricsOf = (router: IWeightedRouter, unitName: string): ScalingMetrics => ({
  namespace: scalingTrigger.metadata.namespace,
  requestCount: scalingTrigger.metadata.metricName,
  unhealthyPods: healthTrigger.metadata.metricName,
  dimensions: {
    LoadBalancer: afterWord(router.loadBalancer.loadBalancerArn, ':loadbalancer/'),
    TargetGroup: `targetgroup/${afterWord(router.targetGroup(unitName).targetGroupArn, ':targetgroup/')}`,
  },
});

/** The end of an ARN after a word. */
const afterWord = (arn: string, word: string): string =>
  Token.isUnresolved(arn) ? Fn.select(1, Fn.split(word, arn)) : (arn.split(word)[1] ?? arn);
