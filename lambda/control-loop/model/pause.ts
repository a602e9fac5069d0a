import { parseRfc3339, rfc3339Second } from './times';

/** Directions in which a fleet is paused, and until when; without an end it is paused until someone resumes it. */
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
  if (value === undefined) return { up: false, down: false };
  const [, direction, until] = PAUSE.exec(value) ?? [];
  const untilSeconds = until === undefined ? undefined : parseRfc3339(until);
  if (direction === undefined || (until !== undefined && untilSeconds === undefined)) return { up: true, down: true };
  return { up: direction !== 'down', down: direction !== 'up', ...(untilSeconds === undefined ? {} : { untilSeconds }) };
};

/** The value of the pause annotation. */
export const pauseText = (direction: PauseDirection, untilSeconds?: number): string =>
  untilSeconds === undefined ? direction : `${direction} until ${rfc3339Second(untilSeconds)}`;

/** The directions in which a pause holds at a time. */
export const pauseAt = ({ up, down, untilSeconds }: Pause, nowSeconds: number): { readonly up: boolean; readonly down: boolean } =>
  untilSeconds !== undefined && untilSeconds <= nowSeconds ? { up: false, down: false } : { up, down };
