import { beforeEach, describe, expect, test } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import { ApiServer } from '../../../../sim/twin/kubernetes/api-server';

let now = 0;
let api: ApiServer;
const nodePool = (name: string): KubernetesObject => ({
  metadata: { name },
  spec: { template: { spec: {} }, disruption: { consolidateAfter: '60s' } },
  status: { nodes: 2 },
});
const pod = (name: string, labels: Record<string, string>, nodeName = ''): KubernetesObject => ({
  metadata: { name, namespace: 'default', labels },
  spec: { nodeName },
  status: { phase: 'Running' },
});
const status = async (attempt: Promise<unknown>): Promise<number> => {
  try {
    await attempt;
  } catch (error) {
    expect(error).toBeInstanceOf(KubernetesError);
    return (error as KubernetesError).status;
  }
  return 200;
};

beforeEach(() => {
  now = 1_767_225_600;
  api = new ApiServer(() => now, 2);
  api.put(resources.nodePools, nodePool('g5-spot'), 'cdk');
});

describe('reading', () => {
  test('objects carry uid, version, generation and creation time', async () => {
    const object = await api.get(resources.nodePools, 'g5-spot');
    expect(object).toMatchObject({
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 },
    });
    expect(object.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a reader cannot change what is stored', async () => {
    const object = await api.get(resources.nodePools, 'g5-spot');
    expect(() => {
      (object.spec as { weight?: number }).weight = 5;
    }).toThrow(TypeError);
  });

  test('what does not exist is not found, object or kind', async () => {
    expect(await status(api.get(resources.nodePools, 'none'))).toBe(404);
    expect(await status(api.get(resources.pods, 'none', 'default'))).toBe(404);
    expect(await status(api.list({ ...resources.nodePools, version: 'v1beta1' }))).toBe(404);
  });

  test('lists come in pages in the order of namespace and name', async () => {
    for (const name of ['b', 'a', 'c', 'e', 'd']) {
      api.put(resources.pods, pod(name, { app: 'x' }));
    }
    const names: string[][] = [];
    let continueToken: string | undefined;
    do {
      const page = await api.list(resources.pods, { namespace: 'default', ...(continueToken ? { continueToken } : {}) });
      names.push(page.items.map((item) => item.metadata.name));
      continueToken = page.continueToken;
    } while (continueToken);
    expect(names).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test.each([
    ['app=chat', ['a']],
    ['app==chat,tier=gpu', ['a']],
    ['app!=chat', ['b', 'c']],
    ['app in (chat, image)', ['a', 'b']],
    ['app notin (chat,image)', ['c']],
    ['tier', ['a', 'c']],
    ['!tier', ['b']],
    ['app in (chat,image),tier', ['a']],
  ])('label selector %s', async (labelSelector, expected) => {
    api = new ApiServer(() => now);
    api.put(resources.pods, pod('a', { app: 'chat', tier: 'gpu' }));
    api.put(resources.pods, pod('b', { app: 'image' }));
    api.put(resources.pods, pod('c', { tier: 'cpu' }));
    const { items } = await api.list(resources.pods, { labelSelector });
    expect(items.map((item) => item.metadata.name)).toEqual(expected);
  });

  test('field selectors name the fields that the server indexes, others are refused', async () => {
    api.put(resources.pods, pod('a', {}, 'node-1'));
    api.put(resources.pods, pod('b', {}, 'node-2'));
    const { items } = await api.list(resources.pods, { fieldSelector: 'spec.nodeName=node-2,status.phase!=Failed' });
    expect(items.map((item) => item.metadata.name)).toEqual(['b']);
    expect(await status(api.list(resources.pods, { fieldSelector: 'spec.priority=1' }))).toBe(400);
    expect(await status(api.list(resources.pods, { labelSelector: 'app in chat' }))).toBe(400);
  });

  test('events are forgotten after an hour', async () => {
    const event = (name: string): KubernetesObject => ({ metadata: { name, namespace: 'default' }, reason: 'Test', type: 'Warning' });
    api.put(resources.events, event('old'));
    now += 1800;
    api.put(resources.events, event('young'));
    now += 1801;
    expect((await api.list(resources.events)).items.map((item) => item.metadata.name)).toEqual(['young']);
  });
});

describe('server-side apply', () => {
  const weight = (value: number): KubernetesObject => ({ metadata: { name: 'g5-spot' }, spec: { weight: value } });

  test('sets own fields and leaves the others', async () => {
    const object = await api.apply(
      resources.nodePools,
      { metadata: { name: 'g5-spot' }, spec: { weight: 80, limits: { 'nvidia.com/gpu': '4' } } },
      'loop',
    );
    expect(object.spec).toEqual({
      template: { spec: {} },
      disruption: { consolidateAfter: '60s' },
      weight: 80,
      limits: { 'nvidia.com/gpu': '4' },
    });
    expect(object.status).toEqual({ nodes: 2 });
  });

  test('own fields that are left out later are removed', async () => {
    await api.apply(
      resources.nodePools,
      { metadata: { name: 'g5-spot' }, spec: { weight: 80, limits: { 'nvidia.com/gpu': '4' } } },
      'loop',
    );
    const object = await api.apply(
      resources.nodePools,
      { metadata: { name: 'g5-spot' }, spec: { limits: { 'nvidia.com/gpu': '4' } } },
      'loop',
    );
    expect(object.spec.weight).toBeUndefined();
    expect(object.spec.limits).toEqual({ 'nvidia.com/gpu': '4' });
  });

  test('a field that another manager owns with another value is a conflict, and nothing is written', async () => {
    await api.apply(resources.nodePools, weight(80), 'somebody');
    const before = await api.get(resources.nodePools, 'g5-spot');
    await expect(api.apply(resources.nodePools, weight(70), 'loop')).rejects.toThrow(/conflicts with "somebody": \.spec\.weight/);
    expect(await status(api.apply(resources.nodePools, weight(70), 'loop'))).toBe(409);
    expect(await api.get(resources.nodePools, 'g5-spot')).toBe(before);
  });

  test('a field that another manager owns with the same value is shared, and stays when one of them leaves it', async () => {
    await api.apply(resources.nodePools, weight(80), 'somebody');
    await api.apply(resources.nodePools, weight(80), 'loop');
    const object = await api.apply(resources.nodePools, { metadata: { name: 'g5-spot' }, spec: {} }, 'somebody');
    expect(object.spec.weight).toBe(80);
    expect((await api.apply(resources.nodePools, weight(60), 'loop')).spec.weight).toBe(60);
  });

  test('a later apply of the manifest leaves what another manager owns', async () => {
    await api.apply(resources.nodePools, weight(80), 'loop');
    const { status: _status, ...manifest } = nodePool('g5-spot');
    const object = await api.apply(
      resources.nodePools,
      { ...manifest, spec: { template: { spec: {} }, disruption: { consolidateAfter: '30s' } } },
      'cdk',
    );
    expect(object.spec).toEqual({ template: { spec: {} }, disruption: { consolidateAfter: '30s' }, weight: 80 });
  });

  test('a uid or resourceVersion that is not the object’s is a conflict', async () => {
    const { metadata } = await api.get(resources.nodePools, 'g5-spot');
    expect(await status(api.apply(resources.nodePools, { ...weight(1), metadata: { name: 'g5-spot', uid: 'other' } }, 'loop'))).toBe(409);
    expect(await status(api.apply(resources.nodePools, { ...weight(1), metadata: { name: 'gone', uid: metadata.uid! } }, 'loop'))).toBe(
      409,
    );
    expect(
      await status(api.apply(resources.nodePools, { ...weight(1), metadata: { name: 'g5-spot', resourceVersion: '0' } }, 'loop')),
    ).toBe(409);
    expect(await status(api.apply(resources.nodePools, { ...weight(1), metadata: { name: 'g5-spot', uid: metadata.uid! } }, 'loop'))).toBe(
      200,
    );
  });

  test('a write that changes nothing gives no new version, one that changes spec a new generation', async () => {
    const first = await api.apply(resources.nodePools, weight(80), 'loop');
    const second = await api.apply(resources.nodePools, weight(80), 'loop');
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const third = await api.apply(resources.nodePools, weight(81), 'loop');
    expect(Number(third.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    expect((third.metadata as { generation?: number }).generation).toBe(3);
  });

  test.each([0, 101, 1.5])('a weight of %d is invalid', async (value) => {
    expect(await status(api.apply(resources.nodePools, weight(value), 'loop'))).toBe(422);
  });
});

describe('JSON Patch', () => {
  const scaledObject: KubernetesObject = {
    metadata: { name: 'chat', namespace: 'default' },
    spec: { minReplicaCount: 1, maxReplicaCount: 9, triggers: [{ type: 'aws-cloudwatch', metadata: { targetMetricValue: '90' } }] },
  };
  const patch = (operations: Parameters<ApiServer['jsonPatch']>[3]) =>
    api.jsonPatch(resources.scaledObjects, 'chat', 'default', operations);
  const path = '/spec/triggers/0/metadata/targetMetricValue';

  beforeEach(() => {
    api.put(resources.scaledObjects, scaledObject, 'cdk');
  });

  test('replaces when the test holds', async () => {
    const object = await patch([
      { op: 'test', path, value: '90' },
      { op: 'replace', path, value: '70' },
    ]);
    expect(object.spec.triggers[0].metadata.targetMetricValue).toBe('70');
  });

  test('a failing test answers 422 and changes nothing', async () => {
    const attempt = patch([
      { op: 'replace', path: '/spec/minReplicaCount', value: 5 },
      { op: 'test', path, value: '60' },
    ]);
    expect(await status(attempt)).toBe(422);
    expect((await api.get(resources.scaledObjects, 'chat', 'default')).spec).toEqual(scaledObject.spec);
  });

  test('adds and removes, in lists too, and refuses paths that are not there', async () => {
    const added = await patch([
      { op: 'add', path: '/spec/triggers/-', value: { type: 'cpu', metadata: {} } },
      { op: 'add', path: '/metadata/annotations', value: { 'example.org~a/b': 'x' } },
    ]);
    expect(added.spec.triggers).toHaveLength(2);
    const removed = await patch([
      { op: 'remove', path: '/spec/triggers/0' },
      { op: 'remove', path: '/metadata/annotations/example.org~0a~1b' },
    ]);
    expect(removed.spec.triggers).toEqual([{ type: 'cpu', metadata: {} }]);
    expect(removed.metadata.annotations).toEqual({});
    expect(await status(patch([{ op: 'replace', path: '/spec/none', value: 1 }]))).toBe(422);
    expect(await status(patch([{ op: 'remove', path: '/spec/a/b' }]))).toBe(422);
  });

  test('a target that is not a string, a floor above the maximum are refused', async () => {
    expect(await status(patch([{ op: 'replace', path, value: 70 }]))).toBe(422);
    expect(await status(patch([{ op: 'replace', path: '/spec/minReplicaCount', value: 10 }]))).toBe(422);
  });

  test('takes the changed fields over: the former owner meets a conflict', async () => {
    await patch([{ op: 'replace', path: '/spec/minReplicaCount', value: 5 }]);
    expect(await status(api.apply(resources.scaledObjects, scaledObject, 'cdk'))).toBe(409);
  });
});

describe('status and creation', () => {
  const fleet: KubernetesObject = { metadata: { name: 'chat', namespace: 'default' }, spec: { enforcement: 'Enforce' } };

  test('replaces status alone, locked by the resourceVersion that was read', async () => {
    const read = api.put(resources.inferenceFleets, fleet, 'cdk');
    const written = await api.replaceStatus(resources.inferenceFleets, {
      ...read,
      spec: { enforcement: 'Observe' },
      status: { ready: true },
    });
    expect(written).toMatchObject({ spec: { enforcement: 'Enforce' }, status: { ready: true } });
    expect((written.metadata as { generation?: number }).generation).toBe(1);
    expect(await status(api.replaceStatus(resources.inferenceFleets, { ...read, status: { ready: false } }))).toBe(409);
    expect(await status(api.replaceStatus(resources.inferenceFleets, { ...fleet, status: {} }))).toBe(422);
    const again = await api.replaceStatus(resources.inferenceFleets, { ...written, status: { ready: false } });
    expect(again.status).toEqual({ ready: false });
  });

  test('a patch of the object leaves its status', async () => {
    const read = api.put(resources.inferenceFleets, fleet, 'cdk');
    await api.replaceStatus(resources.inferenceFleets, { ...read, status: { ready: true } });
    const patched = await api.jsonPatch(resources.inferenceFleets, 'chat', 'default', [
      { op: 'replace', path: '/spec/enforcement', value: 'Observe' },
      { op: 'add', path: '/status', value: { ready: false } },
    ]);
    expect(patched).toMatchObject({ spec: { enforcement: 'Observe' }, status: { ready: true } });
  });

  test('creates once', async () => {
    const event: KubernetesObject = { metadata: { name: 'e1', namespace: 'default' }, reason: 'Shifted' };
    expect((await api.create(resources.events, event)).metadata.uid).toBeDefined();
    expect(await status(api.create(resources.events, event))).toBe(409);
  });
});
