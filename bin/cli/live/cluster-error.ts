import type { Problem } from '../../../lambda/control-loop/errors';
import { formatProblems } from '../../../lambda/control-loop/errors';

/** The cluster could not be reached or refused a request: nothing is wrong with the command line itself. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(formatProblems([problem]), options);
  }
}
