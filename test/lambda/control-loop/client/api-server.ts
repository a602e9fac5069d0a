import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type HttpsConnection, openConnection } from '../../../../lambda/control-loop/client/http';
import { createKubernetesClient } from '../../../../lambda/control-loop/client/kubernetes';
import type { KubernetesPort } from '../../../../lambda/control-loop/ports';

// A throw-away authority and a certificate it signed for 127.0.0.1, valid from 2020 to 2120; `stranger` is another authority.
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
export const authorityPem = fixture('authority.pem');
export const strangerPem = fixture('stranger.pem');

interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

export interface ApiServer {
  readonly endpoint: string;
  readonly received: readonly ReceivedRequest[];
  /** TLS connections made to it. */
  connections(): number;
  close(): Promise<void>;
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

export const failure = (status: number, reason: string, message: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  json(status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message }, headers);

/** An https server on a free loopback port; it gives its answers in order, the last one again and again. */
export const startApiServer = async (...answers: readonly Answer[]): Promise<ApiServer> => {
  const received: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer({ key: fixture('server-key.pem'), cert: fixture('server.pem') }, (incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'https://api');
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body,
      };
      received.push(request);
      answers[Math.min(received.length, answers.length) - 1]?.(response, request);
    });
  });
  server.on('secureConnection', () => {
    connections++;
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return { endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, received, connections: () => connections, close };
};

export interface TestClient {
  readonly kubernetes: KubernetesPort;
  /** Seconds of every wait before a retry. */
  readonly waits: readonly number[];
  /** Tokens minted. */
  readonly tokens: () => number;
  readonly unreachable: () => number;
}

interface TestClientProps {
  readonly authority?: string;
  readonly timeoutSeconds?: number;
  readonly deadlineSeconds?: number;
  readonly signal?: AbortSignal;
  readonly random?: () => number;
  readonly connection?: HttpsConnection;
}

/** The time on the clock of every test client: 2026-03-01T12:00:00Z. */
export const NOW_SECONDS = 1_772_366_400;

/** A client of the server whose waits only move its clock. */
export const clientOf = (server: { readonly endpoint: string }, props: TestClientProps = {}): TestClient => {
  let nowSeconds = NOW_SECONDS;
  let tokens = 0;
  let unreachable = 0;
  const waits: number[] = [];
  const connection =
    props.connection ??
    openConnection({
      endpoint: server.endpoint,
      certificateAuthorityPem: props.authority ?? authorityPem,
      timeoutSeconds: props.timeoutSeconds ?? 10,
    });
  onTestFinished(() => connection.closeIdle());
  const kubernetes = createKubernetesClient({
    connection: async () => connection,
    mintToken: async () => `token-${++tokens}`,
    onUnreachable: () => {
      unreachable++;
    },
    clock: { nowSeconds: () => nowSeconds },
    deadlineSeconds: props.deadlineSeconds ?? NOW_SECONDS + 60,
    ...(props.signal ? { signal: props.signal } : {}),
    random: props.random ?? (() => 0.5),
    sleep: async (seconds) => {
      waits.push(seconds);
      nowSeconds += seconds;
    },
  });
  return { kubernetes, waits, tokens: () => tokens, unreachable: () => unreachable };
};

/** The error a call ends with. */
export const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
