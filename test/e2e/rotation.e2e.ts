import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { progress } from './cluster/cache';
import type { TestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { FLEET_POOLS } from './support/fleet';
import { nodeClaimsOf } from './support/pools';
import { type ServedFleet, startServedFleet } from './support/served-fleet';
import { look, type Seen, settled, shortIn, storyOf, watchWhile } from './support/watch';

/** All pools drift under load, as after a change of their AMI: Karpenter replaces every node, one of a pool at a time. */

const REQUESTS_PER_MINUTE = 240;
/** Requests that a pod of each unit sustains, by its profile. */
const THROUGHPUT_PER_MINUTE: Readonly<Record<string, number>> = { inf2: 105, g5: 90 };
const UNITS = ['inf2', 'g5'] as const;
const ROTATION_SECONDS = 600;
const FLOORS_SECONDS = 240;
/** A floor does not fall while demand merely wavers: one pod of what was raised may stay for that. */
const KEPT = /not lowered while demand wavers about this size$/;
const LEAVING = /\d+ more while pods leave their nodes/;

let served: ServedFleet;
let before: Seen;
let seen: readonly Seen[];
let old: readonly string[];
let left: readonly string[];

const claimsOf = async (bed: TestBed): Promise<readonly string[]> =>
  (await Promise.all(FLEET_POOLS.map((pool) => nodeClaimsOf(bed, pool)))).flat().map(({ metadata }) => metadata.name);

const bed = useTestBed('drift all pools', { keda: true }, async (started) => {
  served = await startServedFleet(started, { demand: { requestsPerMinute: REQUESTS_PER_MINUTE }, everySeconds: 3 });
});

afterAll(() => served?.stop());

describeOnTestBed('the rotation of all nodes under load', () => {
  beforeAll(async () => {
    before = await settled(bed(), served);
    old = await claimsOf(bed());
    seen = await watchWhile(bed(), served, async () => {
      for (const pool of FLEET_POOLS) {
        const change = { spec: { template: { metadata: { annotations: { 'example.com/generation': '2' } } } } };
        await bed().api.patch(resources.nodePools, pool, undefined, change);
      }
      await until('every node to be a new one', ROTATION_SECONDS, async () => {
        const now = await claimsOf(bed());
        return now.length >= UNITS.length && now.every((name) => !old.includes(name));
      });
      await until('floors without what leaves', FLOORS_SECONDS, async () => {
        const { reasons, floors } = await look(bed(), served);
        return UNITS.every((unit) => !LEAVING.test(reasons[unit]!) && (floors[unit]! <= before.floors[unit]! || KEPT.test(reasons[unit]!)));
      });
    });
    left = (await claimsOf(bed())).filter((name) => old.includes(name));
    progress(`rotation of ${old.length} nodes\n${storyOf(seen)}`);
  });

  it('replaces every node', () => {
    expect(old.length).toBeGreaterThanOrEqual(4);
    expect(left).toEqual([]);
  });

  it('never has fewer ready pods than the requests of each unit need', () => {
    expect(seen.length).toBeGreaterThan(100);
    expect(shortIn(seen, REQUESTS_PER_MINUTE, THROUGHPUT_PER_MINUTE)).toEqual([]);
  });

  describe.each(UNITS)('of %s', (unit) => {
    it('raises the floor by what leaves, so that successors come first, and takes it back, but for what noise of demand keeps', () => {
      // A pod that noise keeps is a successor that is there already.
      const kept = KEPT.test(before.reasons[unit] ?? '') ? 1 : 0;
      const raised = seen.filter(({ reasons }) => LEAVING.test(reasons[unit] ?? '')).map(({ floors }) => floors[unit] ?? 0);
      expect(Math.max(...raised)).toBeGreaterThan(before.floors[unit]! - kept);
      expect(seen.at(-1)?.reasons[unit]).not.toMatch(LEAVING);
      expect(seen.at(-1)?.floors[unit]).toBeLessThanOrEqual(before.floors[unit]! + (KEPT.test(seen.at(-1)?.reasons[unit] ?? '') ? 1 : 0));
    });

    it('takes no more pods than the one that leaves', () => {
      const ready = seen.map((one) => one.ready[unit] ?? 0);
      expect(Math.min(...ready)).toBeGreaterThanOrEqual((before.ready[unit] ?? 0) - 1);
      expect(ready.at(-1)).toBeGreaterThanOrEqual(before.ready[unit] ?? 0);
    });

    it('keeps its traffic', () => {
      expect(Math.min(...seen.map(({ weights }) => weights[unit] ?? 0))).toBeGreaterThan(0);
    });
  });
});
