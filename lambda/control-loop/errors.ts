/** A Kubernetes API call that was not answered with success. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';

  constructor(
    message: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Another writer was faster, a `test` failed, or another manager owns the field. */
  get isConflict(): boolean {
    return this.status === 409 || this.status === 422;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/** The router of a fleet does not exist. */
export class RouterNotFoundError extends Error {
  override readonly name = 'RouterNotFoundError';
}

/** The weights of a router are not those on which new ones were decided. */
export class WeightsChangedError extends Error {
  override readonly name = 'WeightsChangedError';

  /**
   * @param unit name of the unit whose weight changed
   * @param present its weight, `undefined` where the router has none
   */
  constructor(unit: string, present: number | undefined, observed: number | undefined) {
    super(`weight of ${unit} is ${present ?? 'absent'} now, ${observed ?? 'absent'} when it was observed`);
  }
}

/** Input that does not have the shape or sense it should have; the message names place, what was given and what was expected. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';

  constructor(readonly problems: readonly Problem[]) {
    super(formatProblems(problems));
  }
}

/** One thing wrong with an input. */
export interface Problem {
  /** File, field or line, for example `fleet.json: units[2].profile.latencySeconds` or `load.csv:17`. */
  readonly where: string;
  readonly given: string;
  readonly expected: string;
  /** What the user can do about it, where it is not plain. */
  readonly fix?: string;
}

/** All problems as text, one a line. */
export const formatProblems = (problems: readonly Problem[]): string => problems.map(formatProblem).join('\n');

const formatProblem = (problem: Problem): string =>
  `${problem.where}: given ${problem.given}, expected ${problem.expected}${problem.fix ? `; ${problem.fix}` : ''}`;
