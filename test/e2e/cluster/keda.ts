import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsSide } from '../aws/aws-side';
import { createAuthority } from './certificates';
import type { ControlPlane } from './control-plane';
import { installDefinitions } from './definitions';
import type { Kubectl } from './kubectl';
import type { Processes, Running } from './processes';

/** KEDA: what turns ScaledObjects into HPAs, and what answers their metrics. */
export interface Keda {
  readonly operator: Running;
  readonly adapter: Running;
}

interface KedaProps {
  readonly processes: Processes;
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly aws: AwsSide;
  readonly kubectl: Kubectl;
  readonly ports: {
    readonly metrics: number;
    readonly health: number;
    readonly grpc: number;
    readonly adapter: number;
    readonly adapterMetrics: number;
  };
}

const NAMESPACE = 'keda';
const OPERATOR_NAME = 'keda-operator.keda.svc.cluster.local';
const START_SECONDS = 60;

export const startKeda = async (props: KedaProps): Promise<Keda> => {
  const { processes, folder, controlPlane, aws, kubectl, ports } = props;
  const certificates = writeCertificates(join(processes.folder, 'keda-certs'));
  await installDefinitions(kubectl, join(folder, 'crds'));
  await kubectl(['apply', '-f', '-'], apiServiceObjects(ports.adapter));
  const env = {
    KUBECONFIG: controlPlane.kubeconfig,
    WATCH_NAMESPACE: '',
    POD_NAMESPACE: NAMESPACE,
    KEDA_CLUSTER_OBJECT_NAMESPACE: NAMESPACE,
  };
  const operator = processes.start({
    name: 'keda-operator',
    command: join(folder, 'bin', 'operator'),
    args: [
      '--zap-log-level=info',
      '--zap-encoder=console',
      `--cert-dir=${certificates}`,
      // Both are for the webhook and the APIService of a deployment in pods.
      '--enable-webhook-patching=false',
      '--enable-apiservice-patching=false',
      `--metrics-bind-address=127.0.0.1:${ports.metrics}`,
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
      `--metrics-service-bind-address=127.0.0.1:${ports.grpc}`,
    ],
    env: { ...aws.environmentOf('keda'), ...env },
  });
  const adapter = processes.start({
    name: 'keda-adapter',
    command: join(folder, 'bin', 'adapter'),
    args: [
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.adapter}`,
      `--port=${ports.adapterMetrics}`,
      `--cert-dir=${certificates}`,
      `--tls-cert-file=${join(certificates, 'tls.crt')}`,
      `--tls-private-key-file=${join(certificates, 'tls.key')}`,
      ...['lister-kubeconfig', 'kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
        (flag) => `--${flag}=${controlPlane.kubeconfig}`,
      ),
      `--metrics-service-address=127.0.0.1:${ports.grpc}`,
      `--metrics-service-grpc-authority=${OPERATOR_NAME}`,
    ],
    env,
  });
  await operator.waitFor('to be ready', START_SECONDS, async () => (await fetch(`http://127.0.0.1:${ports.health}/readyz`)).ok);
  await adapter.waitFor('to serve external metrics', START_SECONDS, async () => {
    const answer = await controlPlane.api.raw('GET', '/apis/external.metrics.k8s.io/v1beta1');
    return answer.status === 200;
  });
  return { operator, adapter };
};

/** What operator and adapter prove themselves by to each other; in a cluster the operator makes these and shares them in a Secret. */
const writeCertificates = (folder: string): string => {
  mkdirSync(folder, { recursive: true });
  const authority = createAuthority('keda');
  const own = authority.issue({ commonName: OPERATOR_NAME, hosts: [OPERATOR_NAME, 'localhost', '127.0.0.1'] });
  const files = { 'ca.crt': authority.certificatePem, 'ca.key': authority.keyPem, 'tls.crt': own.certificatePem, 'tls.key': own.keyPem };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return folder;
};

/** The API server reaches the adapter outside the cluster by a Service that is but a name. */
const apiServiceObjects = (port: number) => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'keda-operator-metrics-apiserver', namespace: NAMESPACE },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port, targetPort: port }] },
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.external.metrics.k8s.io' },
    spec: {
      group: 'external.metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: 'keda-operator-metrics-apiserver', namespace: NAMESPACE, port },
    },
  },
];
