import type { Profile } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';
import type { PodStart } from '../../model/observation';

/** Starts that are remembered. */
const REMEMBERED = 10;

/**
 * The cold start that nine of ten pods stay within: of the ten youngest starts the second longest, where ten are not seen yet the
 * stated one in place of each that is missing. So two slow starts count at once, fast ones only when nine of ten are.
 *
 * @param maxSeconds a longer start is none: the pod was held up by something else, or was ready before and is again
 */
export const learnColdStart = (
  stated: Profile,
  previous: Pick<LearnedProfile, 'coldStartsSeconds' | 'readySeconds'>,
  starts: readonly PodStart[],
  maxSeconds: number,
): Pick<LearnedProfile, 'coldStartSeconds' | 'coldStartsSeconds' | 'readySeconds'> => {
  const seen = previous.readySeconds ?? Number.NEGATIVE_INFINITY;
  const fresh = starts.filter(({ readySeconds }) => Number.isFinite(readySeconds) && readySeconds > seen);
  const durations = fresh
    .filter(({ launchedNode }) => launchedNode)
    .sort((a, b) => a.readySeconds - b.readySeconds)
    .map(({ createdSeconds, readySeconds }) => readySeconds - createdSeconds)
    .filter((seconds) => seconds > 0 && seconds <= maxSeconds);
  const coldStartsSeconds = [...(previous.coldStartsSeconds ?? []), ...durations].slice(-REMEMBERED);
  const missing = new Array<number>(REMEMBERED - coldStartsSeconds.length).fill(stated.coldStartSeconds);
  const readySeconds = Math.max(seen, ...fresh.map((start) => start.readySeconds));
  return {
    coldStartSeconds: [...coldStartsSeconds, ...missing].sort((a, b) => b - a)[1]!,
    ...(coldStartsSeconds.length > 0 && { coldStartsSeconds }),
    ...(Number.isFinite(readySeconds) && { readySeconds }),
  };
};
