import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../private/acknowledge';

/** The events by which AWS announces that an instance will be interrupted, or has been. */
const ANNOUNCEMENTS: readonly { readonly id: string; readonly source: string; readonly detailType: string }[] = [
  { id: 'ScheduledChange', source: 'aws.health', detailType: 'AWS Health Event' },
  { id: 'SpotInterruption', source: 'aws.ec2', detailType: 'EC2 Spot Instance Interruption Warning' },
  { id: 'Rebalance', source: 'aws.ec2', detailType: 'EC2 Instance Rebalance Recommendation' },
  { id: 'InstanceStateChange', source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' },
  {
    id: 'CapacityReservationInterruption',
    source: 'aws.ec2',
    detailType: 'EC2 Capacity Reservation Instance Interruption Warning',
  },
];

/** The queue from which Karpenter receives interruption events, with the rules that fill it. */
export class InterruptionQueue extends Construct {
  public readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new sqs.Queue(this, 'Resource', {
      // A spot warning is void after two minutes; older messages are useless.
      retentionPeriod: Duration.minutes(5),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    acknowledge(this.queue, { SQS3: 'A warning that was not handled in time is useless later, so there is nothing to redrive.' });
    for (const { id: rule, source, detailType } of ANNOUNCEMENTS) {
      new events.Rule(this, rule, {
        description: `Tells Karpenter of: ${detailType}`,
        eventPattern: { source: [source], detailType: [detailType] },
        targets: [new targets.SqsQueue(this.queue)],
      });
    }
  }
}
