import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetSpecInput } from '../../lambda/control-loop/api';
import { resources } from '../../lambda/control-loop/contract/names';
import { nodeClassResource } from './cluster/api-resources';
import { progress } from './cluster/cache';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addPool, nodeClaimsOf } from './support/pools';
import { type ServedFleet, startServedFleet } from './support/served-fleet';
import { type Seen, settled, shortIn, storyOf, watchWhile } from './support/watch';

/**
 * Pools go under load, in CloudFormation's order: what is new, then the fleet, then in the cleanup what is gone. Of a NodePool that is
 * deleted all nodes drain at once, and a disruption budget lets one pod go at a time.
 */

const REQUESTS_PER_MINUTE = 240;
/** Requests that a pod of each unit sustains, by its profile. */
const THROUGHPUT_PER_MINUTE: Readonly<Record<string, number>> = { inf2: 105, g5: 90 };
const UNITS = ['inf2', 'g5'] as const;
const GONE_SECONDS = 300;
const LEAVING = /\d+ more while pods leave their nodes/;

let served: ServedFleet;

const bed = useTestBed('delete pools under load', { keda: true }, async (started) => {
  served = await startServedFleet(started, { demand: { requestsPerMinute: REQUESTS_PER_MINUTE }, everySeconds: 3, maximumDevices: 16 });
});

afterAll(() => served?.stop());

/** Has the fleet name other pools. */
const namePools = async (change: (name: string) => string | undefined): Promise<void> => {
  const spec = (await served.fleet.read()).spec as FleetSpecInput;
  const pools = spec.pools.flatMap((pool) => {
    const name = change(pool.name);
    return name === undefined ? [] : [{ ...pool, name }];
  });
  const units = spec.units.map((unit) => ({ ...unit, pools: unit.pools.flatMap((pool) => change(pool) ?? []) }));
  await bed().api.patch(resources.inferenceFleets, 'chat', 'default', { spec: { pools, units } });
};

/** As the cleanup deletes them; ends when the nodes have gone. */
const deletePool = async (name: string): Promise<void> => {
  await bed().api.remove(resources.nodePools, name);
  await until(`no node of ${name}`, GONE_SECONDS, async () => (await nodeClaimsOf(bed(), name)).length === 0);
  await bed().api.remove(nodeClassResource, name);
};

const CHANGES = [
  {
    what: 'a pool that is renamed',
    unit: 'g5',
    gone: 'g5-spot',
    act: async () => {
      await addPool(bed(), { name: 'g5-cheap', capacityType: 'spot', instanceTypes: ['g5.xlarge', 'g5.2xlarge'] });
      await namePools((name) => (name === 'g5-spot' ? 'g5-cheap' : name));
      await deletePool('g5-spot');
    },
  },
  {
    what: 'spot capacity that is switched off',
    unit: 'inf2',
    gone: 'inf2-spot',
    act: async () => {
      await namePools((name) => (name === 'inf2-spot' ? undefined : name));
      await deletePool('inf2-spot');
    },
  },
] as const;

describeOnTestBed.each(CHANGES)('$what', ({ what, unit, gone, act }) => {
  let before: Seen;
  let seen: readonly Seen[];
  let nodes: number;

  beforeAll(async () => {
    before = await settled(bed(), served);
    nodes = (await nodeClaimsOf(bed(), gone)).length;
    seen = await watchWhile(bed(), served, act);
    progress(`${what}\n${storyOf(seen)}`);
  });

  it('had nodes, which have gone', () => {
    expect(nodes).toBeGreaterThanOrEqual(2);
  });

  it('never has fewer ready pods than the requests of each unit need', () => {
    expect(seen.length).toBeGreaterThan(10);
    expect(shortIn(seen, REQUESTS_PER_MINUTE, THROUGHPUT_PER_MINUTE)).toEqual([]);
  });

  it('has successors before its pods go: floors rise by what leaves, and one pod is away at most', () => {
    expect(seen.some(({ reasons }) => LEAVING.test(reasons[unit] ?? ''))).toBe(true);
    expect(Math.max(...seen.map(({ floors }) => floors[unit] ?? 0))).toBeGreaterThan(before.floors[unit]!);
    expect(Math.min(...seen.map(({ ready }) => ready[unit] ?? 0))).toBeGreaterThanOrEqual(before.ready[unit]! - 1);
  });

  describe.each(UNITS)('of %s', (name) => {
    it('keeps its traffic', () => {
      for (const { weights } of seen) expect(weights[name]).toBeGreaterThan(before.weights[name]! / 2);
    });
  });
});
