import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { randomStreams } from '../../sim/kernel/random';
import { FAULTS } from './faults';
import { changesBetween, INVARIANTS, snapshotOf, type TickContext } from './invariants';
import { Ledger, summaryOf } from './ledger';
import { runWorld, TICKS_PER_WORLD } from './run-world';
import { CampaignWorld } from './world';

/** Worlds of the short campaign; `npm run campaign` runs two hundred. */
const SEEDS = [1001, 1002, 1003, 1004];

describe('the loop in random worlds with random faults', () => {
  it(`breaks no invariant in the worlds of seeds ${SEEDS[0]} to ${SEEDS.at(-1)}, and recovers from all faults`, async () => {
    const results = [];
    for (const seed of SEEDS) results.push(await runWorld(seed));
    expect(results.flatMap(({ seed, violations }) => violations.map((violation) => ({ seed, ...violation })))).toEqual([]);
    expect(summaryOf(results).ticks).toBe(SEEDS.length * TICKS_PER_WORLD);
    // Most of the faults there are come up even here.
    expect(Object.keys(summaryOf(results).faults).length).toBeGreaterThan(Object.keys(FAULTS).length / 2);
  }, 600_000);

  it('meets the same world again by its seed', async () => {
    // This seed meets no call that never answers, which takes real time.
    expect(await runWorld(1001)).toEqual(await runWorld(1001));
  }, 600_000);
});

describe('the invariants', () => {
  const judged = (change: (world: CampaignWorld) => void, context: Partial<TickContext> = {}): readonly string[] => {
    const world = new CampaignWorld(randomStreams(7)('world'));
    const before = snapshotOf(world);
    change(world);
    const after = snapshotOf(world);
    expect(changesBetween(before, after)).not.toEqual([]);
    const tick: TickContext = { world, before, after, ready: {}, refused: {}, blinded: new Set(), ...context };
    return Object.entries(INVARIANTS).flatMap(([name, judge]) => (judge(tick).length > 0 ? [name] : []));
  };

  const setPool = (spec: object) => (world: CampaignWorld) => {
    const [pool] = world.fake.kubernetes.all(resources.nodePools);
    world.fake.kubernetes.put(resources.nodePools, { ...pool!, spec: { ...pool!.spec, ...spec } });
  };
  const setFloor = (floor: number) => (world: CampaignWorld) => {
    const [scaler] = world.fake.kubernetes.all(resources.scaledObjects);
    world.fake.kubernetes.put(resources.scaledObjects, { ...scaler!, spec: { ...scaler!.spec, minReplicaCount: floor } });
  };
  const setTarget = (target: string) => (world: CampaignWorld) => {
    const [scaler] = world.fake.kubernetes.all(resources.scaledObjects);
    const triggers = [{ ...scaler!.spec.triggers[0], metadata: { targetMetricValue: target } }];
    world.fake.kubernetes.put(resources.scaledObjects, { ...scaler!, spec: { ...scaler!.spec, triggers } });
  };
  const setWeights = (weight: number) => (world: CampaignWorld) => {
    const [arn, weights] = [...world.fake.rules][0]!;
    world.fake.rules.set(arn, Object.fromEntries(Object.keys(weights).map((group) => [group, weight])));
  };

  it.each<[string, (world: CampaignWorld) => void, string]>([
    ['a template', setPool({ template: { spec: { taints: ['x'] } } }), 'nothing is written but the fields of the loop'],
    ['a weight of 101', setPool({ weight: 101 }), 'weights of pools are whole numbers from 1 to 100'],
    ['a weight of half', setPool({ weight: 0.5 }), 'weights of pools are whole numbers from 1 to 100'],
    [
      'a limit above the maximum',
      setPool({ limits: { 'nvidia.com/gpu': '17' } }),
      'limits of pools are from 0 to the maximum that the fleets state',
    ],
    ['a floor of 99', setFloor(99), 'floors are between the minimum and the maximum of their unit'],
    ['a target of 0', setTarget('0'), 'targets are above 0 and no more than a pod can do'],
    ['a target of 1000', setTarget('1000'), 'targets are above 0 and no more than a pod can do'],
    ['a rule without any weight', setWeights(0), 'weights of a rule are whole numbers from 0 to 999, and not all zero'],
    ['a weight of 1000 in a rule', setWeights(1000), 'weights of a rule are whole numbers from 0 to 999, and not all zero'],
  ])('catch %s', (_what, change, invariant) => {
    expect(judged(change)).toContain(invariant);
  });

  it('catch a floor that falls while requests are refused', () => {
    const world = new CampaignWorld(randomStreams(7)('world'));
    const [fleet] = world.fleets;
    setFloor(4)(world);
    const before = snapshotOf(world);
    setFloor(3)(world);
    const refused = Object.fromEntries(world.fleets.map(({ name, namespace }) => [`${namespace}/${name}`, 10]));
    const tick: TickContext = { world, before, after: snapshotOf(world), ready: {}, refused, blinded: new Set() };
    expect(fleet).toBeDefined();
    expect(INVARIANTS['no floor falls while requests are refused']!(tick)).toHaveLength(1);
  });
});

describe('the ledger of a campaign', () => {
  it('knows what was run before, and forgives a line that was cut off', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'campaign-')), 'deep', 'campaign.jsonl');
    const ledger = new Ledger(file);
    ledger.add({ seed: 5, ticks: 55, faults: { storm: 3 }, violations: [] });
    ledger.add({ seed: 6, ticks: 55, faults: { storm: 1 }, violations: [{ minute: 1, invariant: 'calm', detail: 'x', under: [] }] });
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, '{"seed":7,"ti', { flag: 'a' });
    const again = new Ledger(file);
    expect([5, 6, 7].map((seed) => again.has(seed))).toEqual([true, true, false]);
    expect(summaryOf(again.results)).toEqual({ worlds: 2, ticks: 110, faults: { storm: 4 }, violations: { calm: 1 } });
  });
});
