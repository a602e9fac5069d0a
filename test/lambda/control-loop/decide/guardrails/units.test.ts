import { describe, expect, it } from 'vitest';
import { decide, decideWith } from '../../../../../lambda/control-loop/decide/decide';
import { clipShares } from '../../../../../lambda/control-loop/decide/guardrails/shares';
import { initialMemory } from '../../../../../lambda/control-loop/decide/memory';
import type { DesiredFleet, DesiredUnit } from '../../../../../lambda/control-loop/decide/policies/policy';
import type { FleetMemory, WrittenValue } from '../../../../../lambda/control-loop/model/decision';
import { known, unknown } from '../../../../../lambda/control-loop/model/observation';
import { NOT_PAUSED } from '../../../../../lambda/control-loop/model/pause';
import { everyPolicy, fleetOf, inputOf, NOW, observationOf, poolOf, type UnitState, unitOf } from '../fixtures';

const KEY = 'default/sd21';
const fleet = fleetOf({
  units: [unitOf('a', { maximumReplicas: 50 }), unitOf('b', { maximumReplicas: 50 })],
  pools: [poolOf('a'), poolOf('b')],
});

interface Wanted {
  floor?: number;
  target?: number;
  share?: number;
}

const wishesOf = (wanted: Record<string, Wanted>): DesiredFleet => ({
  strategy: 'CostOptimized',
  strategyReason: 'test',
  units: Object.fromEntries(
    Object.entries(wanted).map(([unit, { floor, target, share }]): [string, DesiredUnit] => [
      unit,
      {
        ...(floor !== undefined && { floor: { value: floor, reason: 'wanted' } }),
        ...(target !== undefined && { targetThroughputPerMinute: { value: target, reason: 'wanted' } }),
        ...(share !== undefined && { share: { value: share, reason: 'wanted' } }),
      },
    ]),
  ),
  findings: [],
});

const guard = (
  wanted: Record<string, Wanted>,
  units: Record<string, UnitState> = {},
  { pause = NOT_PAUSED, written = {} as Record<string, WrittenValue>, change = {} } = {},
) => {
  const memory: FleetMemory = { ...initialMemory(fleet, NOW), written };
  const decision = decideWith(everyPolicy(() => wishesOf(wanted)))([inputOf(fleet, { memory, pause })], {
    ...observationOf(fleet, units),
    ...change,
  });
  const { units: decided, findings } = decision.fleets[0]!;
  const field = (name: 'floor' | 'targetThroughputPerMinute' | 'share') => Object.values(decided).map((fields) => fields[name].value);
  return { floors: field('floor'), targets: field('targetThroughputPerMinute'), shares: field('share'), findings };
};

const codes = (findings: readonly { code: string; subject: string }[]) => findings.map(({ code, subject }) => `${code} ${subject}`);

describe('floors', () => {
  it('stay within minimum and maximum replicas, whatever is wanted', () => {
    expect(guard({ a: { floor: 1e9 }, b: { floor: -5 } }, { b: { floor: 2 } }).floors).toEqual([50, 1]);
    expect(guard({ a: { floor: Number.POSITIVE_INFINITY }, b: { floor: Number.NaN } }).floors).toEqual([50, undefined]);
  });

  it('are whole pods, rounded up', () => {
    expect(guard({ a: { floor: 7.2 } }).floors).toEqual([8, undefined]);
  });

  it('fall together by at most a tenth of the ready pods in one tick', () => {
    const { floors, findings } = guard(
      { a: { floor: 10 }, b: { floor: 10 } },
      { a: { ready: 30, floor: 30 }, b: { ready: 20, floor: 20 } },
    );
    // A tenth of 50 is 5: the falls wanted are 20 and 10, so 3.3 and 1.7 are granted as 3 and 2.
    expect(floors).toEqual([27, 18]);
    expect(codes(findings)).toEqual(['Clamped a floor', 'Clamped b floor']);
  });

  it('fall by one pod in a small fleet', () => {
    expect(guard({ a: { floor: 1 }, b: { floor: 1 } }, { a: { ready: 3, floor: 3 }, b: { ready: 3, floor: 3 } }).floors).toEqual([2, 3]);
  });

  it('of a unit do not fall while it misses the objective; those of others do', () => {
    const { floors, findings } = guard({ a: { floor: 3 }, b: { floor: 1 } }, { b: { latencySeconds: 0.95 } });
    expect(floors).toEqual([3, undefined]);
    expect(findings[0]).toMatchObject({ code: 'Rejected', message: expect.stringContaining('b misses the objective: 0.950 s of 0.900 s') });
  });

  it('fall though a handful of requests miss the objective', () => {
    expect(guard({ b: { floor: 3 } }, { b: { latencySeconds: 5, requestsPerMinute: 1 } }).floors).toEqual([undefined, 3]);
  });

  it('fall though requests miss the objective, where none of them waits for a pod', () => {
    const minutes = Array.from({ length: 5 }, () => ({
      answered: 60,
      latencySeconds: 0.95,
      errors: 0,
      healthyHosts: 20,
    }));
    const missing = { latencySeconds: 0.95, floor: 20, ready: 20 };
    expect(guard({ b: { floor: 19 } }, { b: missing }).floors).toEqual([undefined, undefined]);
    expect(guard({ b: { floor: 19 } }, { b: { ...missing, minutes } }).floors).toEqual([undefined, 19]);
  });

  it.each([
    ['demand', { requestsPerMinute: unknown('throttled') }],
    ['readiness', { ready: undefined }],
    ['latency', { latencySeconds: unknown('throttled') }],
    ['latency for more than five minutes', { latencySeconds: known(0.5, NOW - 301) }],
  ] as const)('do not fall while the %s of another unit is unknown, but may rise', (_, state) => {
    expect(guard({ a: { floor: 1 }, b: { floor: 9 } }, { b: state }).floors).toEqual([undefined, 9]);
  });

  it('may fall without a latency where there were no requests', () => {
    expect(guard({ a: { floor: 3 } }, { b: { requestsPerMinute: 0, latencySeconds: unknown('no data') } }).floors).toEqual([3, undefined]);
  });

  it('are left alone while the present floor is unknown', () => {
    expect(guard({ a: { floor: 9 } }, { a: { floor: undefined as never } }).floors).toEqual([undefined, undefined]);
  });
});

describe('targets', () => {
  it('rise by at most what gives up a tenth of the pods', () => {
    expect(guard({ a: { target: 60 } }, { a: { target: 45 } }).targets).toEqual([50, undefined]);
  });

  it('fall at once', () => {
    expect(guard({ a: { target: 20 } }, { a: { target: 45 } }).targets).toEqual([20, undefined]);
  });

  it('stay near the profile, whatever is wanted', () => {
    expect(guard({ a: { target: 1e9 }, b: { target: -1 } }, { a: { target: 65 } }).targets).toEqual([66, 3]);
  });

  it('do not rise on unknown demand', () => {
    expect(guard({ a: { target: 60 } }, { a: { target: 55 }, b: { requestsPerMinute: unknown('throttled') } }).targets[0]).toBeUndefined();
  });
});

describe('shares', () => {
  it('are what is wanted, normalised, where every unit has room', () => {
    expect(guard({ a: { share: 3 }, b: { share: 1 } }).shares).toEqual([0.75, 0.25]);
  });

  it('are zero for a unit without a ready pod', () => {
    expect(guard({ a: { share: 0.5 }, b: { share: 0.5 } }, { a: { ready: 0 } }).shares).toEqual([0, 1]);
  });

  it('are never more than ready pods can serve within the objective while another unit has room', () => {
    // 120 requests a minute on pods that take 0.5 s a request, objective 0.9 s for 99 %: an M/M/1 queue may make 1 % wait 0.4 s.
    const { shares, findings } = guard({ a: { share: 0.9 }, b: { share: 0.1 } }, { a: { ready: 1 }, b: { ready: 9 } });
    const utilization = (shares[0]! * 120 * 0.5) / 60;
    expect(utilization * Math.exp((-(1 - utilization) * 0.4) / 0.5)).toBeCloseTo(0.01, 5);
    expect(shares[1]).toBeCloseTo(1 - shares[0]!, 9);
    expect(codes(findings)).toEqual(['Clamped a share', 'Clamped b share']);
  });

  it('come nearer to what all pods can serve the more the objective is missed, and meet there', () => {
    const ready = { a: { ready: 1 }, b: { ready: 1 } };
    // 120 requests a minute are all that two pods of 60 can serve.
    expect(guard({ a: { share: 0.9 }, b: { share: 0.1 } }, ready).shares).toEqual([0.5, 0.5]);
  });

  it('are left alone when no unit has a ready pod', () => {
    expect(guard({ a: { share: 0.5 }, b: { share: 0.5 } }, { a: { ready: 0 }, b: { ready: 0 } }).shares).toEqual([undefined, undefined]);
  });

  it('are left alone when readiness is unknown', () => {
    expect(guard({ a: { share: 0.9 }, b: { share: 0.1 } }, { a: { ready: undefined } }).shares).toEqual([undefined, undefined]);
  });

  it('are left alone when the router cannot be read', () => {
    const change = { routerWeights: { [KEY]: unknown('denied') } };
    expect(guard({ a: { share: 0.9 }, b: { share: 0.1 } }, { a: { ready: 0 } }, { change }).shares).toEqual([undefined, undefined]);
  });

  it('move away from a dead unit even when demand is unknown, to those known to be ready', () => {
    const { shares } = guard({ a: { share: 0.9 }, b: { share: 0.1 } }, { a: { ready: 0, requestsPerMinute: unknown('no data') } });
    expect(shares).toEqual([0, 1]);
  });

  it('leave a unit of unknown readiness what it has when they move away from a dead one', () => {
    const three = fleetOf({ units: ['a', 'b', 'c'].map((name) => unitOf(name)), pools: ['a', 'b', 'c'].map((name) => poolOf(name)) });
    const units = { a: { ready: 0, weight: 500 }, b: { ready: undefined, weight: 300 }, c: { ready: 2, weight: 200 } };
    const decision = decide([inputOf(three)], observationOf(three, units));
    expect(Object.values(decision.fleets[0]!.units).map(({ share }) => share.value)).toEqual([0, 0.3, 0.7]);
  });

  it('are not decided for a fleet without router', () => {
    const { router: _, ...without } = fleet;
    const decision = decide([inputOf(without)], observationOf(fleet));
    expect(Object.values(decision.fleets[0]!.units).map(({ share }) => share.value)).toEqual([undefined, undefined]);
  });
});

describe('clipping shares to ready capacity', () => {
  it('gives the excess to the others in proportion to what they were to have', () => {
    // a can have 20 of 100; b and c were to have 2 : 1 of the rest, 80.
    expect(clipShares([0.7, 0.2, 0.1], [20, 1000, 1000], 100)).toEqual(
      [0.2, 0.8 * (2 / 3), 0.8 / 3].map((share) => expect.closeTo(share, 12)),
    );
  });

  it('fills one unit after the other', () => {
    expect(clipShares([0.7, 0.2, 0.1], [20, 30, 1000], 100)).toEqual([0.2, 0.3, 0.5].map((share) => expect.closeTo(share, 12)));
  });

  it('turns to unwanted units when the wanted ones are full', () => {
    expect(clipShares([1, 0, 0], [40, 100, 20], 100)).toEqual([0.4, 0.5, 0.1].map((share) => expect.closeTo(share, 12)));
  });

  it('overloads all alike when all together have too little', () => {
    expect(clipShares([0.9, 0.1], [30, 10], 100)).toEqual([0.75, 0.25]);
  });

  it('survives absurd wishes', () => {
    expect(clipShares([Number.NaN, -3], [30, 10], 10)).toEqual([0.75, 0.25]);
    expect(clipShares([1e308, 1e308], [30, 10], 0)).toEqual([0.5, 0.5]);
    expect(clipShares([Number.POSITIVE_INFINITY, 1], [30, 10], 1)).toEqual([0, 1]);
  });
});

describe('pauses', () => {
  const wanted = { a: { floor: 9, target: 60, share: 1 }, b: { floor: 3, target: 30, share: 1 } };
  const units = { a: { target: 55, weight: 300 }, b: { target: 55, weight: 100 } };

  it('up keep floors from rising and targets from falling', () => {
    const { floors, targets, shares } = guard(wanted, units, { pause: { up: true, down: false } });
    expect([floors, targets, shares]).toEqual([
      [undefined, 3],
      [60, undefined],
      [0.5, 0.5],
    ]);
  });

  it('down keep floors from falling and targets from rising', () => {
    const { floors, targets } = guard(wanted, units, { pause: { up: false, down: true } });
    expect([floors, targets]).toEqual([
      [9, undefined],
      [undefined, 30],
    ]);
  });

  it('that have ended hold nothing', () => {
    const ended = { up: true, down: true, untilSeconds: NOW };
    expect(guard(wanted, units, { pause: ended })).toEqual(guard(wanted, units));
    expect(guard(wanted, units, { pause: { ...ended, untilSeconds: NOW + 1 } }).floors).toEqual([undefined, undefined]);
  });

  describe('up and down', () => {
    const all = { pause: { up: true, down: true } };
    const messageOf = (findings: readonly { subject: string; message: string }[]) =>
      findings.find(({ subject }) => subject === 'sd21 shares')?.message;

    it('take the traffic of a unit that does not serve, and leave that of the others as it is', () => {
      const { shares, floors, targets, findings } = guard(wanted, { a: { ready: 0 } }, all);
      expect(shares).toEqual([0, undefined]);
      expect([...floors, ...targets]).toEqual([undefined, undefined, undefined, undefined]);
      expect(messageOf(findings)).toBe('paused up and down: only the traffic of a, which does not serve, is moved');
    });

    it('give it to the units that serve, where they have none', () => {
      expect(guard(wanted, { a: { ready: 0, weight: 999 }, b: { weight: 0 } }, all).shares).toEqual([0, 1]);
    });

    it('move nothing where no other unit serves', () => {
      const { shares, findings } = guard(wanted, { a: { ready: 0 }, b: { ready: 0 } }, all);
      expect(shares).toEqual([undefined, undefined]);
      expect(messageOf(findings)).toBe('paused up and down');
    });

    it('leave weights at zero that somebody set to zero', () => {
      expect(guard(wanted, { a: { weight: 0 }, b: { weight: 0 } }, all).shares).toEqual([undefined, undefined]);
    });

    it('take the traffic of a unit whose targets are unhealthy, not that of one whose requests fail', () => {
      const minute = { requests: 60, failed: 0, healthyHosts: 20 };
      const minutes = (change: object) => Array.from({ length: 4 }, () => ({ ...minute, ...change }));
      const b = { minutes: minutes({}) };
      expect(guard(wanted, { a: { minutes: minutes({ healthyHosts: 0 }) }, b }, all).shares).toEqual([0, undefined]);
      const failing = { a: { minutes: minutes({ failed: 60 }) }, b };
      expect(guard(wanted, failing).findings).toContainEqual(expect.objectContaining({ code: 'Impaired', subject: 'a' }));
      expect(guard(wanted, failing, all).shares).toEqual([undefined, undefined]);
    });
  });

  it('up and down leave everything alone', () => {
    const { floors, targets, shares } = guard(wanted, units, { pause: { up: true, down: true } });
    expect([...floors, ...targets, ...shares]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('fields that another writer changed', () => {
  it('are left alone, with a remark', () => {
    const { floors, targets, findings } = guard(
      { a: { floor: 9, target: 50 } },
      { a: { floor: 4, target: 55 } },
      {
        written: { 'floor/a': { value: 6, previous: 5 }, 'target/a': { value: 48, previous: 47 } },
      },
    );
    expect([floors[0], targets[0]]).toEqual([undefined, undefined]);
    expect(codes(findings)).toEqual(['Contested a floor', 'Contested a target']);
    expect(findings[0]!.message).toBe('another writer set it to 4 after the loop wrote 6; it is left alone');
  });

  it('behind KEDA’s back, in the autoscaler it makes, are remarked, and the ScaledObject is written all the same', () => {
    const { floors, targets, findings } = guard(
      { a: { floor: 9, target: 50 } },
      { a: { floor: 4, target: 55, autoscalerEdits: [{ field: 'floor', value: 1, manager: 'kubectl-edit' }] } },
    );
    expect([floors[0], targets[0]]).toEqual([9, 50]);
    expect(codes(findings)).toEqual(['Contested a floor']);
    expect(findings[0]!.message).toMatch(/^kubectl-edit set it to 1 in the autoscaler that KEDA makes/);
  });

  it('are told from unfinished writes, which are written again', () => {
    expect(guard({ a: { floor: 9 } }, { a: { floor: 4 } }, { written: { 'floor/a': { value: 9, previous: 4 } } }).floors[0]).toBe(9);
    expect(guard({ a: { floor: 9 } }, { a: { floor: 4 } }, { written: { 'floor/a': { value: 4, previous: 1 } } }).floors[0]).toBe(9);
  });

  it('are told from a target that was remembered to three decimals only', () => {
    const written = { 'target/a': { value: 48, previous: 33.333 } };
    expect(guard({ a: { target: 48 } }, { a: { target: 33.3333333 } }, { written }).targets[0]).toBe(37.037);
    expect(guard({ a: { target: 48 } }, { a: { target: 33.335 } }, { written }).targets[0]).toBeUndefined();
  });

  it('stop all shares of a rule, because one rule carries them all', () => {
    const { shares, findings } = guard(
      { a: { share: 0.5 }, b: { share: 0.5 } },
      { a: { weight: 7 } },
      {
        written: { 'share/a': { value: 999, previous: 500 } },
      },
    );
    expect(shares).toEqual([undefined, undefined]);
    expect(codes(findings)).toEqual(['Contested a share']);
  });

  it('keep no traffic on a unit that does not serve: it goes, and the shares of the others stay as they are', () => {
    const units = { a: { ready: 0, weight: 300 }, b: { weight: 700 } };
    const { shares, findings } = guard({ a: { share: 0.5 }, b: { share: 0.5 } }, units, { written: { 'share/b': { value: 500 } } });
    expect(shares).toEqual([0, undefined]);
    expect(codes(findings)).toContain('Contested b share');
  });

  it('do not keep a fleet without traffic whose weights someone set to zero', () => {
    const units = { a: { weight: 0, ready: 1 }, b: { weight: 0, ready: 3 } };
    const { shares, findings } = guard({ a: { share: 0.5 }, b: { share: 0.5 } }, units, { written: { 'share/a': { value: 500 } } });
    // By what one and three ready pods of the same profile serve.
    expect(shares).toEqual([0.25, 0.75]);
    expect(codes(findings)).toContain('Contested a share');
  });

  it('are adopted when the loop never wrote them', () => {
    expect(guard({ a: { floor: 9 } }, { a: { floor: 4 } }).floors[0]).toBe(9);
  });
});
