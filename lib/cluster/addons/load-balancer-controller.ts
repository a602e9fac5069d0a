import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { TARGETS_TAG } from '../../generated/contract';
import { acknowledge, regionalArn, wildcards } from '../../private/acknowledge';
import { mergeValues } from '../kubernetes/helm-values';
import { PodRole } from '../kubernetes/pod-role';
import type { AddonCluster, ClusterAddonInstallOptions, IClusterAddon } from './cluster-addon';

const NAME = 'aws-load-balancer-controller';
const NAMESPACE = 'kube-system';

/**
 * AWS Load Balancer Controller, for TargetGroupBindings only: CDK and the control loop own load balancer, rules and target groups.
 * It gets the subset of permissions that its maintainers list for this use, not their full policy
 * (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/, "Special IAM cases").
 */
export function installLoadBalancerController(
  scope: Construct,
  cluster: AddonCluster,
  agent: IClusterAddon,
  options: ClusterAddonInstallOptions,
  onlyTagged: boolean,
): iam.IRole {
  const identity = new PodRole(scope, 'Controller', {
    clusterName: cluster.clusterName,
    namespace: NAMESPACE,
    serviceAccount: NAME,
    description: 'AWS Load Balancer Controller, registering pods with target groups',
    agent,
  });
  const targetGroups = Stack.of(scope).formatArn({ service: 'elasticloadbalancing', resource: 'targetgroup', resourceName: '*/*' });
  identity.role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'Read',
      actions: [
        'ec2:DescribeInstances',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeVpcs',
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTargetHealth',
      ],
      resources: ['*'],
    }),
  );
  identity.role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'Register',
      // Not ModifyTargetGroup and ModifyTargetGroupAttributes of that list: CDK owns the target groups, a binding changes only their targets.
      actions: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
      resources: [targetGroups],
      ...(onlyTagged && { conditions: { StringEquals: { [`aws:ResourceTag/${TARGETS_TAG.key}`]: TARGETS_TAG.value } } }),
    }),
  );
  acknowledge(
    identity,
    wildcards(
      ['*', regionalArn(Stack.of(scope), 'elasticloadbalancing', 'targetgroup/*/*')],
      onlyTagged
        ? 'Describe actions take no resource; a condition on their tag confines the target groups.'
        : 'Describe actions take no resource; only the cluster knows which target groups are bound.',
    ),
  );
  const chart = cluster.addHelmChart(scope, 'Chart', {
    chart: NAME,
    repository: 'https://aws.github.io/eks-charts',
    version: options.version ?? '3.5.0',
    release: NAME,
    namespace: NAMESPACE,
    values: mergeValues(
      {
        clusterName: cluster.clusterName,
        region: Stack.of(scope).region,
        vpcId: cluster.vpc.vpcId,
        serviceAccount: { create: true, name: NAME },
        // The webhook on Services would block every chart that is installed at the same time until its pods are ready.
        enableServiceMutatorWebhook: false,
        enableShield: false,
        enableWaf: false,
        enableWafv2: false,
      },
      options.values,
    ),
  });
  chart.node.addDependency(identity);
  return identity.role;
}
