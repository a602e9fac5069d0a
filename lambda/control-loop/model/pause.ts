import { parseRfc3339, rfc3339 } from './times';

/**
 * Directions in which the loop may not scale a fleet, and until when; without an end, until someone resumes it. Traffic leaves a unit that
 * cannot serve all the same.
 */
export interface Pause {
  readonly up: boolean;
  readonly down: boolean;
  /** Seconds since the epoch. */
  readonly untilSeconds?: number;
}

/** Directions that can be paused. */
export const pauseDirections = ['up', 'down', 'all'] as const;
export type PauseDirection = (typeof pauseDirections)[number];

const PAUSE = /^(up|down|all)(?: until (\S+))?$/;

/** Reads the pause annotation. A value that cannot be read pauses everything, without end: whoever wrote it wanted less, not more. */
export const readPause = (value: string | undefined): Pause => {
  if (value === undefined) return NOT_PAUSED;
  const [, direction, until] = PAUSE.exec(value) ?? [];
  const untilSeconds = until === undefined ? undefined : parseRfc3339(until);
  if (direction === undefined || (until !== undefined && untilSeconds === undefined)) return { up: true, down: true };
  return { up: direction !== 'down', down: direction !== 'up', ...(untilSeconds === undefined ? {} : { untilSeconds }) };
};

/** The value of the pause annotation. */
export const pauseText = (direction: PauseDirection, untilSeconds?: number): string =>
  untilSeconds === undefined ? direction : `${direction} until ${rfc3339(Math.round(untilSeconds))}`;

/** Nothing is held back. */
export const NOT_PAUSED: Pause = { up: false, down: false };

/** The pause as it holds at a time: none once it has ended. */
export const pauseAt = (pause: Pause, nowSeconds: number): Pause =>
  pause.untilSeconds !== undefined && pause.untilSeconds <= nowSeconds ? NOT_PAUSED : pause;
