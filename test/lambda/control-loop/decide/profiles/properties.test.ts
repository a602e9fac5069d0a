import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnProfile } from '../../../../../lambda/control-loop/decide/profiles/learn';
import { effectiveFleet } from '../../../../../lambda/control-loop/decide/profiles/learned-fleet';
import { type LearnedProfile, readLearnedProfile } from '../../../../../lambda/control-loop/model/learned-profile';
import type { PodStart, UnitMinute } from '../../../../../lambda/control-loop/model/observation';
import { paperFleet } from '../fixtures';

const SETTINGS = { seed: 20_261_122, numRuns: 300 };

const profile = fc.record({
  throughputPerMinute: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
  latencySeconds: fc.double({ min: 0.001, max: 100, noNaN: true }),
  coldStartSeconds: fc.nat(3600),
});

const bounds = fc.record({
  minimumFactor: fc.double({ min: 0.05, max: 1, noNaN: true }),
  maximumFactor: fc.double({ min: 1, max: 4, noNaN: true }),
});

/** Anything a metric may hold, mostly what it should. */
const reading = (usual: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> =>
  fc.oneof(
    { weight: 20, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom(undefined, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE, Number.MAX_VALUE) },
  );

const minutesArbitrary: fc.Arbitrary<readonly UnitMinute[]> = fc
  .array(
    fc.record({
      gap: fc.constantFrom(60, 60, 60, 60, 60, 60, 120),
      answered: reading(fc.nat(5000)),
      latencySeconds: reading(fc.double({ min: 0.01, max: 120, noNaN: true })),
      errors: reading(fc.constantFrom(0, 0, 0, 0, 1, 50)),
      healthyHosts: reading(fc.constantFrom(1, 4, 4, 4, 40)),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((records) => {
    let startSeconds = 0;
    return records.map(({ gap, ...fields }) => {
      startSeconds += gap;
      return { startSeconds, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) };
    });
  });

const startsArbitrary: fc.Arbitrary<readonly PodStart[]> = fc.array(
  fc.record({
    uid: fc.constantFrom('a', 'b', '__proto__', ''),
    createdSeconds: fc.oneof(fc.nat(3000), fc.constant(Number.NaN)),
    readySeconds: fc.oneof(fc.nat(3000), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
    launchedNode: fc.boolean(),
  }),
  { maxLength: 5 },
);

const percentiles = fc.constantFrom(50, 95, 99, 99.9);

describe('whatever is observed', () => {
  it('a learned profile stays within its bounds, and can be read back', () => {
    fc.assert(
      fc.property(profile, bounds, percentiles, minutesArbitrary, startsArbitrary, (stated, limits, percentile, minutes, starts) => {
        const learned = learnProfile(stated, { latencySeconds: 1, percentile }, limits, undefined, { minutes, starts });
        const { minimumFactor, maximumFactor } = limits;
        const within = (value: number, low: number, high: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
        expect(within(learned.throughputPerMinute / stated.throughputPerMinute, minimumFactor, maximumFactor)).toBe(true);
        expect(within(learned.latencySeconds / stated.latencySeconds, 1 / maximumFactor, 1 / minimumFactor)).toBe(true);
        expect(within(learned.coldStartSeconds, stated.coldStartSeconds / maximumFactor, stated.coldStartSeconds / minimumFactor)).toBe(
          true,
        );
        expect(readLearnedProfile(JSON.parse(JSON.stringify(learned)))).toEqual(learned);
      }),
      SETTINGS,
    );
  });

  it('it does not matter how many ticks a minute has, nor how many minutes a tick sees', () => {
    fc.assert(
      fc.property(
        profile,
        bounds,
        minutesArbitrary,
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }),
        (stated, limits, minutes, ends) => {
          const atOnce = learnProfile(stated, { latencySeconds: 1, percentile: 95 }, limits, undefined, { minutes, starts: [] });
          let learned: LearnedProfile | undefined;
          for (const end of [...[...ends].sort((a, b) => a - b), minutes.length]) {
            for (const order of [minutes.slice(0, end), minutes.slice(0, end).toReversed()]) {
              learned = learnProfile(stated, { latencySeconds: 1, percentile: 95 }, limits, learned, { minutes: order, starts: [] });
            }
          }
          expect(learned).toEqual(atOnce);
        },
      ),
      SETTINGS,
    );
  });

  it('an unsound minute changes nothing that a sound one does not', () => {
    const sound = (latencySeconds: number, count: number, fromMinute = 0): readonly UnitMinute[] =>
      Array.from({ length: count }, (_, minute) => ({
        startSeconds: 60 * (fromMinute + minute),
        answered: 200,
        latencySeconds,
        errors: 0,
        healthyHosts: 10,
      }));
    fc.assert(
      fc.property(
        fc.constantFrom('answered', 'latencySeconds', 'errors', 'healthyHosts'),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1),
        (field, value) => {
          const stated = { throughputPerMinute: 100, latencySeconds: 0.6, coldStartSeconds: 0 };
          const unsound = sound(6, 10, 10).map((minute) => ({ ...minute, [field]: value }));
          const learned = learnProfile(stated, { latencySeconds: 1, percentile: 95 }, { minimumFactor: 0.2, maximumFactor: 1 }, undefined, {
            minutes: [...sound(0.6, 10), ...unsound],
            starts: [],
          });
          expect(learned).toMatchObject(stated);
        },
      ),
      { seed: 20_261_122, numRuns: 50 },
    );
  });

  it('a damaged memory is not read', () => {
    const sound = learnProfile(
      { throughputPerMinute: 100, latencySeconds: 0.6, coldStartSeconds: 60 },
      { latencySeconds: 1, percentile: 95 },
      { minimumFactor: 0.2, maximumFactor: 1 },
      undefined,
      {
        minutes: [],
        starts: [],
      },
    );
    expect(readLearnedProfile(sound)).toEqual(sound);
    for (const damaged of [
      undefined,
      null,
      'text',
      { ...sound, throughputPerMinute: 0 },
      { ...sound, latencySeconds: null },
      { ...sound, coldStartSeconds: -1 },
      { ...sound, stated: undefined },
      { ...sound, minuteSeconds: 'then' },
      { ...sound, suspected: { throughputPerMinute: 5 } },
      { ...sound, sustained: { throughputPerMinute: 5, latencySeconds: 1 } },
      { ...sound, coldStartsSeconds: [1, null] },
    ]) {
      expect(readLearnedProfile(damaged)).toBeUndefined();
    }
  });
});

describe('the fleet as it performs', () => {
  it('has the learned profiles, and the stated ones where nothing is learned', () => {
    const fleet = paperFleet();
    const [inf2, ...others] = fleet.units;
    const learned: LearnedProfile = { ...inf2!.profile, throughputPerMinute: 50, latencySeconds: 1.4, stated: inf2!.profile };
    const effective = effectiveFleet(fleet, { inf2: learned });
    expect(effective.units[0]).toEqual({ ...inf2, profile: { ...inf2!.profile, throughputPerMinute: 50, latencySeconds: 1.4 } });
    expect(effective.units.slice(1)).toEqual(others);
    expect(fleet.units[0]!.profile.throughputPerMinute).toBe(105);
  });
});
