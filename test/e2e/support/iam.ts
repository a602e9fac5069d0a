/** A statement of an IAM policy, without references. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** One action on one resource, with what IAM knows of the request. */
export interface AccessRequest {
  readonly action: string;
  /** An ARN, or `*` for an action that takes no resource. */
  readonly resource: string;
  /** By condition key; a key that the request lacks is left out. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

type Verdict = 'Allowed' | 'NotAllowed' | 'Denied';

/**
 * What IAM answers to a request by identity policies alone: a statement that denies wins, then one that allows, and nothing said is a no.
 * (IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".) A word that it does not know is
 * an error, not a guess.
 */
export const judge = (statements: readonly PolicyStatement[], request: AccessRequest): Verdict => {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'Denied';
  return applying.length > 0 ? 'Allowed' : 'NotAllowed';
};

const ELEMENTS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

const applies = (statement: PolicyStatement, request: AccessRequest): boolean => {
  for (const name of Object.keys(statement)) if (!ELEMENTS.has(name)) throw new Error(`policy element ${name}: not known here`);
  return (
    listOf(statement.Action).some((action) => isLike(action.toLowerCase(), request.action.toLowerCase())) &&
    listOf(statement.Resource).some((resource) => isResource(resource, request.resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, valuesOf(request, key), listOf(values))),
    )
  );
};

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** Condition keys are told apart without regard to case. */
const valuesOf = ({ context }: AccessRequest, key: string): readonly string[] | undefined => {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : listOf(found[1]);
};

/** `*` and `?` as IAM has them. */
const isLike = (pattern: string, value: string): boolean => {
  if (pattern.includes('${')) throw new Error(`policy variable in ${pattern}: not known here`);
  const expression = [...pattern].map((letter) => (letter === '*' ? '.*' : letter === '?' ? '.' : letter.replace(/[^\w]/, '\\$&')));
  return new RegExp(`^${expression.join('')}$`, 's').test(value);
};

const ARN_PARTS = 6;

/** In an ARN a wildcard ends at a colon, but for the last of its six parts. */
const isResource = (pattern: string, resource: string): boolean => {
  if (pattern === '*') return true;
  if (resource === '*') return false;
  const [patternParts, parts] = [partsOf(pattern), partsOf(resource)];
  return parts.length === patternParts.length && parts.every((part, index) => isLike(patternParts[index] ?? '', part));
};

const partsOf = (arn: string): readonly string[] => {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
};

interface Operator {
  readonly matches: (wanted: string, given: string) => boolean;
  readonly negated?: true;
}

const isSame = (wanted: string, given: string): boolean => wanted === given;

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { matches: isSame },
  StringNotEquals: { matches: isSame, negated: true },
  StringLike: { matches: isLike },
  StringNotLike: { matches: isLike, negated: true },
  ArnEquals: { matches: isResource },
  ArnLike: { matches: isResource },
};

const holds = (name: string, given: readonly string[] | undefined, wanted: readonly string[]): boolean => {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = OPERATORS[base];
  if (operator === undefined) throw new Error(`condition operator ${name}: not known here`);
  if (given === undefined) return ifExists !== undefined || set === 'ForAllValues' || (set === undefined && operator.negated === true);
  const one = (value: string): boolean => wanted.some((pattern) => operator.matches(pattern, value)) !== (operator.negated ?? false);
  if (set === undefined && given.length !== 1) throw new Error(`${name}: ${given.length} values where one is expected`);
  return set === 'ForAnyValue' ? given.some(one) : given.every(one);
};
