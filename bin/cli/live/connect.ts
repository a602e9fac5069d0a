import { readFileSync } from 'node:fs';
import { type HttpsConnection, NoAnswerError, openConnection } from '../../../lambda/control-loop/client/http';
import { createKubernetesClient } from '../../../lambda/control-loop/client/kubernetes';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { KubernetesPort } from '../../../lambda/control-loop/ports';
import type { Io } from '../text/io';
import { ClusterError } from './cluster-error';
import type { ClusterOptions } from './cluster-options';
import { type ExecCredential, execCredential } from './exec-credential';
import { type Access, accessOf } from './kubeconfig';
import { readKubeconfig } from './kubeconfig-files';

export interface LiveCluster {
  readonly access: Access;
  readonly kubernetes: KubernetesPort;
  /** The same port with a new deadline, for commands that keep running; connection and credentials are kept. */
  session(signal: AbortSignal): KubernetesPort;
}

/** Time for all calls of one command together, retries included. */
const DEADLINE_SECONDS = 30;

/** Uses the cluster that the kubeconfig and the options name, then closes the connection, so that the process can end. */
export const withCluster = async <T>(options: ClusterOptions, io: Io, use: (cluster: LiveCluster) => Promise<T>): Promise<T> => {
  const { close, ...cluster } = connect(accessOf(await readKubeconfig(options.kubeconfig, io), options.context), io);
  try {
    return await use(cluster);
  } finally {
    close();
  }
};

/** Nothing is sent before the first call. */
const connect = (access: Access, io: Io): LiveCluster & { close(): void } => {
  if (access.isUnverified) {
    io.stderr.write(`warning: the certificate of ${access.server} is not verified, as the kubeconfig says so: any server could answer\n`);
  }
  const { credentials } = access;
  let opened: HttpsConnection | undefined;
  let plugin: Promise<ExecCredential> | undefined;
  const fromPlugin = (): Promise<ExecCredential> | undefined => {
    if (credentials.exec !== undefined && plugin === undefined) {
      plugin = execCredential(credentials.exec, access, io);
      // A failure is not kept: the next call starts the plugin again.
      plugin.catch(() => {
        plugin = undefined;
      });
    }
    return plugin;
  };
  const session = (signal?: AbortSignal): KubernetesPort => {
    let tokensMinted = 0;
    const kubernetes = createKubernetesClient({
      connection: async () => {
        opened ??= openConnection({ ...connectionOf(access), ...certificateOf(credentials), ...certificateOf((await fromPlugin()) ?? {}) });
        return opened;
      },
      mintToken: async () => {
        // A second token is needed only where the first was refused.
        if (tokensMinted++ > 0) plugin = undefined;
        return tokenOf(access) ?? (await fromPlugin())?.token;
      },
      isHinted: false,
      clock: { nowSeconds: () => io.nowMilliseconds() / 1000 },
      deadlineSeconds: io.nowMilliseconds() / 1000 + DEADLINE_SECONDS,
      ...(signal === undefined ? {} : { signal }),
      random: Math.random,
      sleep: (seconds) => io.sleep(seconds, signal),
    });
    return withClusterErrors(kubernetes, access);
  };
  return { access, kubernetes: session(), session, close: () => opened?.closeIdle() };
};

const connectionOf = ({ server, certificateAuthorityPem, serverName, isUnverified }: Access) => ({
  endpoint: server,
  isUnverified,
  ...(certificateAuthorityPem === undefined ? {} : { certificateAuthorityPem }),
  ...(serverName === undefined ? {} : { serverName }),
});

const certificateOf = ({ clientCertificatePem, clientKeyPem }: ExecCredential) =>
  clientCertificatePem === undefined || clientKeyPem === undefined ? {} : { clientCertificatePem, clientKeyPem };

const tokenOf = ({ credentials: { token, tokenFile } }: Access): string | undefined => {
  if (tokenFile === undefined) return token;
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (error) {
    if (token !== undefined) return token;
    const given = `a token file that cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ClusterError({ where: tokenFile, given, expected: 'a bearer token', fix: 'log in again to renew the file' });
  }
};

/** The same port with errors for someone at a terminal. Conflicts and objects not found are left to the command. */
const withClusterErrors = (kubernetes: KubernetesPort, access: Access): KubernetesPort => {
  const call = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.cause instanceof ClusterError) throw error.cause;
      if (error.isNotFound || error.isConflict) throw error;
      const fix = fixOf(error, access);
      const where = `${access.server} (context ${access.context})`;
      throw new ClusterError({ where, given: error.message, expected: 'success', ...(fix === undefined ? {} : { fix }) }, { cause: error });
    }
  };
  return {
    list: (...args) => call(kubernetes.list(...args)),
    get: (...args) => call(kubernetes.get(...args)),
    apply: (...args) => call(kubernetes.apply(...args)),
    jsonPatch: (...args) => call(kubernetes.jsonPatch(...args)),
    replaceStatus: (...args) => call(kubernetes.replaceStatus(...args)),
    create: (...args) => call(kubernetes.create(...args)),
  };
};

const fixOf = ({ status, cause }: KubernetesError, { user, isUnverified }: Access): string | undefined => {
  if (cause instanceof NoAnswerError) {
    if (cause.reach === 'NotTrusted')
      return "check the cluster's certificate-authority in the kubeconfig: it did not sign the server's certificate";
    if (cause.reach === 'NotSent') return 'check the server in the kubeconfig, the network and the VPN';
    return isUnverified ? undefined : 'try again; status shows whether a change was made';
  }
  if (status === 401) return `the credentials of ${user ?? 'the context, which has no user,'} were refused: log in again`;
  if (status === 403)
    return `${user ?? 'the context, which has no user,'} lacks this permission: ask for get, list and patch of inferencefleets`;
  if (status === 429 || status >= 500) return 'the API server is overloaded or failing: try again later';
  return undefined;
};
