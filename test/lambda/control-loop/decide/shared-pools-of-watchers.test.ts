import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { Fleet } from '../../../../lambda/control-loop/model/fleet';
import type { Observation } from '../../../../lambda/control-loop/model/observation';
import { failure, fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, unitOf } from './fixtures';

const POOLS: Record<string, PoolStateOf> = { spot: { limit: 8, running: 2 }, od: { limit: 8, running: 2 } };

const fleetNamed = (name: string, enforcement: Fleet['enforcement'], maximumDevices: number, devicesPerPod = 1): Fleet =>
  fleetOf(
    {
      enforcement,
      units: [unitOf(`${name}-u`, { pools: ['spot', 'od'], devicesPerPod })],
      pools: [poolOf('spot', { capacityType: 'spot', maximumDevices }), poolOf('od', { maximumDevices })],
    },
    name,
  );

const chat = fleetNamed('chat', 'Enforce', 8);

const seen = (fleets: readonly Fleet[], pools = POOLS): Observation => {
  const each = fleets.map((fleet) => observationOf(fleet, {}, pools));
  return {
    atSeconds: NOW,
    units: Object.assign({}, ...each.map(({ units }) => units)),
    pools: Object.assign({}, ...each.map((one) => one.pools)),
    routerWeights: Object.assign({}, ...each.map(({ routerWeights }) => routerWeights)),
  };
};

const limits = (inputs: Parameters<typeof decide>[0], pools = POOLS): readonly (number | undefined)[] => {
  const decision = decide(
    inputs,
    seen(
      inputs.map(({ fleet }) => fleet),
      pools,
    ),
  );
  return ['spot', 'od'].map((pool) => decision.pools[pool]!.limitDevices.value);
};

describe('a fleet that only watches', () => {
  const alone = limits([inputOf(chat)]);

  it.each(['Observe', 'Recommend'] as const)('with enforcement %s cuts no pool of a fleet that enforces', (enforcement) => {
    const watcher = fleetNamed('another', enforcement, 1);
    expect(limits([inputOf(watcher), inputOf(chat)])).toEqual(alone);
  });

  it('and is paused freezes no pool of a fleet that enforces', () => {
    const watcher = fleetNamed('another', 'Observe', 8);
    const short = { ...POOLS, spot: { limit: 8, running: 2, failures: [failure(NOW - 10)] } };
    const paused = inputOf(watcher, { pause: { up: true, down: true } });
    expect(limits([paused, inputOf(chat)], short)).toEqual(limits([inputOf(chat)], short));
    expect(limits([inputOf(chat)], short)).toEqual([2, 8]);
  });

  it('makes no probe larger, and none be kept open', () => {
    const watcher = fleetNamed('another', 'Observe', 8, 8);
    const half = { lastFailureSeconds: NOW - 300, nextProbeSeconds: NOW - 10, firstSeenSeconds: NOW - 600, failures: 1 };
    const short = {
      ...initialOf(chat),
      shortages: [{ pool: 'spot', zone: 'unknown', ...half }],
    };
    const pools = { spot: { limit: 2, running: 2 }, od: { limit: 8, running: 2 } };
    expect(limits([inputOf(watcher), inputOf(chat, { memory: short })], pools)).toEqual(limits([inputOf(chat, { memory: short })], pools));
  });
});

describe('a paused fleet', () => {
  const other = fleetNamed('other', 'Enforce', 8);
  const all = { up: true, down: true };
  const pools = { spot: { limit: 8, running: 2, failures: [failure(NOW - 10)] }, od: { limit: 5, running: 2 } };

  it('does not freeze the pools that it shares', () => {
    expect(limits([inputOf(other, { pause: all }), inputOf(chat)], pools)).toEqual([2, 8]);
  });

  it('keeps the pools that are its own, and those whose fleets are all paused', () => {
    expect(limits([inputOf(other, { pause: all })], pools)).toEqual([undefined, undefined]);
    expect(limits([inputOf(other, { pause: all }), inputOf(chat, { pause: all })], pools)).toEqual([undefined, undefined]);
  });

  it('still has its maximum kept', () => {
    const small = fleetNamed('other', 'Enforce', 6);
    expect(limits([inputOf(small, { pause: all }), inputOf(chat)], { spot: POOLS.spot!, od: { limit: 2, running: 2 } })[1]).toBe(6);
  });
});

const initialOf = (fleet: Fleet) => decide([inputOf(fleet)], seen([fleet])).fleets[0]!.memory;
