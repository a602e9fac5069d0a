import { podDefaults } from '../generated/contract';
import type { CheckedContainer } from './container-checks';

/** What the manifests of a unit are made from. */
export interface WorkloadInput {
  readonly name: string;
  readonly namespace: string;
  readonly labels: { readonly [label: string]: string };
  readonly container: CheckedContainer;
  readonly deviceResource: string;
  readonly devicesPerPod: number;
  readonly nodeSelector: { readonly [label: string]: string };
  readonly taintKeys: readonly string[];
  readonly coldStartSeconds: number;
  readonly drainSeconds: number;
  readonly maximumUnavailable: number;
  readonly maximumSurgePercent: number;
  readonly schedulerName: string | undefined;
  readonly restrictNetwork: boolean;
}

const STARTUP_PERIOD_SECONDS = 10;
const STARTUP_STEP_SECONDS = 600;

/**
 * How long a container may start: twice the cold start, in steps of ten minutes, so that a new profile rarely replaces pods.
 */
const startupSeconds = (coldStartSeconds: number): number =>
  Math.max(1, Math.ceil((2 * coldStartSeconds) / STARTUP_STEP_SECONDS)) * STARTUP_STEP_SECONDS;

/**
 * The Deployment (apps/v1) of a unit.
 *
 * It leaves out `spec.replicas`: the unit's scaler owns that field, and an apply does not touch fields that it leaves out.
 */
export const deploymentManifest = (input: WorkloadInput) => {
  const { name, namespace, labels, container } = input;
  const starting = startupSeconds(input.coldStartSeconds);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      minReadySeconds: podDefaults.minReadySeconds,
      progressDeadlineSeconds: starting + STARTUP_STEP_SECONDS,
      // A device that a serving pod gives up may be lost: start the new pod first.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: `${input.maximumSurgePercent}%`, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...(input.schedulerName === undefined ? {} : { schedulerName: input.schedulerName }),
          nodeSelector: { ...input.nodeSelector },
          tolerations: input.taintKeys.map((key) => ({ key, operator: 'Exists' })),
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ],
          terminationGracePeriodSeconds: input.drainSeconds + podDefaults.endingSeconds,
          securityContext: podSecurity(container),
          containers: [
            {
              name: 'server',
              image: container.image,
              ...(container.command === undefined ? {} : { command: [...container.command] }),
              ...(container.args === undefined ? {} : { args: [...container.args] }),
              env: Object.entries(container.environment).map(([variable, value]) => ({ name: variable, value })),
              ...(container.environmentSecrets.length === 0
                ? {}
                : { envFrom: container.environmentSecrets.map((secret) => ({ secretRef: { name: secret } })) }),
              ports: [{ name: 'http', containerPort: container.port, protocol: 'TCP' }],
              resources: {
                requests: { cpu: container.cpu, memory: container.memory, [input.deviceResource]: String(input.devicesPerPod) },
                limits: { [input.deviceResource]: String(input.devicesPerPod) },
              },
              ...probes(container.healthPath, starting),
              // The pod keeps serving while the load balancer stops sending requests; the kubelet waits, so the image needs no shell
              // (https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/).
              lifecycle: { preStop: { sleep: { seconds: input.drainSeconds } } },
              // Root without capabilities still owns its files; it changes those of nobody else.
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              volumeMounts: volumes(container).map(({ mountPath, volume }) => ({ name: volume.name, mountPath })),
            },
          ],
          volumes: volumes(container).map(({ volume }) => volume),
        },
      },
    },
  };
};

const probes = (path: string, startingSeconds: number) => {
  const probe = { httpGet: { path, port: 'http' }, timeoutSeconds: 5 };
  return {
    startupProbe: { ...probe, periodSeconds: STARTUP_PERIOD_SECONDS, failureThreshold: startingSeconds / STARTUP_PERIOD_SECONDS },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    // A restart loads the model again, so only a server that has been silent for two minutes is restarted.
    livenessProbe: { ...probe, timeoutSeconds: 10, periodSeconds: 20, failureThreshold: 6 },
  };
};

const podSecurity = ({ user }: CheckedContainer) => ({
  ...(user === undefined ? {} : { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user }),
  seccompProfile: { type: 'RuntimeDefault' },
});

const volumes = ({ sharedMemory, modelCache }: CheckedContainer) => [
  { mountPath: '/dev/shm', volume: { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: sharedMemory } } },
  ...(modelCache === undefined
    ? []
    : [
        {
          mountPath: modelCache.mountPath,
          volume: {
            name: 'model-cache',
            ...(modelCache.claimName === undefined
              ? { emptyDir: { sizeLimit: modelCache.size ?? '100Gi' } }
              : { persistentVolumeClaim: { claimName: modelCache.claimName } }),
          },
        },
      ]),
];

/** The ServiceAccount of a unit's pods. They get no token for the Kubernetes API. */
export const serviceAccountManifest = ({ name, namespace, labels }: WorkloadInput) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, labels },
  automountServiceAccountToken: false,
});

/** Port of every unit's Service, independent of the server's port. */
export const SERVICE_PORT = 80;

/** The Service in front of a unit's pods. */
export const serviceManifest = ({ name, namespace, labels }: WorkloadInput) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels },
  spec: { type: 'ClusterIP', selector: labels, ports: [{ name: 'http', port: SERVICE_PORT, targetPort: 'http', protocol: 'TCP' }] },
});

/** The PodDisruptionBudget of a unit, which node drains respect. */
export const disruptionBudgetManifest = ({ name, namespace, labels, maximumUnavailable }: WorkloadInput) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace, labels },
  spec: { maxUnavailable: maximumUnavailable, selector: { matchLabels: labels } },
});
