import { describe, expect, it } from 'vitest';
import { execute } from '../../../../lambda/control-loop/act/execute';
import { type PoolWrite, phases, type RouterWrite, type ScalerWrite, type Write } from '../../../../lambda/control-loop/act/writes';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import type { FakePorts } from '../../../support/fake-ports';
import { chatWorld, ruleArn, targetGroupArn } from '../../../support/fake-world';

const FLEET = 'default/chat';
const inTime = () => false;

const poolWrite = (fake: FakePorts, pool: string, changes: Partial<PoolWrite> = {}): PoolWrite => ({
  kind: 'pool',
  phase: phases.pools,
  pool,
  deviceResource: 'nvidia.com/gpu',
  uid: fake.kubernetes.read(resources.nodePools, pool).metadata.uid!,
  fleets: [FLEET],
  weight: 70,
  limitDevices: 4,
  liveWeight: undefined,
  liveLimitDevices: undefined,
  changes: [
    { field: { kind: 'weight', name: pool }, value: 70 },
    { field: { kind: 'limit', name: pool }, value: 4 },
  ],
  ...changes,
});

const floorWrite = (unit: string, from: number, to: number, fleet = FLEET): ScalerWrite => ({
  kind: 'scaler',
  phase: to > from ? phases.raiseFloors : phases.lowerFloors,
  fleets: [fleet],
  resource: resources.scaledObjects,
  name: unit,
  namespace: 'default',
  operations: [
    { op: 'test', path: '/spec/minReplicaCount', value: from },
    { op: 'replace', path: '/spec/minReplicaCount', value: to },
  ],
  changes: [{ field: { kind: 'floor', name: unit }, value: to, previous: from }],
});

const routerWrite = (observed: Readonly<Record<string, number>>, weights: Readonly<Record<string, number>>): RouterWrite => ({
  kind: 'router',
  phase: phases.shares,
  fleets: [FLEET],
  name: 'the rule',
  routing: {
    router: { kind: 'AlbListenerRule', listenerRuleArn: ruleArn('chat') },
    backends: {
      inf2: { kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn('inf2') },
      g5: { kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn('g5') },
    },
  },
  observed,
  weights,
  changes: Object.entries(weights).map(([unit, value]) => ({ field: { kind: 'share', name: unit }, value })),
});

const outcomes = async (fake: FakePorts, writes: readonly Write[]) =>
  (await execute(fake.ports, writes, inTime)).map(({ object, outcome }) => [object, outcome]);

describe('a NodePool', () => {
  it('gets weight and limit by server-side apply, pinned by uid, and keeps everything else', async () => {
    const fake = chatWorld();
    await execute(fake.ports, [poolWrite(fake, 'g5-spot')], inTime);
    const { uid } = fake.kubernetes.read(resources.nodePools, 'g5-spot').metadata;
    expect(fake.callsOf('kubernetes.apply')[0]?.args.slice(1)).toEqual([
      {
        apiVersion: 'karpenter.sh/v1',
        kind: 'NodePool',
        metadata: { name: 'g5-spot', uid },
        spec: { weight: 70, limits: { 'nvidia.com/gpu': '4' } },
      },
      'adaptive-inference',
    ]);
    expect(fake.kubernetes.read(resources.nodePools, 'g5-spot').spec).toEqual({
      template: { spec: {} },
      weight: 70,
      limits: { 'nvidia.com/gpu': '4' },
    });
  });

  it('whose weight another manager owns is contested, and its limit is still set', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-spot' }, spec: { weight: 50 } }, 'argocd');
    const records = await execute(fake.ports, [poolWrite(fake, 'g5-spot', { liveWeight: 50 }), floorWrite('g5', 1, 2)], inTime);
    expect(records.map(({ outcome, fields }) => [outcome, fields])).toEqual([
      ['Done', { limit: '4' }],
      ['Contested', { weight: '70' }],
      ['Done', { floor: '2' }],
    ]);
    expect(records[1]?.message).toContain('argocd');
    expect(fake.kubernetes.read(resources.nodePools, 'g5-spot').spec).toMatchObject({ weight: 50, limits: { 'nvidia.com/gpu': '4' } });
  });

  it('that was made anew meanwhile is not touched', async () => {
    const fake = chatWorld();
    const write = poolWrite(fake, 'g5-spot');
    fake.kubernetes.remove(resources.nodePools, 'g5-spot');
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-spot' }, spec: {} });
    expect(await outcomes(fake, [write, floorWrite('g5', 1, 2)])).toEqual([
      ['NodePool g5-spot', 'Conflict'],
      ['ScaledObject default/g5', 'Done'],
    ]);
    expect(fake.kubernetes.read(resources.nodePools, 'g5-spot').spec).toEqual({});
  });

  it('that the API server refuses as invalid has failed, not conflicted', async () => {
    const fake = chatWorld();
    fake.writeFailures.set(1, new KubernetesError('spec.weight: Invalid value', 422));
    expect(await outcomes(fake, [poolWrite(fake, 'g5-spot')])).toEqual([['NodePool g5-spot', 'Failed']]);
  });

  it('whose write fails stops nothing else', async () => {
    const fake = chatWorld();
    fake.writeFailures.set(1, new KubernetesError('no answer', 0));
    expect(await outcomes(fake, [poolWrite(fake, 'g5-spot'), floorWrite('g5', 1, 2), floorWrite('inf2', 1, 2, 'default/other')])).toEqual([
      ['NodePool g5-spot', 'Failed'],
      ['ScaledObject default/g5', 'Done'],
      ['ScaledObject default/inf2', 'Done'],
    ]);
  });
});

describe('a scaler', () => {
  it('that changed since it was observed is left alone for the whole tick, and costs its own unit only', async () => {
    const fake = chatWorld({}, { floors: { inf2: 4 } });
    const writes = [
      floorWrite('inf2', 1, 2),
      floorWrite('g5', 1, 2),
      routerWrite({ inf2: 500, g5: 500 }, { inf2: 400, g5: 599 }),
      floorWrite('inf2', 4, 3),
    ];
    const records = await execute(fake.ports, writes, inTime);
    expect(records.map(({ outcome }) => outcome)).toEqual(['Conflict', 'Done', 'Done', 'Skipped']);
    expect(records[0]?.message).toContain('/spec/minReplicaCount');
    expect(records[3]?.message).toBe('an earlier write of the scaler did not succeed');
  });

  it('that is gone is skipped, and the rest goes on', async () => {
    const fake = chatWorld();
    fake.kubernetes.remove(resources.scaledObjects, 'inf2', 'default');
    expect(await outcomes(fake, [floorWrite('inf2', 1, 2), floorWrite('g5', 1, 2)])).toEqual([
      ['ScaledObject default/inf2', 'NotFound'],
      ['ScaledObject default/g5', 'Done'],
    ]);
  });
});

describe('the router', () => {
  it('gets all weights of its rule at once, those of others unchanged', async () => {
    const fake = chatWorld();
    const canary = targetGroupArn('canary');
    fake.rules.set(ruleArn('chat'), { ...fake.rules.get(ruleArn('chat')), [canary]: 7 });
    const [record] = await execute(fake.ports, [routerWrite({ inf2: 500, g5: 500 }, { inf2: 400, g5: 599 })], inTime);
    expect(record?.fields).toEqual({ inf2: '400', g5: '599' });
    expect(fake.rules.get(ruleArn('chat'))).toEqual({ [targetGroupArn('inf2')]: 400, [targetGroupArn('g5')]: 599, [canary]: 7 });
  });

  it('whose weights changed since they were observed is left alone', async () => {
    const fake = chatWorld({}, { weights: { inf2: 1, g5: 998 } });
    const records = await execute(
      fake.ports,
      [routerWrite({ inf2: 500, g5: 500 }, { inf2: 400, g5: 599 }), floorWrite('g5', 1, 0)],
      inTime,
    );
    expect(records.map(({ outcome }) => outcome)).toEqual(['Conflict', 'Skipped']);
    expect(records[0]?.message).toBe('weight of inf2 is 1 now, 500 when it was observed');
    expect(records[1]?.message).toBe('the traffic could not be moved, so that the floor is kept');
    expect(fake.callsOf('elbv2.modifyRule')).toHaveLength(0);
  });

  it('takes traffic from a unit that does not serve before anything else is written', async () => {
    const fake = chatWorld();
    const rescue = { ...routerWrite({ inf2: 500, g5: 500 }, { inf2: 0, g5: 999 }), phase: phases.rescue };
    await execute(fake.ports, [floorWrite('g5', 1, 2), poolWrite(fake, 'g5-spot'), rescue], inTime);
    expect(fake.writes.map(({ method }) => method)).toEqual(['elbv2.modifyRule', 'kubernetes.apply', 'kubernetes.jsonPatch']);
  });

  it('whose rule is gone is skipped', async () => {
    const fake = chatWorld();
    fake.rules.clear();
    expect(await outcomes(fake, [routerWrite({ inf2: 500, g5: 500 }, { inf2: 400, g5: 599 })])).toEqual([['the rule', 'NotFound']]);
  });
});

it('no write is begun when the time of the tick is over', async () => {
  const fake = chatWorld();
  let checks = 0;
  const records = await execute(fake.ports, [poolWrite(fake, 'g5-spot'), floorWrite('g5', 1, 2)], () => {
    checks += 1;
    return checks > 1;
  });
  expect(records.map(({ outcome }) => outcome)).toEqual(['Done', 'Skipped']);
  expect(fake.writes).toHaveLength(1);
});
