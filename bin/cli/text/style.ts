import { styleText } from 'node:util';
import type { Io, Output } from './io';

type Format = Parameters<typeof styleText>[0];
export type Style = (format: Format, text: string) => string;

/** Colours on a terminal, unless NO_COLOR asks for none (https://no-color.org); plain text elsewhere. */
export const styleFor = (output: Output, environment: Io['environment']): Style => {
  const coloured = output.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return coloured ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
};
