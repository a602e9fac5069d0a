import { describe, expect, it } from 'vitest';
import { decide, decideWith } from '../../../../../lambda/control-loop/decide/decide';
import { initialMemory } from '../../../../../lambda/control-loop/decide/memory';
import type { Policy } from '../../../../../lambda/control-loop/decide/policies/policy';
import type { WrittenValue } from '../../../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../../../lambda/control-loop/model/fleet';
import { unknown } from '../../../../../lambda/control-loop/model/observation';
import { everyPolicy, failure, fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolObservation, poolOf, unitOf } from '../fixtures';

const fleet = fleetOf({
  units: [unitOf('a', { pools: ['spot', 'od'] })],
  pools: [poolOf('spot', { capacityType: 'spot', maximumDevices: 20 }), poolOf('od', { maximumDevices: 30 })],
});

const wanting =
  (limits: Record<string, number>, order?: readonly string[]): Policy =>
  () => ({
    strategy: 'CostOptimized',
    strategyReason: 'test',
    units: {},
    limits: Object.fromEntries(Object.entries(limits).map(([pool, value]) => [pool, { value, reason: 'wanted' }])),
    ...(order && { poolOrder: order.map((value) => ({ value, reason: 'wanted' })) }),
    findings: [],
  });

const guard = (
  policy: Policy,
  pools: Record<string, PoolStateOf> = {},
  { fleets = [fleet] as readonly Fleet[], pause = { up: false, down: false }, written = {} as Record<string, WrittenValue> } = {},
) => {
  const observation = observationOf(fleet, {}, pools);
  const decision = decideWith(everyPolicy(policy))(
    fleets.map((one) => inputOf(one, { memory: { ...initialMemory(one, NOW), written }, ...(one === fleet && { pause }) })),
    { ...observation, pools: { ...observation.pools, x: poolObservation(pools.x), y: poolObservation(pools.y) } },
  );
  const field = (name: 'limitDevices' | 'weight') =>
    Object.fromEntries(Object.entries(decision.pools).map(([pool, fields]) => [pool, fields[name].value]));
  return { limits: field('limitDevices'), weights: field('weight'), findings: decision.fleets[0]!.findings };
};

describe('limits of pools', () => {
  it('are never above maximumDevices, whatever is wanted', () => {
    expect(guard(wanting({ spot: 1e9, od: Number.POSITIVE_INFINITY })).limits).toEqual({ spot: 20, od: 30 });
  });

  it('are never below what runs', () => {
    expect(guard(wanting({ spot: 2, od: 30 }), { spot: { running: 5 } }).limits).toEqual({ spot: 5, od: 30 });
  });

  it('leave every unit one pool not in shortage with its full maximum', () => {
    const { limits, findings } = guard(wanting({ spot: 0, od: 0 }, ['spot', 'od']));
    expect(limits).toEqual({ spot: 20, od: 4 });
    expect(findings).toContainEqual({
      code: 'Clamped',
      subject: 'spot limit',
      message: '20 set: a needs a pool not in shortage that may grow to its maximum',
    });
    expect(guard(wanting({ spot: 0, od: 0 }, ['spot', 'od']), { spot: { failures: [failure(NOW - 10)] } }).limits).toEqual({
      spot: 4,
      od: 30,
    });
  });

  it('are left alone where no limit is wanted and none is there', () => {
    expect(guard(wanting({})).limits).toEqual({ spot: undefined, od: undefined });
  });

  it('are not lowered while running devices are unknown', () => {
    expect(guard(wanting({ spot: 2, od: 30 }), { spot: { running: undefined, limit: 20 } }).limits).toEqual({ spot: undefined, od: 30 });
  });

  it('hold still in the paused direction', () => {
    const pools = { spot: { limit: 10, running: 1 }, od: { limit: 10, running: 1 } };
    expect(guard(wanting({ spot: 5, od: 30 }), pools, { pause: { up: true, down: false } }).limits).toEqual({ spot: 5, od: undefined });
    expect(guard(wanting({ spot: 5, od: 30 }), pools, { pause: { up: false, down: true } }).limits).toEqual({ spot: undefined, od: 30 });
    expect(guard(wanting({ spot: 5, od: 30 }), pools, { pause: { up: true, down: true } }).limits).toEqual({
      spot: undefined,
      od: undefined,
    });
  });

  it('are left alone when another writer changed them', () => {
    const { limits, findings } = guard(wanting({ spot: 20, od: 30 }), { spot: { limit: 3 } }, { written: { 'limit/spot': { value: 20 } } });
    expect(limits).toEqual({ spot: undefined, od: 30 });
    expect(findings[0]).toMatchObject({ code: 'Contested', subject: 'spot limit' });
  });

  it('are written again when a write was not finished', () => {
    expect(guard(wanting({ spot: 20 }), {}, { written: { 'limit/spot': { value: 20 } } }).limits.spot).toBe(20);
  });
});

describe('weights of pools', () => {
  it('fall by ten in the wanted order', () => {
    expect(guard(wanting({}, ['od', 'spot'])).weights).toEqual({ od: 100, spot: 90 });
  });

  it('are left alone where no order is wanted', () => {
    expect(guard(wanting({})).weights).toEqual({ spot: undefined, od: undefined });
  });

  it('are kept where they express the order within 1 to 100', () => {
    expect(guard(wanting({}, ['od', 'spot']), { od: { weight: 60 }, spot: { weight: 59 } }).weights).toEqual({ od: 60, spot: 59 });
    expect(guard(wanting({}, ['od', 'spot']), { od: { weight: 600 }, spot: { weight: 59 } }).weights).toEqual({ od: 100, spot: 90 });
    expect(guard(wanting({}, ['od', 'spot']), { od: { weight: 60 }, spot: { weight: 60 } }).weights).toEqual({ od: 100, spot: 90 });
  });

  it('survive an order that names strangers, repeats itself and leaves pools out', () => {
    expect(guard(wanting({}, ['nobody', 'od', 'od'])).weights).toEqual({ od: 100, spot: 90 });
  });

  it('stay within 1 to 100 for a unit with fifty pools', () => {
    const names = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const wide = fleetOf({ units: [unitOf('a', { pools: names })], pools: names.map((name) => poolOf(name)) });
    const decision = decideWith(everyPolicy(wanting({}, names)))([inputOf(wide)], observationOf(wide));
    const weights = names.map((name) => decision.pools[name]!.weight.value!);
    expect(weights[0]).toBe(100);
    expect(weights[49]).toBe(2);
    expect(new Set(weights).size).toBe(50);
  });
});

describe('pools that several fleets share', () => {
  const shared = (name: string, pools: readonly string[], change: Partial<Fleet> = {}): Fleet => ({
    ...fleetOf({ units: [unitOf('u', { pools: [...pools] })], pools: pools.map((pool) => poolOf(pool, { maximumDevices: 8 })) }, name),
    ...change,
  });

  it('are decided once, within the least maximum and in one merged order', () => {
    const { limits, weights } = guard(
      wanting({ spot: 100, od: 100, x: 100 }, ['spot', 'x', 'od']),
      {},
      {
        fleets: [fleet, shared('other', ['spot', 'x'])],
      },
    );
    expect(limits).toEqual({ spot: 8, od: 30, x: 8 });
    expect(weights).toEqual({ spot: 100, od: 90, x: 80 });
  });

  it('keep every order that their fleets agree on', () => {
    const policy: Policy = (context) => wanting({}, context.fleet.name === 'sd21' ? ['spot', 'od'] : ['x', 'spot', 'y', 'od'])(context);
    expect(guard(policy, {}, { fleets: [fleet, shared('other', ['x', 'spot', 'y', 'od'])] }).weights).toEqual({
      x: 100,
      spot: 90,
      y: 80,
      od: 70,
    });
  });

  it('follow the fleets that may write', () => {
    const observing = shared('observing', ['spot', 'od'], { enforcement: 'Observe' });
    const policy: Policy = (context) => wanting({}, context.fleet.name === 'observing' ? ['od', 'spot'] : ['spot', 'od'])(context);
    expect(guard(policy, {}, { fleets: [observing, fleet] }).weights).toEqual({ spot: 100, od: 90 });
  });

  it('are in shortage for all of them when one remembers it', () => {
    const other = shared('other', ['spot', 'x']);
    const shortage = {
      pool: 'spot',
      zone: 'unknown',
      firstSeenSeconds: NOW - 50,
      lastFailureSeconds: NOW - 50,
      failures: 1,
      nextProbeSeconds: NOW + 70,
    };
    const decision = decide(
      [inputOf(fleet), inputOf(other, { memory: { ...initialMemory(other, NOW), shortages: [shortage] } })],
      observationOf(fleet),
    );
    expect(decision.fleets.map(({ memory }) => memory.shortages)).toEqual([[shortage], [shortage]]);
    expect(decision.pools.spot!.limitDevices.value).toBe(4);
  });
});

describe('a pool that cannot be read', () => {
  it('is left alone', () => {
    const observation = observationOf(fleet);
    const decision = decide([inputOf(fleet)], {
      ...observation,
      pools: {
        od: observation.pools.od!,
        spot: { ...observation.pools.spot!, limitDevices: unknown('timeout'), weight: unknown('timeout') },
      },
    });
    expect(decision.pools.spot!.limitDevices.value).toBeUndefined();
    expect(decision.pools.spot!.weight.value).toBeUndefined();
    expect(decision.pools.od!.limitDevices.value).toBe(30);
  });
});
