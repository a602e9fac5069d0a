import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { shown } from '../../../lambda/control-loop/model/field-problem';
import { refuse } from '../text/problems';
import type { Entry, Kubeconfig } from './kubeconfig-files';

/** A program that prints credentials. */
export interface ExecPlugin {
  readonly where: string;
  readonly apiVersion: string;
  /** A path, or a name that is looked up in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly installHint?: string;
  readonly mayAsk: boolean;
  readonly needsClusterInfo: boolean;
}

/** How a user authenticates. */
interface Credentials {
  readonly token?: string;
  /** Read for every new token, as its writer renews it. */
  readonly tokenFile?: string;
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
  readonly exec?: ExecPlugin;
}

/** One cluster as a context of the kubeconfig gives access to it. */
export interface Access {
  readonly context: string;
  readonly server: string;
  readonly certificateAuthorityPem?: string;
  readonly serverName?: string;
  readonly isUnverified: boolean;
  /** Configuration for credential plugins in the entry of the cluster. */
  readonly execConfig?: unknown;
  readonly user?: string;
  readonly credentials: Credentials;
  /** Namespace of the context. */
  readonly namespace?: string;
}

/** The access that a context gives; without a name the current context. */
export const accessOf = (kubeconfig: Kubeconfig, contextName: string | undefined): Access => {
  const name = contextName ?? kubeconfig.currentContext;
  const known = [...kubeconfig.contexts.keys()];
  if (name === undefined) {
    const fix = known.length === 0 ? undefined : `name one with --context: ${known.join(', ')}`;
    return refuse(`${kubeconfig.source}: current-context`, 'nothing', 'the name of a context', fix);
  }
  const context = kubeconfig.contexts.get(name);
  if (context === undefined) {
    const where = contextName === undefined ? `${kubeconfig.source}: current-context` : '--context';
    return refuse(where, JSON.stringify(name), oneOf('context', known), didYouMean(name, known));
  }
  const cluster = named(context, 'cluster', kubeconfig.clusters);
  if (cluster === undefined) return refuse(`${context.where}.context.cluster`, 'nothing', 'the name of a cluster');
  const user = named(context, 'user', kubeconfig.users);
  const namespace = text(context, 'context', 'namespace');
  const userName = text(context, 'context', 'user');
  return {
    context: name,
    ...clusterOf(cluster),
    ...(userName === undefined ? {} : { user: userName }),
    credentials: user === undefined ? {} : credentialsOf(user),
    ...(namespace === undefined ? {} : { namespace }),
  };
};

const oneOf = (kind: string, names: readonly string[]): string =>
  names.length === 0 ? `a ${kind}; the kubeconfig has none` : `one of ${names.join(', ')}`;

/** The cluster or user that a context names. */
const named = (context: Entry, kind: 'cluster' | 'user', entries: ReadonlyMap<string, Entry>): Entry | undefined => {
  const name = text(context, 'context', kind);
  if (name === undefined) return undefined;
  const known = [...entries.keys()];
  return entries.get(name) ?? refuse(`${context.where}.context.${kind}`, JSON.stringify(name), oneOf(kind, known), didYouMean(name, known));
};

/** A text of an entry; `undefined` where it is absent or empty. */
const text = ({ where, body }: Entry, kind: string, field: string): string | undefined => {
  const value = body[field];
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : refuse(`${where}.${kind}.${field}`, shown(value), 'a string');
};

const clusterOf = (cluster: Entry): Pick<Access, 'server' | 'certificateAuthorityPem' | 'serverName' | 'isUnverified' | 'execConfig'> => {
  const server = text(cluster, 'cluster', 'server') ?? refuse(`${cluster.where}.cluster.server`, 'nothing', 'the URL of the API server');
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:') {
    refuse(`${cluster.where}.cluster.server`, JSON.stringify(server), 'an https URL such as https://example.com:6443');
  }
  if (text(cluster, 'cluster', 'proxy-url') !== undefined) {
    refuse(`${cluster.where}.cluster.proxy-url`, 'a proxy', 'none: the API server is called directly', 'use a context without proxy-url');
  }
  const skip = cluster.body['insecure-skip-tls-verify'] ?? false;
  if (typeof skip !== 'boolean') refuse(`${cluster.where}.cluster.insecure-skip-tls-verify`, shown(skip), 'true or false');
  const authority = pem(cluster, 'cluster', 'certificate-authority', 'CERTIFICATE');
  const serverName = text(cluster, 'cluster', 'tls-server-name');
  const execConfig = extensionOf(cluster, 'client.authentication.k8s.io/exec');
  return {
    server,
    isUnverified: skip === true,
    ...(authority === undefined ? {} : { certificateAuthorityPem: authority }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(execConfig === undefined ? {} : { execConfig }),
  };
};

const extensionOf = ({ body }: Entry, name: string): unknown => {
  const { extensions } = body;
  if (!Array.isArray(extensions)) return undefined;
  return (extensions as readonly { readonly name?: unknown; readonly extension?: unknown }[]).find((one) => one?.name === name)?.extension;
};

/** Ways to authenticate that are not supported. To ignore them silently could mean to act with the rights of another user. */
const REFUSED: Readonly<Record<string, string>> = {
  'auth-provider': 'use an exec plugin instead, as kubectl does since 1.26',
  username: 'API servers since 1.19 accept no passwords: use a token or a client certificate',
  password: 'API servers since 1.19 accept no passwords: use a token or a client certificate',
  as: 'use a context of that user',
  'as-uid': 'use a context of that user',
  'as-groups': 'use a context of that user',
};

const credentialsOf = (user: Entry): Credentials => {
  for (const [field, fix] of Object.entries(REFUSED)) {
    if (user.body[field] !== undefined && user.body[field] !== null && user.body[field] !== '') {
      refuse(`${user.where}.user.${field}`, 'a field of this name', 'token, tokenFile, client-certificate with client-key, or exec', fix);
    }
  }
  const token = text(user, 'user', 'token');
  const tokenFile = text(user, 'user', 'tokenFile');
  const clientCertificatePem = pem(user, 'user', 'client-certificate', 'CERTIFICATE');
  const clientKeyPem = pem(user, 'user', 'client-key', 'PRIVATE KEY');
  if ((clientCertificatePem === undefined) !== (clientKeyPem === undefined)) {
    const [there, missing] = clientKeyPem === undefined ? ['client-certificate', 'client-key'] : ['client-key', 'client-certificate'];
    refuse(`${user.where}.user`, `${there} alone`, 'a client certificate and its key', `add ${missing} or ${missing}-data`);
  }
  const exec = execOf(user);
  return {
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(user.directory, tokenFile) }),
    ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
    ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    ...(exec === undefined ? {} : { exec }),
  };
};

/** A PEM from `<field>-data` in base64, or else from the file that `<field>` names. */
const pem = (entry: Entry, kind: string, field: string, label: string): string | undefined => {
  const data = text(entry, kind, `${field}-data`);
  const file = data === undefined ? text(entry, kind, field) : undefined;
  if (data === undefined && file === undefined) return undefined;
  const where = `${entry.where}.${kind}.${data === undefined ? field : `${field}-data`}`;
  const content = data === undefined ? fileContent(where, resolve(entry.directory, file!)) : Buffer.from(data, 'base64').toString('utf8');
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(content)) {
    // The content may be a key, so it is not shown.
    refuse(where, 'something else', data === undefined ? `a file with a PEM ${label}` : `a PEM ${label} in base64`);
  }
  return content;
};

const fileContent = (where: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(where, `${path} (${(error as NodeJS.ErrnoException).code})`, 'a file that can be read');
  }
};

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

const execOf = (user: Entry): ExecPlugin | undefined => {
  const { exec } = user.body;
  if (exec === undefined || exec === null) return undefined;
  const where = `${user.where}.user.exec`;
  if (typeof exec !== 'object' || Array.isArray(exec)) return refuse(where, shown(exec), 'an object with apiVersion and command');
  const body = exec as Readonly<Record<string, unknown>>;
  const { apiVersion, command, args = [], env = [], installHint, interactiveMode, provideClusterInfo } = body;
  if (typeof apiVersion !== 'string' || !EXEC_VERSIONS.includes(apiVersion)) {
    const fix = 'update the plugin and the entry; for EKS, run `aws eks update-kubeconfig`';
    refuse(`${where}.apiVersion`, shown(apiVersion), EXEC_VERSIONS.join(' or '), fix);
  }
  if (typeof command !== 'string' || command === '') return refuse(`${where}.command`, shown(command), 'the name or path of a program');
  const list = args ?? [];
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'string')) refuse(`${where}.args`, shown(args), 'a list of strings');
  const variables = env ?? [];
  const isVariable = (one: unknown) =>
    typeof (one as { name?: unknown } | null)?.name === 'string' && typeof (one as { value?: unknown }).value === 'string';
  if (!Array.isArray(variables) || !variables.every(isVariable))
    refuse(`${where}.env`, 'something else', 'a list of objects with name and value');
  return {
    where,
    apiVersion: apiVersion as string,
    // A name is looked up in PATH, a path is relative to the file it stands in.
    command: /[/\\]/.test(command) ? resolve(user.directory, command) : command,
    args: list as readonly string[],
    environment: Object.fromEntries((variables as readonly { name: string; value: string }[]).map(({ name, value }) => [name, value])),
    ...(typeof installHint === 'string' && installHint !== '' ? { installHint } : {}),
    mayAsk: interactiveMode !== 'Never',
    needsClusterInfo: provideClusterInfo === true,
  };
};
