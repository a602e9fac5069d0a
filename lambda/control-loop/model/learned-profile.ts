import type { Profile } from './fleet';

/** A rate per pod, in requests per minute, and the latency that goes with it, in seconds. */
export type Pace = Pick<Profile, 'throughputPerMinute' | 'latencySeconds'>;

/** What is learned of a unit: its profile as observed, and what it takes to go on learning. Part of the memory of its fleet. */
export interface LearnedProfile extends Profile {
  /** The profile that the user stated when this was learned; another one starts over. */
  readonly stated: Profile;
  /** Since when what is learned has parted from what is stated (see `isParted`), in seconds since the epoch. */
  readonly partedSinceSeconds?: number;
  /** Since when it has been too slow for its objective with any number of pods, in seconds since the epoch. */
  readonly slowSinceSeconds?: number;
  /** When such a unit gets the next requests that tell whether it still is, in seconds since the epoch. */
  readonly nextProbeSeconds?: number;
  /** Start of the youngest minute that was looked at, in seconds since the epoch: each counts once, however many ticks see it. */
  readonly minuteSeconds?: number;
  /** Start of the youngest minute with evidence. */
  readonly evidenceSeconds?: number;
  /** What that minute suggests, and the requests beyond the percentile that suggested it in a row, until they are enough. */
  readonly suspected?: Pace & { readonly slowRequests: number };
  /**
   * The most that the unit kept up in its present condition, and when it was last seen in it; its lightest load there, and the heaviest that
   * left latency as it was.
   */
  readonly sustained?: Pace & { readonly atSeconds: number; readonly lightest?: Pace & { readonly upToPerMinute: number } };
  /** The youngest cold starts, oldest first, in seconds. */
  readonly coldStartsSeconds?: readonly number[];
  /** When the youngest pod that was looked at became ready, in seconds since the epoch. */
  readonly readySeconds?: number;
  /**
   * When pods whose start was counted were created, in seconds since the epoch, by the end of their uid, while they are young enough to be
   * counted again: a pod that becomes unready and ready does not start.
   */
  readonly startedPods?: Readonly<Record<string, number>>;
}

/** The part by which learned throughput or latency must differ from what is stated. */
const PARTED = 0.2;
/** The learned cold start is one that nine of ten pods stay within, so it lies above the mean by about as much again. */
const PARTED_COLD_START = 0.44;

/** Whether a profile as learned has parted from the stated one. */
export const isParted = (learned: Profile, stated: Profile): boolean =>
  differs(learned.throughputPerMinute, stated.throughputPerMinute, PARTED) ||
  differs(learned.latencySeconds, stated.latencySeconds, PARTED) ||
  differs(learned.coldStartSeconds, stated.coldStartSeconds, PARTED_COLD_START);

const differs = (learned: number, stated: number, part: number): boolean => Math.abs(learned - stated) > part * stated;

/** Reads a learned profile out of a status; `undefined` where it is damaged: the unit is then learned from the start. */
export const readLearnedProfile = (value: unknown): LearnedProfile | undefined => {
  if (!isRecord(value)) return undefined;
  const { stated, suspected, sustained, coldStartsSeconds, partedSinceSeconds, slowSinceSeconds, nextProbeSeconds } = value;
  const { minuteSeconds, evidenceSeconds, readySeconds, startedPods } = value;
  const sound =
    isProfile(value) &&
    isProfile(stated) &&
    (suspected === undefined || (isPace(suspected) && isNumber(suspected.slowRequests))) &&
    (sustained === undefined ||
      (isPace(sustained) &&
        isNumber(sustained.atSeconds) &&
        (sustained.lightest === undefined || (isPace(sustained.lightest) && isNumber(sustained.lightest.upToPerMinute))))) &&
    (coldStartsSeconds === undefined || (Array.isArray(coldStartsSeconds) && coldStartsSeconds.every(isPositive))) &&
    (startedPods === undefined || (isRecord(startedPods) && Object.values(startedPods).every(isNumber))) &&
    [partedSinceSeconds, slowSinceSeconds, nextProbeSeconds, minuteSeconds, evidenceSeconds, readySeconds].every(
      (time) => time === undefined || isNumber(time),
    );
  return sound ? (value as unknown as LearnedProfile) : undefined;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;
const isPace = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && isPositive(value.throughputPerMinute) && isPositive(value.latencySeconds);
const isProfile = (value: unknown): boolean => isPace(value) && isNumber(value.coldStartSeconds) && value.coldStartSeconds >= 0;
