import type { Construct } from 'constructs';
import type { IInferenceCluster } from '../inference-cluster-interface';
import { mergeValues } from '../private/helm-values';
import type { ClusterAddonInstallOptions } from './cluster-addon';

/** Metrics Server. */
export function installMetricsServer(scope: Construct, cluster: IInferenceCluster, options: ClusterAddonInstallOptions): undefined {
  cluster.addHelmChart(scope, 'Chart', {
    chart: 'metrics-server',
    repository: 'https://kubernetes-sigs.github.io/metrics-server',
    version: options.version ?? '3.13.1',
    release: 'metrics-server',
    namespace: 'kube-system',
    values: mergeValues({ replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } }, options.values),
  });
}
