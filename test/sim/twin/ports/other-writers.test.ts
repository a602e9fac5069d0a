import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { type ScenarioInput, ScenarioSchema } from '../../../../sim/inputs/scenario';
import { ruleWithListener, withListener } from '../../../../sim/twin/ports/loop-writes';
import { startOtherWriters } from '../../../../sim/twin/ports/other-writers';
import { Harness, RULE_ARN, targetGroupArn, unit } from '../harness';

type Writers = NonNullable<NonNullable<ScenarioInput['reality']>['otherWriters']>;

/** A cluster with other writers, and what the loop writes to. */
const world = (writers: Writers) => {
  const h = new Harness({ units: [unit('g5', ['g5-spot', 'g5-od']), unit('g6', ['g5-od'])], initialReplicas: { g5: 1, g6: 1 } });
  const { otherWriters } = ScenarioSchema.parse({ ...h.scenario, reality: { otherWriters: writers } }).reality;
  const listener = startOtherWriters({
    entries: otherWriters,
    fleets: [{ fleet: h.fleet, rule: h.rule }],
    kernel: h.kernel,
    api: h.cluster.kubernetes,
  });
  const kubernetes = withListener(h.cluster.kubernetes, listener);
  const rule = ruleWithListener(h.rule, listener);
  const setFloor = (value: number) =>
    kubernetes.jsonPatch(resources.scaledObjects, 'sd21-g5', 'default', [{ op: 'replace', path: '/spec/minReplicaCount', value }]);
  const scaler = async () => (await h.list('scaledObjects'))[0]!.spec;
  const setPool = (spec: object) => kubernetes.apply(resources.nodePools, { metadata: { name: 'g5-spot' }, spec }, 'adaptive-inference');
  const pool = async () => (await h.list('nodePools')).find(({ metadata }) => metadata.name === 'g5-spot')!.spec;
  return { h, setFloor, scaler, setPool, pool, rule };
};

const FLOOR = { kind: 'ScaledObject', name: 'sd21-g5', field: '/spec/minReplicaCount', value: 1 } as const;

describe('Another writer', () => {
  it('puts its value back every so often, while it is at work', async () => {
    const { h, setFloor, scaler } = world([{ ...FLOOR, everySeconds: 60, fromSeconds: 120, toSeconds: 240 }]);
    await h.run(100);
    await setFloor(3);
    await h.run(119);
    expect((await scaler()).minReplicaCount).toBe(3);
    await h.run(120);
    expect((await scaler()).minReplicaCount).toBe(1);
    await h.run(185);
    await setFloor(3);
    await h.run(1000);
    expect((await scaler()).minReplicaCount).toBe(3);
  });

  it('sets its value once, and leaves it to others then', async () => {
    const { h, setFloor, scaler } = world([{ ...FLOOR, value: 2, atSeconds: 120 }]);
    await h.run(100);
    await setFloor(3);
    await h.run(120);
    expect((await scaler()).minReplicaCount).toBe(2);
    await setFloor(3);
    await h.run(1000);
    expect((await scaler()).minReplicaCount).toBe(3);
  });

  it('takes a field away, and does nothing where it is not there', async () => {
    const { h, pool, setPool } = world([{ kind: 'NodePool', name: 'g5-spot', field: '/spec/limits', value: null, everySeconds: 60 }]);
    await h.run(60);
    expect(await pool()).not.toHaveProperty('limits');
    await setPool({ limits: { 'nvidia.com/gpu': '4' } });
    expect((await pool()).limits).toEqual({ 'nvidia.com/gpu': '4' });
    await h.run(120);
    expect(await pool()).not.toHaveProperty('limits');
  });

  it('gets no further than KEDA lets it: a maximum below the floor stays out', async () => {
    const { h, setFloor, scaler } = world([{ ...FLOOR, field: '/spec/maxReplicaCount', value: 2, atSeconds: 60 }]);
    await setFloor(3);
    const { maxReplicaCount } = await scaler();
    await h.run(100);
    expect((await scaler()).maxReplicaCount).toBe(maxReplicaCount);
  });

  it('answers each write of the loop to its object', async () => {
    const { h, setFloor, setPool, scaler } = world([{ ...FLOOR, secondsAfterWrite: 2 }]);
    for (const at of [10, 20]) {
      await h.run(at);
      await setFloor(4);
      await h.run(at + 1.9);
      expect((await scaler()).minReplicaCount).toBe(4);
      await h.run(at + 2);
      expect((await scaler()).minReplicaCount).toBe(1);
    }
    await setPool({ weight: 10 });
    await h.run(60);
    expect((await scaler()).minReplicaCount).toBe(1);
  });

  it('sets targets inside lists', async () => {
    const field = '/spec/triggers/0/metadata/targetMetricValue';
    const { h, scaler } = world([{ ...FLOOR, field, value: '45', everySeconds: 60 }]);
    await h.run(60);
    expect((await scaler()).triggers[0].metadata.targetMetricValue).toBe('45');
  });

  it('owns a field of a NodePool that it has changed: the loop, which never forces, is answered 409', async () => {
    const { h, setPool, pool } = world([
      { kind: 'NodePool', name: 'g5-spot', field: '/spec/weight', value: 50, everySeconds: 60, fromSeconds: 60 },
    ]);
    await setPool({ weight: 10 });
    await h.run(60);
    expect((await pool()).weight).toBe(50);
    await expect(setPool({ weight: 10 })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('"argocd": .spec.weight'),
    });
  });

  it('sets limits of a NodePool that has none', async () => {
    const { h, pool } = world([{ kind: 'NodePool', name: 'g5-spot', field: '/spec/limits/nvidia.com~1gpu', value: '2', everySeconds: 60 }]);
    await h.run(60);
    expect((await pool()).limits).toEqual({ 'nvidia.com/gpu': '2' });
  });

  it('sets the weights of the listener rule, right after the loop', async () => {
    const { h, rule } = world([{ kind: 'ListenerRule', weights: { g5: 900, g6: 99 }, secondsAfterWrite: 1 }]);
    await rule.modifyRule(RULE_ARN, { [targetGroupArn('g5')]: 10, [targetGroupArn('g6')]: 20 });
    expect(h.rule.weights).toEqual([10, 20]);
    await h.run(1);
    expect(h.rule.weights).toEqual([900, 99]);
  });
});
