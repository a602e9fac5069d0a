import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, createApi } from './api';
import { createAuthority, signingKeyPem } from './certificates';
import type { Processes, Running } from './processes';

export interface ControlPlane {
  readonly endpoint: string;
  readonly certificateAuthorityPem: string;
  /** A kubeconfig with every right. */
  readonly kubeconfig: string;
  readonly adminToken: string;
  readonly api: Api;
  readonly etcd: Running;
  readonly apiServer: Running;
  readonly controllerManager: Running;
  readonly scheduler: Running;
  /** Writes a kubeconfig for a user of the token file or for a service account's token. */
  kubeconfigFor(name: string, token: string): string;
  /** A client with another token. */
  apiAs(token: string): Api;
}

interface ControlPlaneProps {
  readonly processes: Processes;
  /** Folder of the built programs. */
  readonly programs: { readonly etcd: string; readonly kubernetes: string };
  readonly ports: ControlPlanePorts;
  readonly certificates: ClusterCertificates;
  /** Where the API server asks about tokens that are not in its file. */
  readonly tokenReviewUrl: string;
}

interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

export interface ClusterCertificates {
  readonly folder: string;
  readonly certificateAuthorityPem: string;
}

const START_SECONDS = 60;
/** For how long the API server trusts what it was told about a token, in seconds: short, so that tests see changes. */
const TOKEN_CACHE = '2s';

/** Writes what the API server proves itself by, and who it trusts. */
export const createCertificates = (folder: string): ClusterCertificates => {
  mkdirSync(folder, { recursive: true });
  const cluster = createAuthority('cluster');
  const frontProxy = createAuthority('front-proxy');
  const server = cluster.issue({ commonName: 'kube-apiserver', hosts: ['127.0.0.1', 'localhost', 'kubernetes.default.svc'] });
  const proxyClient = frontProxy.issue({ commonName: 'front-proxy-client' });
  const files = {
    'ca.crt': cluster.certificatePem,
    'front-proxy-ca.crt': frontProxy.certificatePem,
    'server.crt': server.certificatePem,
    'server.key': server.keyPem,
    'front-proxy.crt': proxyClient.certificatePem,
    'front-proxy.key': proxyClient.keyPem,
    'service-account.key': signingKeyPem(),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return { folder, certificateAuthorityPem: cluster.certificatePem };
};

/** etcd, API server, controller manager and scheduler. */
export const startControlPlane = async (props: ControlPlaneProps): Promise<ControlPlane> => {
  const { processes, programs, ports, certificates } = props;
  const { folder } = processes;
  const pki = (name: string): string => join(certificates.folder, name);
  const endpoint = `https://127.0.0.1:${ports.apiServer}`;
  const adminToken = randomBytes(16).toString('hex');
  const { certificateAuthorityPem } = certificates;

  const etcd = processes.start({
    name: 'etcd',
    command: join(programs.etcd, 'bin', 'etcd'),
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${ports.etcd}`,
      `--advertise-client-urls=http://127.0.0.1:${ports.etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
  });
  writeFileSync(join(folder, 'tokens.csv'), `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'token-review.kubeconfig'), kubeconfigText({ server: props.tokenReviewUrl, name: 'token-review' }));
  const apiServer = processes.start({
    name: 'kube-apiserver',
    command: join(programs.kubernetes, 'bin', 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.apiServer}`,
      `--tls-cert-file=${pki('server.crt')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--token-auth-file=${join(folder, 'tokens.csv')}`,
      `--authentication-token-webhook-config-file=${join(folder, 'token-review.kubeconfig')}`,
      '--authentication-token-webhook-version=v1',
      `--authentication-token-webhook-cache-ttl=${TOKEN_CACHE}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki('service-account.key')}`,
      `--service-account-signing-key-file=${pki('service-account.key')}`,
      '--endpoint-reconciler-type=none',
      `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${pki('front-proxy.crt')}`,
      `--proxy-client-key-file=${pki('front-proxy.key')}`,
      '--watch-cache=true',
    ],
  });

  const kubeconfigFor = (name: string, token: string): string => {
    const file = join(folder, `${name}.kubeconfig`);
    writeFileSync(file, kubeconfigText({ server: endpoint, name, token, authority: pki('ca.crt') }), { mode: 0o600 });
    return file;
  };
  const apiAs = (token: string): Api => createApi({ endpoint, certificateAuthorityPem, token });
  const api = apiAs(adminToken);
  const kubeconfig = kubeconfigFor('admin', adminToken);
  await apiServer.waitFor('to be ready', START_SECONDS, async () => (await api.raw('GET', '/readyz')).status === 200);

  const component = (name: string, args: readonly string[]): Running =>
    processes.start({
      name,
      command: join(programs.kubernetes, 'bin', name),
      args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0', ...args],
    });
  const controllerManager = component('kube-controller-manager', [
    `--root-ca-file=${pki('ca.crt')}`,
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials=true',
    '--controllers=*',
  ]);
  const scheduler = component('kube-scheduler', [`--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`]);
  await controllerManager.waitFor('to make the default service account', START_SECONDS, async () =>
    Boolean(await api.find({ group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount' }, 'default', 'default')),
  );
  return {
    endpoint,
    certificateAuthorityPem,
    kubeconfig,
    adminToken,
    api,
    etcd,
    apiServer,
    controllerManager,
    scheduler,
    kubeconfigFor,
    apiAs,
  };
};

interface KubeconfigInput {
  readonly server: string;
  readonly name: string;
  readonly token?: string;
  /** Path of a file. */
  readonly authority?: string;
}

/** JSON is YAML. */
const kubeconfigText = ({ server, name, token, authority }: KubeconfigInput): string =>
  JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test-bed', cluster: { server, ...(authority ? { 'certificate-authority': authority } : {}) } }],
      users: [{ name, user: token ? { token } : {} }],
      contexts: [{ name: 'test-bed', context: { cluster: 'test-bed', user: name } }],
      'current-context': 'test-bed',
    },
    null,
    2,
  );
