import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge, wildcards } from '../../private/acknowledge';
import { mergeValues } from '../kubernetes/helm-values';
import { PodRole } from '../kubernetes/pod-role';
import type { AddonCluster, ClusterAddonInstallOptions, IClusterAddon } from './cluster-addon';

const NAMESPACE = 'keda';
const SERVICE_ACCOUNT = 'keda-operator';

/** KEDA, whose operator may only read CloudWatch metrics. */
export function installKeda(scope: Construct, cluster: AddonCluster, agent: IClusterAddon, options: ClusterAddonInstallOptions): iam.IRole {
  const identity = new PodRole(scope, 'Operator', {
    clusterName: cluster.clusterName,
    namespace: NAMESPACE,
    serviceAccount: SERVICE_ACCOUNT,
    description: 'KEDA operator, reading CloudWatch metrics',
    agent,
  });
  // GetMetricData cannot be restricted to resources.
  identity.role.addToPolicy(new iam.PolicyStatement({ sid: 'ReadMetrics', actions: ['cloudwatch:GetMetricData'], resources: ['*'] }));
  acknowledge(identity, wildcards(['*'], 'GetMetricData takes no resource.'));
  const chart = cluster.addHelmChart(scope, 'Chart', {
    chart: 'keda',
    repository: 'https://kedacore.github.io/charts',
    version: options.version ?? '2.20.2',
    release: 'keda',
    namespace: NAMESPACE,
    values: mergeValues(
      {
        clusterName: cluster.clusterName,
        serviceAccount: { operator: { name: SERVICE_ACCOUNT } },
        operator: { replicaCount: 2 },
        // It authenticates by the role of its pods: no Secret outside of its own namespace is read (KEDA_RESTRICT_SECRET_ACCESS).
        permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
      },
      options.values,
    ),
  });
  chart.node.addDependency(identity);
  return identity.role;
}
