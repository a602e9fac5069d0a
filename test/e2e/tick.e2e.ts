import { beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { givenKubeconfig } from './cluster/given';
import { hasNodeVersions, NODE_VERSIONS, nodeProgram } from './cluster/node-versions';
import { until } from './cluster/wait';
import { cannot, useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { buildBundle, invoke } from './support/lambda';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { nodeClaimsOf } from './support/pools';
import { isRunning, podsOf } from './support/workload';

let fleet: ChatFleet;
let loop: Loop;

const UNITS = ['inf2', 'g5'];

const bed = useCluster({ keda: true }, async (started) => {
  fleet = await addChatFleet(started);
  await grantLoopRights(started);
  loop = createLoop(started);
  for (const unit of UNITS) putTraffic(started, fleet.router, unit, { requestsPerMinute: 40, latencySeconds: 0.5, healthyHosts: 1 });
  await until('a running pod of each unit', 90, async () => {
    const pods = await Promise.all(UNITS.map((unit) => podsOf(started, { fleet: fleet.name, unit })));
    return pods.every((list) => list.some(isRunning));
  });
});

describe('one tick on a real cluster', () => {
  it('knows every signal', async () => {
    const record = await loop.tick();
    const unknown = Object.entries({ ...record.observation.units, ...record.observation.pools }).flatMap(([name, signals]) =>
      Object.entries(signals).flatMap(([signal, value]) => (value.known ? [] : [`${name} ${signal}: ${value.reason}`])),
    );
    // There are no reservations to ask for.
    const notAsked = /reservedDevices: the pool names no capacity reservation/;
    expect(unknown.filter((line) => !notAsked.test(line))).toEqual([]);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Acted' }]);
  });

  it('counts the devices that run, and the pods by pool', async () => {
    const pools = ['inf2-spot', 'inf2-od', 'g5-spot', 'g5-od'];
    // Nodes and pods are still coming: what a tick counts is compared once nothing has come or gone meanwhile.
    const counts = async () => ({
      devices: await Promise.all(pools.map(async (pool) => (await nodeClaimsOf(bed(), pool)).length)),
      ready: await Promise.all(UNITS.map(async (unit) => (await podsOf(bed(), { fleet: 'chat', unit })).filter(isRunning).length)),
    });
    const { there, observation } = await until('a tick during which nothing comes or goes', 60, async () => {
      const before = await counts();
      const record = await loop.tick();
      const after = await counts();
      return JSON.stringify(before) === JSON.stringify(after) && { there: after, observation: record.observation };
    });
    expect(Math.min(...there.ready)).toBeGreaterThan(0);
    for (const [index, pool] of pools.entries()) {
      expect(observation.pools[pool]?.runningDevices).toMatchObject({ known: true, value: there.devices[index] });
    }
    for (const [index, unit] of UNITS.entries()) {
      const observed = observation.units[`default/chat/${unit}`]?.readyPodsByPool;
      expect(observed?.known && Object.values(observed.value).reduce((sum, count) => sum + count, 0)).toBe(there.ready[index]);
    }
  });

  it('has every write of its accepted, and writes nothing when nothing changed', async () => {
    const records: TickRecord[] = [];
    await until('a tick that has nothing to write', 120, async () => {
      const record = await loop.tick();
      records.push(record);
      return record.writes.length === 0;
    });
    expect(records.flatMap(({ writes }) => writes.filter(({ outcome }) => outcome !== 'Done'))).toEqual([]);
    expect(records.flatMap(({ fleets }) => fleets.filter(({ outcome }) => outcome !== 'Acted'))).toEqual([]);
    for (const name of ['inf2-spot', 'inf2-od', 'g5-spot', 'g5-od']) {
      const { spec } = await bed().api.get(resources.nodePools, name);
      expect(spec.weight).toBeGreaterThanOrEqual(1);
      expect(Object.keys(spec.limits ?? {})).toHaveLength(1);
    }
    const { status } = await fleet.read();
    expect(status.observedGeneration).toBe(1);
    expect(Date.parse(status.lastTickTime) / 1000).toBeCloseTo(records.at(-1)?.atSeconds ?? 0, 0);
  });

  it('calls AWS with success only', () => {
    const calls = bed().aws.callsOf('loop');
    expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(calls.map(({ service, action }) => `${service}:${action}`))).toEqual(
      new Set([
        // A given cluster does not know the tokens that go with it.
        ...(givenKubeconfig() === undefined ? ['eks:GET /clusters/test-bed'] : []),
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeSpotPriceHistory',
        'elasticloadbalancing:DescribeRules',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:ModifyRule',
        'monitoring:GetMetricData',
      ]),
    );
  });
});

describe.skipIf(!hasNodeVersions || cannot('sign in by the tokens of the played AWS'))(
  'the published bundle, loaded as Lambda loads it',
  () => {
    const SCHEDULED = { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: '{}' };
    let bundle: string;
    beforeAll(async () => {
      bundle = await buildBundle(bed());
    });

    it.each(NODE_VERSIONS)('ticks on Node %s, and again in the same sandbox', async (version) => {
      const node = await nodeProgram(version);
      const lastTick = async () => Date.parse((await fleet.read()).status?.lastTickTime ?? 0);
      const before = await lastTick();
      // Times of ticks are told in whole seconds.
      await until('the next second', 10, () => Date.now() > before + 1000);
      const { code, lines, stderr } = await invoke(bed(), node, bundle, [SCHEDULED, {}]);
      expect(stderr.replace(/^\(node:\d+\) (Warning: )?NodeVersionSupportWarning[\s\S]*/m, '')).toBe('');
      expect(code).toBe(0);
      const records = lines.map((line) => JSON.parse(line));
      const ticks = records.filter(({ kind }) => kind === 'tick');
      expect(ticks).toMatchObject([
        { trigger: 'aws.scheduler: Scheduled Event', fleets: [{ fleet: 'default/chat', outcome: 'Acted' }] },
        { trigger: 'unknown', fleets: [{ fleet: 'default/chat', outcome: 'Acted' }] },
      ]);
      expect(records.some((record) => record._aws?.CloudWatchMetrics)).toBe(true);
      expect(await lastTick()).toBeGreaterThan(before);
    });

    it('fails, and says why, where it cannot find its cluster', async () => {
      const { code, lines } = await invoke(bed(), process.execPath, bundle, [SCHEDULED], { environment: { CLUSTER_NAME: 'another' } });
      expect(code).toBe(1);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        level: 'error',
        error: expect.stringMatching(/EKS cluster another: not there/),
      });
    });
  },
);
