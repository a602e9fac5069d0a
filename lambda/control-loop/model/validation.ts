import * as z from 'zod/mini';
import type { Problem } from '../errors';
import { didYouMean } from './did-you-mean';
import { expectedWords, fieldNames, maximumOf, oneOf, schemaAt } from './schema-words';

/** Path of a field inside an input: keys and indices from the outside in. */
export type FieldPath = readonly (string | number)[];

/** A problem at a field of an input that has not been given a name or file yet. */
export interface FieldProblem extends Omit<Problem, 'where'> {
  readonly path: FieldPath;
}

export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Parses an input with a schema: its value with all defaults, or everything that is wrong with it. */
export const validate = <Schema extends z.ZodMiniType>(schema: Schema, input: unknown): Validated<z.output<Schema>> => {
  const result = z.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.flatMap((issue) => fieldProblems(schema, input, issue));
  return { ok: false, problems: firstOfEachField(problems) };
};

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
  problems.map(({ path, ...rest }) => ({ where: formatPath(path, root), ...rest }));

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

const fieldProblems = (schema: z.core.$ZodType, input: unknown, issue: z.core.$ZodIssue): readonly FieldProblem[] => {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const value = valueAt(input, path);
  if (issue.code === 'unrecognized_keys') {
    const owner = schemaAt(schema, path, input);
    const known = owner === undefined ? [] : fieldNames(owner, value);
    const missing = known.filter((key) => !isGiven(value, key));
    return issue.keys.map((key) => {
      // A field that is not there yet is likelier meant than one that is there already.
      const fix = didYouMean(key, missing) ?? didYouMean(key, known);
      return {
        path: [...path, key],
        given: 'a field of this name',
        expected: `only the fields ${known.join(', ')}`,
        ...(fix === undefined ? {} : { fix }),
      };
    });
  }
  const field = schemaAt(schema, path, input);
  const expected = field === undefined ? optionWords(issue) : expectedWords(field);
  const fix = adviceFor(field, path, value, issue);
  return [{ path, given: shown(value), expected, ...(fix === undefined ? {} : { fix }) }];
};

/** The field that tells the options of a union apart has no schema of its own while none is chosen. */
const optionWords = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_union' && 'options' in issue && issue.options !== undefined ? oneOf(issue.options) : issue.message;

/** What the author probably meant, where the value gives it away. */
const adviceFor = (schema: z.core.$ZodType | undefined, path: FieldPath, value: unknown, issue: z.core.$ZodIssue): string | undefined => {
  if (value === undefined) return 'add the field';
  if (issue.code === 'invalid_value' && typeof value === 'string') return didYouMean(value, issue.values.map(String));
  if (issue.code === 'invalid_union' && typeof value === 'string' && 'options' in issue && issue.options !== undefined) {
    return didYouMean(value, issue.options.map(String));
  }
  if (issue.code === 'invalid_type' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) {
    return `write ${value} without quotes`;
  }
  if (issue.code === 'too_big' && typeof value === 'number' && schema !== undefined) {
    const maximum = maximumOf(schema);
    if (maximum === 1 && value <= 100) return `a part of 1, not a percentage: ${rounded(value / 100)}?`;
    if (maximum !== undefined && String(path.at(-1)).endsWith('Seconds') && value / 1000 <= maximum) {
      return `seconds, not milliseconds: ${rounded(value / 1000)}?`;
    }
  }
  return undefined;
};

/** Without the digits that binary fractions add. */
export const rounded = (value: number): number => Number(value.toPrecision(9));

const valueAt = (input: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>((value, key) => (isGiven(value, key) ? (value as Record<string | number, unknown>)[key] : undefined), input);

const isGiven = (value: unknown, key: string | number): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, key);

/** One mistake breaks several checks of its field: the first one says it. */
const firstOfEachField = (problems: readonly FieldProblem[]): readonly FieldProblem[] => {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem.path);
    return seen.has(key) ? false : seen.add(key);
  });
};
