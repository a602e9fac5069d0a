import { formatProblems, InvalidInputError } from '../../../lambda/control-loop/errors';
import { exitCodes, type Io } from '../text/io';
import { ClusterError } from './cluster-error';

/** What is printed, and a version that differs when it has changed. */
export interface Frame {
  readonly text: string;
  readonly version: string;
}

/** How often the cluster is asked, in seconds: the loop decides once a minute, and ages grow. */
const REFRESH_SECONDS = 5;

/** The alternate screen, no cursor, long lines cut: wrapped lines would push the first ones off the screen. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/**
 * Shows frames one after another until Ctrl-C. On a terminal they are drawn in place, on the alternate screen; elsewhere one is
 * written only when it has changed.
 *
 * An error in the first frame ends the watch; later the last frame stays, with the error below it.
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
      if (isTerminal)
        draw(io, trouble === undefined ? last.text : `${last.text}\nNO ANSWER, the figures above are out of date: ${trouble}\n`);
      else if (trouble !== undefined && trouble !== before.trouble) io.stderr.write(`no answer: ${trouble}\n`);
      else if (trouble === undefined && last.version !== before.version) io.stdout.write(last.text);
      await io.sleep(REFRESH_SECONDS, ending.signal);
    }
  } finally {
    release();
    // The terminal shows its previous content again, and below it the last frame.
    if (isTerminal && last !== undefined) io.stdout.write(`${LEAVE}${last.text}`);
  }
  return exitCodes.done;
};

/** Draws over the previous frame, so that nothing flickers; lines that do not fit are cut. */
const draw = (io: Io, text: string): void => {
  const { rows } = io.stdout;
  const lines = text.split('\n').slice(0, rows ? Math.max(1, rows - 1) : undefined);
  io.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
};
