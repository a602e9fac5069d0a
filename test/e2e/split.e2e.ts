import { expect, it } from 'vitest';
import { KEDA_AUTOSCALER_PREFIX, annotations as names, resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { TestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { nodeClaimsOf } from './support/pools';
import { startTicking, type Ticking } from './support/ticking';
import { isRunning, podsOf, unitName } from './support/workload';

let fleet: ChatFleet;
let ticking: Ticking;

/** Requests a minute for one pod: so little under the target that rounding up gives the pods, and no step is within the autoscaler's tolerance. */
const PER_POD = { g5: 71, inf2: 83 } as const;

type Unit = keyof typeof PER_POD;

/** Pods that the traffic is for. */
const wanted: Record<Unit, number> = { g5: 1, inf2: 1 };

const SOON_SECONDS = 150;

const bed = useTestBed('tell KEDA what CloudWatch knows, and take EC2 capacity away from Karpenter', { keda: true }, async (started) => {
  fleet = await addChatFleet(started, {}, { replicas: 0 });
  await limitPools(started, { 'g5-spot': 6, 'g5-od': 2 });
  await override(started);
  for (const [unit, maximum] of [
    ['g5', 12],
    ['inf2', 8],
  ] as const) {
    await started.api.patch(resources.scaledObjects, unitName({ fleet: 'chat', unit }), 'default', {
      spec: {
        maxReplicaCount: maximum,
        advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } },
      },
    });
  }
  await grantLoopRights(started);
  ticking = startTicking(createLoop(started), { everySeconds: 3 });
  await until('limits and order as stated', 60, async () => {
    const [spot, next] = await Promise.all(['g5-spot', 'g5-od'].map((name) => started.api.get(resources.nodePools, name)));
    const limits = [spot, next].map((pool) => pool?.spec.limits?.['nvidia.com/gpu']);
    return limits.join() === '6,2' && Number(spot?.spec.weight) > Number(next?.spec.weight);
  });
});

/** Most devices of pools, as a user states them in the fleet. */
const limitPools = async ({ api }: TestBed, maximum: Readonly<Record<string, number>>): Promise<void> => {
  const { spec } = await fleet.read();
  const pools = (spec.pools as { name: string; maximumDevices: number }[]).map((pool) => ({
    ...pool,
    maximumDevices: maximum[pool.name] ?? pool.maximumDevices,
  }));
  await api.patch(resources.inferenceFleets, 'chat', 'default', { spec: { pools } });
};

/** Floors at one pod, so that it is the autoscaler that moves. */
const override = async ({ api }: TestBed): Promise<void> => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const entries = (['g5', 'inf2'] as const).map((unit) => ({ field: `floor/${unit}`, value: 1, owner: 'test', reason: 'moves', until }));
  const annotations = { [names.overrides]: JSON.stringify(entries) };
  await api.patch(resources.inferenceFleets, 'chat', 'default', { metadata: { annotations } });
};

/** Minutes of the present traffic, in place of what was told before. */
const tellTraffic = (): void => {
  bed().aws.metrics.clear();
  for (const unit of ['g5', 'inf2'] as const) {
    putTraffic(bed(), fleet.router, unit, { requestsPerMinute: PER_POD[unit] * wanted[unit], latencySeconds: 0.5, healthyHosts: 1 });
  }
};

const replicasOf = async (unit: Unit): Promise<number> => {
  const deployment = await bed().api.get(resources.deployments, unitName({ fleet: 'chat', unit }), 'default');
  return Number(deployment.spec.replicas);
};

const runningOf = async (unit: Unit): Promise<readonly KubernetesObject[]> =>
  (await podsOf(bed(), { fleet: 'chat', unit })).filter(isRunning);

/** Until the autoscaler has moved a unit to a number of pods, and of those so many run; 0 to 0 where nothing else is stated. */
const move = async (unit: Unit, pods: number, running = pods): Promise<void> => {
  wanted[unit] = pods;
  await until(
    `${pods} pods of ${unit}, ${running} running`,
    SOON_SECONDS,
    async () => {
      tellTraffic();
      return (await replicasOf(unit)) === pods && (await runningOf(unit)).length === running;
    },
    { pollSeconds: 1, explain: async () => `replicas ${await replicasOf(unit)}, running ${(await runningOf(unit)).length}` },
  );
};

/** Nodes by pool that have come and are not leaving. */
const nodesOf = async (...pools: readonly string[]): Promise<readonly number[]> =>
  Promise.all(
    pools.map(async (pool) => (await nodeClaimsOf(bed(), pool)).filter(({ metadata }) => metadata.deletionTimestamp === undefined).length),
  );

describeOnTestBed('order by weights, amount by limits', () => {
  it('make a split of six spot and two on-demand nodes, held while the autoscaler moves between four and twelve pods', async () => {
    await move('g5', 4);
    // The first in the order takes all it may; the autoscaler may have asked for a pod too many on its way.
    const [spot, next] = await nodesOf('g5-spot', 'g5-od');
    expect(spot).toBeGreaterThanOrEqual(4);
    expect(next).toBe(0);
    await move('g5', 8);
    expect(await nodesOf('g5-spot', 'g5-od')).toEqual([6, 2]);
    const seen: string[] = [];
    for (const [pods, running] of [
      [12, 8],
      [4, 4],
      [8, 8],
      [12, 8],
    ] as const) {
      await move('g5', pods, running);
      const split = await nodesOf('g5-spot', 'g5-od');
      seen.push(`${pods} pods: ${split.join(' + ')}`);
      expect(split).toEqual([6, 2]);
    }
    process.stderr.write(`[e2e] ${seen.join(', ')}\n`);
  });

  it('give way where the user raises the amount: the same pods at once, the order as it was', async () => {
    await move('g5', 12, 8);
    await limitPools(bed(), { 'g5-od': 8 });
    await move('g5', 12);
    expect(await nodesOf('g5-spot', 'g5-od')).toEqual([6, 6]);
    expect(ticking.errors).toEqual([]);
  });
});

describeOnTestBed('a loop that is gone for good', () => {
  it('leaves autoscaler, KEDA and Karpenter at work, and no pod that a limit keeps waiting', async () => {
    await move('inf2', 2);
    const end = bed().aws.capacity.shortage({ pool: 'inf2-spot' });
    await move('inf2', 4);
    const limit = async () => Number((await bed().api.get(resources.nodePools, 'inf2-spot')).spec.limits['aws.amazon.com/neuron']);
    const [spot = 0] = await nodesOf('inf2-spot');
    await until('the limit of the pool in shortage to be what runs', 60, async () => (await limit()) === spot);
    await ticking.stop();
    const ticked = ticking.records.length;

    await move('inf2', 8);
    await move('inf2', 3);
    end();
    await move('inf2', 8);
    const placed = await nodesOf('inf2-spot', 'inf2-od');
    process.stderr.write(`[e2e] without the loop: ${placed.join(' + ')} nodes of inf2-spot + inf2-od for 8 pods\n`);
    expect(placed.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(8);
    // Its last word stands: nobody lifts the limit of the pool, nobody needs it.
    expect(await limit()).toBe(spot);
    expect(ticking.records).toHaveLength(ticked);

    await bed().keda?.operator.restart();
    await move('inf2', 5);
    await move('inf2', 8);
    const autoscaler = await bed().api.get(resources.horizontalPodAutoscalers, `${KEDA_AUTOSCALER_PREFIX}chat-inf2`, 'default');
    const scaler = await bed().api.get(resources.scaledObjects, 'chat-inf2', 'default');
    expect(autoscaler.spec.metrics[0].external.target.averageValue).toBe(scaler.spec.triggers[0].metadata.targetMetricValue);
  });
});
