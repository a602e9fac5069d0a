/** One model on Inferentia2 and A10G, each on spot and on-demand capacity, with a cluster of its own. */
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { Accelerator, AdaptiveInference } from 'cdk-adaptive-inference';
import type { Construct } from 'constructs';

export class MinimalStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const chat = new AdaptiveInference(this, 'Chat', {
      objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 },
      resilience: 1,
      units: [
        {
          name: 'inf2',
          accelerator: Accelerator.INFERENTIA2,
          container: { image: 'public.ecr.aws/example/chat-neuron:1.0.0' },
          profile: { throughputPerMinute: 105, latency: Duration.millis(670), coldStart: Duration.minutes(10) },
        },
        {
          name: 'g5',
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
        },
      ],
    });
    chat.metricAttainment().createAlarm(this, 'Slow', {
      threshold: 0.99,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 5,
    });
  }
}

new MinimalStack(new App(), 'Minimal');
