import { describe, expect, it } from 'vitest';
import { cheapestFleet, type Need, type UnitChoice } from '../../../sim/bounds/cheapest-fleet';
import { loadHighs } from '../../../sim/bounds/highs';
import { LinearProgram, type Term } from '../../../sim/bounds/linear-program';
import { wholePodsBound } from '../../../sim/bounds/whole-pods';
import { randomStreams } from '../../../sim/kernel/random';
import { boundsWorld } from './world';

/** What pods serve within the objective: less than they could work off, and more than in proportion with more pods. */
const within = (pods: number, throughput: number): number => Math.max(0, throughput * (pods - 0.8 * Math.sqrt(pods)));

const unit = (throughputPerMinute: number, pools: UnitChoice['pools'], stable = 0.95): UnitChoice => ({
  throughputPerMinute,
  pools,
  capacity: {
    within: (pods) => within(pods, throughputPerMinute),
    stable: (pods) => Math.max(within(pods, throughputPerMinute), stable * throughputPerMinute * pods),
  },
});

/** Every purchase there is, one after another. */
const byEnumeration = (units: readonly UnitChoice[], { demandPerMinute, resilience, isStrict }: Need): number | undefined => {
  const places = units.flatMap((choice, index) => choice.pools.map((pool) => ({ ...pool, unit: index })));
  const capacity = (counts: readonly number[], of: 'within' | 'stable', lost?: number): number =>
    units.reduce((sum, choice, index) => {
      const pods = counts.reduce((all, count, place) => all + (places[place]!.unit === index && place !== lost ? count : 0), 0);
      return sum + choice.capacity[of](pods);
    }, 0);
  let best: number | undefined;
  const visit = (counts: readonly number[]): void => {
    if (counts.length < places.length) {
      for (let count = 0; count <= places[counts.length]!.maximumPods; count++) visit([...counts, count]);
      return;
    }
    const usd = counts.reduce((sum, count, place) => sum + count * places[place]!.priceUsdPerHour, 0);
    if (best !== undefined && usd >= best) return;
    if (capacity(counts, 'within') < demandPerMinute - 1e-9) return;
    const after = isStrict ? 'within' : 'stable';
    if (resilience > 0 && places.some((_, lost) => capacity(counts, after, lost) < resilience * demandPerMinute - 1e-9)) return;
    best = usd;
  };
  visit([]);
  return best;
};

const random = randomStreams(7)('worlds');
const between = (low: number, high: number): number => low + (high - low) * random.uniform();
const smallUnits = (stable?: number): readonly UnitChoice[] =>
  Array.from({ length: 2 }, () =>
    unit(
      Math.round(between(40, 130)),
      Array.from({ length: 2 }, () => ({
        priceUsdPerHour: Math.round(between(10, 130)) / 100,
        maximumPods: 3 + Math.floor(between(0, 3)),
      })),
      stable,
    ),
  );

describe('The cheapest fleet of whole pods', () => {
  it('is the one that enumeration finds, where after a loss queues must not grow', () => {
    for (let world = 0; world < 60; world++) {
      const units = smallUnits();
      const need = { demandPerMinute: Math.round(between(5, 300)), resilience: [0, 0.5, 1][world % 3]!, isStrict: false };
      const expected = byEnumeration(units, need);
      const found = cheapestFleet(units, need);
      if (expected === undefined) expect(found).toBeUndefined();
      else expect(found).toBeCloseTo(expected, 9);
    }
  });

  it('is never dearer than the one that enumeration finds, and little cheaper, where the objective holds after a loss', () => {
    for (let world = 0; world < 30; world++) {
      const units = smallUnits();
      const need = { demandPerMinute: Math.round(between(5, 200)), resilience: 1, isStrict: true };
      const expected = byEnumeration(units, need);
      if (expected === undefined) continue;
      const found = cheapestFleet(units, need)!;
      expect(found).toBeLessThanOrEqual(expected + 1e-9);
      expect(found).toBeGreaterThan(0.9 * expected);
    }
  });

  it('is never dearer than the one that enumeration finds, where many pods hold the objective at more than few work off', () => {
    for (let world = 0; world < 60; world++) {
      const units = smallUnits(0.6);
      const need = { demandPerMinute: Math.round(between(50, 400)), resilience: 1, isStrict: false };
      const expected = byEnumeration(units, need);
      if (expected !== undefined) expect(cheapestFleet(units, need)).toBeLessThanOrEqual(expected + 1e-9);
    }
  });

  it('is the one that HiGHS finds as an integer program', async () => {
    const minimise = await loadHighs();
    for (let world = 0; world < 5; world++) {
      const units = smallUnits();
      const demandPerMinute = Math.round(between(20, 300));
      // Pods by pool, and for each unit which number of pods it has: what that number serves is not in proportion to it.
      const program = new LinearProgram();
      const pods = units.map(({ pools }) =>
        pools.map((pool) => program.variable({ cost: pool.priceUsdPerHour, upper: pool.maximumPods, isWhole: true })),
      );
      const served: Term[] = units.flatMap(({ pools, capacity }, index) => {
        const most = pools.reduce((sum, { maximumPods }) => sum + maximumPods, 0);
        const numbers = Array.from({ length: most + 1 }, () => program.variable({ upper: 1, isWhole: true }));
        program.atMost(
          numbers.map((number) => [number, 1]),
          1,
        );
        program.atLeast([...pods[index]!.map((pool): Term => [pool, 1]), ...numbers.map((number, count): Term => [number, -count])], 0);
        return numbers.map((number, count): Term => [number, capacity.within(count)]);
      });
      program.atLeast(served, demandPerMinute);
      const places = units.flatMap(({ capacity }, index) => pods[index]!.map((pool): Term => [pool, capacity.stable(1)]));
      for (const [lost] of places) {
        program.atLeast(
          places.filter(([place]) => place !== lost),
          demandPerMinute,
        );
      }
      const found = cheapestFleet(units, { demandPerMinute, resilience: 1, isStrict: false });
      const expected = minimise(program)?.cost;
      if (expected === undefined) expect(found).toBeUndefined();
      else expect(found).toBeCloseTo(expected, 5);
    }
  });
});

describe('The least cost of whole pods', () => {
  const one = (isClosedFor: number) =>
    boundsWorld({
      demandPerMinute: [90, 90],
      resilience: 1,
      pools: [{ devices: [9, 9 - isClosedFor] }, { devices: [9, 9] }],
      offers: [
        { unit: 'only', pool: 0, throughputPerMinute: 100, priceUsdPerHour: [0.5, 0.5] },
        { unit: 'only', pool: 1, throughputPerMinute: 100, priceUsdPerHour: [1, 1] },
      ],
    });

  it('holds a whole pod in each of two pools, where either may be lost', () => {
    // $0.50 + $1 in each of two hours. After a loss one pod is 90 % busy, and queues do not grow.
    expect(wholePodsBound(one(0), false)).toEqual({ usd: expect.closeTo(3, 6), unmetPart: 0 });
  });

  it('counts what could be held where there is no second pool, and says for how long', () => {
    // In the second hour only the dear pool has capacity: one pod without reserve.
    expect(wholePodsBound(one(9), false)).toEqual({ usd: expect.closeTo(2.5, 6), unmetPart: 0.5 });
  });
});
