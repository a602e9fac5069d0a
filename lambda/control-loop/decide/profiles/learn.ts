import type { LearningSpec, Objective, Profile } from '../../model/fleet';
import { isParted, type LearnedProfile } from '../../model/learned-profile';
import type { PodStart } from '../../model/observation';
import { learnColdStart } from './cold-start';
import { type Evidence, evidenceOf, type SeenMinute } from './evidence';
import { unloadedLatencySeconds } from './latency-model';
import { isOverload, paceOf, readingOf, sustainedAfter, type Times, timesOf } from './reading';
import { withSlowness } from './slow';

type LearningBounds = Pick<LearningSpec, 'minimumFactor' | 'maximumFactor'>;

/** What was observed of a unit. */
export interface UnitEvidence {
  /** Complete minutes, the one before the first new one among them. */
  readonly minutes: readonly SeenMinute[];
  /** Its pods that are ready. */
  readonly starts: readonly PodStart[];
}

/** A correction by less than this is left alone. */
const DEADBAND = 1.05;
/** So many requests beyond the percentile, in two minutes in a row or more, show a slower unit: fewer are slow requests of their own. */
const CONFIRMING_REQUESTS = 4;
/** By how much a unit may become faster in a minute. */
const RECOVERY = 0.02;
/** The same of its throughput while its pods are too idle to show it: an idle pod answers as fast, whatever it could serve. */
const IDLE_RECOVERY = RECOVERY / 2;
const IDLE_UTILIZATION = 0.5;
/** A latency that falls by more than this in a minute is that of a queue being worked off. */
const FALLING = 0.2;
/** What was learned is slowly forgotten after this time without evidence, so that a unit without traffic gets another try. */
const FORGET_AFTER_SECONDS = 86_400;

/**
 * The profile of a unit as observed: what was known before, brought up to date.
 *
 * Every minute with evidence tells how many times as long as stated a request takes and how much less a pod serves. Slower counts at
 * once: as soon as a second minute confirms it, with few requests some more, an overload as soon as it is seen. Faster counts by a few
 * percent a minute. Each
 * minute counts once and in its turn, whenever and however often this is called.
 *
 * @param previous what was learned before; where it is left out, the stated profile is what is known
 */
export const learnProfile = (
  stated: Profile,
  objective: Pick<Objective, 'latencySeconds' | 'percentile'>,
  bounds: LearningBounds,
  previous: LearnedProfile | undefined,
  { minutes, starts }: UnitEvidence,
): LearnedProfile => {
  const readySeconds = starts.map((start) => start.readySeconds);
  let learned = resumed(stated, previous);
  const lookedAtSeconds = learned.minuteSeconds ?? Number.NEGATIVE_INFINITY;
  const byStart = new Map<number, SeenMinute>();
  for (const minute of minutes) byStart.set(minute.startSeconds, minute);
  const unseen = [...byStart.keys()].filter((startSeconds) => startSeconds > lookedAtSeconds);
  for (const startSeconds of unseen.sort((a, b) => a - b)) {
    const evidence = evidenceOf(startSeconds, byStart, objective.percentile, readySeconds);
    const next =
      evidence === undefined ? forgotten(learned, byStart.get(startSeconds)!) : corrected(learned, evidence, objective.percentile);
    const minute = { ...bounded(next, bounds), minuteSeconds: startSeconds };
    learned = withSlowness(withParting(minute, startSeconds), objective, evidence, startSeconds);
  }
  const { startedPods: _, ...rest } = learned;
  return bounded({ ...rest, ...learnColdStart(stated, learned, starts, stated.coldStartSeconds / bounds.minimumFactor) }, bounds);
};

/** What was learned before, where it was learned of the same stated profile. */
const resumed = (stated: Profile, previous: LearnedProfile | undefined): LearnedProfile => {
  const { throughputPerMinute, latencySeconds, coldStartSeconds } = stated;
  const own = { throughputPerMinute, latencySeconds, coldStartSeconds };
  if (previous === undefined) return { ...own, stated: own };
  const isSame = (['throughputPerMinute', 'latencySeconds', 'coldStartSeconds'] as const).every((key) => previous.stated[key] === own[key]);
  if (isSame) return previous;
  const { minuteSeconds, readySeconds, startedPods } = previous;
  return {
    ...own,
    stated: own,
    ...(minuteSeconds !== undefined && { minuteSeconds }),
    ...(readySeconds !== undefined && { readySeconds }),
    ...(startedPods !== undefined && { startedPods }),
  };
};

const corrected = (learned: LearnedProfile, evidence: Evidence, percentile: number): LearnedProfile => {
  const { stated, suspected } = learned;
  const known = timesOf(learned, stated);
  const { low, high } = readingOf(learned, evidence, percentile);
  const isSettled = evidence.givenUp === undefined;
  const isFalling = evidence.latencySeconds < (1 - FALLING) * evidence.before.latencySeconds;
  const before = suspected && timesOf(suspected, stated);
  const slowRequests = (suspected?.slowRequests ?? 0) + evidence.answered * (1 - percentile / 100);
  const isConfirmed = before !== undefined && slowRequests >= CONFIRMING_REQUESTS;
  const confirming = isOverload(evidence, known.latency * unloadedLatencySeconds(stated)) ? low : isConfirmed ? before : undefined;
  const isSlower = (of: keyof Times): boolean => !isFalling && low[of] > DEADBAND * known[of];
  const next = (of: keyof Times, recovery: number): number => {
    const slower = Math.min(low[of], confirming?.[of] ?? 0);
    if (isSlower(of) && slower > DEADBAND * known[of]) return slower;
    return isSettled && high[of] < known[of] ? Math.max(high[of], known[of] * (1 - recovery)) : known[of];
  };
  const isBusy = evidence.answered / evidence.pods >= IDLE_UTILIZATION * learned.throughputPerMinute;
  const times = { throughput: next('throughput', isBusy ? RECOVERY : IDLE_RECOVERY), latency: next('latency', RECOVERY) };
  const sustained = isSettled ? sustainedAfter(learned.sustained, evidence) : learned.sustained;
  return {
    ...withoutSuspicion(learned),
    ...paceOf(times, stated),
    evidenceSeconds: evidence.startSeconds,
    ...((isSlower('throughput') || isSlower('latency')) && {
      suspected: { ...paceOf(before === undefined || isConfirmed ? low : leastOf(low, before), stated), slowRequests },
    }),
    ...(sustained && { sustained }),
  };
};

const withoutSuspicion = (learned: LearnedProfile): LearnedProfile => {
  if (learned.suspected === undefined) return learned;
  const { suspected: _, ...rest } = learned;
  return rest;
};

const leastOf = (one: Times, other: Times): Times => ({
  throughput: Math.min(one.throughput, other.throughput),
  latency: Math.min(one.latency, other.latency),
});

/** What is known after a minute without evidence. */
const forgotten = (learned: LearnedProfile, { startSeconds, answered }: SeenMinute): LearnedProfile => {
  if (answered === undefined || startSeconds - (learned.evidenceSeconds ?? startSeconds) <= FORGET_AFTER_SECONDS) return learned;
  const { throughput, latency } = timesOf(learned, learned.stated);
  const nearer = (times: number): number => (times > 1 ? Math.max(1, times * (1 - RECOVERY)) : Math.min(1, times * (1 + RECOVERY)));
  return { ...learned, ...paceOf({ throughput: nearer(throughput), latency: nearer(latency) }, learned.stated) };
};

const withParting = (learned: LearnedProfile, startSeconds: number): LearnedProfile => {
  const isNow = isParted(learned, learned.stated);
  if (!isNow && learned.partedSinceSeconds === undefined) return learned;
  const { partedSinceSeconds, ...rest } = learned;
  return isNow ? { ...rest, partedSinceSeconds: partedSinceSeconds ?? startSeconds } : rest;
};

const bounded = (learned: LearnedProfile, { minimumFactor, maximumFactor }: LearningBounds): LearnedProfile => {
  const { stated } = learned;
  const throughputPerMinute = within(
    learned.throughputPerMinute,
    stated.throughputPerMinute * minimumFactor,
    stated.throughputPerMinute * maximumFactor,
  );
  const duration = (of: 'latencySeconds' | 'coldStartSeconds'): number =>
    within(learned[of], stated[of] / maximumFactor, stated[of] / minimumFactor);
  const latencySeconds = duration('latencySeconds');
  const coldStartSeconds = duration('coldStartSeconds');
  const isWithin =
    throughputPerMinute === learned.throughputPerMinute &&
    latencySeconds === learned.latencySeconds &&
    coldStartSeconds === learned.coldStartSeconds;
  return isWithin ? learned : { ...learned, throughputPerMinute, latencySeconds, coldStartSeconds };
};

const within = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
