import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { scopeOf } from '../private/shared-child';

/** What EC2 tells of instances that are about to go or have gone. */
const CAPACITY_EVENTS: { readonly [id: string]: events.EventPattern } = {
  SpotInterruption: { source: ['aws.ec2'], detailType: ['EC2 Spot Instance Interruption Warning'] },
  Rebalance: { source: ['aws.ec2'], detailType: ['EC2 Instance Rebalance Recommendation'] },
  InstanceState: {
    source: ['aws.ec2'],
    detailType: ['EC2 Instance State-change Notification'],
    detail: { state: ['stopping', 'shutting-down', 'terminated'] },
  },
};

/** An event that was not delivered is not worth delivering later: the next tick comes within minutes. */
const tickAtOnce = (handler: lambda.IFunction): events.IRuleTarget =>
  new targets.LambdaFunction(handler, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });

/** Starts a tick whenever EC2 tells of capacity that goes. */
export function tickOnCapacityEvents(scope: Construct, handler: lambda.IFunction, enabled: boolean): events.Rule[] {
  return Object.entries(CAPACITY_EVENTS).map(
    ([id, eventPattern]) =>
      new events.Rule(scope, id, {
        description: 'Starts a tick of the control loop',
        eventPattern,
        enabled,
        targets: [tickAtOnce(handler)],
      }),
  );
}

/** Starts a tick whenever an alarm changes its state; lies beside the alarm, which may be in another stack. */
export function tickOnAlarm(alarm: cloudwatch.IAlarm, handler: lambda.IFunction): events.Rule {
  return new events.Rule(scopeOf(alarm), 'Tick', {
    description: 'Starts a tick of the control loop',
    eventPattern: { source: ['aws.cloudwatch'], detailType: ['CloudWatch Alarm State Change'], resources: [alarm.alarmArn] },
    targets: [tickAtOnce(handler)],
  });
}
