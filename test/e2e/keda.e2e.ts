import { beforeEach, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet } from './support/fleet';
import { AUTOSCALER, autoscalerOf, setScaler } from './support/scaler';
import { podsOf } from './support/workload';

const bed = useCluster({ keda: true }, async (started) => {
  await addChatFleet(started);
});

const reaches = (floor: number, target: string) =>
  until(`an autoscaler with floor ${floor} and target ${target}`, 90, async () => {
    const { minReplicas, metrics } = (await autoscalerOf(bed()))?.spec ?? {};
    return minReplicas === floor && metrics[0].external.target.averageValue === target;
  });

describe('the autoscaler that KEDA makes of a ScaledObject', () => {
  beforeEach(async () => {
    await setScaler(bed(), { floor: 1, target: '60' });
    await reaches(1, '60');
  });

  it('has its floor, its target for each pod, and its maximum', async () => {
    const spec = (await autoscalerOf(bed()))?.spec;
    expect(spec).toMatchObject({ minReplicas: 1, maxReplicas: 10 });
    expect(spec.metrics[0].external.target).toMatchObject({ type: 'AverageValue', averageValue: '60' });
  });

  it('is given a new floor and target, and raises the pods', async () => {
    await setScaler(bed(), { floor: 2, target: '66.667' });
    // They may arrive one after the other.
    await reaches(2, '66.667');
    await until('two pods', 60, async () => (await podsOf(bed(), { fleet: 'chat', unit: 'g5' })).length === 2);
  });

  it('is put back when someone edits it', async () => {
    await bed().api.patch(resources.horizontalPodAutoscalers, AUTOSCALER, 'default', { spec: { minReplicas: 5 } });
    await reaches(1, '60');
  });
});
