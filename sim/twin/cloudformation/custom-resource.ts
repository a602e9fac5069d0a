import type { RulePort } from '../../../lambda/rule-targets/ports';
import { createHandler } from '../../../lambda/rule-targets/provider';
import type { Kernel } from '../../kernel/kernel';

/** Of the stack that all deployments change. */
const STACK_ID = 'arn:aws:cloudformation:us-west-2:123456789012:stack/twin/00000000-0000-4000-8000-000000000000';

/** As the function behind listener rules names a resource in what it makes: stack and logical id. */
export const creatorOf = (logicalId: string): string => `${STACK_ID.split(':stack/')[1]}/${logicalId}`;

/** What CloudFormation wants done with a custom resource. */
interface ResourceRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly resourceType: string;
  readonly logicalId: string;
  /** Of a resource that exists. */
  readonly physicalId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface ProviderInput {
  readonly kernel: Kernel;
  readonly rules: RulePort;
  /** Time between two looks. */
  readonly pollSeconds: number;
  /** The instant of second 0. */
  readonly startEpochSeconds: number;
}

/** Has a request handled, and calls `onDone` with the resource's physical id once it is, or `onFailed` with the reason. */
export type Provider = (
  request: ResourceRequest,
  onDone: (physicalId: string) => void,
  onFailed: (error: unknown) => void,
) => Promise<void>;

/**
 * The function behind listener rules as CDK's provider framework calls it: once to begin, then again and again until the request is done
 * (aws-cdk-lib `custom-resources/lib/provider-framework`: `onEvent`, then `isComplete` at the query interval).
 */
export const ruleProvider = ({ kernel, rules, pollSeconds, startEpochSeconds }: ProviderInput): Provider => {
  const handler = createHandler(() => ({
    rules,
    nowSeconds: () => startEpochSeconds + kernel.now,
    // Only a permission that is not in force yet makes it wait within a call, and here all are.
    sleep: async () => {},
    log: () => {},
  }));
  return async ({ type, resourceType, logicalId, physicalId, properties }, onDone, onFailed) => {
    const event = {
      RequestType: type,
      ResourceType: resourceType,
      StackId: STACK_ID,
      LogicalResourceId: logicalId,
      ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
      ResourceProperties: asTexts(properties),
    };
    const call = async (more: object): Promise<Record<string, unknown> | undefined> => {
      try {
        return { ...(await handler({ ...event, ...more })) };
      } catch (error) {
        onFailed(error);
        return undefined;
      }
    };
    const begun = await call({});
    if (begun === undefined) return;
    const look = async (): Promise<void> => {
      const progress = await call(begun);
      if (progress === undefined) return;
      if (progress.IsComplete === true) onDone(String(begun.PhysicalResourceId));
      else kernel.after(pollSeconds, look);
    };
    await look();
  };
};

/** CloudFormation sends numbers as texts. */
const asTexts = (properties: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]));
