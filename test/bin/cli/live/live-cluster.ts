import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import { type Outcome, runCommandLine, type World } from '../../../support/command-line';
import type { FakeKubernetes } from '../../../support/fake-kubernetes';
import type { FakePorts } from '../../../support/fake-ports';

const fixture = (path: string): string => readFileSync(join(__dirname, path), 'utf8');
const CLIENT_FIXTURES = '../../../lambda/control-loop/client/fixtures';
export const authorityPem = fixture(`${CLIENT_FIXTURES}/authority.pem`);
export const strangerPem = fixture(`${CLIENT_FIXTURES}/stranger.pem`);
/** Certificate and key of a client, `CN=ada`. */
export const clientPem = fixture('fixtures/client.pem');
export const clientKeyPem = fixture('fixtures/client-key.pem');

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** Common name of the client certificate that the server accepted. */
  readonly client: string | undefined;
  readonly body: string;
}

export interface LiveApi {
  readonly endpoint: string;
  readonly received: readonly Received[];
  /** Answered with this status in place of what the cluster says, while it is set. */
  failWith: { readonly status: number; readonly reason: string; readonly message: string } | undefined;
  /** Bearer tokens that are let in; everyone is while it is left out. */
  tokens: readonly string[] | undefined;
  /** Runs before each write reaches the cluster. */
  beforeWrite: () => void;
  close(): Promise<void>;
}

/** An API server on a free loopback port over the objects of a fake cluster. */
export const startLiveApi = async (kubernetes: FakeKubernetes, prefix = ''): Promise<LiveApi> => {
  const received: Received[] = [];
  const key = fixture(`${CLIENT_FIXTURES}/server-key.pem`);
  const cert = fixture(`${CLIENT_FIXTURES}/server.pem`);
  const server = createServer({ key, cert, ca: clientPem, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const { pathname } = new URL(incoming.url ?? '', 'https://api');
      const socket = incoming.socket as TLSSocket;
      const request: Received = {
        method: incoming.method ?? '',
        path: pathname,
        authorization: incoming.headers.authorization,
        client: socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined,
        body,
      };
      received.push(request);
      const send = (status: number, answer: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(inAlphabeticalOrder(answer)));
      };
      const fail = (status: number, reason: string, message: string) =>
        send(status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message });
      if (api.failWith !== undefined) return fail(api.failWith.status, api.failWith.reason, api.failWith.message);
      if (api.tokens !== undefined && !api.tokens.includes(request.authorization?.replace('Bearer ', '') ?? '')) {
        return fail(401, 'Unauthorized', 'Unauthorized');
      }
      if (!pathname.startsWith(prefix)) return fail(404, 'NotFound', `no such path: ${pathname}`);
      answer(kubernetes, request, pathname.slice(prefix.length), api.beforeWrite).then(
        (object) => send(200, object),
        (error: unknown) => fail(error instanceof KubernetesError ? error.status : 500, '', String((error as Error).message)),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  onTestFinished(close);
  const api: LiveApi = {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    received,
    failWith: undefined,
    tokens: undefined,
    beforeWrite: () => {},
    close,
  };
  return api;
};

/** The order in which an API server gives the fields of what a schema does not know. */
const inAlphabeticalOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inAlphabeticalOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, inAlphabeticalOrder(one)]));
};

const RESOURCE = resources.inferenceFleets;
const FLEETS = new RegExp(`^/apis/${RESOURCE.group}/${RESOURCE.version}(?:/namespaces/([^/]+))?/inferencefleets(?:/([^/]+))?$`);

const answer = async (kubernetes: FakeKubernetes, request: Received, path: string, beforeWrite: () => void): Promise<unknown> => {
  const [, namespace, name] = FLEETS.exec(path) ?? [];
  if (!FLEETS.test(path)) throw new KubernetesError('the server could not find the requested resource', 404);
  if (name === undefined) {
    const { items } = await kubernetes.list(RESOURCE, namespace === undefined ? {} : { namespace });
    return { kind: 'InferenceFleetList', items, metadata: {} };
  }
  if (request.method === 'GET') return kubernetes.get(RESOURCE, name, namespace);
  beforeWrite();
  return kubernetes.jsonPatch(RESOURCE, name, namespace, JSON.parse(request.body));
};

/** Ticks the loop once over the cluster. */
export const decideOnce = (fake: FakePorts): Promise<unknown> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

export const storedFleet = (fake: FakePorts, name = 'chat', namespace = 'default'): KubernetesObject =>
  fake.kubernetes.read(RESOURCE, name, namespace);

export interface Shell {
  readonly directory: string;
  /** Writes a file below the directory and gives its path. */
  file(name: string, content: string, mode?: number): string;
  read(name: string): string;
  run(command: string | readonly string[], world?: Partial<World>): Promise<Outcome>;
}

/** A directory that is home and working directory, with nothing else in the environment than PATH. */
export const shell = (environment: Readonly<Record<string, string>> = {}): Shell => {
  const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return {
    directory,
    file: (name, content, mode = 0o600) => {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode });
      return path;
    },
    read: (name) => readFileSync(join(directory, name), 'utf8'),
    run: (command, world = {}) =>
      runCommandLine(typeof command === 'string' ? command.split(' ') : command, {
        workingDirectory: directory,
        environment: { HOME: directory, PATH: process.env.PATH ?? '', ...environment },
        ...world,
      }),
  };
};

/** A kubeconfig of one context `dev` for the server, in JSON, which is YAML. */
export const kubeconfigOf = (
  endpoint: string,
  user: Readonly<Record<string, unknown>> = { token: 'secret' },
  cluster: Readonly<Record<string, unknown>> = { 'certificate-authority-data': base64(authorityPem) },
  context: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'ada', ...context } }],
    clusters: [{ name: 'dev', cluster: { server: endpoint, ...cluster } }],
    users: [{ name: 'ada', user }],
  });

/** A shell with a kubeconfig in its place for a cluster. */
export const shellFor = async (fake: FakePorts): Promise<Shell & { readonly api: LiveApi }> => {
  const api = await startLiveApi(fake.kubernetes);
  const opened = shell();
  opened.file('.kube/config', kubeconfigOf(api.endpoint));
  return { ...opened, api };
};
