import type { Io } from './io';

export interface Progress {
  /** Shows how much of the work is done, 0 to 1. */
  update(fraction: number, label: string): void;
  /** Removes the bar. */
  clear(): void;
}

const SILENT: Progress = { update: () => {}, clear: () => {} };
const BAR_WIDTH = 24;
const REDRAW_AFTER_MILLISECONDS = 100;
/** Before this part of the work is done, an estimate would be too unsteady. */
const ESTIMATE_FROM = 0.02;

/** A bar with the remaining time on a terminal; nothing elsewhere. */
export const progressOn = (io: Io): Progress => {
  const { stderr } = io;
  if (stderr.isTTY !== true) return SILENT;
  const startMilliseconds = io.nowMilliseconds();
  let drawnMilliseconds = Number.NEGATIVE_INFINITY;
  let drawnLabel = '';
  return {
    update(fraction, label) {
      const now = io.nowMilliseconds();
      if (now - drawnMilliseconds < REDRAW_AFTER_MILLISECONDS && label === drawnLabel) return;
      drawnMilliseconds = now;
      drawnLabel = label;
      const line = barLine(Math.min(1, Math.max(0, fraction)), label, (now - startMilliseconds) / 1000);
      stderr.write(`\r\x1b[2K${line.slice(0, Math.max(0, (stderr.columns ?? 80) - 1))}`);
    },
    clear() {
      if (drawnMilliseconds === Number.NEGATIVE_INFINITY) return;
      drawnMilliseconds = Number.NEGATIVE_INFINITY;
      stderr.write('\r\x1b[2K');
    },
  };
};

/** For example `[############------------]  50%  about 12 s left  two-mode, seed 1`. */
const barLine = (fraction: number, label: string, elapsedSeconds: number): string => {
  const full = Math.round(fraction * BAR_WIDTH);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
  const left = fraction < ESTIMATE_FROM ? undefined : (elapsedSeconds / fraction) * (1 - fraction);
  const estimate = left === undefined ? '' : `  about ${remaining(left)} left`;
  return `${bar} ${String(Math.floor(fraction * 100)).padStart(3)}%${estimate}  ${label}`;
};

const remaining = (seconds: number): string => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`);
