import { expect, it } from 'vitest';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { autoscalerOf, setScaler } from './support/scaler';
import { podsOf } from './support/workload';

let fleet: ChatFleet;

const bed = useTestBed('tell KEDA what CloudWatch knows, and restart it', { keda: true }, async (started) => {
  fleet = await addChatFleet(started);
});

describeOnTestBed('KEDA', () => {
  it('asks CloudWatch for the metric', async () => {
    const calls = () => bed().aws.callsOf('keda');
    await until('a call of GetMetricData', 60, () => calls().find(({ action }) => action === 'GetMetricData'));
    expect(calls().map(({ status }) => status)).not.toContain(500);
  });

  it('scales on the requests that CloudWatch tells of', async () => {
    await setScaler(bed(), { floor: 1, target: '66.667' });
    putTraffic(bed(), fleet.router, 'g5', { requestsPerMinute: 300, latencySeconds: 0.5, healthyHosts: 2 });
    // 300 requests a minute at 66.667 for each pod.
    await until('five pods', 90, async () => (await podsOf(bed(), { fleet: 'chat', unit: 'g5' })).length === 5);
  });

  it('keeps floor and target over a restart of its operator', async () => {
    await setScaler(bed(), { floor: 2, target: '72' });
    await until('the target', 60, async () => (await autoscalerOf(bed()))?.spec.metrics[0].external.target.averageValue === '72');
    await bed().keda?.operator.restart('SIGKILL');
    await setScaler(bed(), { floor: 3, target: '72' });
    await until('the new floor', 90, async () => (await autoscalerOf(bed()))?.spec.minReplicas === 3);
    expect((await autoscalerOf(bed()))?.spec.metrics[0].external.target.averageValue).toBe('72');
  });
});
