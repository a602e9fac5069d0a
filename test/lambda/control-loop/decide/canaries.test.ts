import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { fleetKey } from '../../../../lambda/control-loop/model/fleet';
import { readyPods } from '../../../../lambda/control-loop/model/signals';
import { type Case, caseArbitrary } from './arbitraries';
import { fleetOf, inputOf, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

/** Two units on pools of their own, and perhaps a canary on the pools of the first. */
const fleetWith = (resilience: number, maximumShare?: number) =>
  fleetOf({
    resilience,
    units: [
      unitOf('a', { costShare: 0.6 }),
      unitOf('b', { costShare: 0.4 }),
      ...(maximumShare === undefined ? [] : [unitOf('next', { pools: ['a'], maximumShare })]),
    ],
    pools: [poolOf('a'), poolOf('b')],
  });

const steady: Record<string, UnitState> = {
  a: { requestsPerMinute: 600, ready: 14, floor: 14, weight: 570 },
  b: { requestsPerMinute: 400, ready: 10, floor: 10, weight: 380 },
  next: { requestsPerMinute: 50, ready: 2, floor: 2, weight: 50 },
};

const decided = (fleet: ReturnType<typeof fleetWith>, states: Record<string, UnitState> = {}) => {
  const units = Object.fromEntries(Object.entries(steady).map(([name, state]) => [name, { ...state, ...states[name] }]));
  const { units: own, desired, findings } = decide([inputOf(fleet)], observationOf(fleet, units)).fleets[0]!;
  return {
    shares: Object.fromEntries(Object.entries(own).map(([name, { share }]) => [name, share.value])),
    desired: Object.fromEntries(Object.entries(desired!.units).map(([name, { share }]) => [name, share!.value])),
    floors: Object.fromEntries(Object.entries(desired!.units).map(([name, { floor }]) => [name, floor!.value])),
    findings,
  };
};

describe('a canary', () => {
  it('is to have its part, and the others divide the rest as they would without it', () => {
    const { desired } = decided(fleetWith(0, 0.05));
    expect(desired.next).toBe(0.05);
    expect(desired.a).toBeCloseTo(0.6 * 0.95, 9);
    expect(desired.b).toBeCloseTo(0.4 * 0.95, 9);
  });

  it.each([0, 1])('is nobody’s reserve: the others have floors for all of the demand, resilience %d', (resilience) => {
    // The demand is the same: 1,050 requests a minute.
    const without = decided(fleetWith(resilience), { a: { ...steady.a, requestsPerMinute: 650 } });
    const { floors } = decided(fleetWith(resilience, 0.05));
    expect(floors.a).toBe(without.floors.a);
    expect(floors.b).toBe(without.floors.b);
    // Of 52.5 requests a minute, each of 0.5 s, 2.3 % wait for two pods for longer than 0.4 s; one per cent may.
    expect(floors.next).toBe(3);
  });

  it('takes over nothing where another unit loses all of its pods', () => {
    const { shares } = decided(fleetWith(0, 0.05), { b: { ready: 0 }, a: { ready: 20 } });
    expect(shares.b).toBe(0);
    expect(shares.next!).toBeLessThanOrEqual(0.05);
    expect(shares.a! + shares.next!).toBeCloseTo(1, 9);
  });

  it('takes over nothing where the others are overloaded, and where the demand is unknown', () => {
    expect(decided(fleetWith(0, 0.05), { a: { ready: 3 }, b: { ready: 2 }, next: { ready: 30 } }).shares.next!).toBeLessThanOrEqual(0.05);
    const silent = { latencySeconds: undefined as never, ready: 0 };
    expect(decided(fleetWith(0, 0.05), { b: silent }).shares.next ?? 0.05).toBeLessThanOrEqual(0.0501);
  });

  it('serves what it can where no other unit has a pod', () => {
    const { shares } = decided(fleetWith(0, 0.05), { a: { ready: 0 }, b: { ready: 0 } });
    expect(shares).toEqual({ a: 0, b: 0, next: 1 });
  });

  it('has less where its pods serve less', () => {
    const { shares } = decided(fleetWith(0, 0.2), { next: { ready: 2 } });
    expect(shares.next!).toBeLessThan(0.15);
    expect(shares.next!).toBeGreaterThan(0);
  });

  it('loses its traffic after one minute in which its requests fail, and is tried again half an hour after the last', () => {
    const bad = { requests: 50, failed: 40, answered: 50, errors: 40 };
    const good = { requests: 50, failed: 0, answered: 50, errors: 0 };
    const of = (minutes: UnitState['minutes']) =>
      decided(fleetWith(0, 0.05), {
        a: { minutes: [{ requests: 600, failed: 1, answered: 600, errors: 1 }] },
        next: { minutes: minutes! },
      });
    const failing = of([good, bad]);
    expect(failing.shares.next).toBe(0);
    expect(failing.findings.find(({ code }) => code === 'Impaired')?.subject).toBe('next');
    expect(of([bad, good, good, good, good]).shares.next).toBe(0);
    // Not for a request or two of many.
    expect(of([{ ...good, failed: 2, errors: 2 }]).findings.some(({ code }) => code === 'Impaired')).toBe(false);
    expect(of([{ requests: 3, failed: 2, answered: 3, errors: 2 }]).findings.some(({ code }) => code === 'Impaired')).toBe(false);
  });

  it('does not take the traffic of units that fail where no other unit is sound', () => {
    const bad = Array.from({ length: 5 }, () => ({ requests: 600, failed: 400, answered: 600, errors: 400 }));
    const { findings, shares } = decided(fleetWith(0, 0.05), {
      a: { minutes: bad },
      b: { minutes: bad },
      next: { minutes: [{ requests: 50, failed: 0, answered: 50, errors: 0 }] },
    });
    expect(findings.some(({ code }) => code === 'Impaired')).toBe(false);
    expect(shares.next ?? 0.05).toBeLessThanOrEqual(0.0501);
  });
});

/** The last unit of each fleet of several is a canary. */
const withCanary = (given: Case): Case => ({
  ...given,
  fleets: given.fleets.map((fleet) =>
    fleet.units.length < 2
      ? fleet
      : { ...fleet, units: fleet.units.map((unit, index) => (index < fleet.units.length - 1 ? unit : { ...unit, maximumShare: 0.05 })) },
  ),
});

it('gets no more than its part of what is newly set, whatever is observed, while another unit has a ready pod', () => {
  fc.assert(
    fc.property(caseArbitrary.map(withCanary), ({ fleets, observation, memories }) => {
      const inputs = fleets.map((fleet) => {
        const memory = memories[fleetKey(fleet)];
        return inputOf(fleet, memory && { memory });
      });
      for (const [index, { units }] of decide(inputs, observation).fleets.entries()) {
        const { units: stated } = fleets[index]!;
        const canary = stated.at(-1)!;
        const share = units[canary.name]!.share.value;
        const others = stated.slice(0, -1).filter(({ name }) => (units[name]!.share.value ?? 0) > 0.02);
        const seen = (name: string) => observation.units[`${fleetKey(fleets[index]!)}/${name}`];
        const isServed = others.some(({ name }) => (readyPods(seen(name), observation.atSeconds) ?? 0) > 0);
        const weights = observation.routerWeights[fleetKey(fleets[index]!)];
        const total = weights?.known ? Object.values(weights.value).reduce((sum, weight) => sum + weight, 0) : 0;
        const live = weights?.known && total > 0 ? (weights.value[canary.name] ?? 0) / total : 0;
        if (canary.maximumShare !== undefined && share !== undefined && isServed) {
          expect(share).toBeLessThanOrEqual(Math.max(0.05, live) + 1e-9);
        }
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
