import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureModules } from './modules';

export interface Kubectl {
  readonly path: string;
  /** Runs a command; its stdout. Throws with its stderr when it fails. */
  (args: readonly string[], input?: unknown): Promise<string>;
  /** The same, without throwing. */
  readonly attempt: (args: readonly string[], input?: unknown) => Promise<KubectlResult>;
}

interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The kubectl of this machine; where there is none it is built. */
export const findKubectl = async (): Promise<string> => {
  const folder = (process.env.PATH ?? '').split(delimiter).find((one) => one !== '' && existsSync(join(one, 'kubectl')));
  if (folder !== undefined) return join(folder, 'kubectl');
  const { kubernetes = '' } = await ensureModules(['kubernetes']);
  return join(kubernetes, 'bin', 'kubectl');
};

/** The real kubectl on a kubeconfig. Objects given as input go to its stdin as JSON. */
export const createKubectl = (path: string, kubeconfig: string): Kubectl => {
  const attempt = (args: readonly string[], input?: unknown): Promise<KubectlResult> =>
    new Promise((resolve, reject) => {
      const child = spawn(path, args, { env: { ...process.env, KUBECONFIG: kubeconfig } });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString('utf8');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString('utf8');
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input === undefined ? '' : typeof input === 'string' ? input : JSON.stringify(asList(input)));
    });
  const run = async (args: readonly string[], input?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await attempt(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`);
    return stdout;
  };
  return Object.assign(run, { attempt, path });
};

const asList = (input: unknown): unknown => (Array.isArray(input) ? { apiVersion: 'v1', kind: 'List', items: input } : input);
