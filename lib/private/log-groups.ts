import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';

/**
 * Makes the log groups of all functions that are yet to be made under a construct part of the stack.
 *
 * Lambda makes them by itself otherwise, and nobody removes them. The construct must have no children yet.
 */
export function manageLogGroups(scope: Construct): void {
  scope.node.setContext('@aws-cdk/aws-lambda:useCdkManagedLogGroup', true);
}

/**
 * The log groups under a construct, from now on removed with the stack.
 *
 * Whatever calls their functions while the stack is deleted must depend on them: a function whose group is gone makes a new one.
 */
export function removedLogGroups(scope: IConstruct): logs.LogGroup[] {
  const groups = scope.node.findAll().filter((child): child is logs.LogGroup => child instanceof logs.LogGroup);
  for (const group of groups) group.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return groups;
}
