import type { Io } from './io';
import { type Style, styleFor } from './style';

export interface PrintOptions {
  readonly json?: boolean;
}

/** Prints a result: with `--json` the value itself, otherwise a text about it. */
export const print = (io: Io, options: PrintOptions, value: unknown, text: (style: Style) => string): void => {
  io.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : text(styleFor(io.stdout, io.environment)));
};
