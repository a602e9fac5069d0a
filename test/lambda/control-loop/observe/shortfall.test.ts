import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import type { ScalerState } from '../../../../lambda/control-loop/model/observation';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import { chatWorld, NOW_SECONDS, rfc3339 } from '../../../support/fake-world';

interface Cluster {
  readonly floor?: number;
  readonly replicas: number;
  readonly pods?: number;
  readonly conditions?: readonly Readonly<Record<string, unknown>>[];
  /** Of KEDA's autoscaler; none where left out. */
  readonly autoscaler?: { readonly minReplicas: number; readonly conditions?: readonly Readonly<Record<string, unknown>>[] };
}

const shortfallOf = async ({
  floor = 8,
  replicas,
  pods = replicas,
  conditions = [],
  autoscaler,
}: Cluster): Promise<ScalerState['shortfall']> => {
  const fake = chatWorld();
  const { kubernetes } = fake;
  const scaledObject = kubernetes.read(resources.scaledObjects, 'g5', 'default');
  kubernetes.put(resources.scaledObjects, { ...scaledObject, spec: { ...scaledObject.spec, minReplicaCount: floor } });
  const deployment = kubernetes.read(resources.deployments, 'g5', 'default');
  kubernetes.put(resources.deployments, {
    ...deployment,
    spec: { ...deployment.spec, replicas },
    status: { ...deployment.status, replicas: pods, conditions },
  });
  if (autoscaler !== undefined) {
    kubernetes.put(resources.horizontalPodAutoscalers, {
      metadata: { name: 'keda-hpa-g5', namespace: 'default' },
      spec: { minReplicas: autoscaler.minReplicas, maxReplicas: 50 },
      status: { conditions: autoscaler.conditions ?? [] },
    });
  }
  const { observation } = await tick(fake.ports, { deadlineSeconds: NOW_SECONDS + 50, trigger: 'test', caches: createTickCaches() });
  const { scaler } = observation.units['default/chat/g5']!;
  return scaler.known ? scaler.value.shortfall : undefined;
};

describe('what a Deployment has less than the floor asks for', () => {
  it('is nothing where it has as many pods, ready or not', async () => {
    expect(await shortfallOf({ replicas: 8 })).toBeUndefined();
    expect(await shortfallOf({ replicas: 11 })).toBeUndefined();
  });

  it('is what its replicas are fewer, with what the autoscaler shows of the cause', async () => {
    expect(await shortfallOf({ replicas: 5 })).toEqual({ pods: 5, cause: 'KEDA has made no autoscaler for it' });
    expect(await shortfallOf({ replicas: 5, autoscaler: { minReplicas: 5 } })).toEqual({
      pods: 5,
      cause: 'KEDA has not carried the floor over: its autoscaler still has a minimum of 5',
    });
    const unable = { type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message: 'admission webhook denied the request' };
    expect(await shortfallOf({ replicas: 5, autoscaler: { minReplicas: 8, conditions: [unable] } })).toEqual({
      pods: 5,
      cause: 'FailedUpdateScale: admission webhook denied the request',
    });
    expect(await shortfallOf({ replicas: 5, autoscaler: { minReplicas: 8 } })).toEqual({ pods: 5 });
  });

  it('is what pods are not created, which the waiting pods name where the API server refuses them', async () => {
    expect(await shortfallOf({ replicas: 8, pods: 5 })).toEqual({ pods: 5 });
    const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', lastTransitionTime: rfc3339(NOW_SECONDS - 60) };
    expect(await shortfallOf({ replicas: 8, pods: 5, conditions: [refused] })).toEqual({ pods: 5, isNamed: true });
  });
});
