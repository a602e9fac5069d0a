import { CfnCondition, Stack, Token, Validations } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges rules of cdk-nag's AwsSolutions pack that do not apply to a construct and its children, with the reasons.
 *
 * The pack requires every managed policy and every wildcard to be acknowledged separately, so that new ones are noticed.
 */
export function acknowledge(scope: IConstruct, reasons: { readonly [rule: string]: string }): void {
  Validations.of(scope).acknowledge(
    ...Object.entries(reasons).map(([rule, reason]) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })),
  );
}

const one = (rules: readonly string[], reason: string): { [rule: string]: string } =>
  Object.fromEntries(rules.map((rule) => [rule, reason]));

/** Managed policies of AWS by name, with the reason for using them. */
export const managedPolicies = (names: readonly string[], reason: string): { [rule: string]: string } =>
  one(
    names.map((name) => `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`),
    reason,
  );

/** Resources with wildcards, in the form of the pack, with the reason why they cannot be narrower. */
export const wildcards = (resources: readonly string[], reason: string): { [rule: string]: string } =>
  one(
    resources.map((resource) => `IAM5[Resource::${resource}]`),
    reason,
  );

/** An ARN in the region and account of a stack, in the form of the pack. */
export function regionalArn(stack: Stack, service: string, resource: string): string {
  // With a feature flag of CDK, the partition is a literal if the region is known.
  const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
  const region = Token.isUnresolved(stack.region) ? '<AWS::Region>' : stack.region;
  const account = Token.isUnresolved(stack.account) ? '<AWS::AccountId>' : stack.account;
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** Acknowledges CDK's own providers of custom resources, including kubectl's, under a construct: users cannot change them. */
export function acknowledgeProviders(scope: IConstruct): void {
  const stack = Stack.of(scope);
  const inside = scope.node.findAll();
  const functions = inside.filter((child): child is CfnFunction => child instanceof CfnFunction);
  const publicRegistry = inside
    .filter((child): child is CfnCondition => child instanceof CfnCondition)
    .map((condition) => {
      const policy = {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly']],
      };
      return `IAM4[Policy::${JSON.stringify({ 'Fn::If': [stack.getLogicalId(condition), policy, { Ref: 'AWS::NoValue' }] })}]`;
    });
  acknowledge(scope, {
    ...managedPolicies(
      ['service-role/AWSLambdaBasicExecutionRole', 'service-role/AWSLambdaVPCAccessExecutionRole', 'AmazonEC2ContainerRegistryReadOnly'],
      'CDK gives its functions the managed policies of Lambda and ECR.',
    ),
    ...one(publicRegistry, 'Charts come from the public registry of ECR.'),
    ...wildcards(
      functions.map((fn) => `<${stack.getLogicalId(fn)}.Arn>:*`),
      'Providers of CDK invoke every version of the functions they wrap.',
    ),
    L1: 'CDK chooses the runtime of its own functions.',
    SF1: 'The waiter of CDK only calls functions, which log.',
    SF2: 'The waiter of CDK runs during deployments only.',
  });
}
