import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { InferenceCluster, type InferenceClusterProps } from '../../../lib';

// The rules of CloudFormation are loaded once a process, which takes seconds; one test runs them on purpose.
process.env.CDK_VALIDATION ??= 'false';

export const ENV: Environment = { account: '123456789012', region: 'us-west-2' };

export const newStack = (name = 'Test', env: Environment = ENV): Stack => new Stack(new App(), name, { env });

/** A kubectl layer that needs no asset. */
export const kubectlLayer = (stack: Stack): lambda.ILayerVersion => {
  const existing = stack.node.tryFindChild('Kubectl');
  return existing
    ? (existing as lambda.LayerVersion)
    : lambda.LayerVersion.fromLayerVersionArn(stack, 'Kubectl', 'arn:aws:lambda:us-west-2:123456789012:layer:kubectl:1');
};

export const newCluster = (stack: Stack, props: InferenceClusterProps = {}, id = 'Cluster'): InferenceCluster =>
  new InferenceCluster(stack, id, { kubectlLayer: kubectlLayer(stack), ...props });

export interface Built {
  readonly stack: Stack;
  readonly template: Template;
}

/** A stack with what the function puts there, synthesized. */
export const built = (build: (stack: Stack) => void, env?: Environment): Built => {
  const stack = newStack('Test', env);
  build(stack);
  return { stack, template: Template.fromStack(stack) };
};

/** The message of the error that a function throws, without the path it begins with. */
export const complaint = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

/** The logical ids of a type, whose id matches. */
export const idsOf = (template: Template, type: string, pattern = /./): string[] =>
  Object.keys(template.findResources(type)).filter((id) => pattern.test(id));

/** The one logical id of a type whose id matches. */
export const idOf = (template: Template, type: string, pattern = /./): string => {
  const ids = idsOf(template, type, pattern);
  if (ids.length !== 1 || ids[0] === undefined)
    throw new Error(`expected one ${type} matching ${pattern}, found ${ids.join(', ') || 'none'}`);
  return ids[0];
};
