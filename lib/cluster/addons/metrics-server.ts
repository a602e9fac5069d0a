import type { Construct } from 'constructs';
import { mergeValues } from '../kubernetes/helm-values';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

/** Metrics Server. */
export function installMetricsServer(scope: Construct, cluster: AddonCluster, options: ClusterAddonInstallOptions): undefined {
  cluster.addHelmChart(scope, 'Chart', {
    chart: 'metrics-server',
    repository: 'https://kubernetes-sigs.github.io/metrics-server',
    version: options.version ?? '3.13.1',
    release: 'metrics-server',
    namespace: 'kube-system',
    values: mergeValues({ replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } }, options.values),
  });
}
