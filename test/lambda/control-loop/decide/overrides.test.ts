import { describe, expect, it } from 'vitest';
import { decide, decideWith } from '../../../../lambda/control-loop/decide/decide';
import type { Decision } from '../../../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey } from '../../../../lambda/control-loop/model/fleet';
import type { Override } from '../../../../lambda/control-loop/model/overrides';
import { everyPolicy, failure, fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, type UnitState, unitOf } from './fixtures';

/** Two units, one of them on two pools that are tried in the order of their price. */
const fleet = fleetOf({
  units: [unitOf('a', { pools: ['a-spot', 'a-od'], costShare: 0.6 }), unitOf('b', { costShare: 0.4 })],
  pools: [
    poolOf('a-spot', { capacityType: 'spot', instanceTypes: [{ name: 'g5.xlarge', devices: 1, priceUsdPerHour: 0.5 }] }),
    poolOf('a-od'),
    poolOf('b'),
  ],
});

const override = (field: string, value: Override['value'], changes: Partial<Override> = {}): Override => ({
  field,
  value,
  owner: 'ada',
  reason: 'launch day',
  until: '2026-11-22T01:00:00Z',
  untilSeconds: NOW + 3600,
  ...changes,
});

interface Situation {
  readonly units?: Record<string, UnitState>;
  readonly pools?: Record<string, PoolStateOf>;
  readonly paused?: { readonly up: boolean; readonly down: boolean };
  readonly problems?: readonly string[];
  readonly fleets?: readonly Fleet[];
}

const prices = { 'a-spot': { priceUsd: 0.5 }, 'a-od': { priceUsd: 1 }, b: { priceUsd: 1 } };

const withEntries = (entries: readonly Override[], situation: Situation = {}): Decision =>
  decide(
    (situation.fleets ?? [fleet]).map((one) =>
      inputOf(
        one,
        fleetKey(one) === fleetKey(fleet)
          ? { ...(situation.paused && { pause: situation.paused }), overrides: { entries, problems: situation.problems ?? [] } }
          : {},
      ),
    ),
    observationOf(fleet, situation.units, { ...prices, ...situation.pools }),
  );

const REASON = 'override of ada until 2026-11-22T01:00:00Z: launch day';
const unit = (decision: Decision, name: string) => decision.fleets[0]!.units[name]!;
const findings = (decision: Decision, code: string) => decision.fleets[0]!.findings.filter((finding) => finding.code === code);

describe('an override', () => {
  it.each([
    ['floor/a', 9, (decision: Decision) => unit(decision, 'a').floor],
    ['target/a', 40, (decision: Decision) => unit(decision, 'a').targetThroughputPerMinute],
    ['limit/a-od', 7, (decision: Decision) => decision.pools['a-od']!.limitDevices],
    ['weight/a-od', 95, (decision: Decision) => decision.pools['a-od']!.weight],
  ])('of %s stands in place of what the policy wants, and the reason names owner, end and reason', (field, value, decided) => {
    expect(decided(withEntries([]))).not.toMatchObject({ value });
    const decision = withEntries([override(field, value)]);
    expect(decided(decision)).toEqual({ value, reason: expect.stringMatching(new RegExp(`^${REASON}`)) });
    expect(findings(decision, 'Override')).toEqual([
      { code: 'Override', subject: field, message: expect.stringMatching(new RegExp(`^${value}( in place of [\\d.]+)?: ${REASON}$`)) },
    ]);
  });

  it('of a share leaves the rest to the others in their proportions', () => {
    const decision = withEntries([override('share/a', 0.3)]);
    expect(unit(decision, 'a').share).toEqual({ value: expect.closeTo(0.3, 9), reason: REASON });
    expect(unit(decision, 'b').share.value).toBeCloseTo(0.7, 9);
  });

  it('of all shares that do not sum to 1 is normalised', () => {
    const decision = withEntries([override('share/a', 0.3), override('share/b', 0.3)]);
    expect(unit(decision, 'a').share.value).toBeCloseTo(0.5, 9);
  });

  it('of a weight moves the other pools out of its way, in their order', () => {
    const weights = ({ pools }: Decision) => ['a-spot', 'a-od'].map((pool) => pools[pool]!.weight.value);
    expect(weights(withEntries([]))).toEqual([100, 90]);
    expect(weights(withEntries([override('weight/a-od', 100)]))).toEqual([99, 100]);
    expect(weights(withEntries([override('weight/a-spot', 1)]))).toEqual([1, 100]);
  });

  it('of a weight that turns the order around says which pool Karpenter tries first', () => {
    const reasons = ({ pools }: Decision) => ['a-spot', 'a-od'].map((pool) => pools[pool]!.weight.reason);
    const [spot, onDemand] = reasons(withEntries([override('weight/a-spot', 33)]));
    expect(spot).toBe(`${REASON}; place 2 of 2, a-od is tried first`);
    expect(onDemand).toMatch(/^place 1 of 2, tried first: on-demand, 1\.0000 USD per device-hour$/);
    expect(reasons(withEntries([override('weight/a-spot', 99)]))).toEqual([
      `${REASON}; place 2 of 2, a-od is tried first`,
      expect.stringMatching(/^place 1 of 2, tried first: /),
    ]);
  });

  it('of a weight is in the record of what was desired', () => {
    const decision = withEntries([override('weight/a-od', 95)]);
    expect(decision.fleets[0]!.desired!.weights).toEqual({ 'a-od': { value: 95, reason: REASON, isOverride: true } });
  });

  it('of two weights alike gives them to one pool and the nearest free one to the other', () => {
    const decision = withEntries([override('weight/a-spot', 50), override('weight/a-od', 50)]);
    expect([decision.pools['a-spot']!.weight.value, decision.pools['a-od']!.weight.value]).toEqual([50, 49]);
    expect(findings(decision, 'Clamped')).toContainEqual(expect.objectContaining({ subject: 'a-od weight' }));
  });

  it('keeps the weights that are there when they are as wanted', () => {
    const decision = withEntries([override('weight/a-od', 70)], { pools: { 'a-spot': { weight: 33 }, 'a-od': { weight: 70 } } });
    expect([decision.pools['a-spot']!.weight.value, decision.pools['a-od']!.weight.value]).toEqual([33, 70]);
  });

  it('of the strategy holds the fleet in it, with all that follows from it', () => {
    const free = withEntries([]);
    const decision = withEntries([override('strategy', 'CapacityOptimized')]);
    expect(free.fleets[0]!.strategy).toBe('CostOptimized');
    expect(decision.fleets[0]).toMatchObject({ strategy: 'CapacityOptimized', strategyReason: REASON, memory: { switches: 1 } });
    expect(unit(decision, 'a').share.value).toBeCloseTo(0.5, 9);
  });

  it('of the strategy holds against a shortage too', () => {
    const short = { pools: { b: { failures: [failure(NOW - 10)], running: 4 } } };
    expect(withEntries([], short).fleets[0]!.strategy).toBe('CapacityOptimized');
    expect(withEntries([override('strategy', 'CostOptimized')], short).fleets[0]!.strategy).toBe('CostOptimized');
  });

  it('of the strategy is ignored where the policy cannot be held in it', () => {
    const still: Fleet = { ...fleet, policy: { ...fleet.policy, name: 'Static' } };
    const decision = withEntries([override('strategy', 'CostOptimized')], { fleets: [still] });
    expect(decision.fleets[0]!.strategy).toBe('Static');
    expect(findings(decision, 'Rejected')).toEqual([
      {
        code: 'Rejected',
        subject: 'overrides',
        message: 'ignored: strategy of ada: given "CostOptimized" (text), expected no override, as policy Static has no other strategy',
      },
    ]);
  });

  it('of the strategy that a policy does not follow is reported', () => {
    const stubborn = everyPolicy(({ memory }) => ({ strategy: memory.strategy, strategyReason: 'test', units: {}, findings: [] }));
    const overrides = { entries: [override('strategy', 'CapacityOptimized')], problems: [] };
    const decision = decideWith(stubborn)([inputOf(fleet, { overrides })], observationOf(fleet));
    expect(findings(decision, 'Rejected')).toEqual([
      { code: 'Rejected', subject: 'strategy', message: 'CapacityOptimized wanted, the policy TwoMode stays CostOptimized' },
    ]);
  });

  it('does nothing once it has ended', () => {
    const ended = withEntries([override('floor/a', 9, { untilSeconds: NOW })]);
    expect(ended).toEqual(withEntries([]));
  });

  it('written later takes the place of an earlier one of the same field, and that is told', () => {
    const decision = withEntries([override('floor/a', 9), override('floor/a', 8, { owner: 'grace' })]);
    expect(unit(decision, 'a').floor).toEqual({ value: 8, reason: REASON.replace('ada', 'grace') });
    expect(findings(decision, 'Rejected')).toEqual([
      { code: 'Rejected', subject: 'overrides', message: 'ignored: floor/a of ada: a later one of grace takes its place' },
    ]);
  });

  it('that makes no sense is told and does not void the others', () => {
    const decision = withEntries([override('floor/c', 9), override('weight/b', 0), override('floor/a', 9)], {
      problems: ['entry 4: wrong'],
    });
    expect(unit(decision, 'a').floor.value).toBe(9);
    expect(findings(decision, 'Rejected').map(({ message }) => message)).toEqual([
      'ignored: entry 4: wrong',
      expect.stringMatching(/^ignored: floor\/c of ada: given a field of this name, expected /),
      'ignored: weight/b of ada: given 0 (number), expected an integer from 1 to 100',
    ]);
  });
});

describe('the safeguard bounds an override as it bounds a policy', () => {
  it('a limit is never above the maximum and never below what runs', () => {
    expect(withEntries([override('limit/a-od', 5000)]).pools['a-od']!.limitDevices.value).toBe(100);
    expect(withEntries([override('limit/a-od', 0)], { pools: { 'a-od': { running: 3 } } }).pools['a-od']!.limitDevices.value).toBe(3);
  });

  it('some pool of a unit that is not in shortage keeps its maximum', () => {
    const decision = withEntries([override('limit/b', 5)]);
    expect(decision.pools.b!.limitDevices.value).toBe(100);
    expect(findings(decision, 'Clamped').map(({ message }) => message)).toContain(
      '100 set: b needs a pool not in shortage that may grow to its maximum',
    );
  });

  it('a floor falls step by step and not on unknown signals', () => {
    expect(unit(withEntries([override('floor/a', 1)], { units: { a: { floor: 9, ready: 9 } } }), 'a').floor.value).toBe(8);
    expect(unit(withEntries([override('floor/a', 1)], { units: { a: { floor: 9, ready: undefined } } }), 'a').floor.value).toBeUndefined();
  });

  it('no share goes to a unit without a ready pod', () => {
    const decision = withEntries([override('share/a', 0.9)], { units: { a: { ready: 0 } } });
    expect(unit(decision, 'a').share.value).toBe(0);
  });

  it('a pause holds over an override', () => {
    const decision = withEntries([override('floor/a', 9)], { paused: { up: true, down: false } });
    expect(unit(decision, 'a').floor.value).toBeUndefined();
    expect(findings(decision, 'Paused').map(({ subject }) => subject)).toContain('a floor');
  });

  it('of two fleets on one pool, the limit that a person wants goes before what the other policy wants', () => {
    const other: Fleet = { ...fleet, name: 'other', pools: fleet.pools.map((pool) => ({ ...pool })) };
    const decision = withEntries([override('limit/a-od', 60)], { fleets: [other, fleet], pools: { 'a-od': { running: 4, limit: 20 } } });
    expect(decision.pools['a-od']!.limitDevices).toEqual({ value: 60, reason: REASON });
  });
});
