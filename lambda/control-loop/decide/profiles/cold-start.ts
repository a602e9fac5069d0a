import type { Profile } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';
import type { PodStart } from '../../model/observation';

/** Starts that are remembered. */
const REMEMBERED = 10;
/** The last group of a uid is random: enough of it to tell the pods of a unit apart. */
const UID_LETTERS = 12;

/**
 * The cold start that nine of ten pods stay within: of the ten youngest starts the second longest, where ten are not seen yet the
 * stated one in place of each that is missing. So two slow starts count at once, fast ones only when nine of ten are.
 *
 * @param maxSeconds a longer start is none: the pod was held up by something else
 */
export const learnColdStart = (
  stated: Profile,
  previous: Pick<LearnedProfile, 'coldStartsSeconds' | 'readySeconds' | 'startedPods'>,
  starts: readonly PodStart[],
  maxSeconds: number,
): Pick<LearnedProfile, 'coldStartSeconds' | 'coldStartsSeconds' | 'readySeconds' | 'startedPods'> => {
  const seen = previous.readySeconds ?? Number.NEGATIVE_INFINITY;
  const fresh = starts.filter(({ readySeconds }) => Number.isFinite(readySeconds) && readySeconds > seen);
  const started = previous.startedPods ?? {};
  const first = fresh.filter(({ launchedNode, uid }) => launchedNode && !Object.hasOwn(started, keyOf(uid)));
  const durations = first
    .sort((a, b) => a.readySeconds - b.readySeconds)
    .map(({ createdSeconds, readySeconds }) => readySeconds - createdSeconds)
    .filter((seconds) => seconds > 0 && seconds <= maxSeconds);
  const coldStartsSeconds = [...(previous.coldStartsSeconds ?? []), ...durations].slice(-REMEMBERED);
  const missing = new Array<number>(REMEMBERED - coldStartsSeconds.length).fill(stated.coldStartSeconds);
  const readySeconds = Math.max(seen, ...fresh.map((start) => start.readySeconds));
  const counted = [...Object.entries(started), ...first.map(({ uid, createdSeconds }) => [keyOf(uid), createdSeconds] as const)];
  const startedPods = Object.fromEntries(counted.filter(([, createdSeconds]) => createdSeconds + maxSeconds > readySeconds));
  return {
    coldStartSeconds: [...coldStartsSeconds, ...missing].sort((a, b) => b - a)[1]!,
    ...(coldStartsSeconds.length > 0 && { coldStartsSeconds }),
    ...(Number.isFinite(readySeconds) && { readySeconds }),
    ...(Object.keys(startedPods).length > 0 && { startedPods }),
  };
};

const keyOf = (uid: string): string => uid.slice(-UID_LETTERS);
