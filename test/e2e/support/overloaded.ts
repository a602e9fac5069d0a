import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestBed } from '../cluster/test-bed';

/** The API server with something before it that turns requests away, as an overloaded one does. */
export interface Overloaded {
  readonly endpoint: string;
  /** When a request was turned away, in seconds since the epoch. */
  readonly turnedAway: readonly number[];
  /** From now on so many requests are turned away. */
  turnAway(requests: number): void;
  stop(): Promise<void>;
}

/** As Kubernetes' priority and fairness answers; it cannot be made to turn away the only request there is, so it is played. */
const TOO_MANY = JSON.stringify({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'Too many requests, please try again later.',
  reason: 'TooManyRequests',
  code: 429,
});

const RETRY_AFTER_SECONDS = '1';

export const startOverloaded = async ({ processes, controlPlane }: TestBed): Promise<Overloaded> => {
  const pki = (name: string): Buffer => readFileSync(join(processes.folder, 'pki', name));
  const turnedAway: number[] = [];
  let left = 0;
  const server = createServer({ key: pki('server.key'), cert: pki('server.crt') }, (incoming, outgoing) => {
    if (left > 0) {
      left -= 1;
      turnedAway.push(Date.now() / 1000);
      incoming.resume();
      outgoing.writeHead(429, { 'retry-after': RETRY_AFTER_SECONDS, 'content-type': 'application/json' });
      outgoing.end(TOO_MANY);
      return;
    }
    const { method, headers } = incoming;
    const sent = request(
      `${controlPlane.endpoint}${incoming.url}`,
      { method, headers, ca: controlPlane.certificateAuthorityPem },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    sent.on('error', () => outgoing.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turnedAway,
    turnAway: (requests) => {
      left = requests;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
