/** A template as comparisons read it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A resource of CloudFormation. */
export interface Resource {
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  /** Path of its construct. */
  readonly path: string;
  readonly properties: Readonly<Record<string, Json>>;
  readonly dependsOn: readonly string[];
}

export type Resources = ReadonlyMap<string, Resource>;

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The resource that a value refers to, and the attribute; undefined if it is no reference. */
const referenceIn = (value: Json): { readonly id: string; readonly attribute: string } | undefined => {
  if (!isObject(value)) return undefined;
  if (typeof value.Ref === 'string') return { id: value.Ref, attribute: '' };
  const getAtt = value['Fn::GetAtt'];
  if (Array.isArray(getAtt)) return { id: String(getAtt[0]), attribute: `.${String(getAtt[1])}` };
  return undefined;
};

/** Ids of all resources that a value refers to. */
export const referencesIn = (value: Json): readonly string[] => {
  const reference = referenceIn(value);
  if (reference !== undefined) return [reference.id];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isObject(value) ? Object.values(value).flatMap(referencesIn) : [];
};

/**
 * A value in which references are text, so that texts with references can be parsed and compared. A reference to one of the `renewed`
 * resources is another text: its value changes with the deployment.
 */
export const literal = (value: Json, renewed: ReadonlySet<string>): Json => {
  const reference = referenceIn(value);
  if (reference !== undefined) return `\${${reference.id}${reference.attribute}${renewed.has(reference.id) ? ', replaced' : ''}}`;
  if (Array.isArray(value)) return value.map((item) => literal(item, renewed));
  if (!isObject(value)) return value;
  const join = value['Fn::Join'];
  if (Array.isArray(join) && Array.isArray(join[1])) {
    return (join[1] as readonly Json[]).map((part) => textOf(literal(part, renewed))).join(String(join[0]));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item, renewed)]));
};

/** A value within a text, without quotes, which would end a string of JSON. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : `\${${JSON.stringify(value).replaceAll('"', "'")}}`);

/** A field that differs. */
export interface FieldChange {
  /** Names of members, and of elements of lists that have names. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** By what the elements of a list are told apart, in this order. */
const ELEMENT_KEYS = ['name', 'key', 'Key'] as const;

const keyOf = (element: Json): string | undefined => {
  if (!isObject(element)) return undefined;
  const key = ELEMENT_KEYS.map((name) => element[name]).find((name) => typeof name === 'string');
  return key === undefined ? undefined : String(key);
};

/** A list of named elements as a map; undefined if some have no name, or the same one. */
const byName = (list: readonly Json[]): Readonly<Record<string, Json>> | undefined => {
  const named = list.map((element) => [keyOf(element), element] as const);
  const names = new Set(named.map(([name]) => name));
  if (names.has(undefined) || names.size < list.length) return undefined;
  return Object.fromEntries(named.map(([name, element]) => [String(name), element]));
};

/** The fields that differ between two values. The order of named elements is a field of its own, `order`. */
export const fieldChanges = (before: Json | undefined, after: Json | undefined, path = ''): readonly FieldChange[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isObject(before) && isObject(after)) return membersOf(before, after, (name) => (path === '' ? name : `${path}.${name}`));
  if (Array.isArray(before) && Array.isArray(after)) {
    const [named, others] = [byName(before), byName(after)];
    if (named && others) {
      const changes = membersOf(named, others, (name) => `${path}[${name}]`);
      return changes.length > 0 ? changes : [{ path: `${path}, the order`, before, after }];
    }
    if (before.length === after.length && before.every(isObject)) {
      return membersOf(
        Object.fromEntries(Object.entries(before)),
        Object.fromEntries(Object.entries(after)),
        (index) => `${path}[${index}]`,
      );
    }
  }
  return [{ path, before, after }];
};

const membersOf = (
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
  pathTo: (name: string) => string,
): readonly FieldChange[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => fieldChanges(before[name], after[name], pathTo(name)));
