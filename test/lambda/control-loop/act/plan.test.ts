import { describe, expect, it } from 'vitest';
import { planWrites, routerWeight } from '../../../../lambda/control-loop/act/plan';
import type { Write } from '../../../../lambda/control-loop/act/writes';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { formatField } from '../../../../lambda/control-loop/model/field';
import { createTickCaches } from '../../../../lambda/control-loop/observe/caches';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { readFleet } from '../../../../lambda/control-loop/observe/fleets';
import { observe } from '../../../../lambda/control-loop/observe/observe';
import { decisionOf, type Wanted } from '../../../support/decisions';
import type { FakePorts } from '../../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, NOW_SECONDS, ruleArn } from '../../../support/fake-world';

const plan = async (fake: FakePorts, wanted: Readonly<Record<string, Wanted>>): Promise<readonly Write[]> => {
  const caches = createTickCaches();
  const fleets = fake.kubernetes.all(resources.inferenceFleets).map((object) => readFleet(object, caches).fleet!);
  const deadline = startDeadline(10);
  const { observation, scalers } = await observe(fake.ports, caches, deadline, fleets, NOW_SECONDS);
  deadline.cancel();
  return planWrites(fleets, observation, decisionOf(wanted), scalers, fake.ports.routers);
};

const chat = (wanted: Wanted) => ({ 'default/chat': wanted });

const withPools = (): FakePorts => {
  const fake = chatWorld();
  for (const [name, weight, limit] of [
    ['inf2-spot', 90, '2'],
    ['g5-spot', 80, '4'],
    ['g5-od', 20, '8'],
  ] as const) {
    const device = name === 'inf2-spot' ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu';
    fake.kubernetes.put(resources.nodePools, { metadata: { name }, spec: { weight, limits: { [device]: limit } } });
  }
  return fake;
};

describe('the plan of writes', () => {
  it('is empty where everything is as decided', async () => {
    const writes = await plan(
      withPools(),
      chat({
        units: { inf2: { floor: 1, target: 80, share: 0.5005 }, g5: { floor: 1, target: 80.0001, share: 0.5005 } },
        pools: { 'g5-spot': { weight: 80, limit: 4 } },
      }),
    );
    expect(writes).toEqual([]);
  });

  it('is empty where nothing is decided', async () => {
    expect(await plan(withPools(), chat({ units: { inf2: {}, g5: {} }, pools: { 'g5-spot': {} } }))).toEqual([]);
    expect(await plan(withPools(), {})).toEqual([]);
  });

  it('raises limits, then sets the other pools, raises floors, moves shares and lowers floors', async () => {
    const fake = withPools();
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: 'inf2', namespace: 'default' },
      spec: { minReplicaCount: 5, triggers: [{ metadata: { targetMetricValue: '80' } }] },
    });
    const writes = await plan(
      fake,
      chat({
        units: { inf2: { floor: 1, target: 61, share: 0 }, g5: { floor: 4, target: 89.2, share: 1 } },
        pools: { 'inf2-spot': { weight: 10, limit: 1 }, 'g5-spot': { weight: 80, limit: 8 }, 'g5-od': { weight: 30 } },
      }),
    );
    const order = writes.map((write) => {
      const name = write.kind === 'pool' ? write.pool : write.kind === 'scaler' ? write.name : 'router';
      return [write.phase, name, Object.fromEntries(write.changes.map(({ field, value }) => [formatField(field), value]))];
    });
    expect(order).toEqual([
      [1, 'g5-spot', { 'limit/g5-spot': 8 }],
      [2, 'inf2-spot', { 'weight/inf2-spot': 10, 'limit/inf2-spot': 1 }],
      [2, 'g5-od', { 'weight/g5-od': 30 }],
      [3, 'inf2', { 'target/inf2': 61 }],
      [3, 'g5', { 'floor/g5': 4, 'target/g5': 89.2 }],
      [4, 'router', { 'share/inf2': 0, 'share/g5': 999 }],
      [6, 'inf2', { 'floor/inf2': 1 }],
    ]);
  });

  it('sends one patch for one scaler, with a test of each value it replaces', async () => {
    const [write] = await plan(withPools(), chat({ units: { g5: { floor: 3, target: 89.2 } } }));
    expect(write).toMatchObject({
      kind: 'scaler',
      name: 'g5',
      namespace: 'default',
      operations: [
        { op: 'test', path: '/spec/minReplicaCount', value: 1 },
        { op: 'replace', path: '/spec/minReplicaCount', value: 3 },
        { op: 'test', path: '/spec/triggers/0/metadata/targetMetricValue', value: '80' },
        { op: 'replace', path: '/spec/triggers/0/metadata/targetMetricValue', value: '89.2' },
      ],
    });
  });

  it('tests a value as it is spelled in the object, not as it reads', async () => {
    const [write] = await plan(chatWorld({}, { targets: { g5: '80.00' } }), chat({ units: { g5: { target: 61 } } }));
    expect(write?.kind === 'scaler' && write.operations[0]).toEqual({
      op: 'test',
      path: '/spec/triggers/0/metadata/targetMetricValue',
      value: '80.00',
    });
  });

  it('writes targets as text with at most three decimals', async () => {
    const [write] = await plan(chatWorld(), chat({ units: { g5: { target: 267.6 / 3.0001 } } }));
    expect(write?.kind === 'scaler' && write.operations[1]?.value).toBe('89.197');
  });

  it('adds a floor that is absent, pinned to the version of the object', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: 'g5', namespace: 'default' },
      spec: { triggers: [{ metadata: { targetMetricValue: '80' } }] },
    });
    const version = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default').metadata.resourceVersion;
    const [write] = await plan(fake, chat({ units: { g5: { floor: 2 } } }));
    expect(write?.kind === 'scaler' && write.operations).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: version },
      { op: 'add', path: '/spec/minReplicaCount', value: 2 },
    ]);
  });

  it('patches a HorizontalPodAutoscaler in its own fields and never to zero', async () => {
    const [inf2, g5] = chatSpec().units;
    const fake = chatWorld({ units: [inf2!, { ...g5!, scaler: { kind: 'HorizontalPodAutoscaler', name: 'g5' }, minimumReplicas: 0 }] });
    fake.kubernetes.put(resources.horizontalPodAutoscalers, {
      metadata: { name: 'g5', namespace: 'default' },
      spec: { minReplicas: 3, metrics: [{ type: 'External', external: { target: { averageValue: '80' } } }] },
    });
    const writes = await plan(fake, chat({ units: { g5: { floor: 0, target: 89.2 } } }));
    expect(writes.map((write) => write.kind === 'scaler' && [write.resource.kind, write.operations[1]])).toEqual([
      ['HorizontalPodAutoscaler', { op: 'replace', path: '/spec/metrics/0/external/target/averageValue', value: '89.2' }],
      ['HorizontalPodAutoscaler', { op: 'replace', path: '/spec/minReplicas', value: 1 }],
    ]);
  });

  it('states both fields of a NodePool, as what an apply leaves out it gives up', async () => {
    const [write] = await plan(withPools(), chat({ pools: { 'g5-spot': { weight: 70 } } }));
    expect(write).toMatchObject({ kind: 'pool', weight: 70, limitDevices: 4, liveWeight: 80, liveLimitDevices: 4 });
  });

  it('writes nothing on what is not known', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list scaledobjects', new Error('down'));
    fake.failures.set('kubernetes.list nodepools', new Error('down'));
    fake.failures.set('elbv2.describeRule', new Error('down'));
    const wanted = { units: { g5: { floor: 4, target: 61, share: 1 } }, pools: { 'g5-spot': { weight: 70, limit: 4 } } };
    expect(await plan(fake, chat(wanted))).toEqual([]);
  });

  it('writes a pool of two fleets once, for both', async () => {
    const fake = withPools();
    const spec = chatSpec();
    addFleet(fake, 'search', {
      ...spec,
      router: { listenerRuleArn: ruleArn('search') },
      units: spec.units.map((unit) => ({
        ...unit,
        deployment: `search-${unit.name}`,
        scaler: { ...unit.scaler, name: `search-${unit.name}` },
      })),
    });
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-od' }, spec: { weight: 20 } });
    const wanted = { pools: { 'g5-od': { weight: 30 } } };
    const writes = await plan(fake, { 'default/chat': wanted, 'default/search': wanted });
    expect(writes).toHaveLength(1);
    expect(writes[0]?.fleets).toEqual(['default/chat', 'default/search']);
  });
});

describe('a share as router weight', () => {
  it.each([
    [0, 999, 0],
    [1, 999, 999],
    [0.5, 999, 500],
    [1e-6, 999, 1],
    [0.4, 999, 400],
    [-0.1, 999, 0],
    [0.4, 1_000_000, 400_000],
    [0.004, 100, 1],
  ])('%d of a router whose highest weight is %i is %i', (share, maxWeight, weight) => {
    expect(routerWeight(share, maxWeight)).toBe(weight);
  });
});
