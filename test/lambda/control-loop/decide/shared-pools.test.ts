import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { FleetDecision } from '../../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../../lambda/control-loop/model/fleet';
import type { Observation } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

const floorsOf = ({ units }: FleetDecision) => Object.fromEntries(Object.entries(units).map(([name, { floor }]) => [name, floor.value]));
const messagesOf = ({ findings }: FleetDecision) =>
  findings.filter(({ code }) => code === 'Rejected').map(({ subject, message }) => `${subject}: ${message}`);

const decideOne = (fleet: Fleet, units: Record<string, UnitState>) => decide([inputOf(fleet)], observationOf(fleet, units)).fleets[0]!;

/** Every unit serves 60 requests a minute and pod, within 0.9 s of which one takes 0.5 s. */
const busy: UnitState = { requestsPerMinute: 600, ready: 5, floor: 5, latencySeconds: 0.5 };

describe('two units on one pool of 10 devices', () => {
  const units = [unitOf('a', { pools: ['shared'] }), unitOf('b', { pools: ['shared'] })];
  const fleet = fleetOf({ units, pools: [poolOf('shared', { maximumDevices: 10 })] });

  it('have 10 pods together, not 10 each, and it is said what cannot be had', () => {
    const decided = decideOne(fleet, { a: busy, b: busy });
    expect(floorsOf(decided)).toEqual({ a: 5, b: 5 });
    // 1200 requests a minute; five pods at 85 % of 60 serve 255 of them, twice.
    expect(messagesOf(decided)).toContain('sd21: no unit has room for 690 of 1200 requests/min');
  });

  it('give what they cannot serve to a unit with a pool of its own', () => {
    const wider = fleetOf({
      units: [...units, unitOf('c', { pools: ['own'] })],
      pools: [poolOf('shared', { maximumDevices: 10 }), poolOf('own', { maximumDevices: 100 })],
    });
    const decided = decideOne(wider, { a: busy, b: busy, c: { ...busy, requestsPerMinute: 0 } });
    const floors = floorsOf(decided);
    expect(floors.a! + floors.b!).toBeLessThanOrEqual(10);
    // At least 690 requests a minute are left for c: more than eleven of its pods.
    expect(floors.c!).toBeGreaterThan(11);
    expect(messagesOf(decided)).toEqual([]);
  });

  it('of which one has all the traffic leave it the devices that the other does not count on', () => {
    const decided = decideOne(fleet, {
      a: { ...busy, requestsPerMinute: 240, weight: 1000 },
      b: { requestsPerMinute: 0, ready: 0, floor: 1, weight: 0 },
    });
    const floors = floorsOf(decided);
    expect(floors.a! + floors.b!).toBeLessThanOrEqual(10);
    // Four pods are saturated by 240 requests a minute, and its desired half asks for no more than that.
    expect(floors.a!).toBeGreaterThan(4);
  });
});

describe('the loss of a pool', () => {
  // a and b each have a pool of their own, and the same one to go to.
  const units = [unitOf('a', { pools: ['a-own', 'spare'] }), unitOf('b', { pools: ['b-own', 'spare'] }), unitOf('c', { pools: ['spare'] })];
  const pools = [poolOf('a-own'), poolOf('b-own'), poolOf('spare', { maximumDevices: 10 })];
  const fleet = fleetOf({ units, pools, resilience: 1 });

  it('is not survived on devices that run other pods already', () => {
    const state = { ...busy, ready: { spare: 4, 'a-own': 6 } };
    const decided = decideOne(fleet, { a: state, b: { ...busy, ready: { spare: 4, 'b-own': 6 } }, c: { ...busy, ready: { spare: 2 } } });
    const onSpareAlone = floorsOf(decided).c!;
    expect(onSpareAlone).toBeLessThanOrEqual(10);
    expect(messagesOf(decided).filter((message) => /resilience 1 cannot be reached: without pool/.test(message)).length).toBeGreaterThan(0);
  });
});

describe('two fleets on one pool of 10 devices', () => {
  const fleetNamed = (name: string, change: object = {}) =>
    fleetOf(
      { units: [unitOf(name, { pools: ['shared'] })], pools: [poolOf('shared', { maximumDevices: 10 })], ...change },
      `fleet-${name}`,
    );
  const both = (fleets: readonly Fleet[], states: readonly UnitState[]) => {
    const seen = fleets.map((fleet, index) => observationOf(fleet, { [fleet.units[0]!.name]: states[index]! }));
    const observation: Observation = {
      atSeconds: NOW,
      units: Object.assign({}, ...seen.map(({ units }) => units)),
      pools: seen[0]!.pools,
      routerWeights: Object.assign({}, ...seen.map(({ routerWeights }) => routerWeights)),
    };
    return decide(
      fleets.map((fleet) => inputOf(fleet)),
      observation,
    ).fleets;
  };

  it('have 10 pods together, not 10 each, and each is told its part', () => {
    const decided = both([fleetNamed('a'), fleetNamed('b')], [busy, busy]);
    expect(decided.map(floorsOf)).toEqual([{ a: 5 }, { b: 5 }]);
    expect(messagesOf(decided[0]!)).toEqual([
      'fleet-a: no unit has room for 345 of 600 requests/min',
      'shared: 5 of its 10 devices are counted on: it is shared with default/fleet-b, and all together need more',
    ]);
    expect(messagesOf(decided[1]!)).toContain(
      'shared: 5 of its 10 devices are counted on: it is shared with default/fleet-a, and all together need more',
    );
  });

  it('have what they need where there is enough', () => {
    const quiet: UnitState = { requestsPerMinute: 60, ready: 3, floor: 3 };
    const decided = both([fleetNamed('a'), fleetNamed('b')], [quiet, quiet]);
    expect(decided.flatMap(messagesOf)).toEqual([]);
  });

  it('of which one only watches leave the pool to the other', () => {
    const decided = both([fleetNamed('a'), fleetNamed('b', { enforcement: 'Observe' })], [busy, busy]);
    expect(floorsOf(decided[0]!)).toEqual({ a: 10 });
  });
});
