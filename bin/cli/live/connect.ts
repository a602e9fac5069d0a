import { readFileSync } from 'node:fs';
import { type HttpsConnection, NoAnswerError, openConnection } from '../../../lambda/control-loop/client/http';
import { createKubernetesClient } from '../../../lambda/control-loop/client/kubernetes';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { KubernetesPort } from '../../../lambda/control-loop/ports';
import type { Io } from '../io';
import { ClusterError } from './cluster-error';
import type { ClusterOptions } from './cluster-options';
import { type ExecCredential, execCredential } from './exec-credential';
import { type Access, accessOf } from './kubeconfig';
import { readKubeconfig } from './kubeconfig-files';

export interface LiveCluster {
  readonly access: Access;
  readonly kubernetes: KubernetesPort;
  /** The same with patience anew, for commands that go on: connection and credentials are kept. */
  session(signal: AbortSignal): KubernetesPort;
}

/** All calls of one command together, retries included, in seconds. */
const PATIENCE_SECONDS = 30;

/** Uses the cluster that the kubeconfig and the options name, then lets go of the connection, so that the process can end. */
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
    io.stderr.write(`warning: the certificate of ${access.server} is not verified, as the kubeconfig wants it: anyone may answer for it\n`);
  }
  const { credentials } = access;
  let opened: HttpsConnection | undefined;
  let plugin: Promise<ExecCredential> | undefined;
  const fromPlugin = (): Promise<ExecCredential> | undefined => {
    if (credentials.exec !== undefined && plugin === undefined) {
      plugin = execCredential(credentials.exec, access, io);
      // What failed is tried again when it is asked for again.
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
        // The second token is asked for because the first was refused.
        if (tokensMinted++ > 0) plugin = undefined;
        return tokenOf(access) ?? (await fromPlugin())?.token;
      },
      isHinted: false,
      clock: { nowSeconds: () => io.nowMilliseconds() / 1000 },
      deadlineSeconds: io.nowMilliseconds() / 1000 + PATIENCE_SECONDS,
      ...(signal === undefined ? {} : { signal }),
      random: Math.random,
      sleep: (seconds) => io.sleep(seconds, signal),
    });
    return told(kubernetes, access);
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
    throw new ClusterError({ where: tokenFile, given, expected: 'a bearer token', fix: 'log in again, so that it is written anew' });
  }
};

/** The same port, with errors in the words of someone at a terminal. What was not found or conflicts is left to the command. */
const told = (kubernetes: KubernetesPort, access: Access): KubernetesPort => {
  const tell = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.cause instanceof ClusterError) throw error.cause;
      if (error.isNotFound || error.isConflict) throw error;
      const fix = fixOf(error, access);
      const where = `${access.server} (context ${access.context})`;
      throw new ClusterError(
        { where, given: error.message, expected: 'an answer with success', ...(fix === undefined ? {} : { fix }) },
        { cause: error },
      );
    }
  };
  return {
    list: (...args) => tell(kubernetes.list(...args)),
    get: (...args) => tell(kubernetes.get(...args)),
    apply: (...args) => tell(kubernetes.apply(...args)),
    jsonPatch: (...args) => tell(kubernetes.jsonPatch(...args)),
    replaceStatus: (...args) => tell(kubernetes.replaceStatus(...args)),
    create: (...args) => tell(kubernetes.create(...args)),
  };
};

const fixOf = ({ status, cause }: KubernetesError, { user, isUnverified }: Access): string | undefined => {
  if (cause instanceof NoAnswerError) {
    if (cause.reach === 'NotTrusted')
      return "check the cluster's certificate-authority in the kubeconfig: the server's certificate is not of it";
    if (cause.reach === 'NotSent') return 'check the server in the kubeconfig, the network and the VPN';
    return isUnverified ? undefined : 'try again; whether a write was made is seen with status';
  }
  if (status === 401) return `the credentials of ${user ?? 'the context, which has no user,'} are refused: log in again`;
  if (status === 403)
    return `${user ?? 'the context, which has no user,'} lacks this permission: ask for get, list and patch of inferencefleets`;
  if (status === 429 || status >= 500) return 'the API server is overloaded or failing: try again later';
  return undefined;
};
