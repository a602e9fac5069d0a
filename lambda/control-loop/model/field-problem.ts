import type { Problem } from '../errors';

/** Path of a field inside an input: keys and indices from the outside in. */
export type FieldPath = readonly (string | number)[];

/** A problem at a field of an input that has not been given a name or file yet. */
export interface FieldProblem extends Omit<Problem, 'where'> {
  readonly path: FieldPath;
  /** Set where the field is one that the schema does not have. */
  readonly isUnknownField?: true;
}

export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** `spec.units[2].profile.latencySeconds` of a path; the root alone for an empty one. */
export const formatPath = (path: FieldPath, root = ''): string => {
  const written = path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, root);
  return written === '' ? 'the whole input' : written;
};

/** The problems under the name of their input, for example `spec`. */
export const toProblems = (problems: readonly FieldProblem[], root = ''): readonly Problem[] =>
  problems.map(({ path, isUnknownField: _, ...rest }) => ({ where: formatPath(path, root), ...rest }));

/** The same problems seen from the input that holds this one at `prefix`. */
export const under = (prefix: FieldPath, problems: readonly FieldProblem[]): readonly FieldProblem[] =>
  problems.map((problem) => ({ ...problem, path: [...prefix, ...problem.path] }));

/** A value as it is shown to its author: short JSON and its type, for example `"0.9" (text)`. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'number') return `${value} (number)`;
  if (typeof value === 'boolean') return `${value} (boolean)`;
  if (typeof value === 'string') return `${shortened(JSON.stringify(value))} (text)`;
  if (Array.isArray(value)) return `${shortened(JSON.stringify(value))} (list)`;
  return `${shortened(JSON.stringify(value) ?? String(value))} (${typeof value})`;
};

const MAX_SHOWN = 60;

const shortened = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 3)}...`);

/** Without the digits that binary fractions add. */
export const rounded = (value: number): number => Number(value.toPrecision(9));
