import type { Finding } from '../../model/decision';
import type { Fleet, Objective, Profile } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';
import type { Evidence } from './evidence';
import { unloadedLatencySeconds } from './latency-model';

/** A user who states a unit slower than the objective wants it all the same; it may be slower still by this much. */
const SLOWER_THAN_STATED = 1.25;
/** A unit counts as slow until it is faster than what made it so by this part. */
const HYSTERESIS = 0.1;

/** The latency of requests that wait for nothing, as learned, in seconds: no number of pods makes it shorter. */
export const learnedUnloadedSeconds = ({ stated, latencySeconds }: LearnedProfile): number =>
  (latencySeconds / stated.latencySeconds) * unloadedLatencySeconds(stated);

/** The latency that a unit's requests may have before it counts as too slow for its objective, in seconds. */
export const allowedSeconds = (stated: Profile, objective: Pick<Objective, 'latencySeconds'>): number => {
  const unloadedSeconds = unloadedLatencySeconds(stated);
  return unloadedSeconds <= objective.latencySeconds ? objective.latencySeconds : SLOWER_THAN_STATED * unloadedSeconds;
};

/**
 * The objective by which the pods of a unit are counted. None brings a slow unit within its objective: it gets those that its requests
 * keep busy.
 */
export const sizingObjective = <Promise extends Pick<Objective, 'latencySeconds'>>(objective: Promise, isSlow: boolean): Promise =>
  isSlow ? { ...objective, latencySeconds: 0 } : objective;

/** A finding for each slow unit: the loop adds no pods to make it faster. */
export const slownessFindings = ({
  fleet,
  profiles,
  slowUnits,
  sparedUnits,
}: {
  readonly fleet: Pick<Fleet, 'objective'>;
  readonly profiles: Readonly<Record<string, LearnedProfile>>;
  readonly slowUnits: ReadonlySet<string>;
  readonly sparedUnits: ReadonlyMap<string, number>;
}): readonly Finding[] =>
  [...slowUnits].map((subject) => {
    const learned = profiles[subject]!;
    const takes = `a request takes ${learnedUnloadedSeconds(learned).toFixed(2)} s when it waits for nothing`;
    const allowed = `the objective allows ${allowedSeconds(learned.stated, fleet.objective).toFixed(2)} s`;
    const traffic = sparedUnits.has(subject) ? '; other units take its traffic as far as they have room' : '';
    return { code: 'Slow', subject, message: `${takes}, ${allowed}: more pods do not make it faster, and none are added for it${traffic}` };
  });

/** The first probe of a slow unit comes after this time, each later one after as long as it has been slow. */
const MIN_PROBE_SECONDS = 1800;
const MAX_PROBE_SECONDS = 86_400;

/**
 * The profile after a minute, with the time since when its unit has been too slow for its objective, whatever the number of pods.
 *
 * A slow unit is spared requests, and so tells nothing more. Now and then it is probed with a few: as long as they are answered within
 * the objective, the probe goes on.
 *
 * @param evidence what the minute showed
 */
export const withSlowness = (
  profile: LearnedProfile,
  objective: Pick<Objective, 'latencySeconds'>,
  evidence: Evidence | undefined,
  startSeconds: number,
): LearnedProfile => {
  const mostSeconds = allowedSeconds(profile.stated, objective);
  const isSlow = learnedUnloadedSeconds(profile) > mostSeconds * (profile.slowSinceSeconds === undefined ? 1 : 1 - HYSTERESIS);
  if (!isSlow && profile.slowSinceSeconds === undefined && profile.nextProbeSeconds === undefined) return profile;
  const { slowSinceSeconds, nextProbeSeconds, ...learned } = profile;
  if (!isSlow) return learned;
  const since = slowSinceSeconds ?? startSeconds;
  const slow = { ...learned, slowSinceSeconds: since };
  if (evidence === undefined) return { ...slow, nextProbeSeconds: nextProbeSeconds ?? startSeconds + MIN_PROBE_SECONDS };
  const isFast = slowSinceSeconds !== undefined && evidence.latencySeconds <= mostSeconds;
  const restSeconds = Math.max(MIN_PROBE_SECONDS, Math.min(MAX_PROBE_SECONDS, startSeconds - since));
  return { ...slow, nextProbeSeconds: isFast ? startSeconds : startSeconds + restSeconds };
};
