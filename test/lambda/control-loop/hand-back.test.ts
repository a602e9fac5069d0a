import { describe, expect, it } from 'vitest';
import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { poolAnnotations, resources } from '../../../lambda/control-loop/contract/names';
import { poolsToHandBack } from '../../../lambda/control-loop/decide/hand-back';
import { namedPools, ownedPools } from '../../../lambda/control-loop/observe/owned-pools';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, ruleArn, targetGroupArn } from '../../support/fake-world';

const tickOf = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const nextTick = (fake: FakePorts): Promise<TickRecord> => {
  fake.nowSeconds += 60;
  return tickOf(fake);
};

/** What a NodePool states of weight and limits. */
const statedIn = (fake: FakePorts, pool: string): object => {
  const { weight, limits = {} } = fake.kubernetes.read(resources.nodePools, pool).spec;
  return { ...(weight !== undefined && { weight }), ...limits };
};

/** A fleet that has been steered, and then deleted while its pods stay. */
const deletedFleet = async (): Promise<FakePorts> => {
  const fake = chatWorld();
  await tickOf(fake);
  fake.kubernetes.remove(resources.inferenceFleets, 'chat', 'default');
  return fake;
};

const POOLS = ['inf2-spot', 'g5-spot', 'g5-od'];

const outcomesOf = ({ handedBack = [] }: TickRecord) => handedBack.map(({ object, outcome }) => `${object} ${outcome}`).sort();

describe('a fleet that is deleted', () => {
  it('hands back weight and limits of its NodePools in the next tick, and the log says what they were', async () => {
    const fake = await deletedFleet();
    for (const pool of POOLS) expect(Object.keys(statedIn(fake, pool))).toContain('weight');
    const before = Object.fromEntries(POOLS.map((pool) => [`NodePool ${pool}`, statedIn(fake, pool)]));
    const record = await nextTick(fake);
    for (const pool of POOLS) expect(statedIn(fake, pool)).toEqual({});
    expect(outcomesOf(record)).toEqual(POOLS.map((pool) => `NodePool ${pool} Done`).sort());
    for (const { object, previous } of record.handedBack ?? []) {
      expect(previous).toEqual(Object.fromEntries(Object.entries(before[object]!).map(([field, value]) => [field, String(value)])));
    }
    const [line] = fake.logged.filter(({ kind, handedBack }) => kind === 'tick' && handedBack !== undefined);
    expect(line?.handedBack).toEqual(record.handedBack);
  });

  it('is done with after one tick', async () => {
    const fake = await deletedFleet();
    await nextTick(fake);
    expect((await nextTick(fake)).handedBack).toBeUndefined();
  });

  it('keeps floors and targets, which KEDA scales on', async () => {
    const fake = await deletedFleet();
    const before = fake.kubernetes.all(resources.scaledObjects);
    await nextTick(fake);
    expect(fake.kubernetes.all(resources.scaledObjects)).toEqual(before);
  });

  it('keeps the weights of its router', async () => {
    const fake = await deletedFleet();
    const before = structuredClone([...fake.rules]);
    await nextTick(fake);
    expect([...fake.rules]).toEqual(before);
  });

  it('leaves a limit that somebody else has set since', async () => {
    const fake = await deletedFleet();
    const pool = fake.kubernetes.read(resources.nodePools, 'g5-spot');
    const limits = { 'nvidia.com/gpu': '3' };
    fake.kubernetes.put(resources.nodePools, { ...pool, spec: { ...pool.spec, limits } }, 'kubectl-patch');
    await nextTick(fake);
    expect(statedIn(fake, 'g5-spot')).toEqual(limits);
  });

  it('leaves the pools that another fleet names, be that invalid', async () => {
    const fake = await deletedFleet();
    addFleet(fake, 'other', otherSpec());
    // As only a fleet that is refused could name it.
    const other = fake.kubernetes.read(resources.inferenceFleets, 'other', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...other, spec: { ...other.spec, objective: 'fast' } });
    expect(outcomesOf(await nextTick(fake))).toEqual(['NodePool inf2-spot Done']);
  });

  it('hands nothing back where a fleet does not say which pools it names', async () => {
    const fake = await deletedFleet();
    addFleet(fake, 'other', otherSpec());
    const other = fake.kubernetes.read(resources.inferenceFleets, 'other', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...other, spec: { ...other.spec, pools: 'all' } });
    expect((await nextTick(fake)).handedBack).toBeUndefined();
  });

  it('hands nothing back where the fleets cannot be listed', async () => {
    const fake = await deletedFleet();
    fake.failures.set('kubernetes.list inferencefleets', new Error('timeout'));
    await expect(nextTick(fake)).rejects.toThrow(/nothing was decided/);
    expect(Object.keys(statedIn(fake, 'g5-spot'))).toContain('weight');
  });

  it('hands back in a later tick what is refused in one', async () => {
    const fake = await deletedFleet();
    fake.writeFailures.set(fake.writes.length + 1, new Error('timeout'));
    expect(outcomesOf(await nextTick(fake)).filter((one) => !one.endsWith('Done'))).toHaveLength(1);
    expect(outcomesOf(await nextTick(fake))).toHaveLength(1);
    for (const pool of POOLS) expect(statedIn(fake, pool)).toEqual({});
  });

  it('that is made anew steers its pools again', async () => {
    const fake = await deletedFleet();
    const steered = Object.fromEntries(POOLS.map((pool) => [pool, statedIn(fake, pool)]));
    await nextTick(fake);
    addFleet(fake, 'chat', chatSpec());
    await nextTick(fake);
    await nextTick(fake);
    for (const pool of POOLS) expect(Object.keys(statedIn(fake, pool))).toEqual(Object.keys(steered[pool]!));
  });
});

describe('a pool that a fleet names no more', () => {
  it('is handed back, and the others stay steered', async () => {
    const fake = chatWorld();
    await tickOf(fake);
    const { spec, ...object } = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...object, spec: { ...spec, ...withoutPool(chatSpec(), 'g5-od') } });
    expect(outcomesOf(await nextTick(fake))).toEqual(['NodePool g5-od Done']);
    expect(Object.keys(statedIn(fake, 'g5-spot'))).toContain('weight');
  });
});

const withoutPool = (spec: FleetSpecInput, gone: string): Pick<FleetSpecInput, 'units' | 'pools'> => ({
  units: spec.units.map((unit) => ({ ...unit, pools: unit.pools.filter((name) => name !== gone) })),
  pools: spec.pools.filter(({ name }) => name !== gone),
});

/** A fleet on the A10G pools alone. */
const otherSpec = (): FleetSpecInput => {
  const spec = chatSpec({ router: { listenerRuleArn: ruleArn('other') } });
  const units = spec.units.filter(({ name }) => name === 'g5').map((unit) => ({ ...unit, targetGroupArn: targetGroupArn('other-g5') }));
  return { ...spec, units, pools: spec.pools.filter(({ name }) => name !== 'inf2-spot') };
};

describe('NodePools that the loop owns fields of', () => {
  /** As an API server answers. */
  const applied = (changes: Partial<KubernetesObject['metadata']> = {}, entry: object = {}): KubernetesObject => ({
    metadata: {
      name: 'g5-spot',
      uid: 'a',
      resourceVersion: '7',
      annotations: { [poolAnnotations.namespaces]: 'ml' },
      managedFields: [
        { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: { 'f:spec': { 'f:template': {} } } },
        {
          manager: 'adaptive-inference',
          operation: 'Apply',
          fieldsV1: { 'f:spec': { 'f:limits': { 'f:nvidia.com/gpu': {} }, 'f:weight': {} } },
          ...entry,
        },
      ],
      ...changes,
    },
    spec: { weight: 30, limits: { 'nvidia.com/gpu': '4', cpu: '100' }, template: {} },
  });

  it('are known by what it applied, and what it did not apply is not among it', () => {
    const fields = { weight: '30', 'nvidia.com/gpu': '4' };
    expect(ownedPools([applied()])).toEqual([{ name: 'g5-spot', uid: 'a', resourceVersion: '7', fields }]);
  });

  it.each<[string, KubernetesObject]>([
    ['that is being deleted', applied({ deletionTimestamp: '2026-03-01T12:00:00Z' })],
    ['that admits no fleet', applied({ annotations: {} })],
    ['whose fields another manager applied', applied({}, { manager: 'argocd-controller' })],
    ['that the loop has only updated', applied({}, { operation: 'Update' })],
    ['that says nothing of managers', applied({ managedFields: undefined as never })],
  ])('are not those %s', (_name, object) => {
    expect(ownedPools([object])).toEqual([]);
  });
});

describe('what is handed back', () => {
  const owned = { name: 'g5-spot', uid: 'a', resourceVersion: '7', fields: { weight: '30' } };

  it('is what no fleet names', () => {
    expect(poolsToHandBack([owned], new Set(['g5-od']))).toEqual([owned]);
    expect(poolsToHandBack([owned], new Set(['g5-spot']))).toEqual([]);
    expect(poolsToHandBack([owned], undefined)).toEqual([]);
  });

  it.each<[string, unknown, readonly string[] | undefined]>([
    ['a list of pools', { pools: [{ name: 'a' }, { name: 'b', accelerator: 7 }] }, ['a', 'b']],
    ['a pool without a name', { pools: [{ name: 'a' }, {}] }, undefined],
    ['no list', { pools: 'a' }, undefined],
    ['no spec', undefined, undefined],
  ])('is told by what fleets name: %s', (_name, spec, names) => {
    const named = namedPools([{ metadata: { name: 'chat' }, spec }]);
    expect(named && [...named]).toEqual(names);
  });
});
