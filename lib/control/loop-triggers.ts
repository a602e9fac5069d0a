import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { loopDefaults } from '../generated/contract';
import { scopeOf } from '../private/shared-child';

/** Events by which EC2 announces that an instance will be interrupted, or has been. */
const CAPACITY_EVENTS: { readonly [id: string]: events.EventPattern } = {
  SpotInterruption: { source: ['aws.ec2'], detailType: ['EC2 Spot Instance Interruption Warning'] },
  Rebalance: { source: ['aws.ec2'], detailType: ['EC2 Instance Rebalance Recommendation'] },
  InstanceState: {
    source: ['aws.ec2'],
    detailType: ['EC2 Instance State-change Notification'],
    detail: { state: ['stopping', 'shutting-down', 'terminated'] },
  },
};

/** An event that could not be delivered is not delivered later: the next tick follows within minutes. */
const tickAtOnce = (handler: lambda.IFunction): events.IRuleTarget =>
  new targets.LambdaFunction(handler, { retryAttempts: 0, maxEventAge: Duration.seconds(loopDefaults.maxEventAgeSeconds) });

/** Starts a tick whenever EC2 announces the loss of an instance. */
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

/** Starts a tick whenever an alarm changes its state. The rule is a child of the alarm, which may be in another stack. */
export function tickOnAlarm(alarm: cloudwatch.IAlarm, handler: lambda.IFunction): events.Rule {
  return new events.Rule(scopeOf(alarm), 'Tick', {
    description: 'Starts a tick of the control loop',
    eventPattern: { source: ['aws.cloudwatch'], detailType: ['CloudWatch Alarm State Change'], resources: [alarm.alarmArn] },
    targets: [tickAtOnce(handler)],
  });
}
