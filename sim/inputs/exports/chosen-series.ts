import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';

/** Throws `InvalidInputError` where a name given with `--series` is none of the export's: it would silently choose nothing. */
export const refuseUnknownSeries = (asked: readonly string[], known: Iterable<string>, word: string): void => {
  const names = [...new Set(known)].sort();
  const problems = asked
    .filter((name) => !names.includes(name))
    .map((name) => {
      const fix = didYouMean(name, names);
      return {
        where: '--series',
        given: JSON.stringify(name),
        expected: `a ${word} of the export: ${names.join(', ')}`,
        ...(fix === undefined ? {} : { fix }),
      };
    });
  if (problems.length > 0) throw new InvalidInputError(problems);
};
