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

/** For example `us-west-2a refused 3 times, next probe in 1 min 18 s`. */
export const shortageText = ({ zone, failures, nextProbeSeconds, probeOpenedSeconds }: Shortage, nowSeconds: number): string => {
  const place = zone === 'unknown' ? '' : `${zone} `;
  const left = Math.round(nextProbeSeconds - nowSeconds);
  const probe = probeOpenedSeconds !== undefined ? 'probe open' : left > 0 ? `next probe in ${duration(left)}` : 'probe due';
  return `${place}refused ${failures === 1 ? 'once' : `${failures} times`}, ${probe}`;
};

/** How long ago a time was, for example `12 s`. */
export const ageText = (time: string, nowSeconds: number): string => {
  const seconds = parseRfc3339(time);
  return seconds === undefined ? 'an unknown time' : duration(Math.max(0, Math.round(nowSeconds - seconds)));
};
