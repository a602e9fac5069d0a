import { describe, expect, it } from 'vitest';
import type { SeenMinute } from '../../../../../lambda/control-loop/decide/profiles/evidence';
import { learnProfile } from '../../../../../lambda/control-loop/decide/profiles/learn';
import type { LearningSpec, Profile } from '../../../../../lambda/control-loop/model/fleet';
import type { LearnedProfile } from '../../../../../lambda/control-loop/model/learned-profile';
import type { UnitMinute } from '../../../../../lambda/control-loop/model/observation';
import { minutesOf } from './queue';

const SERVICE_SECONDS = 0.6;
const stated: Profile = { throughputPerMinute: 100, latencySeconds: SERVICE_SECONDS, coldStartSeconds: 300 };
const defaults: LearningSpec = { enabled: true, minimumFactor: 0.2, maximumFactor: 1 };
const objective = { latencySeconds: 1.5, percentile: 95 };

/** One tick a minute, each of which sees the last half hour. */
const tickByTick = (minutes: readonly SeenMinute[], bounds = defaults, begin?: LearnedProfile): readonly LearnedProfile[] => {
  let learned = begin;
  return minutes.map((_, index) => {
    learned = learnProfile(stated, objective, bounds, learned, { minutes: minutes.slice(Math.max(0, index - 29), index + 1), starts: [] });
    return learned;
  });
};

const learnedOf = (minutes: readonly SeenMinute[], bounds = defaults): LearnedProfile => tickByTick(minutes, bounds).at(-1)!;

/** A unit that takes `slowdown` times as long as stated, at a part of what it can truly serve. */
const unit = (slowdown: number, load: number, pods: number, minutes: number, seed = 1): readonly UnitMinute[] =>
  minutesOf({
    seed,
    minutes,
    requestsPerMinute: () => (load * pods * stated.throughputPerMinute) / slowdown,
    pods: () => pods,
    serviceSeconds: () => SERVICE_SECONDS * slowdown,
  });

const LOADS = [0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.2];

describe('after ten minutes, a unit slower than stated', () => {
  for (const slowdown of [1.4, 2, 3]) {
    it.each([4, 20])(`by ${slowdown}, of %i pods, is known within 15 percent at any load`, (pods) => {
      for (const load of LOADS) {
        for (const seed of [1, 2, 3]) {
          const { throughputPerMinute, latencySeconds } = learnedOf(unit(slowdown, load, pods, 10, seed));
          const truly = stated.throughputPerMinute / slowdown;
          expect(throughputPerMinute / truly, `throughput at load ${load}, seed ${seed}`).toBeGreaterThan(0.85);
          expect(throughputPerMinute / truly, `throughput at load ${load}, seed ${seed}`).toBeLessThan(1.2);
          expect(latencySeconds, `latency at load ${load}, seed ${seed}`).toBeCloseTo(
            (SERVICE_SECONDS * stated.throughputPerMinute) / throughputPerMinute,
            6,
          );
        }
      }
    });

    // A percentile of 20 to 70 requests is that of one to four of them.
    it(`by ${slowdown}, of one pod, is known within 40 percent after twenty minutes with requests enough`, () => {
      for (const load of LOADS.filter((one) => (one * stated.throughputPerMinute) / slowdown > 30)) {
        const { throughputPerMinute } = learnedOf(unit(slowdown, load, 1, 20));
        expect(throughputPerMinute * slowdown, `load ${load}`).toBeGreaterThan(0.85 * stated.throughputPerMinute);
        expect(throughputPerMinute * slowdown, `load ${load}`).toBeLessThan(1.4 * stated.throughputPerMinute);
      }
    });
  }
});

describe('a unit as stated', () => {
  it.each([1, 4, 20])('of %i pods is not taken for slower in three hours, at any load', (pods) => {
    for (const load of LOADS) {
      const all = tickByTick(unit(1, load, pods, 180));
      const mean = all.reduce((sum, { throughputPerMinute }) => sum + throughputPerMinute, 0) / all.length;
      expect(mean, `mean at load ${load}`).toBeGreaterThan(0.97 * stated.throughputPerMinute);
      expect(all.at(-1)!.throughputPerMinute, `at the end, at load ${load}`).toBeGreaterThan(0.9 * stated.throughputPerMinute);
    }
  });

  it('is not taken for slower while too few pods are overloaded, nor while they work off what waits', () => {
    const load = (minute: number) => (minute < 5 ? 0.6 : minute < 10 ? 1.2 : minute < 20 ? 0.85 : 0.5);
    for (const seed of [1, 2, 3, 4, 5]) {
      const minutes = minutesOf({
        seed,
        minutes: 30,
        requestsPerMinute: (minute) => load(minute) * 400,
        pods: () => 4,
        serviceSeconds: () => SERVICE_SECONDS,
      });
      expect(Math.max(...minutes.map(({ latencySeconds }) => latencySeconds ?? 0))).toBeGreaterThan(30);
      for (const { throughputPerMinute } of tickByTick(minutes)) expect(throughputPerMinute).toBeGreaterThan(95);
    }
  });

  it('is not taken for slower when it loses most of its pods', () => {
    for (const seed of [1, 2, 3]) {
      const minutes = minutesOf({
        seed,
        minutes: 25,
        requestsPerMinute: () => 600,
        pods: (minute) => (minute < 5 || minute > 12 ? 10 : 4),
        serviceSeconds: () => SERVICE_SECONDS,
      });
      expect(learnedOf(minutes).throughputPerMinute).toBe(100);
    }
  });

  it('is as stated again an hour after it was three times as slow', () => {
    const minutes = minutesOf({
      seed: 1,
      minutes: 100,
      requestsPerMinute: () => 200,
      pods: () => 10,
      serviceSeconds: (minute) => (minute < 20 ? 3 : 1) * SERVICE_SECONDS,
    });
    const all = tickByTick(minutes);
    expect(all[19]!.throughputPerMinute).toBeLessThan(40);
    // A few percent a minute, and no more.
    for (const [minute, { throughputPerMinute }] of all.entries()) {
      if (minute > 20) expect(throughputPerMinute / all[minute - 1]!.throughputPerMinute).toBeLessThan(1.03);
    }
    expect(all[99]!.latencySeconds).toBeLessThan(1.1 * stated.latencySeconds);
  });
});

describe('a unit faster than stated', () => {
  it('stays as stated unless its fleet allows more', () => {
    expect(learnedOf(unit(0.8, 0.8, 4, 60)).throughputPerMinute).toBe(100);
  });

  it('is known within the bound that its fleet sets, and never taken for faster than it is', () => {
    for (const load of [0.2, 0.4, 0.6, 0.8, 0.9, 1]) {
      const all = tickByTick(unit(0.8, load, 4, 60), { ...defaults, maximumFactor: 1.5 });
      expect(Math.max(...all.map(({ throughputPerMinute }) => throughputPerMinute)), `load ${load}`).toBeLessThan(125 * 1.1);
      if (load >= 0.6) expect(all.at(-1)!.throughputPerMinute, `load ${load}`).toBeGreaterThan(125 * 0.95);
    }
    expect(learnedOf(unit(0.8, 0.8, 4, 60), { ...defaults, maximumFactor: 1.1 }).throughputPerMinute).toBeCloseTo(110, 9);
  });
});

describe('an overload', () => {
  it('of pods that became slow is known at once, before requests time out', () => {
    for (const seed of [1, 2, 3]) {
      const minutes = minutesOf({
        seed,
        minutes: 7,
        requestsPerMinute: () => 320,
        pods: () => 4,
        serviceSeconds: (minute) => (minute < 5 ? 1 : 3) * SERVICE_SECONDS,
      });
      expect(minutes[6]!.errors).toBeGreaterThan(0);
      const { throughputPerMinute } = tickByTick(minutes)[5]!;
      expect(throughputPerMinute).toBeGreaterThan(30);
      expect(throughputPerMinute).toBeLessThan(38);
    }
  });
});

describe('an overload in which requests are given up, which pods work on all the same', () => {
  /** What the loop sees of it, where no other unit has errors: none of them is an answer of a pod. */
  const seen = (minutes: readonly UnitMinute[]): readonly SeenMinute[] =>
    minutes.map((minute) => ({
      ...minute,
      requests: minute.answered! + minute.errors!,
      failed: 0,
      givenUp: minute.errors!,
    }));

  it.each([1, 2, 3])('tells in its second minute that pods are three times as slow, seed %i', (seed) => {
    const minutes = seen(
      minutesOf({ seed, minutes: 2, requestsPerMinute: () => 200, pods: () => 2, serviceSeconds: () => 3 * SERVICE_SECONDS }),
    );
    expect(minutes[1]!.errors).toBeGreaterThan(20);
    const { throughputPerMinute } = learnedOf(minutes);
    expect(throughputPerMinute).toBeGreaterThan(28);
    expect(throughputPerMinute).toBeLessThan(38);
  });

  it.each([1, 2, 3, 4, 5])('is no slower unit, while it lasts and while more pods work it off, seed %i', (seed) => {
    const minutes = seen(
      minutesOf({
        seed,
        minutes: 40,
        requestsPerMinute: (minute) => (minute < 3 ? 300 : minute < 7 ? 900 : 700),
        pods: (minute) => (minute < 7 ? 4 : 10),
        serviceSeconds: () => SERVICE_SECONDS,
      }),
    );
    expect(Math.max(...minutes.map(({ errors }) => errors!))).toBeGreaterThan(300);
    for (const { throughputPerMinute } of tickByTick(minutes)) expect(throughputPerMinute).toBeGreaterThan(90);
  });

  it('tells nothing where the pods themselves answer with errors, or where it is not known who did', () => {
    const slow = (change: Partial<SeenMinute>) => alike(20, () => ({ requests: 210, errors: 10, ...change }));
    expect(learnedOf(slow({ failed: 0, givenUp: 10 })).throughputPerMinute).toBeLessThan(60);
    expect(learnedOf(slow({ failed: 10, givenUp: 0 }))).toMatchObject(stated);
    expect(learnedOf(slow({ failed: 0 }))).toMatchObject(stated);
    expect(learnedOf(slow({ givenUp: 10 }))).toMatchObject(stated);
  });
});

it('the end of a queue, when a unit gets no more requests, shows no slower unit than the queue did', () => {
  const [before, busy, end] = [
    { answered: 105, latencySeconds: 20 },
    { answered: 105, latencySeconds: 30 },
    { answered: 25, latencySeconds: 35 },
  ];
  const minutes = [before, busy, end].map((minute, index) => ({ ...minute, startSeconds: 60 * index, errors: 0, healthyHosts: 3 }));
  // Three pods that are busy answer 105 a minute.
  for (const { throughputPerMinute } of tickByTick(minutes).slice(1)) {
    expect(throughputPerMinute).toBeGreaterThan(34);
    expect(throughputPerMinute).toBeLessThan(38);
  }
});

/** Minutes that are all alike: a latency of 1.5 s is that of a unit 2.3 times as slow as stated. */
const alike = (count: number, change: (minute: number) => Partial<SeenMinute> = () => ({})): readonly SeenMinute[] =>
  Array.from({ length: count }, (_, minute) => ({
    startSeconds: 60 * minute,
    answered: 200,
    latencySeconds: 1.5,
    errors: 0,
    healthyHosts: 10,
    ...change(minute),
  }));

/** The same without the fields named, in every minute. */
const without = (...fields: readonly (keyof UnitMinute)[]): readonly UnitMinute[] =>
  alike(20).map((minute) =>
    Object.fromEntries(Object.entries(minute).filter(([field]) => !fields.includes(field as keyof UnitMinute))),
  ) as never;

describe('minutes that tell nothing', () => {
  it('are told from those that do', () => {
    expect(learnedOf(alike(3)).throughputPerMinute).toBeCloseTo(100 * (0.66 / 1.5), 0);
  });

  it.each([
    ['have errors', alike(20, () => ({ errors: 3 }))],
    ['have fewer requests than their percentile needs', alike(20, () => ({ answered: 19, healthyHosts: 1 }))],
    ['have no known latency', without('latencySeconds')],
    ['have no known count of requests', without('answered')],
    ['have no known errors', without('errors')],
    ['have no known number of pods', without('healthyHosts')],
    ['have other pods than the minute before', alike(20, (minute) => ({ healthyHosts: 10 + (minute % 2) }))],
    ['do not follow upon another', alike(20, (minute) => ({ startSeconds: 120 * minute }))],
    ['are alone', alike(20, (minute) => ({ latencySeconds: minute % 2 === 0 ? 1.5 : 0.6 }))],
  ])('because they %s', (_, minutes) => {
    expect(learnedOf(minutes)).toMatchObject(stated);
  });

  it('because a pod had just become ready', () => {
    const minutes = alike(10);
    const starts = minutes.map(({ startSeconds }) => ({
      uid: `pod-${startSeconds}`,
      createdSeconds: startSeconds - 300,
      readySeconds: startSeconds + 10,
      launchedNode: false,
    }));
    expect(learnProfile(stated, objective, defaults, undefined, { minutes, starts })).toMatchObject(stated);
  });

  it('because a few slow requests of few make a percentile', () => {
    // 25 requests a minute: one or two of them are beyond the percentile.
    const slow = (minutes: number) => alike(minutes, (minute) => ({ answered: 25, ...(minute === 0 && { latencySeconds: 0.6 }) }));
    expect(learnedOf(slow(4))).toMatchObject(stated);
    expect(learnedOf(slow(5)).throughputPerMinute).toBeLessThan(60);
  });

  it('a stray error spoils no minute of many requests', () => {
    expect(learnedOf(alike(5, () => ({ answered: 400, errors: 2 }))).throughputPerMinute).toBeLessThan(60);
  });

  it('one pod more of many spoils no minute', () => {
    expect(learnedOf(alike(5, (minute) => ({ answered: 800, healthyHosts: 40 + (minute % 2) }))).throughputPerMinute).toBeLessThan(60);
  });
});

describe('a dependency that slows every answer and takes no capacity', () => {
  it('is learned as latency; pods that are added do not make the throughput look smaller still', () => {
    const pods = (minute: number) => (minute < 10 ? 4 : minute < 20 ? 6 : minute < 30 ? 8 : 16);
    const minutes = minutesOf({
      seed: 1,
      minutes: 60,
      requestsPerMinute: () => 200,
      pods,
      serviceSeconds: () => SERVICE_SECONDS,
      dependencySeconds: 3,
    });
    const all = tickByTick(minutes, { ...defaults, minimumFactor: 0.1 });
    // Four pods kept up 50 requests a minute each.
    for (const { throughputPerMinute } of all) expect(throughputPerMinute).toBeGreaterThan(45);
    expect(all[59]!.latencySeconds).toBeGreaterThan(3);
  });

  it('is told from a queue by a latency that stays as it is, whatever the load', () => {
    const minutes = minutesOf({
      seed: 1,
      minutes: 60,
      requestsPerMinute: () => 200,
      pods: (minute) => (minute < 10 ? 10 : 5),
      serviceSeconds: () => SERVICE_SECONDS,
      dependencySeconds: 1,
    });
    // A percentile of 1.66 s, 0.66 s of it in the pod, is that of a profile of 1.5 s.
    for (const { latencySeconds } of tickByTick(minutes).slice(5)) {
      expect(latencySeconds).toBeGreaterThan(0.9 * 1.5);
      expect(latencySeconds).toBeLessThan(1.1 * 1.5);
    }
  });

  it('that is slow at low load is known within two minutes', () => {
    const minutes = minutesOf({
      seed: 1,
      minutes: 3,
      requestsPerMinute: () => 200,
      pods: () => 20,
      serviceSeconds: () => SERVICE_SECONDS,
      dependencySeconds: 0.6,
    });
    expect(learnedOf(minutes).latencySeconds).toBeGreaterThan(1);
  });
});

describe('what was learned', () => {
  const slow = learnedOf(unit(2, 0.8, 4, 10));

  it('is kept while nothing tells otherwise, and forgotten step by step after a day', () => {
    const silence = Array.from(
      { length: 26 * 60 },
      (_, minute): UnitMinute => ({ startSeconds: 600 + 60 * minute, answered: 0, errors: 0, healthyHosts: 4 }),
    );
    const all = tickByTick(silence, defaults, slow);
    expect(all[23 * 60]!.throughputPerMinute).toBe(slow.throughputPerMinute);
    expect(all[24 * 60 + 5]!.throughputPerMinute).toBeLessThan(1.2 * slow.throughputPerMinute);
    expect(all.at(-1)).toMatchObject(stated);
  });

  it('is not forgotten while nothing is known', () => {
    const unknown = Array.from({ length: 26 * 60 }, (_, minute): UnitMinute => ({ startSeconds: 600 + 60 * minute }));
    expect(tickByTick(unknown, defaults, slow).at(-1)!.throughputPerMinute).toBe(slow.throughputPerMinute);
  });

  it('does not outlive the stated profile', () => {
    const other = { ...stated, throughputPerMinute: 55 };
    const again = learnProfile(other, objective, defaults, slow, { minutes: unit(2, 0.8, 4, 10), starts: [] });
    expect(again).toMatchObject({ ...other, stated: other });
    expect(again.partedSinceSeconds).toBeUndefined();
  });

  it('says since when it has parted from the stated profile by more than a fifth', () => {
    const all = tickByTick(alike(10));
    expect(all[0]!.partedSinceSeconds).toBeUndefined();
    const first = all.find(({ throughputPerMinute }) => throughputPerMinute < 80)!;
    expect(all.at(-1)!.partedSinceSeconds).toBe(first.minuteSeconds);
    const recovered = tickByTick(
      alike(100, () => ({ latencySeconds: 0.6 })).map((minute) => ({ ...minute, startSeconds: minute.startSeconds + 600, answered: 700 })),
      defaults,
      all.at(-1),
    );
    expect(recovered.at(-1)!.partedSinceSeconds).toBeUndefined();
  });

  it('survives a status: what is read back is what was written', () => {
    expect(JSON.parse(JSON.stringify(slow))).toEqual(slow);
  });
});
