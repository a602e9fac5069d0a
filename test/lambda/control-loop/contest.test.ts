import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { Decide } from '../../../lambda/control-loop/decide/decide';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, followFloors, ruleArn, steadyMetrics, targetGroupArn } from '../../support/fake-world';

const HOUR = 3600;

const run = async (fake: FakePorts, afterSeconds = 60, decide?: Decide, beforeFirstWrite?: () => void): Promise<TickRecord> => {
  fake.restart();
  if (beforeFirstWrite) fake.beforeWrite.set(1, beforeFirstWrite);
  fake.nowSeconds += afterSeconds;
  followFloors(fake, 'g5');
  return tick(fake.ports, {
    deadlineSeconds: fake.nowSeconds + 50,
    trigger: 'schedule',
    caches: createTickCaches(),
    ...(decide && { decide }),
  });
};

const scaler = (fake: FakePorts): KubernetesObject => fake.kubernetes.read(resources.scaledObjects, 'g5', 'default');
const floor = (fake: FakePorts): number => scaler(fake).spec.minReplicaCount;
const setFloor = (fake: FakePorts, minReplicaCount: number): void => {
  const object = scaler(fake);
  fake.kubernetes.put(resources.scaledObjects, { ...object, spec: { ...object.spec, minReplicaCount } }, 'argocd');
};
const setLimits = (fake: FakePorts, limits: Readonly<Record<string, string>> | undefined): void => {
  const object = fake.kubernetes.read(resources.nodePools, 'g5-od');
  fake.kubernetes.put(resources.nodePools, { ...object, spec: { ...object.spec, limits } }, 'argocd');
};

const isContested = (record: TickRecord, subject: string): boolean =>
  record.decision.fleets[0]!.findings.some((finding) => finding.code === 'Contested' && finding.subject === subject);

/** A fleet that wants more than one pod of g5, with the loop's settled value in its floor. */
const busy = async (): Promise<FakePorts> => {
  const fake = chatWorld();
  fake.metric = steadyMetrics(240);
  await run(fake, 0);
  await run(fake);
  expect(floor(fake)).toBeGreaterThan(2);
  return fake;
};

describe('a floor that a GitOps tool puts back within seconds', () => {
  it('is contested when it has been put back three times, and then left alone', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    const contested: boolean[] = [];
    for (let minute = 0; minute < 8; minute += 1) {
      const record = await run(fake);
      contested.push(isContested(record, 'g5 floor'));
      if (floor(fake) !== 1) setFloor(fake, 1);
    }
    expect(contested).toEqual([false, false, false, true, true, true, true, true]);
  });

  it('is asked for once an hour later, and left alone again when it is put back', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    let writes = 0;
    for (let minute = 0; minute < 130; minute += 1) {
      await run(fake);
      if (floor(fake) === 1) continue;
      writes += 1;
      setFloor(fake, 1);
    }
    // Three writes at first, and one an hour after the contest began in minute 3: in minutes 63 and 124.
    expect(writes).toBe(3 + 2);
  });

  it('is not contested for writes that were refused: nobody put them back', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    for (let minute = 0; minute < 6; minute += 1) {
      fake.failures.set('kubernetes.jsonPatch', new KubernetesError('forbidden', 403));
      expect(isContested(await run(fake), 'g5 floor')).toBe(false);
    }
    fake.failures.clear();
    await run(fake);
    expect(floor(fake)).toBeGreaterThan(1);
  });
});

describe('one edit by a person', () => {
  it('is left alone for an hour; then the loop asks again', async () => {
    const fake = await busy();
    const wanted = floor(fake);
    setFloor(fake, 2);
    expect(isContested(await run(fake), 'g5 floor')).toBe(true);
    expect(isContested(await run(fake, HOUR - 60), 'g5 floor')).toBe(true);
    expect(floor(fake)).toBe(2);
    expect(isContested(await run(fake, 60), 'g5 floor')).toBe(false);
    expect(floor(fake)).toBe(wanted);
  });

  it('is left alone for as long as the fleet sets', async () => {
    const fake = chatWorld({ contestedRetryAfterSeconds: 600 });
    fake.metric = steadyMetrics(240);
    await run(fake, 0);
    await run(fake);
    setFloor(fake, 2);
    await run(fake);
    await run(fake, 540);
    expect(floor(fake)).toBe(2);
    await run(fake, 60);
    expect(floor(fake)).toBeGreaterThan(2);
  });

  it('that gives the loop its value back ends the contest', async () => {
    const fake = await busy();
    const wanted = floor(fake);
    setFloor(fake, 2);
    await run(fake);
    setFloor(fake, wanted);
    expect(isContested(await run(fake), 'g5 floor')).toBe(false);
  });

  it('is adopted when an operator says so, whatever the clocks say, and once', async () => {
    const fake = await busy();
    setFloor(fake, 2);
    expect(isContested(await run(fake), 'g5 floor')).toBe(true);
    const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    // The operator's clock is a day behind.
    const annotations = { 'adaptive-inference.dev/adopt': 'floor/g5 at 2026-02-28T12:00:00Z' };
    fake.kubernetes.put(resources.inferenceFleets, { ...chat, metadata: { ...chat.metadata, annotations } });
    expect(isContested(await run(fake), 'g5 floor')).toBe(false);
    expect(floor(fake)).toBeGreaterThan(2);
    await run(fake);
    setFloor(fake, 2);
    expect(isContested(await run(fake), 'g5 floor')).toBe(true);
  });
});

it('limits that are removed again and again are contested', async () => {
  const fake = chatWorld();
  await run(fake, 0);
  const contested: boolean[] = [];
  for (let minute = 0; minute < 5; minute += 1) {
    setLimits(fake, undefined);
    contested.push(isContested(await run(fake), 'g5-od limit'));
    // The value settles in between, as a slow writer leaves it for a while.
    await run(fake);
  }
  expect(contested).toEqual([false, false, true, true, true]);
});

describe('the limit of a NodePool of which another manager has taken the field', () => {
  const DEVICE = 'nvidia.com/gpu';
  const limit = (fake: FakePorts): string | undefined => fake.kubernetes.read(resources.nodePools, 'g5-od').spec.limits?.[DEVICE];
  const give = (fake: FakePorts, metadata: object, spec: object = {}): void => {
    const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    const generation = (chat.metadata.generation ?? 1) + (Object.keys(spec).length > 0 ? 1 : 0);
    fake.kubernetes.put(resources.inferenceFleets, {
      ...chat,
      metadata: { ...chat.metadata, ...metadata, generation },
      spec: { ...chat.spec, ...spec },
    });
  };
  const adopt = (fake: FakePorts, fields: string): void =>
    give(fake, { annotations: { 'adaptive-inference.dev/adopt': `${fields} at 2026-02-28T12:00:00Z` } });

  /** A loop that has set the limit, and somebody who has set another. */
  const taken = async (): Promise<{ readonly fake: FakePorts; readonly wanted: string | undefined }> => {
    const fake = await busy();
    const wanted = limit(fake);
    expect(wanted).toBeDefined();
    setLimits(fake, { [DEVICE]: '99' });
    expect(isContested(await run(fake), 'g5-od limit')).toBe(true);
    expect(limit(fake)).toBe('99');
    return { fake, wanted };
  };

  it.each(['all', 'limit/g5-od'])('is the loop’s again when an operator says adopt %s', async (fields) => {
    const { fake, wanted } = await taken();
    adopt(fake, fields);
    const record = await run(fake);
    expect(record.writes.map(({ outcome }) => outcome)).toEqual(record.writes.map(() => 'Done'));
    expect(limit(fake)).toBe(wanted);
    // Once: who sets it again has it.
    await run(fake);
    setLimits(fake, { [DEVICE]: '98' });
    expect(isContested(await run(fake), 'g5-od limit')).toBe(true);
    expect(limit(fake)).toBe('98');
  });

  it('stays theirs when the operator speaks of another field', async () => {
    const { fake } = await taken();
    adopt(fake, 'limit/g5-spot');
    expect(isContested(await run(fake), 'g5-od limit')).toBe(true);
    expect(limit(fake)).toBe('99');
  });

  it('is asked for again after an hour', async () => {
    const { fake, wanted } = await taken();
    await run(fake, HOUR);
    expect(limit(fake)).toBe(wanted);
  });

  it('is the loop’s again under a new spec', async () => {
    const { fake, wanted } = await taken();
    give(fake, {}, { resilience: 0.5 });
    await run(fake);
    expect(limit(fake)).toBe(wanted);
  });

  it('is taken at the next try where the first one fails', async () => {
    const { fake, wanted } = await taken();
    adopt(fake, 'all');
    fake.failures.set('kubernetes.apply', new KubernetesError('no answer', 0));
    await run(fake);
    expect(limit(fake)).toBe('99');
    fake.failures.clear();
    await run(fake);
    expect(limit(fake)).toBe(wanted);
  });

  it('is not taken while the NodePool is another than was observed', async () => {
    const { fake } = await taken();
    adopt(fake, 'all');
    const record = await run(fake, 60, undefined, () => setLimits(fake, { [DEVICE]: '97' }));
    expect(record.writes.find(({ object }) => object === 'NodePool g5-od')?.outcome).toBe('Conflict');
    expect(limit(fake)).toBe('97');
  });

  it('is left to a manager that had it before the loop ever wrote it', async () => {
    const fake = chatWorld();
    setLimits(fake, { [DEVICE]: '99' });
    for (let minute = 0; minute < 3; minute += 1) await run(fake);
    expect(limit(fake)).toBe('99');
  });
});

describe('an object that is deleted and made anew', () => {
  it('is adopted as it is found: a ScaledObject', async () => {
    const fake = await busy();
    const { spec, metadata } = scaler(fake);
    fake.kubernetes.remove(resources.scaledObjects, 'g5', 'default');
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: metadata.name, namespace: 'default' },
      spec: { ...spec, minReplicaCount: 0, triggers: [{ type: 'aws-cloudwatch', metadata: { targetMetricValue: '11' } }] },
    });
    const record = await run(fake);
    expect(record.decision.fleets[0]!.findings.filter(({ code }) => code === 'Contested')).toEqual([]);
    expect(floor(fake)).toBeGreaterThan(2);
  });
});

describe('a rule whose weights someone set to zero', () => {
  it('gets traffic back to the units that serve at the next tick', async () => {
    const fake = await busy();
    fake.rules.set(ruleArn('chat'), { [targetGroupArn('inf2')]: 0, [targetGroupArn('g5')]: 0 });
    await run(fake);
    const weights = Object.values(fake.rules.get(ruleArn('chat'))!);
    expect(weights.every((weight) => weight > 0)).toBe(true);
    expect(isContested(await run(fake), 'inf2 share')).toBe(false);
  });
});
