import * as z from 'zod/mini';

/**
 * Plain words for what a schema expects. zod/mini carries no messages of its own, and whole ranges
 * ("a number above 0, at most 3600") tell more than the one bound that was passed.
 */

type AnySchema = z.core.$ZodType;

interface CheckDefinition {
  readonly check: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly pattern?: RegExp;
  readonly error?: unknown;
}

/** The schema at a path, through optional, default and nullable; `undefined` where the path leaves the schema. */
export const schemaAt = (schema: AnySchema, path: readonly PropertyKey[], input: unknown): AnySchema | undefined => {
  let at: AnySchema | undefined = schema;
  let value = input;
  for (const key of path) {
    if (at === undefined) return undefined;
    at = child(unwrap(at), key, value);
    value = isRecordOrArray(value) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return at;
};

/** Names of the fields of an object schema; empty for anything else. */
export const fieldNames = (schema: AnySchema, input: unknown): readonly string[] => {
  const definition = definitionOf(unwrap(schema));
  if (definition.type === 'object') return Object.keys(definition.shape);
  const option = definition.type === 'union' ? optionOf(definition, input) : undefined;
  return option === undefined ? [] : fieldNames(option, input);
};

/** What the schema expects, for example `an integer from 1 to 64 (Accelerator devices one pod asks for)`. */
export const expectedWords = (schema: AnySchema): string => {
  const description = describedAs(schema);
  return description === undefined ? shapeWords(schema) : `${shapeWords(schema)} (${description.replace(/\.$/, '')})`;
};

/** The largest value a number schema takes, if it has one. */
export const maximumOf = (schema: AnySchema): number | undefined => checksOf(unwrap(schema)).find((c) => c.check === 'less_than')?.value;

const shapeWords = (schema: AnySchema): string => {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return shapeWords(definition.innerType);
    case 'nullable':
      return `${shapeWords(definition.innerType)}, or null`;
    case 'number':
      return numberWords(schema);
    case 'string':
      return textWords(schema);
    case 'enum':
      return oneOf(Object.values(definition.entries));
    case 'literal':
      return oneOf(definition.values);
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${lengthWords(schema, 'entry', 'entries')}`;
    case 'record':
      return 'an object';
    case 'object':
      return objectWords(definition.shape);
    case 'union':
      return definition.discriminator === undefined
        ? definition.options.map(shapeWords).join(', or ')
        : `an object whose ${definition.discriminator} is ${oneOf(discriminatorsOf(definition))}`;
    default:
      return 'another value';
  }
};

const numberWords = (schema: AnySchema): string => {
  const checks = checksOf(schema);
  const above = checks.find((check) => check.check === 'greater_than');
  const below = checks.find((check) => check.check === 'less_than');
  const noun = (definitionOf(schema) as { readonly format?: string }).format === 'safeint' ? 'an integer' : 'a number';
  if (above?.inclusive && below?.inclusive) return `${noun} from ${above.value} to ${below.value}`;
  const bounds = [
    above === undefined ? undefined : `${above.inclusive ? 'at least' : 'above'} ${above.value}`,
    below === undefined ? undefined : `${below.inclusive ? 'at most' : 'below'} ${below.value}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? noun : `${noun} ${bounds.join(' and ')}`;
};

const textWords = (schema: AnySchema): string => {
  const format = checksOf(schema).find((check) => check.check === 'string_format');
  if (format !== undefined) {
    const message = typeof format.error === 'function' ? format.error({}) : undefined;
    return typeof message === 'string' ? message : `text that matches ${format.pattern?.source ?? format.format}`;
  }
  return `text${lengthWords(schema, 'character', 'characters')}`;
};

const lengthWords = (schema: AnySchema, one: string, many: string): string => {
  const checks = checksOf(schema);
  const minimum = checks.find((check) => check.check === 'min_length')?.minimum;
  const maximum = checks.find((check) => check.check === 'max_length')?.maximum;
  const noun = (count: number) => (count === 1 ? one : many);
  if (minimum !== undefined && maximum !== undefined) return ` of ${minimum} to ${maximum} ${many}`;
  if (minimum !== undefined) return ` of at least ${minimum} ${noun(minimum)}`;
  return maximum === undefined ? '' : ` of at most ${maximum} ${noun(maximum)}`;
};

const objectWords = (shape: Readonly<Record<string, AnySchema>>): string => {
  const required = Object.keys(shape).filter((key) => !mayBeLeftOut(shape[key]!));
  return required.length === 0 ? 'an object' : `an object with ${required.join(', ')}`;
};

/** `one of "a", "b"`. */
export const oneOf = (values: readonly unknown[]): string => {
  const words = values.map((value) => JSON.stringify(value));
  return words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
};

const mayBeLeftOut = (schema: AnySchema): boolean => ['optional', 'default', 'prefault'].includes(definitionOf(schema).type);

const describedAs = (schema: AnySchema): string | undefined => {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  const definition = definitionOf(schema);
  return 'innerType' in definition ? describedAs(definition.innerType) : undefined;
};

type UnionDefinition = { readonly type: 'union'; readonly options: readonly AnySchema[]; readonly discriminator?: string };
type Definition =
  | { readonly type: 'optional' | 'default' | 'prefault' | 'nullable'; readonly innerType: AnySchema }
  | { readonly type: 'number' | 'string' | 'boolean' }
  | { readonly type: 'enum'; readonly entries: Readonly<Record<string, unknown>> }
  | { readonly type: 'literal'; readonly values: readonly unknown[] }
  | { readonly type: 'array'; readonly element: AnySchema }
  | { readonly type: 'record'; readonly valueType: AnySchema }
  | { readonly type: 'object'; readonly shape: Readonly<Record<string, AnySchema>> }
  | UnionDefinition;

const definitionOf = (schema: AnySchema): Definition => schema._zod.def as unknown as Definition;

const checksOf = (schema: AnySchema): readonly CheckDefinition[] =>
  (schema._zod.def.checks ?? []).map((check) => check._zod.def as unknown as CheckDefinition);

const unwrap = (schema: AnySchema): AnySchema => {
  const definition = definitionOf(schema);
  return 'innerType' in definition ? unwrap(definition.innerType) : schema;
};

const child = (schema: AnySchema, key: PropertyKey, value: unknown): AnySchema | undefined => {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'object':
      return typeof key === 'string' && Object.hasOwn(definition.shape, key) ? definition.shape[key] : undefined;
    case 'array':
      return definition.element;
    case 'record':
      return definition.valueType;
    case 'union': {
      const option = optionOf(definition, value);
      if (option !== undefined) return child(unwrap(option), key, value);
      return undefined;
    }
    default:
      return undefined;
  }
};

/** The option of a discriminated union that the input chose. */
const optionOf = (definition: UnionDefinition, input: unknown): AnySchema | undefined => {
  const { discriminator } = definition;
  if (discriminator === undefined || !isRecordOrArray(input)) return undefined;
  const chosen = (input as Record<string, unknown>)[discriminator];
  return definition.options.find((option) => discriminatorValues(option, discriminator).includes(chosen));
};

const discriminatorValues = (option: AnySchema, discriminator: string): readonly unknown[] => {
  const definition = definitionOf(unwrap(option));
  const field = definition.type === 'object' ? definition.shape[discriminator] : undefined;
  const value = field === undefined ? undefined : definitionOf(unwrap(field));
  return value?.type === 'literal' ? value.values : [];
};

/** Values of the field that tells the options of a discriminated union apart. */
const discriminatorsOf = (definition: UnionDefinition): readonly unknown[] =>
  definition.options.flatMap((option) => discriminatorValues(option, definition.discriminator ?? ''));

const isRecordOrArray = (value: unknown): boolean => typeof value === 'object' && value !== null;
