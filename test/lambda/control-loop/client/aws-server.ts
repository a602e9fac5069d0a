import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { awsClientProps } from '../../../../lambda/control-loop/client/aws';

export interface WireAnswer {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The parameters of a request in the query protocol. */
export const formOf = (request: WireRequest | undefined): Record<string, string> => Object.fromEntries(new URLSearchParams(request?.body));

export const xml = (body: string, status = 200): WireAnswer => ({ status, contentType: 'text/xml;charset=UTF-8', body });

/** A plain server on a free loopback port that answers literal bytes in order, the last again and again. */
export const startAwsServer = async (...answers: readonly WireAnswer[]) => {
  const received: WireRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      received.push({ method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body });
      const answer = answers[Math.min(received.length, answers.length) - 1];
      response.writeHead(answer?.status ?? 200, { 'content-type': answer?.contentType, ...answer?.headers });
      response.end(answer?.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(
    () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  );
  const environment = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' };
  return {
    received,
    /** The properties the function gives its clients, but with this server's address. */
    clientProps: {
      ...awsClientProps('us-west-2', environment),
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  };
};
