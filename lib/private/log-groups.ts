import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';

/**
 * Makes CDK create the log groups of all functions that will be created under a construct.
 *
 * Otherwise Lambda creates them, and nothing deletes them. The construct must have no children yet.
 */
export function manageLogGroups(scope: Construct): void {
  scope.node.setContext('@aws-cdk/aws-lambda:useCdkManagedLogGroup', true);
}

/**
 * The log groups under a construct, which are deleted with the stack from now on.
 *
 * Everything that calls their functions while the stack is deleted must depend on them: a function without its log group creates a new one.
 */
export function removedLogGroups(scope: IConstruct): logs.LogGroup[] {
  const groups = scope.node.findAll().filter((child): child is logs.LogGroup => child instanceof logs.LogGroup);
  for (const group of groups) group.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return groups;
}
