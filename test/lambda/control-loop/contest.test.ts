import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { Decide } from '../../../lambda/control-loop/decide/decide';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, ruleArn, steadyMetrics, targetGroupArn } from '../../support/fake-world';

const HOUR = 3600;

const run = async (fake: FakePorts, afterSeconds = 60, decide?: Decide): Promise<TickRecord> => {
  fake.restart();
  fake.nowSeconds += afterSeconds;
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
