import { describe, expect, test } from 'vitest';
import type { SpotNotice } from '../../../../sim/twin/cluster';
import { Harness, pool, START_EPOCH_SECONDS, unit } from '../harness';

/** Amazon EC2 User Guide, "Spot Instance interruption notices": a notice two minutes before the instance is taken. */

const watchNotices = (h: Harness): SpotNotice[] => {
  const notices: SpotNotice[] = [];
  h.cluster.events.on('spotNotice', (notice) => notices.push(notice));
  return notices;
};

describe('reclaims with two minutes’ notice', () => {
  const lossAt = (timestampSeconds: number, devices: number, name = 'g5-spot') => [
    { timestampSeconds: 0, pool: name, devices: null },
    { timestampSeconds, pool: name, devices },
  ];

  test('a pod leaves the load balancer at the notice, its replacement is asked for at once, and the instance ends when it is done', async () => {
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: lossAt(600, 0) });
    const notices = watchNotices(h);
    h.traffic.requestsOnPods = 3;
    await h.run(600);
    expect(notices.map(({ pool: name, capacityType, timeSeconds }) => [name, capacityType, timeSeconds])).toEqual([
      ['g5-spot', 'spot', 600],
    ]);
    expect(h.traffic.healthyPods).toEqual([]);
    expect(h.running('g5-spot')).toBe(1);
    const pods = await h.list('pods');
    expect(pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)).toHaveLength(1);
    const claims = await h.list('nodeClaims');
    expect(claims.every((claim) => claim.metadata.deletionTimestamp !== undefined)).toBe(true);
    await h.run(665);
    h.traffic.requestsOnPods = 0;
    await h.run(666);
    expect(h.running('g5-spot')).toBe(0);
    expect(h.running('g5-od')).toBe(1);
  });

  test('every end of an instance is announced: when it shuts down and when it is gone', async () => {
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: lossAt(600, 0) });
    const states: [string, number][] = [];
    h.cluster.events.on('instanceState', (_id, state) => states.push([state, h.kernel.now]));
    await h.run(700);
    expect(states).toEqual([
      ['shutting-down', 660],
      ['terminated', 690],
    ]);
  });

  test('Karpenter leaves the offering out for three minutes, though EC2 refused nothing: the replacement comes from the next pool', async () => {
    const availability = [
      { timestampSeconds: 0, pool: 'g5-spot', devices: null },
      { timestampSeconds: 600, pool: 'g5-spot', devices: 0 },
      { timestampSeconds: 601, pool: 'g5-spot', devices: null },
    ];
    const pools = [pool('g5-spot', { zones: ['us-west-2a'] }), pool('g5-od')];
    const h = new Harness({ initialReplicas: { g5: 1 }, availability, pools });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setPool('g5-od', { weight: 20 });
    await h.run(700);
    expect(await h.refusals()).toEqual([]);
    expect(h.running('g5-od')).toBe(1);
    await h.setFloor('g5', 2);
    await h.run(779);
    expect(h.running('g5-od')).toBe(2);
    await h.setFloor('g5', 3);
    await h.run(850);
    expect(h.running('g5-spot')).toBe(1);
  });

  test('the disruption budget lets one pod of a unit go at a time; the others serve until their instances are taken', async () => {
    const h = new Harness({ initialReplicas: { g5: 3 }, availability: lossAt(600, 0) });
    await h.run(600);
    expect(h.traffic.healthyPods).toHaveLength(2);
    await h.run(640);
    expect(h.traffic.healthyPods).toHaveLength(2);
    expect(h.running('g5-spot')).toBe(3);
    await h.run(660);
    expect(h.running('g5-spot')).toBe(2);
    await h.run(740);
    expect(h.running('g5-spot')).toBe(0);
    expect(h.running('g5-od')).toBe(3);
  });

  test('room for all pods of leaving nodes is asked for at once, those included that the budget still holds back', async () => {
    const h = new Harness({ initialReplicas: { g5: 3 }, availability: lossAt(600, 0) });
    await h.run(605);
    expect(h.traffic.healthyPods).toHaveLength(2);
    expect(h.running('g5-od')).toBe(3);
    // Nor is it asked for twice: the pods that come find the room.
    await h.run(1200);
    expect(h.running('g5-od')).toBe(3);
  });

  test('a pod without requests stays for the time of its drain', async () => {
    const pod = { drainSeconds: 40, endingSeconds: 20 };
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: lossAt(600, 0), twin: { pod } });
    await h.run(639);
    expect(h.running('g5-spot')).toBe(1);
    await h.run(640);
    expect(h.running('g5-spot')).toBe(0);
  });

  test('pods whose requests do not end are cut off after drain and ending', async () => {
    const pod = { drainSeconds: 40, endingSeconds: 20 };
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: lossAt(600, 0), twin: { pod } });
    h.traffic.requestsOnPods = 1;
    await h.run(659);
    expect(h.traffic.removed).toHaveLength(0);
    await h.run(660);
    expect(h.traffic.removed).toHaveLength(1);
    expect(h.running('g5-spot')).toBe(0);
  });

  test('a grace period longer than the notice ends with the instance', async () => {
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: lossAt(600, 0), twin: { pod: { drainSeconds: 600 } } });
    h.traffic.requestsOnPods = 1;
    await h.run(719);
    expect(h.traffic.removed).toHaveLength(0);
    expect(h.running('g5-spot')).toBe(1);
    await h.run(720);
    expect(h.traffic.removed).toHaveLength(1);
    expect(h.running('g5-spot')).toBe(0);
  });

  test('only as many instances are taken as it takes', async () => {
    const h = new Harness({ initialReplicas: { g5: 5 }, availability: lossAt(600, 2) });
    const notices = watchNotices(h);
    await h.run(740);
    expect(notices).toHaveLength(3);
    expect(h.running('g5-spot')).toBe(2);
    expect(h.running('g5-od')).toBe(3);
  });

  test('on-demand instances stay when less is granted than runs, and no more are launched', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'])],
      pools: [pool('g5-od')],
      initialReplicas: { g5: 3 },
      availability: lossAt(600, 1, 'g5-od'),
    });
    const notices = watchNotices(h);
    await h.run(900);
    await h.setFloor('g5', 4);
    await h.run(1200);
    expect(notices).toHaveLength(0);
    expect(h.running('g5-od')).toBe(3);
    expect(h.cluster.shortages[0]!.firstFailureSeconds).toBeGreaterThan(900);
  });

  test('a scenario may take them too, or none at all', async () => {
    const options = {
      units: [unit('g5', ['g5-od'])],
      pools: [pool('g5-od')],
      initialReplicas: { g5: 3 },
      availability: lossAt(600, 1, 'g5-od'),
    };
    const all = new Harness({ ...options, reclaim: 'all' });
    await all.run(740);
    expect(all.running('g5-od')).toBe(1);
    const none = new Harness({ initialReplicas: { g5: 3 }, availability: lossAt(600, 1), reclaim: 'none' });
    await none.run(740);
    expect(none.running('g5-spot')).toBe(3);
  });

  test('an instance that takes a node on its way is lost with it', async () => {
    const h = new Harness({ availability: lossAt(40, 1), twin: { nodeFraction: 1 } });
    await h.run(14);
    await h.setFloor('g5', 3);
    await h.run(30);
    expect(h.running('g5-spot')).toBe(3);
    await h.run(400);
    expect(h.running('g5-spot')).toBe(1);
    expect(h.running('g5-od')).toBe(2);
    expect(h.readyPods()).toBe(3);
  });
});

describe('random reclaims', () => {
  test('come at the stated hazard, and the same instances meet them whatever runs beside', async () => {
    const reclaimed = async (replicas: number): Promise<SpotNotice[]> => {
      const h = new Harness({
        initialReplicas: { g5: replicas },
        spotReclaimsPerInstanceHour: 0.5,
        units: [unit('g5', ['g5-spot'])],
        pools: [pool('g5-spot')],
        seed: 7,
      });
      const notices = watchNotices(h);
      await h.run(7200);
      return notices;
    };
    const few = await reclaimed(20);
    const many = await reclaimed(40);
    const first = (notices: SpotNotice[]) => notices.filter(({ instanceId }) => Number.parseInt(instanceId.slice(2), 16) < 20);
    expect(first(few)).toEqual(first(many));
    // 40 instances for two hours at 0.5 an hour: 40 on average, replacements reclaimed too.
    expect(many.length).toBeGreaterThan(25);
    expect(many.length).toBeLessThan(57);
  });

  test('spare on-demand pools', async () => {
    const h = new Harness({
      initialReplicas: { g5: 20 },
      spotReclaimsPerInstanceHour: 5,
      units: [unit('g5', ['g5-od'])],
      pools: [pool('g5-od')],
    });
    const notices = watchNotices(h);
    await h.run(7200);
    expect(notices).toEqual([]);
  });
});

describe('prices and offerings', () => {
  const prices = [
    { instanceType: 'g5.xlarge', zone: 'us-west-2a', timestampSeconds: -3600, priceUsdPerHour: 0.3 },
    { instanceType: 'g5.xlarge', zone: 'us-west-2a', timestampSeconds: 1800, priceUsdPerHour: 0.6 },
    { instanceType: 'g5.xlarge', zone: 'us-west-2b', timestampSeconds: -60, priceUsdPerHour: 0.5 },
  ];

  test('the history holds the price in effect at its start and every change since, but not the future', async () => {
    const h = new Harness({ spotPrices: prices });
    const at = async (startSeconds: number) => {
      const answer = await h.cluster.ec2.describeSpotPriceHistory({
        instanceTypes: ['g5.xlarge', 'p5.48xlarge'],
        startSeconds: START_EPOCH_SECONDS + startSeconds,
      });
      return answer.prices.map((price) => [price.zone, price.priceUsdPerHour, price.atSeconds - START_EPOCH_SECONDS]);
    };
    await h.run(60);
    expect(await at(0)).toEqual([
      ['us-west-2a', 0.3, -3600],
      ['us-west-2b', 0.5, -60],
    ]);
    await h.run(2000);
    expect(await at(0)).toEqual([
      ['us-west-2a', 0.6, 1800],
      ['us-west-2a', 0.3, -3600],
      ['us-west-2b', 0.5, -60],
    ]);
    expect(await at(1900)).toEqual([
      ['us-west-2a', 0.6, 1800],
      ['us-west-2b', 0.5, -60],
    ]);
  });

  test('without a history spot costs its fraction of on demand', async () => {
    const h = new Harness({ spotPriceFraction: 0.25 });
    const answer = await h.cluster.ec2.describeSpotPriceHistory({ instanceTypes: ['g5.xlarge'], startSeconds: START_EPOCH_SECONDS });
    expect(answer.prices.map((price) => [price.zone, price.priceUsdPerHour])).toEqual([
      ['us-west-2a', 0.25],
      ['us-west-2b', 0.25],
    ]);
  });

  test('spot instances are launched in the cheapest zone, on-demand ones spread', async () => {
    const h = new Harness({ spotPrices: prices, initialReplicas: { g5: 2 } });
    await h.setPool('g5-od', { weight: 100 });
    await h.setFloor('g5', 4);
    await h.run(300);
    const zones = (await h.list('nodeClaims')).map(({ metadata: { labels } }) => [
      labels!['karpenter.sh/nodepool'],
      labels!['topology.kubernetes.io/zone'],
    ]);
    expect(zones.sort()).toEqual([
      ['g5-od', 'us-west-2a'],
      ['g5-od', 'us-west-2b'],
      ['g5-spot', 'us-west-2a'],
      ['g5-spot', 'us-west-2a'],
    ]);
  });

  test('offerings and reservations', async () => {
    const { ec2 } = new Harness().cluster;
    expect((await ec2.describeInstanceTypeOfferings({ instanceTypes: ['g5.xlarge'] })).offerings).toEqual([
      { instanceType: 'g5.xlarge', zone: 'us-west-2a' },
      { instanceType: 'g5.xlarge', zone: 'us-west-2b' },
    ]);
    expect((await ec2.describeCapacityReservations({ ids: [] })).reservations).toEqual([]);
  });
});
