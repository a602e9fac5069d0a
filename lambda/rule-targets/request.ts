import { ruleResourceTypes } from '../control-loop/contract/names';

/** What CloudFormation wants done with a target group in a rule, or with the rule. */
export type Request = TargetRequest | RuleRequest;

interface RequestBase {
  readonly type: 'Create' | 'Update' | 'Delete';
  /** Stack and logical id of the resource. */
  readonly resource: string;
  /** Id that an earlier request returned. */
  readonly physicalId: string | undefined;
  /** When the request was received, in seconds since the epoch; `undefined` in the first call of a request. */
  readonly startedAtSeconds: number | undefined;
}

/** A unit's target group in a rule. */
export interface TargetRequest extends RequestBase {
  readonly kind: 'target';
  readonly properties: TargetProperties;
}

/** A listener rule. */
export interface RuleRequest extends RequestBase {
  readonly kind: 'rule';
  readonly properties: RuleProperties;
}

export interface TargetProperties {
  readonly ruleArn: string;
  readonly targetGroupArn: string;
  /** Name of the unit, for messages. */
  readonly unit: string;
  /** Fleet as `namespace/name`, for messages; empty if the router serves none. */
  readonly fleet: string;
  /** Weight while nobody is served yet. */
  readonly initialWeight: number;
  /** How long requests in flight may take, in seconds. */
  readonly drainSeconds: number;
  /** How long a removed unit may keep its traffic before the deployment fails, in seconds. */
  readonly deadlineSeconds: number;
}

interface RuleProperties {
  readonly listenerArn: string;
  readonly priority: number;
  readonly tags: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads an event of CDK's provider framework. */
export const requestOf = (event: unknown): Request => {
  const fields = fieldsOf(event, 'event');
  const type = textOf(fields, 'RequestType');
  if (type !== 'Create' && type !== 'Update' && type !== 'Delete') throw unexpected('RequestType', type, 'Create, Update or Delete');
  const startedAtSeconds = Number(fields.StartedAtSeconds ?? Number.NaN);
  const base = {
    type,
    resource: `${textOf(fields, 'StackId').split(':stack/')[1] ?? ''}/${textOf(fields, 'LogicalResourceId')}`.slice(-256),
    physicalId: typeof fields.PhysicalResourceId === 'string' ? fields.PhysicalResourceId : undefined,
    startedAtSeconds: Number.isFinite(startedAtSeconds) ? startedAtSeconds : undefined,
  } as const;
  const properties = fieldsOf(fields.ResourceProperties, 'ResourceProperties');
  switch (textOf(fields, 'ResourceType')) {
    case ruleResourceTypes.target:
      return { ...base, kind: 'target', properties: targetOf(properties) };
    case ruleResourceTypes.rule:
      return { ...base, kind: 'rule', properties: ruleOf(properties) };
    default:
      throw unexpected('ResourceType', fields.ResourceType, Object.values(ruleResourceTypes).join(' or '));
  }
};

const targetOf = (fields: Fields): TargetProperties => ({
  ruleArn: textOf(fields, 'RuleArn'),
  targetGroupArn: textOf(fields, 'TargetGroupArn'),
  unit: textOf(fields, 'Unit'),
  fleet: typeof fields.Fleet === 'string' ? fields.Fleet : '',
  initialWeight: numberOf(fields, 'InitialWeight'),
  drainSeconds: numberOf(fields, 'DrainSeconds'),
  deadlineSeconds: numberOf(fields, 'DeadlineSeconds'),
});

const ruleOf = (fields: Fields): RuleProperties => ({
  listenerArn: textOf(fields, 'ListenerArn'),
  priority: numberOf(fields, 'Priority'),
  tags: Object.fromEntries(Object.entries(fieldsOf(fields.Tags ?? {}, 'Tags')).map(([key, value]) => [key, String(value)])),
});

const fieldsOf = (value: unknown, name: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(name, value, 'an object');
  return value as Fields;
};

const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw unexpected(name, value, 'a text');
  return value;
};

/** CloudFormation sends numbers as texts. */
const numberOf = (fields: Fields, name: string): number => {
  const text = textOf({ [name]: String(fields[name] ?? '') }, name);
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw unexpected(name, text, 'a whole number of at least 0');
  return value;
};

const unexpected = (name: string, given: unknown, expected: string): Error =>
  new Error(`${name}: given ${JSON.stringify(given) ?? 'nothing'}, expected ${expected}`);
