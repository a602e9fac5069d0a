import type { Unit } from '../../../lambda/control-loop/model/fleet';
import { stationOf } from '../../../lambda/control-loop/model/profile';
import type { Reality } from '../../inputs/reality';
import type { PartOfRequests, Serving } from '../traffic/pod-queues';
import { changesOf, concerns } from './windows';

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

export const performanceOf = ({ performance, failingRequests, slowDependencies }: Reality): Performance => ({
  serving: (unit, pool, timeSeconds) => {
    const entry = performance.findLast((candidate) => statesServing(candidate) && concerns(candidate, unit, pool, timeSeconds));
    const errors = failingRequests.findLast((candidate) => concerns(candidate, unit, pool, timeSeconds));
    const station = entry === undefined ? stationOf(unit.profile) : stationBy(entry, unit);
    const dependency = slowDependencies.findLast((candidate) => concerns(candidate, unit, pool, timeSeconds));
    return {
      ...station,
      ...(errors && { errors: partOf(errors) }),
      ...(dependency && { dependency: partOf(dependency) }),
    };
  },
  coldStartFactor: (unit, pool, timeSeconds) => {
    const entry = performance.findLast(
      ({ coldStartFactor, ...candidate }) => coldStartFactor !== undefined && concerns(candidate, unit, pool, timeSeconds),
    );
    return entry?.coldStartFactor ?? 1;
  },
  changesSeconds: changesOf([...performance.filter(statesServing), ...failingRequests, ...slowDependencies]),
});

const partOf = ({ part, latencySeconds }: PartOfRequests): PartOfRequests => ({ part, latencySeconds });

const statesServing = ({ serviceTimeFactor, throughputPerMinute, latencySeconds }: Entry): boolean =>
  serviceTimeFactor !== undefined || throughputPerMinute !== undefined || latencySeconds !== undefined;

/** The station of the real profile, derived like that of the stated one; or that of the stated one, so many times as slow. */
const stationBy = ({ serviceTimeFactor = 1, throughputPerMinute, latencySeconds }: Entry, { profile }: Unit): Serving => {
  const { servers, serviceSeconds } = stationOf({
    ...profile,
    throughputPerMinute: throughputPerMinute ?? profile.throughputPerMinute,
    latencySeconds: latencySeconds ?? profile.latencySeconds,
  });
  return { servers, serviceSeconds: serviceSeconds * serviceTimeFactor };
};
