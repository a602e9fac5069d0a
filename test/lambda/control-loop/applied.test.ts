import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, steadyMetrics } from '../../support/fake-world';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

const run = async (fake: FakePorts): Promise<Condition | undefined> => {
  fake.restart();
  fake.nowSeconds += 60;
  await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });
  const { status } = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
  return ((status?.conditions ?? []) as readonly Condition[]).find(({ type }) => type === 'Applied');
};

const statusWrites = (fake: FakePorts): number => fake.writes.filter(({ method }) => method === 'kubernetes.replaceStatus').length;

/** As KEDA's definition refuses a floor above the maximum. */
const refusal = new KubernetesError('PATCH scaledobjects: 422 Invalid: minReplicaCount=9 must be at most maxReplicaCount=8', 422);

describe('the condition Applied of a fleet', () => {
  it('is True once there is nothing left to write', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    await run(fake);
    expect(await run(fake)).toMatchObject({ status: 'True', reason: 'AsDecided', message: 'what was decided is written' });
  });

  it('is False with field and cause while a write fails, and says since when', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    fake.failures.set('kubernetes.jsonPatch', refusal);
    const first = await run(fake);
    expect(first).toMatchObject({ status: 'False', reason: 'WriteConflict' });
    expect(first?.message).toMatch(
      /ScaledObject default\/g5 floor from 1 to \d+.*: Conflict, PATCH scaledobjects: 422 Invalid: minReplicaCount=9/,
    );
    fake.failures.set('kubernetes.jsonPatch', refusal);
    expect((await run(fake))?.lastTransitionTime).toBe(first?.lastTransitionTime);
  });

  it.each([
    ['a right that was withdrawn', new KubernetesError('forbidden', 403), 'WriteFailed'],
    ['an object that is gone', new KubernetesError('not found', 404), 'WriteFailed'],
    ['no answer', new KubernetesError('socket hang up', 0), 'WriteFailed'],
    ['another writer', new KubernetesError('the object has been modified', 409), 'WriteConflict'],
  ])('names %s', async (_, error, reason) => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    fake.failures.set('kubernetes.jsonPatch', error);
    expect(await run(fake)).toMatchObject({ status: 'False', reason, message: expect.stringContaining(error.message) });
  });

  it('is True again in the tick in which the writes succeed', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    fake.failures.set('kubernetes.jsonPatch', refusal);
    expect((await run(fake))?.status).toBe('False');
    fake.failures.clear();
    expect(await run(fake)).toMatchObject({ status: 'True', reason: 'AsDecided' });
  });

  it('costs a write of the status only when it changes', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(240);
    await run(fake);
    expect(statusWrites(fake)).toBe(1);
    await run(fake);
    expect(statusWrites(fake)).toBe(1);
  });

  it('is not there of a fleet that only recommends', async () => {
    const fake = chatWorld({ enforcement: 'Recommend' });
    fake.metric = steadyMetrics(240);
    await run(fake);
    expect(await run(fake)).toBeUndefined();
  });
});
