import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/model/resources';
import { until } from './cluster/wait';
import { useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { podsOf } from './support/workload';

const UNIT = { fleet: 'chat', unit: 'g5' };
const AUTOSCALER = 'keda-hpa-chat-g5';

let fleet: ChatFleet;

const bed = useTestBed({ keda: true }, async (started) => {
  fleet = await addChatFleet(started);
});

const autoscaler = () => bed().api.find(resources.horizontalPodAutoscalers, AUTOSCALER, 'default');

const change = (operations: readonly { readonly op: 'test' | 'replace' | 'add'; readonly path: string; readonly value: unknown }[]) =>
  bed().api.jsonPatch(resources.scaledObjects, 'chat-g5', 'default', operations);

describe('KEDA', () => {
  it('makes an autoscaler of a ScaledObject, and asks CloudWatch for its metric', async () => {
    const made = await until('the autoscaler', 60, autoscaler);
    expect(made.spec).toMatchObject({ minReplicas: 1, maxReplicas: 10 });
    expect(made.spec.metrics[0].external.target).toMatchObject({ type: 'AverageValue', averageValue: '60' });
    await until('a call of GetMetricData', 60, () =>
      bed()
        .aws.callsOf('keda')
        .find(({ action }) => action === 'GetMetricData'),
    );
    expect(
      bed()
        .aws.callsOf('keda')
        .map(({ status }) => status),
    ).not.toContain(500);
  });

  it('carries a new floor and target to its autoscaler', async () => {
    await change([
      { op: 'test', path: '/spec/minReplicaCount', value: 1 },
      { op: 'replace', path: '/spec/minReplicaCount', value: 2 },
      { op: 'replace', path: '/spec/triggers/0/metadata/targetMetricValue', value: '66.667' },
    ]);
    // They may arrive one after the other.
    await until('floor and target', 60, async () => {
      const { minReplicas, metrics } = (await autoscaler())?.spec ?? {};
      return minReplicas === 2 && metrics[0].external.target.averageValue === '66.667';
    });
    await until('two pods', 60, async () => (await podsOf(bed(), UNIT)).length === 2);
  });

  it('reverts an edit of its autoscaler', async () => {
    await bed().api.patch(resources.horizontalPodAutoscalers, AUTOSCALER, 'default', { spec: { minReplicas: 5 } });
    await until('the floor to be back', 60, async () => (await autoscaler())?.spec.minReplicas === 2);
  });

  it('scales on the requests that CloudWatch tells of', async () => {
    putTraffic(bed(), fleet.router, 'g5', { requestsPerMinute: 300, latencySeconds: 0.5, healthyHosts: 2 });
    // 300 requests a minute at 66.667 for each pod.
    await until('five pods', 90, async () => (await podsOf(bed(), UNIT)).length === 5);
  });

  it('keeps floor and target over a restart of its operator', async () => {
    await bed().keda?.operator.restart('SIGKILL');
    await change([{ op: 'replace', path: '/spec/minReplicaCount', value: 3 }]);
    await until('the new floor', 90, async () => (await autoscaler())?.spec.minReplicas === 3);
    expect((await autoscaler())?.spec.metrics[0].external.target.averageValue).toBe('66.667');
  });
});
