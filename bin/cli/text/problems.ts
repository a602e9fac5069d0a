import { InvalidInputError, type Problem } from '../../../lambda/control-loop/errors';
import type { Style } from './style';

/** Problems shown at once; the first ones explain most of the others. */
const MAX_SHOWN = 20;

/** Problems as text: where, what was given, what was expected, how to fix it. */
export const problemText = (problems: readonly Problem[], style: Style): string => {
  const shown = problems.slice(0, MAX_SHOWN).map((problem) => {
    const lines = [
      `${style('red', 'error')} ${style('bold', problem.where)}`,
      `  given     ${problem.given}`,
      `  expected  ${problem.expected}`,
    ];
    if (problem.fix !== undefined) lines.push(`  fix       ${problem.fix}`);
    return lines.join('\n');
  });
  const hidden = problems.length - shown.length;
  if (hidden > 0) shown.push(`and ${hidden} more`);
  return `${shown.join('\n')}\n`;
};

/** Throws an error about one input. */
export const refuse = (where: string, given: string, expected: string, fix?: string): never => {
  throw new InvalidInputError([{ where, given, expected, ...(fix === undefined ? {} : { fix }) }]);
};
