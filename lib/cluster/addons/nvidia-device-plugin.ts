import type { Construct } from 'constructs';
import { mergeValues } from '../kubernetes/helm-values';
import type { AddonCluster, ClusterAddonInstallOptions } from './cluster-addon';

const onLabel = (key: string, value: string) => ({ matchExpressions: [{ key, operator: 'In', values: [value] }] });

/** NVIDIA's device plugin, on nodes that Karpenter launched with an NVIDIA device or that have NVIDIA's own label. */
export function installNvidiaDevicePlugin(scope: Construct, cluster: AddonCluster, options: ClusterAddonInstallOptions): undefined {
  cluster.addHelmChart(scope, 'Chart', {
    chart: 'nvidia-device-plugin',
    repository: 'https://nvidia.github.io/k8s-device-plugin',
    version: options.version ?? '0.20.0',
    release: 'nvidia-device-plugin',
    namespace: 'kube-system',
    // There may be no node to run on yet.
    wait: false,
    values: mergeValues(
      {
        // The chart's default affinity requires labels of Node Feature Discovery, which is not installed.
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                onLabel('karpenter.k8s.aws/instance-gpu-manufacturer', 'nvidia'),
                onLabel('nvidia.com/gpu.present', 'true'),
              ],
            },
          },
        },
        // Devices must be reported whatever other taints a pool has.
        tolerations: [{ operator: 'Exists' }],
      },
      options.values,
    ),
  });
}
