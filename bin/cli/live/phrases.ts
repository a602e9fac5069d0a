import type { Shortage } from '../../../lambda/control-loop/model/decision';
import { parseRfc3339 } from '../../../lambda/control-loop/model/times';
import { duration } from '../text/numbers';
import type { PauseView } from './fleet-view';

/** Parts of sentences that several commands print. */

/** For example `until 2026-03-01T14:00:00Z (2 h left)`. */
export const untilText = (until: string, nowSeconds: number): string => {
  const seconds = parseRfc3339(until);
  return seconds === undefined ? `until ${until}` : `until ${until} (${duration(Math.max(0, seconds - nowSeconds))} left)`;
};

/** For example `scale-down until 2026-03-01T14:00:00Z (2 h left), ada: night shift`. */
export const pauseText = ({ up, down, until, reason }: PauseView, nowSeconds: number): string => {
  const direction = up && down ? 'scale-up and scale-down' : up ? 'scale-up' : 'scale-down';
  const end = until === null ? 'until resumed' : untilText(until, nowSeconds);
  return `${direction} ${end}${reason === null ? '' : `, ${reason}`}`;
};

/** For example `g5.xlarge in us-west-2a refused 3 times, half-open in 1 min 18 s`. */
export const shortageText = (shortage: Shortage, nowSeconds: number): string => {
  const { failures, nextProbeSeconds, probeOpenedSeconds } = shortage;
  const left = Math.round(nextProbeSeconds - nowSeconds);
  const circuit =
    probeOpenedSeconds !== undefined ? 'half-open' : left > 0 ? `half-open in ${duration(left)}` : 'half-open at the next tick';
  return `${refusedText(shortage)}refused ${failures === 1 ? 'once' : `${failures} times`}, ${circuit}`;
};

const refusedText = ({ zone, instanceType, isQuota }: Shortage): string => {
  if (isQuota) return 'quota of the account used up, ';
  const named = [instanceType, zone === 'unknown' ? undefined : zone].filter((name) => name !== undefined);
  return named.length > 0 ? `${named.join(' in ')} ` : '';
};

/** How long ago a time was, for example `12 s`. */
export const ageText = (time: string, nowSeconds: number): string => {
  const seconds = parseRfc3339(time);
  return seconds === undefined ? 'an unknown time' : duration(Math.max(0, Math.round(nowSeconds - seconds)));
};
