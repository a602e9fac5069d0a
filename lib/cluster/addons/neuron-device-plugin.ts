import type { Construct } from 'constructs';
import { mergeValues } from '../kubernetes/helm-values';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

/** AWS Neuron's device plugin, and its scheduler extension if requested. */
export function installNeuronDevicePlugin(
  scope: Construct,
  cluster: AddonCluster,
  scheduler: boolean,
  options: ClusterAddonInstallOptions,
): undefined {
  cluster.addHelmChart(scope, 'Chart', {
    chart: 'neuron-helm-chart',
    repository: 'oci://public.ecr.aws/neuron/neuron-helm-chart',
    version: options.version ?? '1.10.0',
    release: 'neuron',
    namespace: 'kube-system',
    // There may be no node to run on yet.
    wait: false,
    values: mergeValues(
      {
        devicePlugin: { tolerations: [{ operator: 'Exists' }] },
        scheduler: { enabled: scheduler },
        // The node problem detector replaces nodes itself, which is Karpenter's task here.
        npd: { enabled: false },
      },
      options.values,
    ),
  });
}
