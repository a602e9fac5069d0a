/** How the command line is called without installing it. The package has one executable, which npx finds by the name of the package. */
export const COMMAND = 'npx cdk-adaptive-inference';

export const EXIT_CODES =
  'Exit codes: 0 done, 1 objective missed (only with --fail-below) or cluster unreachable, 2 invalid input or not found';

/** Examples for the end of a help text, and what else there is to know. */
export const examples = (commands: readonly string[], ...more: readonly string[]): string =>
  ['', 'Examples:', ...commands.map((command) => `  $ ${COMMAND} ${command}`), ...more.flatMap((part) => ['', part])].join('\n');
