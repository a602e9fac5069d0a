import { describe, expect, test } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import { fleetPath } from '../../../support/fleet-object';
import { clientOf, errorOf, failure, json, startApiServer } from './api-server';

const nodePool = (weight: number): KubernetesObject => ({ metadata: { name: 'g5-spot' }, spec: { weight } });
const fleet: KubernetesObject = { metadata: { name: 'chat', namespace: 'default', resourceVersion: '41' }, status: { strategy: 'Cost' } };

describe('what is asked of the API server', () => {
  test('a list names its selectors and asks for pages of 500', async () => {
    const server = await startApiServer(json(200, { kind: 'PodList', items: [{ metadata: { name: 'a' } }], metadata: {} }));
    const { kubernetes } = clientOf(server);
    const page = await kubernetes.list(resources.pods, {
      labelSelector: 'adaptive-inference.dev/fleet=chat',
      fieldSelector: 'status.phase=Pending',
    });
    expect(page).toEqual({ items: [{ metadata: { name: 'a' } }] });
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/pods',
      query: { limit: '500', labelSelector: 'adaptive-inference.dev/fleet=chat', fieldSelector: 'status.phase=Pending' },
      headers: { authorization: 'Bearer token-1', accept: 'application/json' },
    });
  });

  test('a long list is read page by page over one connection with one token', async () => {
    const server = await startApiServer(
      json(200, { items: [{ metadata: { name: 'a' } }], metadata: { continue: 'next/page=' } }),
      json(200, { items: [{ metadata: { name: 'b' } }], metadata: { continue: '' } }),
    );
    const { kubernetes, tokens } = clientOf(server);
    const first = await kubernetes.list(resources.deployments, { namespace: 'default' });
    expect(first).toEqual({ items: [{ metadata: { name: 'a' } }], continueToken: 'next/page=' });
    const second = await kubernetes.list(resources.deployments, { namespace: 'default', continueToken: 'next/page=' });
    expect(second).toEqual({ items: [{ metadata: { name: 'b' } }] });
    expect(server.received.map((request) => [request.path, request.query.continue])).toEqual([
      ['/apis/apps/v1/namespaces/default/deployments', undefined],
      ['/apis/apps/v1/namespaces/default/deployments', 'next/page='],
    ]);
    expect(server.connections()).toBe(1);
    expect(tokens()).toBe(1);
  });

  test('a list without items is empty', async () => {
    const server = await startApiServer(json(200, { items: null, metadata: {} }));
    expect(await clientOf(server).kubernetes.list(resources.nodePools)).toEqual({ items: [] });
  });

  test('an object is read by namespace and name', async () => {
    const server = await startApiServer(json(200, fleet));
    expect(await clientOf(server).kubernetes.get(resources.inferenceFleets, 'chat', 'default')).toEqual(fleet);
    expect(server.received[0]?.path).toBe(fleetPath('default', 'chat'));
  });

  test('a server-side apply is never forced and refuses unknown fields', async () => {
    const server = await startApiServer(json(200, nodePool(80)));
    await clientOf(server).kubernetes.apply(resources.nodePools, nodePool(80), 'adaptive-inference');
    expect(server.received[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/karpenter.sh/v1/nodepools/g5-spot',
      query: { fieldManager: 'adaptive-inference', force: 'false', fieldValidation: 'Strict' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name: 'g5-spot' },
      spec: { weight: 80 },
    });
  });

  test('a JSON Patch is sent as its operations, tests included', async () => {
    const server = await startApiServer(json(200, { metadata: { name: 'g5' } }));
    const operations = [
      { op: 'test', path: '/spec/minReplicaCount', value: 2 },
      { op: 'replace', path: '/spec/minReplicaCount', value: 3 },
    ] as const;
    await clientOf(server).kubernetes.jsonPatch(resources.scaledObjects, 'g5', 'default', operations);
    expect(server.received[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects/g5',
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual(operations);
  });

  test('a status is replaced under the resourceVersion that was read', async () => {
    const server = await startApiServer(json(200, fleet));
    await clientOf(server).kubernetes.replaceStatus(resources.inferenceFleets, fleet);
    expect(server.received[0]).toMatchObject({
      method: 'PUT',
      path: `${fleetPath('default', 'chat')}/status`,
    });
    expect(JSON.parse(server.received[0]?.body ?? '').metadata.resourceVersion).toBe('41');
  });

  test('a status without resourceVersion is not sent', async () => {
    const server = await startApiServer(json(200, fleet));
    const error = await errorOf(
      clientOf(server).kubernetes.replaceStatus(resources.inferenceFleets, { ...fleet, metadata: { name: 'chat', namespace: 'default' } }),
    );
    expect(String(error)).toContain('metadata.resourceVersion is missing');
    expect(server.received).toHaveLength(0);
  });

  test('an event is created in its namespace', async () => {
    const server = await startApiServer(json(201, { metadata: { name: 'chat.1' } }));
    await clientOf(server).kubernetes.create(resources.events, {
      metadata: { name: 'chat.1', namespace: 'default' },
      reason: 'FailedOver',
    });
    expect(server.received[0]).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/default/events' });
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({ apiVersion: 'v1', kind: 'Event', reason: 'FailedOver' });
  });

  test('text beyond ASCII arrives whole', async () => {
    const server = await startApiServer(json(201, { metadata: { name: 'ü' } }));
    const created = await clientOf(server).kubernetes.create(resources.events, {
      metadata: { name: 'e', namespace: 'default' },
      message: 'größer ≥ 3',
    });
    expect(JSON.parse(server.received[0]?.body ?? '').message).toBe('größer ≥ 3');
    expect(created.metadata.name).toBe('ü');
  });
});

describe('what errors say', () => {
  test.each([
    [403, 'Forbidden', 'nodepools.karpenter.sh is forbidden: User "loop" cannot patch', "bind the control loop's ClusterRole"],
    [404, 'NotFound', 'nodepools.karpenter.sh "g5-spot" not found', 'it may have been deleted since it was read'],
    [409, 'Conflict', 'Apply failed with 1 conflict: conflict with "kubectl": .spec.weight', 'read again and decide again'],
    [422, 'Invalid', 'NodePool.karpenter.sh "g5-spot" is invalid: spec.weight', 'a `test` of the patch did not hold'],
    [400, 'BadRequest', 'strict decoding error: unknown field "spec.wieght"', 'does not have the shape'],
  ])('a write answered %i says what the server said and what to do', async (status, reason, message, hint) => {
    const server = await startApiServer(failure(status, reason, message));
    const error = await errorOf(clientOf(server).kubernetes.apply(resources.nodePools, nodePool(80), 'adaptive-inference'));
    expect(error).toBeInstanceOf(KubernetesError);
    const { message: text, status: given } = error as KubernetesError;
    expect(given).toBe(status);
    expect(text).toContain('PATCH /apis/karpenter.sh/v1/nodepools/g5-spot');
    expect(text).toContain(`: ${status} ${reason}: ${message}`);
    expect(text).toContain(hint);
    expect(server.received).toHaveLength(1);
  });

  test.each([
    [409, true, false],
    [422, true, false],
    [404, false, true],
    [403, false, false],
  ])('an answer %i is a conflict: %s, not found: %s', async (status, isConflict, isNotFound) => {
    const server = await startApiServer(failure(status, 'Reason', 'message'));
    const error = await errorOf(clientOf(server).kubernetes.get(resources.nodePools, 'g5-spot'));
    expect(error).toMatchObject({ isConflict, isNotFound });
  });

  test('an expired page token tells to start the list again', async () => {
    const server = await startApiServer(failure(410, 'Expired', 'The provided continue parameter is too old'));
    const error = await errorOf(clientOf(server).kubernetes.list(resources.pods, { continueToken: 'old' }));
    expect(error).toMatchObject({ status: 410 });
    expect(String(error)).toContain('start the list again from its first page');
    expect(server.received).toHaveLength(1);
  });

  test('an answer in plain text, as a load balancer gives it, is told shortened', async () => {
    const server = await startApiServer((response) => response.writeHead(403).end(`no route ${'x'.repeat(500)}`));
    const error = await errorOf(clientOf(server).kubernetes.get(resources.nodePools, 'g5-spot'));
    expect(String(error)).toContain(': 403: no route xxx');
    expect(String(error).length).toBeLessThan(500);
  });

  test('a success that is not a JSON object is an error, not an object', async () => {
    const server = await startApiServer((response) => response.writeHead(200).end('<html>'));
    const error = await errorOf(clientOf(server).kubernetes.get(resources.nodePools, 'g5-spot'));
    expect(error).toMatchObject({ status: 0 });
    expect(String(error)).toContain('answered 200, but with "<html>" where a JSON object was expected');
  });
});
