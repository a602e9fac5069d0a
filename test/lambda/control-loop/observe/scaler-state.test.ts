import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import { chatWorld, NOW_SECONDS, rfc3339 } from '../../../support/fake-world';

const observed = async (change: Readonly<Record<string, unknown>>, annotations: Readonly<Record<string, string>> = {}) => {
  const fake = chatWorld();
  const object = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default');
  const { status, ...spec } = change;
  fake.kubernetes.put(resources.scaledObjects, {
    ...object,
    metadata: { ...object.metadata, annotations },
    spec: { ...object.spec, ...spec },
    ...(status !== undefined && { status }),
  });
  const { observation } = await tick(fake.ports, { deadlineSeconds: NOW_SECONDS + 50, trigger: 'test', caches: createTickCaches() });
  const { scaler } = observation.units['default/chat/g5']!;
  return scaler.known ? { ...scaler.value, uid: undefined } : undefined;
};

describe('what a ScaledObject allows', () => {
  it('is the maximum that it states, or that of KEDA', async () => {
    expect(await observed({ maxReplicaCount: 4 })).toMatchObject({ maximumReplicas: 4 });
    expect(await observed({})).toMatchObject({ maximumReplicas: 100 });
  });

  it.each([
    [{ 'autoscaling.keda.sh/paused': 'true' }, { annotation: 'autoscaling.keda.sh/paused', up: true, down: true }],
    // KEDA takes what is no boolean for a pause.
    [{ 'autoscaling.keda.sh/paused': 'please' }, { annotation: 'autoscaling.keda.sh/paused', up: true, down: true }],
    [{ 'autoscaling.keda.sh/paused': 'false' }, undefined],
    [
      { 'autoscaling.keda.sh/paused': 'true', 'autoscaling.keda.sh/paused-replicas': '3' },
      { annotation: 'autoscaling.keda.sh/paused-replicas', up: true, down: true, replicas: 3 },
    ],
    [{ 'autoscaling.keda.sh/paused-scale-in': 'true' }, { annotation: 'autoscaling.keda.sh/paused-scale-in', up: false, down: true }],
    [{ 'autoscaling.keda.sh/paused-scale-out': 'true' }, { annotation: 'autoscaling.keda.sh/paused-scale-out', up: true, down: false }],
    [{ 'autoscaling.keda.sh/paused-scale-out': 'no' }, undefined],
  ])('is less while it is annotated with %o', async (annotations, pause) => {
    expect((await observed({}, annotations))?.pause).toEqual(pause);
  });

  it('is nothing while KEDA says that it cannot carry it out', async () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ScaledObjectCheckFailed', message: 'no such Deployment' }];
    expect(await observed({ status: { conditions } })).toMatchObject({ problem: 'no such Deployment' });
    expect((await observed({ status: { conditions: 'none' } }))?.problem).toBeUndefined();
  });
});

describe('a NodePool that is not ready', () => {
  const notReady = async (sinceSeconds: number) => {
    const fake = chatWorld();
    const object = fake.kubernetes.read(resources.nodePools, 'g5-spot');
    const ready = { type: 'Ready', status: 'False', message: 'NodeClassNotFound', lastTransitionTime: rfc3339(sinceSeconds) };
    fake.kubernetes.put(resources.nodePools, { ...object, status: { conditions: [ready] } });
    const { observation } = await tick(fake.ports, { deadlineSeconds: NOW_SECONDS + 50, trigger: 'test', caches: createTickCaches() });
    return observation.pools['g5-spot']!.notReady;
  };

  it('is one once it has been so for two minutes: every change of its node class makes it so for a moment', async () => {
    expect(await notReady(NOW_SECONDS - 119)).toMatchObject({ known: true, value: undefined });
    expect(await notReady(NOW_SECONDS - 120)).toMatchObject({ known: true, value: 'NodeClassNotFound' });
  });
});
