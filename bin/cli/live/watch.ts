import { formatProblems, InvalidInputError } from '../../../lambda/control-loop/errors';
import { exitCodes, type Io } from '../io';
import { ClusterError } from './cluster-error';

/** What is printed, and by what it is known to have changed. */
export interface Frame {
  readonly text: string;
  readonly version: string;
}

/** How often the cluster is asked, in seconds: the loop decides once a minute, and ages move on. */
const REFRESH_SECONDS = 5;

/** A screen of its own, no cursor, long lines cut: one that wraps would push the first ones off the screen. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/**
 * Shows frames one after another until Ctrl-C, which is how it is meant to end. On a terminal they are drawn in place, on a screen
 * of their own; elsewhere one is written only when something in it has changed.
 *
 * What goes wrong with the first frame ends it; later the last frame stays, with what is wrong below it.
 */
export const watch = async (io: Io, next: (signal: AbortSignal) => Promise<Frame>): Promise<number> => {
  const ending = new AbortController();
  const release = io.onInterrupt(() => ending.abort());
  const isTerminal = io.stdout.isTTY === true;
  let last: Frame | undefined;
  let trouble: string | undefined;
  try {
    while (!ending.signal.aborted) {
      const before = { version: last?.version, trouble };
      try {
        const frame = await next(ending.signal);
        if (isTerminal && last === undefined) io.stdout.write(ENTER);
        last = frame;
        trouble = undefined;
      } catch (error) {
        if (ending.signal.aborted) break;
        if (last === undefined || !(error instanceof ClusterError || error instanceof InvalidInputError)) throw error;
        trouble = error instanceof ClusterError ? error.message : formatProblems(error.problems);
      }
      if (isTerminal) draw(io, trouble === undefined ? last.text : `${last.text}\nNO ANSWER, what is above is old: ${trouble}\n`);
      else if (trouble !== undefined && trouble !== before.trouble) io.stderr.write(`no answer: ${trouble}\n`);
      else if (trouble === undefined && last.version !== before.version) io.stdout.write(last.text);
      await io.sleep(REFRESH_SECONDS, ending.signal);
    }
  } finally {
    release();
    // The terminal gets back what it showed before, and below it what was seen last.
    if (isTerminal && last !== undefined) io.stdout.write(`${LEAVE}${last.text}`);
  }
  return exitCodes.done;
};

/** Draws over what is there, so that nothing flickers; what does not fit is cut. */
const draw = (io: Io, text: string): void => {
  const { rows } = io.stdout;
  const lines = text.split('\n').slice(0, rows ? Math.max(1, rows - 1) : undefined);
  io.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
};
