import { join } from 'node:path';
import type { AwsSide } from '../aws/aws-side';
import type { ControlPlane } from './control-plane';
import type { Processes, Running } from './processes';

const STAGES = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
];

/** kwok plays the kubelets of nodes that carry its annotation. */
export const startKwok = (processes: Processes, folder: string, controlPlane: ControlPlane, port: number): Running =>
  processes.start({
    name: 'kwok',
    command: join(folder, 'bin', 'kwok'),
    args: [
      `--kubeconfig=${controlPlane.kubeconfig}`,
      '--manage-all-nodes=false',
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--node-lease-duration-seconds=40',
      `--server-address=127.0.0.1:${port}`,
      ...STAGES.map((stage) => `--config=${join(folder, 'stages', `${stage}.yaml`)}`),
    ],
    // It looks for a configuration there.
    env: { HOME: processes.folder },
  });

interface KarpenterProps {
  readonly processes: Processes;
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly aws: AwsSide;
  readonly clusterName: string;
  readonly ports: { readonly metrics: number; readonly health: number };
}

/** The production controller of Karpenter for AWS, with the settings of its chart where they do not concern the place it runs in. */
export const startKarpenter = ({ processes, folder, controlPlane, aws, clusterName, ports }: KarpenterProps): Running =>
  processes.start({
    name: 'karpenter',
    command: join(folder, 'bin', 'controller'),
    args: [],
    env: {
      ...aws.environmentOf('karpenter'),
      KUBECONFIG: controlPlane.kubeconfig,
      DISABLE_LEADER_ELECTION: 'true',
      SYSTEM_NAMESPACE: 'kube-system',
      CLUSTER_NAME: clusterName,
      INTERRUPTION_QUEUE: aws.account.queueName,
      // No pricing API: Karpenter's own table of on-demand prices.
      ISOLATED_VPC: 'true',
      METRICS_PORT: String(ports.metrics),
      HEALTH_PROBE_PORT: String(ports.health),
      BATCH_IDLE_DURATION: '1s',
      BATCH_MAX_DURATION: '10s',
      LOG_LEVEL: 'debug',
      LOG_OUTPUT_PATHS: 'stdout',
      LOG_ERROR_OUTPUT_PATHS: 'stderr',
    },
  });
