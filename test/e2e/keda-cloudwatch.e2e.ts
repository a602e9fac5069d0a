import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { Finding } from '../../lambda/control-loop/model/decision';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { AUTOSCALER, autoscalerOf, setScaler } from './support/scaler';
import { podsOf } from './support/workload';

let fleet: ChatFleet;

const bed = useTestBed('tell KEDA what CloudWatch knows, and restart it', { keda: true }, async (started) => {
  fleet = await addChatFleet(started);
  await grantLoopRights(started);
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

  it('keeps the pods while CloudWatch has lost every metric, and takes silence of a load balancer that reports its targets for zero', async () => {
    await bed().api.patch(resources.scaledObjects, 'chat-g5', 'default', {
      spec: { advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } } },
    });
    const window = async () => (await autoscalerOf(bed()))?.spec.behavior?.scaleDown?.stabilizationWindowSeconds;
    await until('an autoscaler that scales down at once', 60, async () => (await window()) === 0);
    await setScaler(bed(), { floor: 1, target: '60' });
    putTraffic(bed(), fleet.router, 'g5', { requestsPerMinute: 300, latencySeconds: 0.5, healthyHosts: 5 });
    const pods = async () => (await podsOf(bed(), { fleet: 'chat', unit: 'g5' })).length;
    await until('five pods', 90, async () => (await pods()) === 5);

    bed().aws.metrics.clear();
    await until('the fallback', 120, async () => {
      const { status } = await bed().api.get(resources.scaledObjects, 'chat-g5', 'default');
      const conditions = (status?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[];
      return conditions.some(({ type, status: is }) => type === 'Fallback' && is === 'True');
    });
    expect(await pods()).toBe(5);

    putTraffic(bed(), fleet.router, 'g5', { requestsPerMinute: 0, latencySeconds: 0, healthyHosts: 5 });
    await until('the floor of one pod', 120, async () => (await pods()) === 1);
  });

  it('keeps floor and target over a restart of its operator', async () => {
    await setScaler(bed(), { floor: 2, target: '72' });
    await until('the target', 60, async () => (await autoscalerOf(bed()))?.spec.metrics[0].external.target.averageValue === '72');
    await bed().keda?.operator.restart('SIGKILL');
    await setScaler(bed(), { floor: 3, target: '72' });
    await until('the new floor', 90, async () => (await autoscalerOf(bed()))?.spec.minReplicas === 3);
    expect((await autoscalerOf(bed()))?.spec.metrics[0].external.target.averageValue).toBe('72');
  });

  it('puts back an edit of its autoscaler; while it stands, the loop reports it as contested and goes on', async () => {
    const loop = createLoop(bed());
    const contested = async (): Promise<readonly Finding[]> => {
      const { decision, writes } = await loop.tick();
      expect(writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
      return decision.fleets.flatMap(({ findings }) => findings.filter(({ code }) => code === 'Contested'));
    };
    /** Whether the autoscaler has the floor of its ScaledObject. */
    const follows = async () => {
      const { spec } = await bed().api.get(resources.scaledObjects, 'chat-g5', 'default');
      return (await autoscalerOf(bed()))?.spec.minReplicas === Math.max(1, spec.minReplicaCount);
    };
    expect(await contested()).toEqual([]);
    await until('the floor in the autoscaler', 60, follows);

    await bed().keda?.operator.stop();
    await bed().kubectl(['patch', 'hpa', AUTOSCALER, '--type=merge', '--patch', '{"spec":{"minReplicas":10}}']);
    expect(await contested()).toEqual([
      {
        code: 'Contested',
        subject: 'g5 floor',
        message: expect.stringMatching(/^kubectl-patch set it to 10 in the autoscaler that KEDA makes/),
      },
    ]);
    const { status } = await fleet.read();
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Contested', status: 'True', message: expect.stringMatching(/^g5 floor: kubectl-patch/) }),
    );

    await bed().keda?.operator.restart();
    await until('the floor in the autoscaler again', 90, follows);
    expect(await contested()).toEqual([]);
  });
});
