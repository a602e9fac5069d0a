import { spawn } from 'node:child_process';
import type { Io } from '../text/io';
import { ClusterError } from './cluster-error';
import type { Access, ExecPlugin } from './kubeconfig';

/** What a credential plugin prints: a token, a client certificate with its key, or both. */
export interface ExecCredential {
  readonly token?: string;
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
}

/**
 * Starts a credential plugin and reads its output (Kubernetes documentation, "client-go credential plugins").
 * Its standard error is meant for the person at the terminal and is passed on.
 */
export const execCredential = async (plugin: ExecPlugin, access: Access, io: Io): Promise<ExecCredential> => {
  const output = await outputOf(plugin, access, io);
  let credential: unknown;
  try {
    credential = JSON.parse(output);
  } catch {
    // It may contain a token, so it is not shown.
    throw broken(plugin, 'output that is not JSON', `an ExecCredential of ${plugin.apiVersion}`);
  }
  const { apiVersion, kind, status } = (credential ?? {}) as {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly status?: { readonly token?: unknown; readonly clientCertificateData?: unknown; readonly clientKeyData?: unknown } | null;
  };
  if (kind !== 'ExecCredential' || apiVersion !== plugin.apiVersion) {
    const fix = 'set exec.apiVersion in the kubeconfig to the version that the plugin prints';
    throw broken(plugin, `${String(kind)} of ${String(apiVersion)}`, `ExecCredential of ${plugin.apiVersion}`, fix);
  }
  const { token, clientCertificateData, clientKeyData } = status ?? {};
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  if (!isText(token) && !(isText(clientCertificateData) && isText(clientKeyData))) {
    throw broken(plugin, 'an ExecCredential without credentials', 'status.token, or status.clientCertificateData and clientKeyData');
  }
  return {
    ...(isText(token) ? { token } : {}),
    ...(isText(clientCertificateData) && isText(clientKeyData)
      ? { clientCertificatePem: clientCertificateData, clientKeyPem: clientKeyData }
      : {}),
  };
};

const broken = (plugin: ExecPlugin, given: string, expected: string, fix?: string): ClusterError =>
  new ClusterError({ where: `${plugin.where}: ${plugin.command}`, given, expected, ...(fix === undefined ? {} : { fix }) });

const outputOf = (plugin: ExecPlugin, access: Access, io: Io): Promise<string> =>
  new Promise((resolve, reject) => {
    const isInteractive = plugin.mayAsk && io.stdin?.isTTY === true;
    const info = {
      apiVersion: plugin.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: isInteractive, ...(plugin.needsClusterInfo ? { cluster: clusterInfo(access) } : {}) },
    };
    const child = spawn(plugin.command, plugin.args, {
      cwd: io.workingDirectory,
      env: { ...io.environment, ...plugin.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let said = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      io.stderr.write(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const given = error.code === 'ENOENT' ? 'no such program' : error.message;
      reject(broken(plugin, given, 'a program that prints credentials', plugin.installHint ?? 'install it, or add its directory to PATH'));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const end = signal === null ? `exit code ${code}` : `the signal ${signal}`;
        reject(
          broken(plugin, end, 'exit code 0 and an ExecCredential', said === '' ? 'run it by hand to see why' : 'see its messages above'),
        );
      }
    });
  });

const clusterInfo = ({ server, certificateAuthorityPem, serverName, isUnverified, execConfig }: Access) => ({
  server,
  ...(certificateAuthorityPem === undefined
    ? {}
    : { 'certificate-authority-data': Buffer.from(certificateAuthorityPem).toString('base64') }),
  ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
  ...(isUnverified ? { 'insecure-skip-tls-verify': true } : {}),
  ...(execConfig === undefined ? {} : { config: execConfig }),
});
