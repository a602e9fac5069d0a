import { groupOf, LISTENER, RULE } from './fake-rules';

type Type = 'Create' | 'Update' | 'Delete';

const STACK = 'arn:aws:cloudformation:us-west-2:123456789012:stack/chat/8d2f';

/** The event of CloudFormation about the target group of a unit, as CDK's provider framework passes it on: all values are texts. */
export const targetEvent = (type: Type, unit: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  RequestType: type,
  ResourceType: 'Custom::AdaptiveInferenceRuleTarget',
  StackId: STACK,
  LogicalResourceId: `Target${unit}`,
  ...(type !== 'Create' && { PhysicalResourceId: groupOf(unit) }),
  ResourceProperties: {
    ServiceToken: 'arn:aws:lambda:us-west-2:123456789012:function:framework',
    RuleArn: RULE,
    TargetGroupArn: groupOf(unit),
    Unit: unit,
    Fleet: 'team-a/chat',
    InitialWeight: '199',
    DrainSeconds: '30',
    DeadlineSeconds: '3000',
    ...changes,
  },
});

/** The event of CloudFormation about a rule. */
export const ruleEvent = (type: Type, changes: Readonly<Record<string, unknown>> = {}, physicalId = RULE) => ({
  RequestType: type,
  ResourceType: 'Custom::AdaptiveInferenceListenerRule',
  StackId: STACK,
  LogicalResourceId: 'Rule',
  ...(type !== 'Create' && { PhysicalResourceId: physicalId }),
  ResourceProperties: {
    ListenerArn: LISTENER,
    Priority: '10000',
    Tags: { 'adaptive-inference.dev/fleet': 'team-a/chat' },
    ...changes,
  },
});
