import { describe, expect, it } from 'vitest';
import { competingPools, orderPools } from '../../../../lambda/control-loop/decide/pool-order';
import { fleetOf, NOW, type PoolStateOf, poolObservation, poolOf, unitOf } from './fixtures';

const fleet = fleetOf({
  units: [unitOf('chat', { pools: ['g5-spot', 'g5-od'] }), unitOf('images', { pools: ['inf2-spot', 'inf2-od'] })],
  pools: [poolOf('g5-spot', { capacityType: 'spot' }), poolOf('g5-od'), poolOf('inf2-spot', { capacityType: 'spot' }), poolOf('inf2-od')],
});

const orderOf = (states: Record<string, PoolStateOf>, of = fleet) =>
  orderPools({
    fleet: of,
    pools: Object.fromEntries(of.pools.map(({ name }) => [name, poolObservation(states[name])])),
    circuits: {},
    nowSeconds: NOW,
  });
const namesOf = (states: Record<string, PoolStateOf>, of = fleet) => orderOf(states, of).map(({ value }) => value);

describe('pools that compete', () => {
  it('are those that can host the same pods, directly or through a third pool', () => {
    const units = [{ pools: ['a', 'b'] }, { pools: ['b', 'c'] }, { pools: ['d'] }];
    expect(competingPools(['a', 'b', 'c', 'd', 'e'], units)).toEqual([['a', 'b', 'c'], ['d'], ['e']]);
  });
});

describe('an unknown price', () => {
  it('of a pool disturbs the order of those it competes with alone', () => {
    // Spot costs nearly twice what on demand does; the price of inf2-spot is not known.
    const states = { 'g5-spot': { priceUsd: 1.91 }, 'g5-od': { priceUsd: 1.006 }, 'inf2-od': { priceUsd: 0.1 } };
    expect(namesOf(states)).toEqual(['g5-od', 'g5-spot', 'inf2-spot', 'inf2-od']);
    expect(orderOf(states)[2]!.reason).toBe('spot, 1.0000 USD per device-hour as stated on demand');
  });
});

describe('the present order of pools', () => {
  const present = (spotUsd: number, onDemandUsd: number) =>
    namesOf({ 'g5-spot': { priceUsd: spotUsd, weight: 100 }, 'g5-od': { priceUsd: onDemandUsd, weight: 90 } }).slice(0, 2);

  it('stays while another one would save less than 5 %', () => {
    expect(present(1, 0.951)).toEqual(['g5-spot', 'g5-od']);
    expect(present(1, 0.949)).toEqual(['g5-od', 'g5-spot']);
  });

  it('stays through two percent of noise on equal prices, once it is there', () => {
    for (const [a, b] of [
      [1.02, 0.98],
      [0.98, 1.02],
      [1.02, 1],
    ] as const) {
      expect(present(a, b)).toEqual(['g5-spot', 'g5-od']);
    }
  });

  it('gives way as a whole when any of three pools would save more', () => {
    const three = fleetOf({
      units: [unitOf('chat', { pools: ['a', 'b', 'c'] })],
      pools: [poolOf('a'), poolOf('b'), poolOf('c')],
    });
    const states = (c: number) => ({ a: { priceUsd: 1, weight: 100 }, b: { priceUsd: 0.97, weight: 90 }, c: { priceUsd: c, weight: 80 } });
    expect(namesOf(states(0.955), three)).toEqual(['a', 'b', 'c']);
    expect(namesOf(states(0.94), three)).toEqual(['c', 'b', 'a']);
  });

  it('is none where two pools have one weight or one has none', () => {
    expect(namesOf({ 'g5-spot': { priceUsd: 1, weight: 90 }, 'g5-od': { priceUsd: 0.99, weight: 90 } })[0]).toBe('g5-od');
    expect(namesOf({ 'g5-spot': { priceUsd: 1, weight: 90 }, 'g5-od': { priceUsd: 0.99 } })[0]).toBe('g5-od');
  });
});

describe('reserved capacity', () => {
  const reserved = fleetOf({
    units: [unitOf('chat', { pools: ['spot', 'od', 'reserved'] })],
    pools: [
      poolOf('spot', { capacityType: 'spot' }),
      poolOf('od'),
      poolOf('reserved', { capacityType: 'reserved', capacityReservationIds: ['cr-1'] }),
    ],
  });
  const prices = { spot: { priceUsd: 0.4 }, od: { priceUsd: 1.006 } };

  it('comes first, whatever spot costs: it is paid for', () => {
    expect(namesOf({ ...prices, reserved: { priceUsd: 1.006, reserved: 8 } }, reserved)).toEqual(['reserved', 'spot', 'od']);
    expect(orderOf({ ...prices, reserved: { priceUsd: 1.006, reserved: 8 } }, reserved)[0]!.reason).toBe(
      'reserved, paid for, 8 devices free',
    );
  });

  it('keeps its place when it is used up, where its limit lets nothing through, and while it is not known', () => {
    expect(namesOf({ ...prices, reserved: { reserved: 0 } }, reserved)[0]).toBe('reserved');
    expect(namesOf({ ...prices, reserved: {} }, reserved)).toEqual(['reserved', 'spot', 'od']);
  });

  it('takes the first place from the pool that has it now, although the order is within the deadband', () => {
    const states = {
      spot: { priceUsd: 1, weight: 100 },
      od: { priceUsd: 1, weight: 90 },
      reserved: { priceUsd: 1, reserved: 2, weight: 80 },
    };
    expect(namesOf(states, reserved)[0]).toBe('reserved');
  });
});
