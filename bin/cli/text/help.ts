/** How the command line is called; it stands in help and in advice. */
export const COMMAND = 'adaptive-inference';

export const EXIT_CODES =
  'Exit codes: 0 done, 1 objective missed (only with --fail-below) or cluster out of reach, 2 bad input or not found';

/** Examples for the end of a help text, and what else there is to know. */
export const examples = (commands: readonly string[], ...more: readonly string[]): string =>
  ['', 'Examples:', ...commands.map((command) => `  $ ${COMMAND} ${command}`), ...more.flatMap((part) => ['', part])].join('\n');
