import { request } from 'node:http';
import { join } from 'node:path';
import { type HttpAnswer, type HttpsConnection, NoAnswerError } from '../../../lambda/control-loop/client/http';
import type { Kubectl } from './kubectl';
import type { Processes } from './processes';

/** Who calls, where it is not whom the kubeconfig names. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

const START_SECONDS = 30;
const TIMEOUT_SECONDS = 30;

/**
 * A connection to the cluster of a kubeconfig by `kubectl proxy`, which knows every way to prove who calls, and speaks for someone else
 * where it is asked to. It listens on a socket in the folder of the processes, which nobody but their owner can open: a port would give
 * everyone on the machine the rights of the kubeconfig.
 */
export const connectByKubectl = async (
  processes: Processes,
  { path }: Kubectl,
  name: string,
  identity?: Identity,
): Promise<HttpsConnection> => {
  // Paths of sockets are short on some systems: at most 103 characters.
  const socketPath = join(processes.folder, `${name}.sock`);
  const as = identity === undefined ? [] : ['--as', identity.user, ...identity.groups.flatMap((group) => ['--as-group', group])];
  const proxy = processes.start({ name: `kubectl-proxy-${name}`, command: path, args: ['proxy', `--unix-socket=${socketPath}`, ...as] });
  const send: HttpsConnection['send'] = ({ method, path: where, headers, body }, signal) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const fail = (error: Error): void => reject(new NoAnswerError(error.message, 'Unknown', { cause: error }));
      const sending = request({ socketPath, method, path: where, headers, ...(signal === undefined ? {} : { signal }) }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      sending.setTimeout(TIMEOUT_SECONDS * 1000, () => sending.destroy(new Error(`no answer within ${TIMEOUT_SECONDS} s`)));
      sending.on('error', fail);
      sending.end(body);
    });
  await proxy.waitFor('to answer', START_SECONDS, async () => (await send({ method: 'GET', path: '/version', headers: {} })).status > 0);
  return { send, closeIdle: () => undefined };
};
