import type { Fleet } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';
import type { UnitMinute, UnitObservation } from '../../model/observation';
import { isCanary } from '../canaries';
import type { SeenMinute } from './evidence';
import { learnProfile } from './learn';

/**
 * The learned profile of every unit, brought up to date.
 *
 * @param previous by unit name
 * @param observed by unit name
 */
export const learnProfiles = (
  fleet: Fleet,
  previous: Readonly<Record<string, LearnedProfile>>,
  observed: Readonly<Record<string, UnitObservation>>,
): Readonly<Record<string, LearnedProfile>> => {
  let sums: ReturnType<typeof givenUpByMinute> | undefined;
  // They matter in minutes with errors alone, of which there are few.
  const seen = (minute: UnitMinute): SeenMinute => {
    if (!minute.errors) return minute;
    sums ??= givenUpByMinute(fleet, observed);
    return { ...minute, ...sums.get(minute.startSeconds) };
  };
  return Object.fromEntries(
    fleet.units.map(({ name, profile }) => {
      const { minutes: own, podStarts } = observed[name] ?? {};
      const minutes = own?.known ? own.value.map(seen) : [];
      const evidence = { minutes, starts: podStarts?.known ? podStarts.value : [] };
      return [name, learnProfile(profile, fleet.objective, fleet.learning, previous[name], evidence)];
    }),
  );
};

/**
 * The requests that the router gave up on by minute, all units together: it does not count them by unit, so that each may have been any
 * unit's. A minute in which the errors of a unit are unknown is left out.
 */
const givenUpByMinute = (
  { units }: Fleet,
  observed: Readonly<Record<string, UnitObservation>>,
): ReadonlyMap<number, { readonly givenUp: number }> => {
  const sums = new Map<number, { readonly givenUp: number; readonly units: number }>();
  for (const { name } of units) {
    const minutes = observed[name]?.minutes;
    for (const { startSeconds, errors, failed } of minutes?.known ? minutes.value : []) {
      if (errors === undefined || failed === undefined) continue;
      const sum = sums.get(startSeconds) ?? { givenUp: 0, units: 0 };
      sums.set(startSeconds, { givenUp: sum.givenUp + Math.max(0, errors - failed), units: sum.units + 1 });
    }
  }
  return new Map([...sums].filter(([, sum]) => sum.units === units.length).map(([start, { givenUp }]) => [start, { givenUp }]));
};

/** The fleet as it performs: each unit with its learned profile in place of the stated one. */
export const effectiveFleet = (fleet: Fleet, learned: Readonly<Record<string, LearnedProfile>>): Fleet => ({
  ...fleet,
  units: fleet.units.map((unit) => {
    const own = learned[unit.name];
    if (own === undefined) return unit;
    const { throughputPerMinute, latencySeconds, coldStartSeconds } = own;
    return { ...unit, profile: { throughputPerMinute, latencySeconds, coldStartSeconds } };
  }),
});

/** Names of the units that are too slow for their objective with any number of pods. */
export const slowUnits = (learned: Readonly<Record<string, LearnedProfile>>): readonly string[] =>
  Object.keys(learned).filter((name) => learned[name]!.slowSinceSeconds !== undefined);

/** Enough for the percentile of a minute to tell something, most of the time. */
const PROBE_REQUESTS_PER_MINUTE = 30;

/** The slow units that are spared traffic, none where all are slow: by name, with the requests per minute of those that are probed. */
export const sparedUnits = (
  fleet: Fleet,
  slow: ReadonlySet<string>,
  learned: Readonly<Record<string, LearnedProfile>>,
  nowSeconds: number,
): ReadonlyMap<string, number> =>
  fleet.units.every((unit) => slow.has(unit.name) || isCanary(unit))
    ? new Map()
    : new Map([...slow].map((name) => [name, nowSeconds >= (learned[name]?.nextProbeSeconds ?? 0) ? PROBE_REQUESTS_PER_MINUTE : 0]));
