import * as z from 'zod/mini';
import { didYouMean } from '../model/did-you-mean';
import { type FieldPath, type FieldProblem, rounded, shown, type Validated } from '../model/field-problem';
import { expectedWords, fieldNames, maximumOf, oneOf, schemaAt } from './schema-words';

/** Parses an input with a schema: its value with all defaults, or everything that is wrong with it. */
export const validate = <Schema extends z.ZodMiniType>(schema: Schema, input: unknown): Validated<z.output<Schema>> => {
  const result = z.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.flatMap((issue) => fieldProblems(schema, input, issue));
  return { ok: false, problems: firstOfEachField(problems) };
};

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
        isUnknownField: true as const,
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
