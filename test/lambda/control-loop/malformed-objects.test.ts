import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, NOW_SECONDS, ruleArn, targetGroupArn } from '../../support/fake-world';

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: NOW_SECONDS + 50, trigger: 'test', caches: createTickCaches() });

/** A world of two fleets, each with pools of its own. */
const world = (): FakePorts => {
  const fake = chatWorld();
  const spec = chatSpec();
  const own = (name: string) => `search-${name}`;
  addFleet(fake, 'search', {
    ...spec,
    router: { listenerRuleArn: ruleArn('search') },
    units: spec.units.map((unit) => ({
      ...unit,
      deployment: own(unit.name),
      scaler: { ...unit.scaler, name: own(unit.name) },
      targetGroupArn: targetGroupArn(own(unit.name)),
      pools: unit.pools.map(own),
    })),
    pools: spec.pools.map((pool) => ({ ...pool, name: own(pool.name) })),
  });
  return fake;
};

type Resource = (typeof resources)[keyof typeof resources];

/** Replaces the first object of a kind by one that is malformed. */
const spoil = (fake: FakePorts, resource: Resource, change: (object: KubernetesObject) => object, name?: string): string => {
  const object = fake.kubernetes.all(resource).find(({ metadata }) => name === undefined || metadata.name === name)!;
  fake.kubernetes.put(resource, { ...object, ...change(object) } as KubernetesObject);
  return `${resource.kind} ${object.metadata.name}`;
};

const findings = (record: TickRecord, fleet: string) =>
  record.decision.fleets.find((one) => one.fleet === fleet)!.findings.filter(({ code }) => code === 'Malformed');

const { nodeClaims, nodePools, scaledObjects, pods, deployments, events, horizontalPodAutoscalers } = resources;

describe('a malformed NodeClaim', () => {
  it('makes what runs in its pool unknown, is a finding of its fleet, and costs nothing else', async () => {
    const fake = world();
    const before = (await run(world())).observation;
    const name = spoil(fake, nodeClaims, ({ status }) => ({ status: { ...status, conditions: 'Launched' } }), 'g5-spot-g5chat0');
    const record = await run(fake);
    expect(record.fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Acted']);
    const message = 'status.conditions: given "Launched" (text), expected a list of conditions';
    expect(findings(record, 'default/chat')).toEqual([{ code: 'Malformed', subject: name, message }]);
    expect(findings(record, 'default/search')).toEqual([]);
    expect(record.observation.pools['g5-spot']?.runningDevices).toEqual({ known: false, reason: `${name}: ${message}` });
    for (const pool of ['inf2-spot', 'g5-od', 'search-g5-spot']) expect(record.observation.pools[pool]).toEqual(before.pools[pool]);
  });
});

describe('an object that does not have the shape of its kind', () => {
  it.each<[string, Resource, object]>([
    ['a NodeClaim whose status is text', nodeClaims, { status: 'Ready' }],
    ['a NodeClaim with conditions of no objects', nodeClaims, { status: { conditions: [null, 7] } }],
    ['a NodePool whose spec is a list', nodePools, { spec: [] }],
    ['a NodePool with annotations of no text', nodePools, { metadata: { name: 'g5-spot', annotations: { 'a.example/b': 7 } } }],
    ['a ScaledObject whose triggers are no list', scaledObjects, { spec: { triggers: 'all' } }],
    ['a ScaledObject whose spec is text', scaledObjects, { spec: 'none' }],
    ['a pod whose conditions are text', pods, { status: { phase: 'Running', conditions: 'Ready' } }],
    ['a pod whose containers are text', pods, { status: { phase: 'Pending', containerStatuses: 'none' } }],
    ['a Deployment with replicas in words', deployments, { spec: { replicas: 'three' } }],
  ])('costs itself alone: %s', async (_, resource, change) => {
    const fake = world();
    spoil(fake, resource, ({ metadata }) => ({ metadata, ...change }));
    const record = await run(fake);
    expect(record.fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Acted']);
    expect(findings(record, 'default/search').length + findings(record, 'default/chat').length).toBeLessThanOrEqual(2);
  });

  it.each<[string, Resource, object]>([
    [
      'an Event whose message is a number',
      events,
      {
        reason: 'InsufficientCapacityError',
        message: 7,
        involvedObject: { kind: 'NodeClaim', name: 'g5-spot-abcde' },
        lastTimestamp: '2026-03-01T11:59:50Z',
      },
    ],
    ['an autoscaler whose metrics are no list', horizontalPodAutoscalers, { spec: { metrics: { type: 'External' } } }],
  ])('costs itself alone where it is one more: %s', async (_, resource, body) => {
    const fake = world();
    fake.kubernetes.put(resource, { metadata: { name: 'keda-hpa-g5', namespace: 'default' }, ...body } as KubernetesObject);
    const record = await run(fake);
    expect(record.fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Acted']);
    expect(findings(record, 'default/chat')).toHaveLength(1);
  });

  it('costs itself alone where it is a fleet', async () => {
    const fake = world();
    const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    const annotations = { 'adaptive-inference.dev/overrides': 7 };
    fake.kubernetes.put(resources.inferenceFleets, { ...chat, metadata: { ...chat.metadata, annotations } } as unknown as KubernetesObject);
    const record = await run(fake);
    expect(record.fleets).toEqual([
      { fleet: 'default/chat', outcome: 'Invalid', message: expect.stringContaining('the object cannot be read') },
      { fleet: 'default/search', outcome: 'Acted' },
    ]);
  });
});
