import { describe, expect, it } from 'vitest';
import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { FLEET_TAG, poolAnnotations, resources } from '../../../lambda/control-loop/contract/names';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import { FakePorts } from '../../support/fake-ports';
import { addFleet, chatSpec, NOW_SECONDS, ownedState, ruleArn, steadyMetrics, targetGroupArn } from '../../support/fake-world';

/** A fleet in production, and whatever a tenant makes beside it. */
const production = (): FakePorts => {
  const fake = new FakePorts(NOW_SECONDS);
  fake.metric = steadyMetrics(600);
  addFleet(fake, 'chat', chatSpec());
  admit(fake, 'default');
  fake.ruleTags.set(ruleArn('chat'), { [FLEET_TAG]: 'default/chat' });
  return fake;
};

const admit = (fake: FakePorts, namespaces: string): void => {
  for (const pool of fake.kubernetes.all(resources.nodePools)) {
    fake.kubernetes.put(resources.nodePools, {
      ...pool,
      metadata: { ...pool.metadata, annotations: { [poolAnnotations.namespaces]: namespaces } },
    });
  }
};

/** The pools of `chat` as a tenant would like them: closed to all but one device. */
const evilSpec = (): FleetSpecInput => {
  const spec = chatSpec();
  return {
    ...spec,
    router: { listenerRuleArn: ruleArn('evil') },
    units: spec.units.map((unit) => ({ ...unit, targetGroupArn: targetGroupArn(`evil-${unit.name}`) })),
    pools: spec.pools.map((pool) => ({ ...pool, maximumDevices: 1 })),
  };
};

const addEvil = (fake: FakePorts, spec = evilSpec(), annotations: Readonly<Record<string, string>> = {}): void => {
  const pools = fake.kubernetes.all(resources.nodePools);
  addFleet(fake, 'evil', spec, { namespace: 'tenant', annotations });
  // The tenant has no right to NodePools: they stay as they were.
  for (const pool of pools) fake.kubernetes.put(resources.nodePools, pool);
};

/** Ticks of the next minutes. */
const run = async (fake: FakePorts, minutes: number): Promise<readonly TickRecord[]> => {
  const caches = createTickCaches();
  const records: TickRecord[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    records.push(await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches }));
    fake.nowSeconds += 60;
  }
  return records;
};

const limits = (fake: FakePorts): readonly unknown[] =>
  fake.kubernetes.all(resources.nodePools).map(({ spec }) => Object.values((spec as { limits?: object }).limits ?? {})[0]);

const statusOf = (fake: FakePorts, namespace: string, name: string) =>
  fake.kubernetes.read(resources.inferenceFleets, name, namespace).status as {
    readonly strategy: string;
    readonly conditions: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
  };

/** What production owns after some minutes without any tenant. */
const undisturbed = async (minutes: number): Promise<unknown> => {
  const fake = production();
  await run(fake, minutes);
  return ownedState(fake);
};

describe('a tenant whose fleet names the pools of another namespace', () => {
  it('cuts none of their limits: the fleet is invalid, with the reason, and nothing of others moves', async () => {
    const fake = production();
    addEvil(fake);
    const before = ownedState(fake);
    await run(fake, 3);
    expect(limits(fake)).toEqual(['8', '8', '8']);
    expect(ownedState(fake)).toMatchObject((await undisturbed(3)) as object);
    expect(statusOf(fake, 'tenant', 'evil')).toMatchObject({
      strategy: 'Invalid',
      conditions: [
        { type: 'Valid', reason: 'ClaimRefused', message: expect.stringMatching(/pool inf2-spot: given a fleet in namespace tenant/) },
      ],
    });
    expect(statusOf(fake, 'default', 'chat').conditions[0]).toMatchObject({ type: 'Valid', reason: 'Accepted' });
    // Nor is anything of the tenant's own written by a loop that does not steer it.
    for (const owned of ['ScaledObject tenant/inf2', 'ScaledObject tenant/g5', `rule ${ruleArn('evil')}`]) {
      expect(ownedState(fake)[owned]).toEqual(before[owned]);
    }
  });

  it('freezes none of them by pausing its own fleet, nor orders them by overrides', async () => {
    const fake = production();
    addEvil(fake, evilSpec(), { 'adaptive-inference.dev/pause': 'all' });
    await run(fake, 3);
    expect(ownedState(fake)).toMatchObject((await undisturbed(3)) as object);
  });

  it('is steered from the tick on at which the pools admit its namespace', async () => {
    const fake = production();
    addEvil(fake);
    await run(fake, 1);
    admit(fake, 'default, tenant');
    const [record] = await run(fake, 1);
    expect(record?.fleets).toContainEqual({ fleet: 'tenant/evil', outcome: 'Acted' });
    expect(statusOf(fake, 'tenant', 'evil').strategy).toBe('CostOptimized');
  });
});

describe('a tenant whose fleet names the router of another fleet', () => {
  const thief = () => ({ ...evilSpec(), router: { listenerRuleArn: ruleArn('chat') }, units: chatSpec().units, pools: chatSpec().pools });

  it('moves none of its traffic, even where the tenant was there first, because the tags of the rule name the other', async () => {
    const fake = production();
    admit(fake, '*');
    addEvil(fake, thief());
    const records = await run(fake, 3);
    expect(records.at(-1)?.fleets).toEqual([
      { fleet: 'default/chat', outcome: 'Acted' },
      { fleet: 'tenant/evil', outcome: 'Invalid', message: expect.stringContaining('the fleet that its tags name, default/chat') },
    ]);
    expect(new Set(fake.callsOf('elbv2.modifyRule').map(({ args }) => args[0]))).toEqual(new Set([ruleArn('chat')]));
  });

  it('moves none where the tags cannot be read: the elder fleet has it', async () => {
    const fake = production();
    admit(fake, '*');
    fake.failures.set('elbv2.describeTags', new Error('AccessDenied'));
    const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...chat, metadata: { ...chat.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } });
    addEvil(fake, thief());
    const evil = fake.kubernetes.read(resources.inferenceFleets, 'evil', 'tenant');
    fake.kubernetes.put(resources.inferenceFleets, { ...evil, metadata: { ...evil.metadata, creationTimestamp: '2026-02-01T00:00:00Z' } });
    const [record] = await run(fake, 1);
    expect(record?.fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Invalid']);
    expect(record?.fleets[1]?.message).toContain('the elder fleet default/chat');
  });
});
