import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import type { KubernetesPort } from '../../../../lambda/control-loop/ports';
import { type Answer, clientOf, errorOf, failure, json, NOW_SECONDS, startApiServer, strangerPem } from './api-server';

const pool = { metadata: { name: 'g5-spot' }, spec: { weight: 80 } };
const fleet = { metadata: { name: 'chat', namespace: 'default', resourceVersion: '41' }, status: {} };
const ok = json(200, pool);
const silent: Answer = () => undefined;
const cutOff: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"metadata":', () => response.destroy());
};
const hangUp: Answer = (response) => {
  response.destroy();
};

const writes: readonly (readonly [string, (kubernetes: KubernetesPort) => Promise<unknown>])[] = [
  ['apply', (kubernetes) => kubernetes.apply(resources.nodePools, pool, 'adaptive-inference')],
  ['jsonPatch', (kubernetes) => kubernetes.jsonPatch(resources.nodePools, 'g5-spot', undefined, [])],
  ['replaceStatus', (kubernetes) => kubernetes.replaceStatus(resources.inferenceFleets, fleet)],
  ['create', (kubernetes) => kubernetes.create(resources.events, fleet)],
];

const read = (kubernetes: KubernetesPort) => kubernetes.get(resources.nodePools, 'g5-spot');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('trust', () => {
  test('a server that another authority vouches for gets no request, and is not asked again', async () => {
    const server = await startApiServer(ok);
    const { kubernetes, waits, unreachable } = clientOf(server, { authority: strangerPem });
    const error = await errorOf(read(kubernetes));
    expect(error).toMatchObject({ status: 0 });
    expect(String(error)).toContain("not signed by the cluster's authority");
    expect(server.received).toHaveLength(0);
    expect(waits).toEqual([]);
    expect(unreachable()).toBe(1);
  });

  test('an environment that switches verification off changes nothing', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = await startApiServer(ok);
    expect(await errorOf(read(clientOf(server, { authority: strangerPem }).kubernetes))).toMatchObject({ status: 0 });
    expect(server.received).toHaveLength(0);
  });

  test('a token that is refused once is replaced by a fresh one', async () => {
    const server = await startApiServer(failure(401, 'Unauthorized', 'Unauthorized'), ok);
    const { kubernetes, waits } = clientOf(server);
    expect(await read(kubernetes)).toEqual(pool);
    expect(server.received.map((request) => request.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(waits).toEqual([]);
  });

  test('a token that is refused twice is an error', async () => {
    const server = await startApiServer(failure(401, 'Unauthorized', 'Unauthorized'));
    const error = await errorOf(read(clientOf(server).kubernetes));
    expect(error).toMatchObject({ status: 401 });
    expect(String(error)).toContain("give the function's role an access entry");
    expect(server.received).toHaveLength(2);
  });

  test.each<[string, Answer]>([
    ['refused', failure(401, 'Unauthorized', 'Unauthorized')],
    ['forbidden', failure(403, 'Forbidden', 'nodepools.karpenter.sh is forbidden')],
    ['ended with an error of the server', failure(500, 'InternalError', 'etcd is gone')],
    ['cut off', cutOff],
    ['hung up on', hangUp],
  ])('a token is in no error of a request that is %s, however deep one looks', async (_what, answer) => {
    const server = await startApiServer(answer);
    const error = await errorOf(clientOf(server).kubernetes.apply(resources.nodePools, pool, 'adaptive-inference'));
    expect(server.received[0]?.headers.authorization).toBe('Bearer token-1');
    expect(error).toBeInstanceOf(KubernetesError);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(/token-\d/);
  });

  test('a write whose token is refused is sent again with a fresh one', async () => {
    const server = await startApiServer(failure(401, 'Unauthorized', 'Unauthorized'), ok);
    const { kubernetes } = clientOf(server);
    await kubernetes.apply(resources.nodePools, pool, 'adaptive-inference');
    expect(server.received.map((request) => request.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('calls under way together share one fresh token', async () => {
    const refuseFirst: Answer = (response, request) =>
      (request.headers.authorization === 'Bearer token-1' ? failure(401, 'Unauthorized', 'Unauthorized') : ok)(response, request);
    const server = await startApiServer(refuseFirst);
    const { kubernetes, tokens } = clientOf(server);
    await Promise.all([read(kubernetes), read(kubernetes), read(kubernetes)]);
    expect(tokens()).toBe(2);
  });
});

describe('a read', () => {
  test.each([
    ['429', failure(429, 'TooManyRequests', 'slow down')],
    ['500', failure(500, 'InternalError', 'etcd leader changed')],
    ['503', failure(503, 'ServiceUnavailable', 'not ready')],
    ['a hung up connection', hangUp],
    ['an answer that is cut off', cutOff],
  ])('is tried again after %s', async (_what, broken) => {
    const server = await startApiServer(broken, broken, ok);
    const { kubernetes, waits } = clientOf(server);
    expect(await read(kubernetes)).toEqual(pool);
    expect(server.received).toHaveLength(3);
    // Half of 0.2 s, half of 0.4 s: the middle of a range that doubles.
    expect(waits).toEqual([0.1, 0.2]);
  });

  test('is given up after four attempts, with the last answer', async () => {
    const server = await startApiServer(failure(500, 'InternalError', 'etcd leader changed'));
    const { kubernetes, waits } = clientOf(server);
    const error = await errorOf(read(kubernetes));
    expect(error).toMatchObject({ status: 500 });
    expect(String(error)).toContain('etcd leader changed');
    expect(server.received).toHaveLength(4);
    expect(waits).toHaveLength(3);
  });

  test('waits at least as long as the server asks for', async () => {
    const server = await startApiServer(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '7' }), ok);
    const { kubernetes, waits } = clientOf(server, { random: () => 0 });
    await read(kubernetes);
    expect(waits).toEqual([7]);
  });

  test('understands a date to wait for', async () => {
    const server = await startApiServer(failure(503, 'ServiceUnavailable', 'wait', { 'retry-after': 'Sun, 01 Mar 2026 12:00:09 GMT' }), ok);
    const { kubernetes, waits } = clientOf(server, { random: () => 0 });
    await read(kubernetes);
    expect(waits).toEqual([9]);
  });

  test('does not wait beyond the deadline', async () => {
    const server = await startApiServer(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '7' }), ok);
    const { kubernetes, waits } = clientOf(server, { deadlineSeconds: NOW_SECONDS + 7 });
    const error = await errorOf(read(kubernetes));
    expect(error).toMatchObject({ status: 429 });
    expect(waits).toEqual([]);
    expect(server.received).toHaveLength(1);
  });

  test('is not tried again after 404', async () => {
    const server = await startApiServer(failure(404, 'NotFound', 'gone'), ok);
    expect(await errorOf(read(clientOf(server).kubernetes))).toMatchObject({ status: 404 });
    expect(server.received).toHaveLength(1);
  });
});

describe.each(writes)('the write %s', (_name, write) => {
  test('is sent again after 429, with or without a time to wait', async () => {
    const server = await startApiServer(
      failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '1' }),
      failure(429, 'TooManyRequests', 'slow down'),
      ok,
    );
    const { kubernetes, waits } = clientOf(server);
    await write(kubernetes);
    expect(server.received).toHaveLength(3);
    expect(waits).toEqual([1.1, 0.2]);
  });

  test.each([
    ['500', failure(500, 'InternalError', 'etcd timeout')],
    ['503 with a time to wait', failure(503, 'ServiceUnavailable', 'busy', { 'retry-after': '1' })],
    ['504', failure(504, 'Timeout', 'request did not complete')],
    ['a hung up connection', hangUp],
    ['an answer that is cut off', cutOff],
  ])('is not repeated after %s, because it may have been applied', async (_what, broken) => {
    const server = await startApiServer(broken, ok);
    const { kubernetes, waits } = clientOf(server);
    const error = await errorOf(write(kubernetes));
    expect(error).toBeInstanceOf(KubernetesError);
    expect(String(error)).toContain('it is unknown whether the write was applied');
    expect(server.received).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  test('is not repeated after a time-out, because it may have been applied', async () => {
    const server = await startApiServer(silent);
    const error = await errorOf(write(clientOf(server, { timeoutSeconds: 0.5 }).kubernetes));
    expect(error).toMatchObject({ status: 0 });
    expect(String(error)).toContain('no complete answer within 0.5 s');
    expect(String(error)).toContain('it is unknown whether the write was applied');
    expect(server.received).toHaveLength(1);
  });

  test('is sent again when the connection was refused', async () => {
    const server = await startApiServer(ok);
    await server.close();
    const { kubernetes, waits, unreachable } = clientOf(server);
    const error = await errorOf(write(kubernetes));
    expect(String(error)).toContain('ECONNREFUSED');
    expect(String(error)).toContain('nothing was sent');
    expect(waits).toHaveLength(3);
    expect(unreachable()).toBe(4);
  });
});

describe('time', () => {
  test('a read without answer is tried again, and then given up', async () => {
    const server = await startApiServer(silent);
    const { kubernetes, waits } = clientOf(server, { timeoutSeconds: 0.05 });
    const error = await errorOf(read(kubernetes));
    expect(String(error)).toContain('no complete answer within 0.05 s');
    expect(waits).toHaveLength(3);
  });

  test('an answer that stops half-way does not hold the tick', async () => {
    const server = await startApiServer((response) => {
      response.writeHead(200);
      response.write('{"metadata":');
    });
    const error = await errorOf(
      clientOf(server, { timeoutSeconds: 0.05 }).kubernetes.apply(resources.nodePools, pool, 'adaptive-inference'),
    );
    expect(String(error)).toContain('no complete answer within 0.05 s');
  });

  test('a server that takes connections but does not speak is not a write in doubt', async () => {
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { kubernetes } = clientOf({ endpoint: `https://127.0.0.1:${port}` }, { timeoutSeconds: 0.05 });
    const error = await errorOf(kubernetes.apply(resources.nodePools, pool, 'adaptive-inference'));
    expect(String(error)).toContain('nothing was sent');
    await new Promise((closed) => mute.close(closed));
  });

  test('the end of the tick ends a call under way and is not followed by another', async () => {
    const ending = new AbortController();
    const server = await startApiServer(() => ending.abort());
    const { kubernetes, waits } = clientOf(server, { signal: ending.signal });
    const error = await errorOf(read(kubernetes));
    expect(String(error)).toContain('the time for this tick was over before the answer came');
    expect(await errorOf(read(kubernetes)).then(String)).toContain('the time for this tick was over before the request was sent');
    expect(server.received).toHaveLength(1);
    expect(waits).toEqual([]);
  });
});
