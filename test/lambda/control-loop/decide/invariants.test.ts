import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, decideWith } from '../../../../lambda/control-loop/decide/decide';
import type { Decision, FleetDecision } from '../../../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey, unitKey } from '../../../../lambda/control-loop/model/fleet';
import type { Observation, Signal, UnitObservation } from '../../../../lambda/control-loop/model/observation';
import { type Case, caseArbitrary, overriddenCaseArbitrary } from './arbitraries';
import { everyPolicy, inputOf, NOW } from './fixtures';

const RUNS = { seed: 20_261_122, numRuns: 1200 };

const decideCase = ({ fleets, observation, memories, paused, overrides, desired }: Case): Decision => {
  const decideThis = desired === undefined ? decide : decideWith(everyPolicy(({ fleet }) => desired[fleetKey(fleet)]!));
  const inputs = fleets.map((fleet) => {
    const key = fleetKey(fleet);
    const memory = memories[key];
    return inputOf(fleet, { pause: paused[key]!, ...(memory && { memory }), ...(overrides && { overrides: overrides[key]! }) });
  });
  return decideThis(inputs, observation);
};

const young = <T>(signal: Signal<T>): T | undefined => (signal.known && NOW - signal.atSeconds <= 300 ? signal.value : undefined);
const readyOf = (unit: UnitObservation): number | undefined => {
  const pools = young(unit.readyPodsByPool);
  return pools && Object.values(pools).reduce((sum, pods) => sum + pods, 0);
};

/** Whether a shortage of all of a pool is remembered: in the sample, pools whose zones are known have one. */
const isShort = ({ memory }: FleetDecision, { pools }: Observation, pool: string): boolean => {
  const { offeredZones } = pools[pool]!;
  const covers = (zone: string) => zone === 'unknown' || !offeredZones.known || offeredZones.value.includes(zone);
  return memory.shortages.some((shortage) => shortage.pool === pool && covers(shortage.zone));
};

/** Whether a fleet may have a say in its pools: it enforces, or none does that shares a pool with it. */
const isRuling = (fleet: Fleet, fleets: readonly Fleet[]): boolean =>
  fleet.enforcement === 'Enforce' ||
  !fleets.some(
    (other) => other.enforcement === 'Enforce' && other.pools.some(({ name }) => fleet.pools.some((pool) => pool.name === name)),
  );

/** The most pods that a unit may have: the fleet's maximum, its scaler's, and what it has while its scaler is kept from growing. */
const mostOf = ({ maximumReplicas }: Fleet['units'][number], { scaler, replicas }: UnitObservation): number => {
  const state = young(scaler);
  const held = state?.pause?.up ? (state.pause.replicas ?? young(replicas)) : undefined;
  return Math.min(maximumReplicas, state?.maximumReplicas ?? maximumReplicas, held ?? maximumReplicas);
};

interface Seen {
  readonly fleet: Fleet;
  readonly decision: FleetDecision;
  readonly units: readonly UnitObservation[];
  readonly weights: readonly number[] | undefined;
}

const seenOf = (fleets: readonly Fleet[], observation: Observation, decision: Decision): readonly Seen[] =>
  fleets.map((fleet, index) => {
    const weights = young(observation.routerWeights[fleetKey(fleet)]!);
    return {
      fleet,
      decision: decision.fleets[index]!,
      units: fleet.units.map(({ name }) => observation.units[unitKey(fleet, name)]!),
      weights: weights && fleet.units.map(({ name }) => weights[name]!),
    };
  });

/** Whether some signal without which nothing may be given up is missing or old; zero weight needs neither requests nor latency. */
const isBlind = ({ fleet, units, weights }: Seen): boolean => {
  const routed = fleet.router !== undefined && weights?.some((weight) => weight > 0);
  return units.some((unit, index) => {
    const idle = routed && weights![index] === 0;
    const requests = young(unit.requestsPerMinute);
    const quiet = idle || requests?.values.at(-1) === 0;
    return readyOf(unit) === undefined || (!idle && requests === undefined) || (!quiet && young(unit.latencySeconds) === undefined);
  });
};

type Check = (seen: Seen, decision: Decision, given: Case) => void;

const checkCase = (check: Check, given: Case, decision: Decision): void => {
  for (const seen of seenOf(given.fleets, given.observation, decision)) check(seen, decision, given);
};

/** One sample serves all properties, because it costs more than they do; a failure is looked up again, to be shrunk. */
const cases = fc.sample(caseArbitrary, RUNS).map((given) => ({ given, decision: decideCase(given) }));
const OVERRIDDEN_RUNS = { ...RUNS, numRuns: 600 };
const overriddenCases = fc.sample(overriddenCaseArbitrary, OVERRIDDEN_RUNS).map((given) => ({ given, decision: decideCase(given) }));

const forAll = (check: Check): void => {
  try {
    for (const { given, decision } of [...cases, ...overriddenCases]) checkCase(check, given, decision);
  } catch (failure) {
    fc.assert(
      fc.property(caseArbitrary, (given) => checkCase(check, given, decideCase(given))),
      RUNS,
    );
    fc.assert(
      fc.property(overriddenCaseArbitrary, (given) => checkCase(check, given, decideCase(given))),
      OVERRIDDEN_RUNS,
    );
    throw failure;
  }
};

describe('whatever policies and people want and whatever is observed', () => {
  it('pool weights are whole numbers from 1 to 100', () => {
    forAll((_, { pools }) => {
      for (const { weight } of Object.values(pools)) {
        if (weight.value !== undefined) expect(Number.isInteger(weight.value) && weight.value >= 1 && weight.value <= 100).toBe(true);
      }
    });
  });

  it('pools that can host the same pods never have equal weights when all of them are decided', () => {
    forAll(({ fleet }, { pools }, { fleets }) => {
      if (!isRuling(fleet, fleets)) return;
      for (const unit of fleet.units) {
        const weights = unit.pools.map((pool) => pools[pool]!.weight.value);
        if (weights.every((weight) => weight !== undefined)) expect(new Set(weights).size).toBe(weights.length);
      }
    });
  });

  it('no floor falls and no target rises while requests are refused', () => {
    forAll(({ fleet, units, decision }) => {
      const isRefused = units.some(({ minutes }) =>
        young(minutes)
          ?.slice(-3)
          .some(({ refused = 0 }) => refused > 0),
      );
      if (!isRefused) return;
      for (const [index, unit] of fleet.units.entries()) {
        const { floor, targetThroughputPerMinute: target } = decision.units[unit.name]!;
        const [liveFloor, liveTarget] = [young(units[index]!.floor), young(units[index]!.targetThroughputPerMinute)];
        const most = mostOf(unit, units[index]!);
        if (floor.value !== undefined) expect(floor.value).toBeGreaterThanOrEqual(Math.min(liveFloor!, most));
        if (target.value !== undefined) expect(target.value).toBeLessThanOrEqual(liveTarget! * (1 + 1e-4));
      }
    });
  });

  it('shares are decided for all units or for none, and sum to 1; where another writer or a pause holds them, for units alone that do not serve', () => {
    forAll(({ fleet, units, decision }) => {
      const shares = Object.values(decision.units).map(({ share }) => share.value);
      if (shares.every((share) => share === undefined)) return;
      const isHeld = decision.findings.some(
        ({ code, subject }) => (code === 'Contested' && subject.endsWith(' share')) || (code === 'Paused' && subject.endsWith(' shares')),
      );
      if (isHeld && shares.includes(undefined)) {
        for (const [index, share] of shares.entries()) {
          const isImpaired = decision.findings.some(({ code, subject }) => code === 'Impaired' && subject === fleet.units[index]!.name);
          if (share !== undefined) expect(readyOf(units[index]!) === 0 || isImpaired).toBe(true);
        }
        return;
      }
      expect(shares.every((share) => share !== undefined && share >= 0 && share <= 1 + 1e-12)).toBe(true);
      expect(shares.reduce<number>((sum, share) => sum + share!, 0)).toBeCloseTo(1, 9);
    });
  });

  it('no unit without a ready pod has a share while another unit has one', () => {
    forAll(({ fleet, decision, units }) => {
      const ready = units.map(readyOf);
      if (!ready.some((pods) => pods !== undefined && pods > 0)) return;
      for (const [index, { name }] of fleet.units.entries()) {
        const share = decision.units[name]!.share.value;
        if (ready[index] === 0 && share !== undefined) expect(share).toBe(0);
      }
    });
  });

  it('a dead unit loses its share as soon as the router is known, whoever wrote it and whatever is paused', () => {
    forAll(({ fleet, decision, units, weights }) => {
      const ready = units.map(readyOf);
      if (!fleet.router || !weights || !ready.some((pods) => pods !== undefined && pods > 0)) return;
      for (const [index, { name }] of fleet.units.entries()) {
        if (ready[index] === 0 && weights[index]! > 0) expect(decision.units[name]!.share.value).toBe(0);
      }
    });
  });

  it('nothing scales down and no traffic leaves a living unit on unknown signals', () => {
    forAll((seen) => {
      if (!isBlind(seen)) return;
      const { fleet, decision, units, weights } = seen;
      const sum = weights?.reduce((total, weight) => total + weight, 0) ?? 0;
      for (const [index, { name }] of fleet.units.entries()) {
        const { floor, targetThroughputPerMinute: target, share } = decision.units[name]!;
        if (floor.value !== undefined) expect(floor.value).toBeGreaterThanOrEqual(young(units[index]!.floor)!);
        if (target.value !== undefined) expect(target.value).toBeLessThanOrEqual(young(units[index]!.targetThroughputPerMinute)!);
        const isImpaired = decision.findings.some((finding) => finding.code === 'Impaired' && finding.subject === name);
        // Weights that are all zero have no traffic to take away.
        if (share.value !== undefined && readyOf(units[index]!) !== 0 && !isImpaired && sum > 0)
          expect(share.value).toBeGreaterThanOrEqual(weights![index]! / sum - 1e-9);
      }
    });
  });

  it('the floors of a fleet fall together by at most a tenth of its ready pods, or one pod', () => {
    forAll(({ fleet, decision, units }) => {
      const ready = units.reduce((sum, unit) => sum + (readyOf(unit) ?? 0), 0);
      const fallen = fleet.units.reduce((sum, unit, index) => {
        const floor = decision.units[unit.name]!.floor.value;
        // A floor above the maximum holds no more than the maximum.
        const live = Math.min(young(units[index]!.floor) ?? 0, mostOf(unit, units[index]!));
        return sum + (floor === undefined ? 0 : Math.max(0, live - floor));
      }, 0);
      expect(fallen).toBeLessThanOrEqual(Math.max(1, Math.floor(ready / 10)));
    });
  });

  it('no floor of a unit falls while many of its requests miss the objective, and its learned profile', () => {
    forAll(({ fleet, decision, units }) => {
      for (const [index, { name }] of fleet.units.entries()) {
        const latency = young(units[index]!.latencySeconds);
        const requests = young(units[index]!.requestsPerMinute)?.values.at(-1);
        const learned = decision.memory.profiles[name]!;
        if (latency === undefined || requests === undefined || requests < 20) continue;
        if (latency <= Math.max(fleet.objective.latencySeconds, 1.5 * learned.latencySeconds)) continue;
        const floor = decision.units[name]!.floor.value;
        if (floor !== undefined) expect(floor).toBeGreaterThanOrEqual(young(units[index]!.floor)!);
      }
    });
  });

  it('floors are whole pods within their bounds and targets are near the profile', () => {
    forAll(({ fleet, units, decision }) => {
      for (const [index, unit] of fleet.units.entries()) {
        const { name, minimumReplicas, profile } = unit;
        const { floor, targetThroughputPerMinute: target } = decision.units[name]!;
        const most = mostOf(unit, units[index]!);
        if (floor.value !== undefined) {
          const isWithin = floor.value >= Math.min(minimumReplicas, most) && floor.value <= most;
          expect(Number.isInteger(floor.value) && isWithin).toBe(true);
        }
        if (target.value !== undefined) {
          expect(target.value).toBeGreaterThan(0);
          expect(target.value).toBeLessThanOrEqual(1.1 * profile.throughputPerMinute + 0.01);
        }
      }
    });
  });

  it('no pool may grow above the maximumDevices of any fleet that enforces, and limits are whole devices', () => {
    forAll(({ fleet }, { pools }, { fleets }) => {
      if (!isRuling(fleet, fleets)) return;
      for (const { name, maximumDevices } of fleet.pools) {
        const limit = pools[name]!.limitDevices.value;
        if (limit !== undefined) expect(Number.isInteger(limit) && limit >= 0 && limit <= maximumDevices).toBe(true);
      }
    });
  });

  it('a pool not in shortage keeps its maximum for every unit that has one', () => {
    forAll(({ fleet, decision }, { pools }, { observation, paused, memories, fleets }) => {
      const held =
        Object.values(paused).some(({ up }) => up) || Object.values(memories).some(({ written }) => Object.keys(written).length > 0);
      if (held || !isRuling(fleet, fleets)) return;
      const maximum = (pool: string) =>
        Math.min(
          ...fleets
            .filter((one) => isRuling(one, fleets))
            .flatMap((one) => one.pools.filter(({ name }) => name === pool).map(({ maximumDevices }) => maximumDevices)),
        );
      for (const unit of fleet.units) {
        const isReserved = (pool: string) => fleet.pools.some(({ name, capacityType }) => name === pool && capacityType === 'reserved');
        const isReady = (pool: string) => young(observation.pools[pool]!.notReady) === undefined;
        const free = unit.pools.filter((pool) => isReady(pool) && !isShort(decision, observation, pool) && !isReserved(pool));
        const readable = free.filter((pool) => {
          const { limitDevices } = observation.pools[pool]!;
          return limitDevices.known && NOW - limitDevices.atSeconds <= 300;
        });
        if (free.length === 0 || readable.length < free.length) continue;
        const keeps = free.some((pool) => {
          const limit = pools[pool]!.limitDevices.value ?? young(observation.pools[pool]!.limitDevices);
          return limit === undefined || limit >= maximum(pool);
        });
        expect(keeps).toBe(true);
      }
    });
  });

  it('a unit whose pools are all in a shortage has a probe open', () => {
    forAll(({ fleet, decision }, _, { observation, fleets }) => {
      if (!isRuling(fleet, fleets)) return;
      for (const { pools } of fleet.units) {
        if (!pools.every((pool) => isShort(decision, observation, pool))) continue;
        const own = decision.memory.shortages.filter(({ pool }) => pools.includes(pool));
        expect(own.some(({ probeOpenedSeconds }) => probeOpenedSeconds !== undefined)).toBe(true);
      }
    });
  });

  it('nothing is decided about a field that cannot be read', () => {
    forAll(({ fleet, decision, units, weights }, { pools }, { observation }) => {
      for (const [index, { name }] of fleet.units.entries()) {
        const { floor, targetThroughputPerMinute, share } = decision.units[name]!;
        if (young(units[index]!.floor) === undefined) expect(floor.value).toBeUndefined();
        if (young(units[index]!.targetThroughputPerMinute) === undefined) expect(targetThroughputPerMinute.value).toBeUndefined();
        if (weights === undefined) expect(share.value).toBeUndefined();
      }
      for (const [name, { weight, limitDevices }] of Object.entries(pools)) {
        if (!observation.pools[name]!.weight.known) expect(weight.value).toBeUndefined();
        if (!observation.pools[name]!.limitDevices.known) expect(limitDevices.value).toBeUndefined();
      }
    });
  });

  it('the same inputs give the same bytes, whatever the order of keys in the observation', () => {
    // A third of the sample is enough for the dearest check.
    for (const { given, decision } of [...cases.slice(0, 300), ...overriddenCases.slice(0, 100)]) {
      const first = JSON.stringify(decision);
      expect(JSON.stringify(decideCase(given))).toBe(first);
      expect(JSON.stringify(decideCase({ ...given, observation: reversed(given.observation) }))).toBe(first);
    }
  });

  it('no figure of a decision is anything but a number', () => {
    // JSON writes null for what is no finite number.
    forAll((_, decision) => expect(JSON.stringify(decision)).not.toContain(':null'));
  });

  it('an override that has ended, or that cannot be of the fleet, changes nothing but remarks', () => {
    for (const { given, decision } of overriddenCases.slice(0, 300)) {
      const idle = Object.fromEntries(
        Object.entries(given.overrides ?? {}).map(([fleet, { entries }]) => [
          fleet,
          { entries: entries.filter(({ field, untilSeconds }) => field.endsWith('stranger') || untilSeconds <= NOW), problems: ['x'] },
        ]),
      );
      const { overrides: _, ...without } = given;
      const plain = decideCase(without);
      const silent = ({ fleets, pools }: Decision) => ({ pools, fleets: fleets.map(({ findings: _remarks, ...rest }) => rest) });
      expect(silent(decideCase({ ...given, overrides: idle }))).toEqual(silent(plain));
      expect(decision.fleets.length).toBe(plain.fleets.length);
    }
  });

  it('holds in a sample in which decisions are taken, not only left', () => {
    const count = (is: (one: (typeof cases)[number]) => boolean) => cases.filter(is).length;
    const some = (is: (seen: Seen) => boolean) =>
      count(({ given, decision }) => seenOf(given.fleets, given.observation, decision).some(is));
    expect(some((seen) => isBlind(seen))).toBeGreaterThan(300);
    expect(some((seen) => !isBlind(seen))).toBeGreaterThan(300);
    expect(some(({ decision }) => Object.values(decision.units).some(({ share }) => share.value !== undefined))).toBeGreaterThan(200);
    expect(some(({ decision }) => decision.strategy === 'CapacityOptimized')).toBeGreaterThan(30);
    const falls = ({ fleet, decision, units }: Seen) =>
      fleet.units.some(({ name }, index) => (decision.units[name]!.floor.value ?? 1e9) < (young(units[index]!.floor) ?? 0));
    expect(some(falls)).toBeGreaterThan(60);
    const heeded = overriddenCases.filter(({ decision }) => JSON.stringify(Object.values(decision.pools)).includes('override of ops'));
    expect(heeded.length).toBeGreaterThan(100);
  });
});

/** The same value with the keys of every object in reverse order. */
const reversed = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, one]) => [key, reversed(one)]),
  ) as T;
};
