import type { Unit } from '../../../lambda/control-loop/model/fleet';
import { stationOf } from '../../../lambda/control-loop/model/profile';
import type { Reality } from '../../inputs/reality';
import type { Serving } from '../traffic/pod-queues';
import { changesOf, holdsAt } from './windows';

type Entry = Reality['performance'][number];

/** How pods really perform, whatever the profile of their unit states. */
export interface Performance {
  /** How a pod of the unit on a node of the pool serves at a time. */
  serving(unit: Unit, pool: string, timeSeconds: number): Serving;
  /** Cold start of such a pod or its node at a time, as a multiple of the profile's. */
  coldStartFactor(unit: Unit, pool: string, timeSeconds: number): number;
  /** When `serving` may change. */
  readonly changesSeconds: readonly number[];
}

export const performanceOf = (entries: Reality['performance']): Performance => {
  const entriesFor = (unit: Unit, pool: string, timeSeconds: number): readonly Entry[] =>
    entries.filter((entry) => entry.unit === unit.name && (entry.pool === undefined || entry.pool === pool) && holdsAt(entry, timeSeconds));
  return {
    serving: (unit, pool, timeSeconds) => {
      const entry = entriesFor(unit, pool, timeSeconds).findLast((candidate) => statesServing(candidate));
      return entry === undefined ? stationOf(unit.profile) : servingBy(entry, unit);
    },
    coldStartFactor: (unit, pool, timeSeconds) =>
      entriesFor(unit, pool, timeSeconds).findLast(({ coldStartFactor }) => coldStartFactor !== undefined)?.coldStartFactor ?? 1,
    changesSeconds: changesOf(entries.filter(statesServing)),
  };
};

const statesServing = ({ serviceTimeFactor, throughputPerMinute, latencySeconds }: Entry): boolean =>
  serviceTimeFactor !== undefined || throughputPerMinute !== undefined || latencySeconds !== undefined;

/** The station of the real profile, made of it as the station of the stated one is; or that of the stated one, so many times as slow. */
const servingBy = ({ serviceTimeFactor = 1, throughputPerMinute, latencySeconds }: Entry, { profile }: Unit): Serving => {
  const { servers, serviceSeconds } = stationOf({
    ...profile,
    throughputPerMinute: throughputPerMinute ?? profile.throughputPerMinute,
    latencySeconds: latencySeconds ?? profile.latencySeconds,
  });
  return { servers, serviceSeconds: serviceSeconds * serviceTimeFactor };
};
