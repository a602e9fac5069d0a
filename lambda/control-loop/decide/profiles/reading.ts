import type { Profile } from '../../model/fleet';
import type { LearnedProfile, Pace } from '../../model/learned-profile';
import { stationOf } from '../../model/profile';
import type { Evidence } from './evidence';
import { type Load, slowdownOf, unloadedLatencySeconds } from './latency-model';

/** What queues for this long, and for ten times what a request takes, has met an overload and no stall: one minute of that is enough. */
const OVERLOAD_SECONDS = 15;
const OVERLOAD_LATENCIES = 10;
/** Rates and latencies that differ by less than this from one minute to the next are steady. */
const STEADY = 0.2;
/** Latencies this near to each other are those of one condition of the unit. */
const SAME_CONDITION = 0.25;
const SUSTAINED_FOR_SECONDS = 1800;
/** Where a load this much lighter left the latency within this part, it is not one of waiting: a queue would have become far shorter. */
const LIGHTER_LOAD = 0.75;
const UNMOVED = 0.1;
/** A queue that explains less of the latency than this part is none. */
const EXPLAINED = 0.02;

/** How many times as long as stated: of a rate per pod its inverse, so that above 1 is slower everywhere. */
export interface Times {
  readonly throughput: number;
  readonly latency: number;
}

export const timesOf = ({ throughputPerMinute, latencySeconds }: Pace, stated: Profile): Times => ({
  throughput: stated.throughputPerMinute / throughputPerMinute,
  latency: latencySeconds / stated.latencySeconds,
});

export const paceOf = ({ throughput, latency }: Times, stated: Profile): Pace => ({
  throughputPerMinute: stated.throughputPerMinute / throughput,
  latencySeconds: stated.latencySeconds * latency,
});

/** Whether requests met a queue that grew all minute long. */
export const isOverload = ({ latencySeconds, before }: Evidence, usualSeconds: number): boolean =>
  latencySeconds > before.latencySeconds && isLong(latencySeconds, usualSeconds);

const isLong = (latencySeconds: number, usualSeconds: number): boolean =>
  latencySeconds - usualSeconds > Math.max(OVERLOAD_SECONDS, OVERLOAD_LATENCIES * usualSeconds);

/**
 * What one minute tells, at the least and at the most.
 *
 * Longer requests mean fewer of them, as long as a pod works on a fixed number at once. But where a unit is known to have kept up a
 * higher rate at this very latency, the latency is not that of a queue, and more pods do not help: then it speaks of the latency alone,
 * and the throughput is at least what was kept up. The same holds where a lighter load per pod left the latency as it was.
 */
export const readingOf = (
  learned: LearnedProfile,
  evidence: Evidence,
  percentile: number,
): { readonly low: Times; readonly high: Times } => {
  const { stated, sustained } = learned;
  const { answered, pods, latencySeconds, startSeconds } = evidence;
  const slowdowns = loadsOf(learned, evidence).map((load) => slowdownOf(stated, load, latencySeconds, percentile));
  const low = Math.max(...slowdowns.map((slowdown) => slowdown.low));
  const { high } = slowdownOf(stated, { pods, requestsPerMinute: answered }, latencySeconds, percentile);
  const kept = sustained !== undefined && isSameCondition(sustained, latencySeconds, startSeconds) ? sustained : undefined;
  const most = kept === undefined ? Number.POSITIVE_INFINITY : stated.throughputPerMinute / kept.throughputPerMinute;
  const unloadedTimes = latencySeconds / unloadedLatencySeconds(stated);
  const isUnmoved =
    kept !== undefined &&
    low < (1 - EXPLAINED) * unloadedTimes &&
    isQueueless(kept, { throughputPerMinute: answered / pods, latencySeconds });
  if (low <= most && !isUnmoved) return { low: { throughput: low, latency: low }, high: { throughput: high, latency: high } };
  return {
    low: { throughput: Math.min(low, most), latency: unloadedTimes },
    high: { throughput: Math.min(high, most), latency: isUnmoved ? unloadedTimes : latencySeconds / stationOf(stated).serviceSeconds },
  };
};

/**
 * What the pods worked on, at the most.
 *
 * Pods with a long queue are busy. Where it stood in the minute before, too, they served as many requests then: if fewer are answered now,
 * the queue has come to its end, or pods work on requests that were given up. Where such requests are older than this minute, two more
 * bounds hold, and the truth is below both:
 *
 * - Pods have worked on all of them.
 * - Pods that answer have no more before them than what their answers waited for. The others are clogged: they have a minute of such work
 *   before them, or what they get would be answered. As they have worked since, a pod that n minutes of given-up requests clogged still
 *   is only if there were n + 1 minutes of work.
 */
const loadsOf = (learned: LearnedProfile, { answered, pods, latencySeconds, before, givenUp }: Evidence): readonly Load[] => {
  const { stated, throughputPerMinute } = learned;
  const usualSeconds = timesOf(learned, stated).latency * unloadedLatencySeconds(stated);
  const served = isLong(before.latencySeconds, usualSeconds) ? Math.max(answered, before.answered) : answered;
  if (givenUp === undefined) return [{ pods, requestsPerMinute: served }];
  const { now, lately, clogging } = givenUp;
  const isFirst = now === lately && served > answered && latencySeconds > before.latencySeconds;
  const answering = Math.floor(pods - clogging / throughputPerMinute);
  const queued = (pods * stated.throughputPerMinute * latencySeconds) / 60;
  return [
    { pods, requestsPerMinute: isFirst ? Math.min(served, answered + now) : answered + lately },
    ...(answering > 0 ? [{ pods: answering, requestsPerMinute: answered + Math.min(lately, queued) }] : []),
  ];
};

type Sustained = NonNullable<LearnedProfile['sustained']>;

const isSameCondition = (sustained: Sustained, latencySeconds: number, startSeconds: number): boolean =>
  startSeconds - sustained.atSeconds <= SUSTAINED_FOR_SECONDS && isNear(latencySeconds, sustained.latencySeconds, SAME_CONDITION);

/** Whether latency was the same under loads that differ. */
const isQueueless = ({ lightest }: Sustained, now: Pace): boolean => {
  if (lightest === undefined || !isUnmovedFrom(lightest, now.latencySeconds)) return false;
  const lightPerMinute = Math.min(lightest.throughputPerMinute, now.throughputPerMinute);
  return lightPerMinute <= LIGHTER_LOAD * Math.max(lightest.upToPerMinute, now.throughputPerMinute);
};

const isUnmovedFrom = ({ latencySeconds }: Pace, otherSeconds: number): boolean =>
  Math.max(latencySeconds, otherSeconds) <= (1 + UNMOVED) * Math.min(latencySeconds, otherSeconds);

/** What the unit is known to have kept up after a minute: the most of its present condition. */
export const sustainedAfter = (
  sustained: Sustained | undefined,
  { answered, pods, latencySeconds, before, startSeconds }: Evidence,
): Sustained | undefined => {
  const isSteady = isNear(latencySeconds, before.latencySeconds, STEADY) && isNear(answered / pods, before.throughputPerMinute, STEADY);
  if (!isSteady) return sustained;
  const throughputPerMinute = Math.min(answered / pods, before.throughputPerMinute);
  const now = { throughputPerMinute, latencySeconds, upToPerMinute: throughputPerMinute };
  if (sustained === undefined || !isSameCondition(sustained, latencySeconds, startSeconds)) {
    return { throughputPerMinute, latencySeconds, lightest: now, atSeconds: startSeconds };
  }
  const heaviest = throughputPerMinute > sustained.throughputPerMinute ? now : sustained;
  return {
    throughputPerMinute: heaviest.throughputPerMinute,
    latencySeconds: heaviest.latencySeconds,
    lightest: lighterOf(sustained.lightest ?? now, now),
    atSeconds: startSeconds,
  };
};

type Lightest = NonNullable<Sustained['lightest']>;

const lighterOf = (lightest: Lightest, now: Lightest): Lightest => {
  const isLighter = now.throughputPerMinute <= lightest.throughputPerMinute;
  if (isUnmovedFrom(lightest, now.latencySeconds)) {
    return { ...(isLighter ? now : lightest), upToPerMinute: Math.max(lightest.upToPerMinute, now.upToPerMinute) };
  }
  return isLighter || now.latencySeconds < lightest.latencySeconds ? now : lightest;
};

const isNear = (value: number, other: number, part: number): boolean => Math.abs(value - other) <= part * other;
