import type { Accelerator } from '../../lib';
import { DEFAULT_ACCELERATORS, DEFAULT_MODEL } from './units';

/** What `--context` chooses of the default app. */
export interface Choices {
  readonly region: string;
  readonly accelerators: readonly Accelerator[];
  readonly model: string;
  readonly spot: boolean;
}

const refuse = (name: string, given: unknown, expected: string): never => {
  throw new Error(
    `context \`${name}\`: given ${JSON.stringify(given)}, expected ${expected}. Pass it as --context ${name}=..., or set it in cdk.json.`,
  );
};

const text = (name: string, given: unknown, fallback: string, pattern: RegExp, expected: string): string => {
  const value = given ?? fallback;
  return typeof value === 'string' && pattern.test(value) ? value : refuse(name, given, expected);
};

/** Reads the choices; what is wrong with one is said with what would be right. */
export const readChoices = (contextOf: (name: string) => unknown): Choices => {
  const names = text(
    'accelerators',
    contextOf('accelerators'),
    'INFERENTIA2,A10G,L4',
    /^\w+(,\w+)*$/,
    'names of accelerators with commas between them',
  ).split(',');
  const accelerators = names.map(
    (name) => DEFAULT_ACCELERATORS.get(name) ?? refuse('accelerators', name, `among ${[...DEFAULT_ACCELERATORS.keys()].join(', ')}`),
  );
  const spot = contextOf('spot') ?? 'true';
  return {
    region: text('region', contextOf('region'), 'us-west-2', /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region of AWS, such as us-west-2'),
    accelerators,
    model: text('model', contextOf('model'), DEFAULT_MODEL, /^[\w.-]+\/[\w.-]+$/, 'a model of Hugging Face, as <organisation>/<name>'),
    spot: spot === true || spot === 'true' || (spot === false || spot === 'false' ? false : refuse('spot', spot, 'true or false')),
  };
};
