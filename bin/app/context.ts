import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import type { Accelerator } from '../../lib';
import { DEFAULT_ACCELERATORS, DEFAULT_MODEL } from './units';

/** What `--context` chooses of the default app. */
export interface Choices {
  readonly region: string;
  readonly accelerators: readonly Accelerator[];
  readonly model: string;
  readonly spot: boolean;
}

const NAMES: readonly string[] = ['region', 'accelerators', 'model', 'spot'] satisfies (keyof Choices)[];

/** A context value that the app cannot use: the message says which, and what is expected. */
export class InvalidContextError extends Error {
  override readonly name = 'InvalidContextError';
}

const refuse = (name: string, given: unknown, expected: string, advice?: string): never => {
  const how = `Pass it as --context ${name}=..., or set it in cdk.json.`;
  throw new InvalidContextError(
    `context \`${name}\`: given ${JSON.stringify(given)}, expected ${expected}${advice === undefined ? '' : `; ${advice}`}. ${how}`,
  );
};

const text = (name: string, given: unknown, fallback: string, pattern: RegExp, expected: string): string => {
  const value = given ?? fallback;
  return typeof value === 'string' && pattern.test(value) ? value : refuse(name, given, expected);
};

const acceleratorOf = (name: string): Accelerator => {
  const known = [...DEFAULT_ACCELERATORS.keys()];
  return DEFAULT_ACCELERATORS.get(name) ?? refuse('accelerators', name, `names among ${known.join(', ')}`, didYouMean(name, known));
};

/** Reads the choices; throws `InvalidContextError` at the first that is invalid. */
export const readChoices = (contextOf: (name: string) => unknown): Choices => {
  const names = text(
    'accelerators',
    contextOf('accelerators'),
    'INFERENTIA2,A10G,L4',
    /^\w+(,\w+)*$/,
    'names of accelerators, separated by commas',
  ).split(',');
  const spot = contextOf('spot') ?? 'true';
  return {
    region: text('region', contextOf('region'), 'us-west-2', /^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region, such as us-west-2'),
    accelerators: names.map(acceleratorOf),
    model: text('model', contextOf('model'), DEFAULT_MODEL, /^[\w.-]+\/[\w.-]+$/, 'a Hugging Face model, as <organisation>/<name>'),
    spot: spot === true || spot === 'true' || (spot === false || spot === 'false' ? false : refuse('spot', spot, 'true or false')),
  };
};

/** One warning for each name that this app does not read. Names of the CDK itself have colons, slashes or hyphens in them. */
export const contextWarnings = (names: readonly string[]): readonly string[] =>
  names
    .filter((name) => /^\w+$/.test(name) && !NAMES.includes(name))
    .map((name) => `context \`${name}\` is not used: ${didYouMean(name, NAMES) ?? `this app reads ${NAMES.join(', ')}`}`);
