import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import type { KubernetesError } from '../../../../lambda/control-loop/errors';
import { type ScenarioInput, ScenarioSchema } from '../../../../sim/inputs/scenario';
import { ruleWithListener, withListener } from '../../../../sim/twin/ports/loop-writes';
import { refusals } from '../../../../sim/twin/ports/refused-writes';
import { Harness, RULE_ARN, targetGroupArn } from '../harness';

type Refused = NonNullable<NonNullable<ScenarioInput['reality']>['refusedWrites']>;

/** The API server and the listener rule of a small cluster, as the loop meets them under these refusals. */
const world = (refusedWrites: Refused) => {
  const h = new Harness();
  const { reality } = ScenarioSchema.parse({ ...h.scenario, reality: { refusedWrites } });
  const listener = refusals(reality.refusedWrites, () => h.kernel.now);
  const kubernetes = withListener(h.cluster.kubernetes, listener);
  const rule = ruleWithListener(h.rule, listener);
  const pool = (name: string, spec: object) => kubernetes.apply(resources.nodePools, { metadata: { name }, spec }, 'adaptive-inference');
  const floor = (value: number) =>
    kubernetes.jsonPatch(resources.scaledObjects, 'sd21-g5', 'default', [
      { op: 'test', path: '/spec/minReplicaCount', value: 1 },
      { op: 'replace', path: '/spec/minReplicaCount', value },
    ]);
  const target = (value: number) =>
    kubernetes.jsonPatch(resources.scaledObjects, 'sd21-g5', 'default', [
      { op: 'test', path: '/spec/minReplicaCount', value: 1 },
      { op: 'replace', path: '/spec/triggers/0/metadata/targetMetricValue', value: String(value) },
    ]);
  const shares = () => rule.modifyRule(RULE_ARN, { [targetGroupArn('g5')]: 500 });
  return { h, kubernetes, pool, floor, target, shares };
};

/** Status and message of the error that a write ends with; the outcome `done` without one. */
const outcome = (write: Promise<unknown>): Promise<unknown> =>
  write.then(
    () => 'done',
    (error: KubernetesError) => ({ status: error.status ?? error.name, message: error.message }),
  );

describe('A write that is refused', () => {
  it('answers with the status of the entry and changes nothing, while the entry holds', async () => {
    const { h, floor } = world([{ kind: 'ScaledObject', status: 422, message: 'min above max', fromSeconds: 100, toSeconds: 200 }]);
    await h.run(100);
    expect(await outcome(floor(3))).toEqual({ status: 422, message: 'min above max' });
    expect((await h.list('scaledObjects'))[0]!.spec.minReplicaCount).toBe(1);
    await h.run(200);
    expect(await outcome(floor(3))).toBe('done');
  });

  it('is refused by a webhook where nothing else is stated', async () => {
    expect(await outcome(world([{ kind: 'ScaledObject' }]).floor(3))).toEqual({
      status: 403,
      message: 'admission webhook denied the request: ScaledObject "sd21-g5" must not be changed',
    });
  });

  it('is one to the named object', async () => {
    const { pool } = world([{ kind: 'NodePool', name: 'g5-spot', status: 500 }]);
    expect(await outcome(pool('g5-spot', { weight: 10 }))).toMatchObject({ status: 500 });
    expect(await outcome(pool('g5-od', { weight: 10 }))).toBe('done');
  });

  it('is one that sets the named field, or a field under it; a test of the field sets nothing', async () => {
    const { floor, target } = world([{ kind: 'ScaledObject', field: '/spec/minReplicaCount' }]);
    expect(await outcome(floor(3))).toMatchObject({ status: 403 });
    expect(await outcome(target(50))).toBe('done');
    const { pool } = world([{ kind: 'NodePool', field: '/spec/limits' }]);
    expect(await outcome(pool('g5-spot', { limits: { 'nvidia.com/gpu': '3' } }))).toMatchObject({ status: 403 });
    expect(await outcome(pool('g5-spot', { weight: 10 }))).toBe('done');
  });

  it('may be one to the listener rule, with the names of errors of Elastic Load Balancing', async () => {
    const { shares, floor, h } = world([{ kind: 'ListenerRule', status: 429, message: 'Rate exceeded' }]);
    const before = h.rule.weights;
    expect(await outcome(shares())).toEqual({ status: 'Throttling', message: 'Rate exceeded' });
    expect(h.rule.weights).toEqual(before);
    expect(await outcome(floor(3))).toBe('done');
  });

  it('may be the status of the fleet: then the loop cannot record what it is about to do', async () => {
    const { h, kubernetes } = world([{ kind: 'InferenceFleet', status: 500 }]);
    const [fleet] = await h.list('inferenceFleets');
    expect(await outcome(kubernetes.replaceStatus(resources.inferenceFleets, { ...fleet!, status: {} }))).toMatchObject({ status: 500 });
  });

  it('is none of the controllers: they write as before', async () => {
    const { h } = world([{ kind: 'Pod' }, { kind: 'ScaledObject' }, { kind: 'NodePool' }]);
    await h.setFloor('g5', 3);
    await h.run(400);
    expect(h.readyPods()).toBe(3);
  });
});
