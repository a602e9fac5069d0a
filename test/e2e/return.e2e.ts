import { beforeAll, expect, it } from 'vitest';
import { karpenterEventReasons, resources } from '../../lambda/control-loop/contract/names';
import { poolFinder } from '../../lambda/control-loop/observe/shortage-events';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { TestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet } from './support/fleet';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { addPool, nodeClaimsOf } from './support/pools';
import { startTicking, type Ticking } from './support/ticking';
import { addUnit, isRunning, podsOf, unitName } from './support/workload';

/**
 * Three workloads on one cluster lose their spot pools at the same second, while pods keep coming: one without the loop (g6), one under
 * it (g5), and one under it whose capacity returns before Karpenter asks again (inf2).
 */
const WORKLOADS = {
  alone: { fleet: 'plain', unit: 'g6', spot: 'g6-spot', next: 'g6-od' },
  looped: { fleet: 'chat', unit: 'g5', spot: 'g5-spot', next: 'g5-od' },
  returned: { fleet: 'chat', unit: 'inf2', spot: 'inf2-spot', next: 'inf2-od' },
} as const;

type Name = keyof typeof WORKLOADS;
const NAMES = Object.keys(WORKLOADS) as Name[];

const GROUP_PODS = 2;
const GROUP_SECONDS = 20;
const RETURN_AFTER_SECONDS = 60;
/** Karpenter remembers a refused offering for three minutes. */
const MEMORY_SECONDS = 180;
/** From the first refusal on; the second wave of refusals must have come by then. */
const MAX_SECONDS = 320;
const POOLS = NAMES.flatMap((name) => [WORKLOADS[name].spot, WORKLOADS[name].next]);

interface Refusal {
  readonly pool: string;
  readonly nodeClaim: string;
  /** Since the shortage began. */
  readonly seconds: number;
}

let begunSeconds: number;
let returnedSeconds: number;
let ticking: Ticking;

const now = (): number => Date.now() / 1000;

const bed = useTestBed('take EC2 capacity away from Karpenter, and give it back', {}, async (started) => {
  await addChatFleet(started, {}, { scaler: 'none', maximumDevices: 40, replicas: 0 });
  for (const [name, capacityType, weight] of [
    ['g6-spot', 'spot', 80],
    ['g6-od', 'on-demand', 20],
  ] as const) {
    await addPool(started, { name, capacityType, weight, instanceTypes: ['g6.xlarge', 'g6.2xlarge'], accelerator: 'L4' });
  }
  await addUnit(started, { fleet: 'plain', unit: 'g6', replicas: 0, accelerator: 'L4' });
  await grantLoopRights(started);
  ticking = startTicking(createLoop(started), { everySeconds: 2 });
  await until('all pools in their order', 60, async () => {
    const pools = await started.api.all(resources.nodePools);
    return pools.every(({ spec }) => spec.weight !== undefined);
  });
  await scale(started, 1);
  await until('every workload to run on spot', 120, async () => {
    const claims = await Promise.all(NAMES.map((name) => nodeClaimsOf(started, WORKLOADS[name].spot)));
    return claims.every((list) => list.some(({ status }) => status?.nodeName !== undefined));
  });
  await endure(started);
  await ticking.stop();
});

const scale = async ({ api }: TestBed, replicas: number): Promise<void> => {
  for (const name of NAMES) await api.patch(resources.deployments, unitName(WORKLOADS[name]), 'default', { spec: { replicas } });
};

/** Adds pods in groups until Karpenter has come back to the failing pool a second time and its pods have found a node. */
const endure = async (started: TestBed): Promise<void> => {
  const ends = new Map(NAMES.map((name) => [name, started.aws.capacity.shortage({ pool: WORKLOADS[name].spot })]));
  begunSeconds = now();
  let replicas = 1;
  let nextGroup = begunSeconds;
  await until(
    'the pools to be asked again',
    MAX_SECONDS,
    async () => {
      if (now() >= begunSeconds + RETURN_AFTER_SECONDS && ends.has('returned')) {
        ends.get('returned')?.();
        ends.delete('returned');
        returnedSeconds = now() - begunSeconds;
      }
      if (now() < nextGroup) return false;
      const refusals = await refusalsOf(started);
      const again = (['alone', 'looped'] as const).every((name) => secondWave(refusals, name).length > 0);
      const back = (await nodeClaimsOf(started, 'inf2-spot')).length > GROUP_PODS;
      if (again && back) return true;
      replicas += GROUP_PODS;
      await scale(started, replicas);
      nextGroup += GROUP_SECONDS;
      return false;
    },
    { pollSeconds: 0.5 },
  );
  await until('every pod to run', 120, async () => {
    const pods = await Promise.all(NAMES.map((name) => podsOf(started, WORKLOADS[name])));
    return pods.every((list) => list.length === replicas && list.every(isRunning));
  });
};

const refusalsOf = async ({ api }: TestBed): Promise<readonly Refusal[]> => {
  const events = await api.list(resources.events, {
    namespace: 'default',
    fieldSelector: `reason=${karpenterEventReasons.insufficientCapacity}`,
  });
  const find = poolFinder(POOLS);
  return events.items.map((event) => ({
    pool: find(event.involvedObject.name) ?? '',
    nodeClaim: event.involvedObject.name,
    seconds: Date.parse(event.firstTimestamp) / 1000 - begunSeconds,
  }));
};

const refusedOf = (refusals: readonly Refusal[], name: Name): readonly Refusal[] =>
  refusals.filter(({ pool }) => pool === WORKLOADS[name].spot).sort((a, b) => a.seconds - b.seconds);

/** Refusals after Karpenter's memory of the first ones has ended. */
const secondWave = (refusals: readonly Refusal[], name: Name): readonly Refusal[] => {
  const own = refusedOf(refusals, name);
  return own.filter(({ seconds }) => seconds - (own[0]?.seconds ?? 0) > MEMORY_SECONDS * 0.8);
};

interface Wait {
  readonly createdSeconds: number;
  readonly waitSeconds: number;
}

/** From a pod's creation until it was ready; both are told in whole seconds. */
const waitsOf = async (name: Name): Promise<readonly Wait[]> =>
  (await podsOf(bed(), WORKLOADS[name])).map((pod) => {
    const ready = pod.status?.conditions.find((condition: { type: string }) => condition.type === 'Ready');
    const created = Date.parse(pod.metadata.creationTimestamp ?? '') / 1000;
    return { createdSeconds: created - begunSeconds, waitSeconds: Date.parse(ready.lastTransitionTime) / 1000 - created };
  });

const createdSeconds = (claim: KubernetesObject): number => Date.parse(claim.metadata.creationTimestamp ?? '') / 1000 - begunSeconds;

const rounded = (values: readonly number[]): string => values.map((value) => Math.round(value)).join(' ');

describeOnTestBed('a shortage of the top pool under load', () => {
  let refusals: readonly Refusal[];

  beforeAll(async () => {
    refusals = await refusalsOf(bed());
    for (const name of NAMES) {
      const waits = (await waitsOf(name)).filter(({ createdSeconds }) => createdSeconds >= -1);
      const wave = secondWave(refusals, name);
      const inWave = waits.filter(({ createdSeconds }) =>
        wave.some(({ seconds }) => seconds >= createdSeconds && seconds - createdSeconds < 15),
      );
      process.stderr.write(
        `[e2e] ${name}: NodeClaims refused at ${rounded(refusedOf(refusals, name).map(({ seconds }) => seconds))} s; ` +
          `${waits.length} pods waited ${rounded(waits.map(({ waitSeconds }) => waitSeconds).sort((a, b) => a - b))} s, ` +
          `those that met the second wave ${rounded(inWave.map(({ waitSeconds }) => waitSeconds))} s\n`,
      );
    }
    expect(ticking.errors).toEqual([]);
  });

  it('is met again by Karpenter alone once its memory ends, with the pods of the group that it then finds waiting', async () => {
    const wave = secondWave(refusals, 'alone');
    const [first] = refusedOf(refusals, 'alone');
    // As many as Karpenter takes into one batch: both pods of a group on most machines, one where the other is created a second later.
    expect(wave.length).toBeGreaterThanOrEqual(1);
    expect((wave[0]?.seconds ?? 0) - (first?.seconds ?? 0)).toBeGreaterThan(MEMORY_SECONDS - 5);
    // The group that met the refusals found its nodes all the same: by the next pool.
    expect(await nodeClaimsOf(bed(), 'g6-spot')).toHaveLength(1);
  });

  it('is not asked of the pool again while the loop lets it rest: its limit is what runs, its place the last', async () => {
    const decided = ticking.records.find(({ decision }) => decision.pools['g5-spot']?.limitDevices.value === 1);
    expect(decided?.decision.pools['g5-od']?.weight.value).toBeGreaterThan(decided?.decision.pools['g5-spot']?.weight.value ?? 100);
    const [first] = refusedOf(refusals, 'looped');
    const between = refusedOf(refusals, 'looped').filter(
      ({ seconds }) => seconds > (decided?.atSeconds ?? 0) - begunSeconds + 10 && seconds < (first?.seconds ?? 0) + MEMORY_SECONDS * 0.8,
    );
    expect(between).toEqual([]);
  });

  it('costs one refused node where the loop asks again, not one for each pod that waits', async () => {
    const wave = secondWave(refusals, 'looped');
    expect(wave).toHaveLength(1);
    const [probe] = wave;
    const waiting = (await waitsOf('looped')).filter(
      ({ createdSeconds, waitSeconds }) =>
        probe !== undefined && createdSeconds <= probe.seconds + 1 && createdSeconds + waitSeconds >= probe.seconds - 1,
    );
    expect(waiting.length).toBeGreaterThanOrEqual(GROUP_PODS);
    const rests = ticking.records.at(-1)?.decision.fleets[0]?.memory.shortages.find(({ pool }) => pool === 'g5-spot');
    expect(rests?.failures).toBe(2);
  });
});

describeOnTestBed('a pool whose capacity has returned', () => {
  it('is probed with one node, while the other pods go on to the next pool', async () => {
    const claims = [...(await nodeClaimsOf(bed(), 'inf2-spot'))].sort((a, b) => createdSeconds(a) - createdSeconds(b));
    const probe = claims.find((claim) => createdSeconds(claim) > returnedSeconds);
    if (probe === undefined) throw new Error('there was no probe');
    // Until the loop has seen it succeed.
    const takenBack = ticking.records.find(
      ({ atSeconds, decision }) =>
        atSeconds - begunSeconds > createdSeconds(probe) && !decision.fleets[0]?.memory.shortages.some(({ pool }) => pool === 'inf2-spot'),
    );
    if (takenBack === undefined) throw new Error('the pool was not taken back');
    const meanwhile = claims.filter(
      (claim) => createdSeconds(claim) > returnedSeconds && createdSeconds(claim) < takenBack.atSeconds - begunSeconds,
    );
    expect(meanwhile).toEqual([probe]);
    const beside = (await nodeClaimsOf(bed(), 'inf2-od')).filter(
      (claim) => Math.abs(createdSeconds(claim) - createdSeconds(probe)) < GROUP_SECONDS / 2,
    );
    expect(beside.length).toBeGreaterThan(0);
    process.stderr.write(
      `[e2e] returned: capacity back at ${Math.round(returnedSeconds)} s, probe at ${Math.round(createdSeconds(probe))} s, ` +
        `spot nodes at ${rounded(claims.map(createdSeconds))} s\n`,
    );
  });

  it('is taken back: first in the order, free to grow to its maximum, and pods run on it', async () => {
    const pool = async (name: string) => (await bed().api.get(resources.nodePools, name)).spec;
    expect((await pool('inf2-spot')).limits).toEqual({ 'aws.amazon.com/neuron': '40' });
    expect((await pool('inf2-spot')).weight).toBeGreaterThan((await pool('inf2-od')).weight);
    expect((await nodeClaimsOf(bed(), 'inf2-spot')).length).toBeGreaterThan(GROUP_PODS);
    expect(ticking.records.at(-1)?.decision.fleets[0]?.memory.shortages.filter(({ pool: name }) => name === 'inf2-spot')).toEqual([]);
  });
});
