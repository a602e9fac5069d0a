/** Two models on one cluster: they share its pools and its control loop, each has an endpoint and an objective of its own. */
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Accelerator, AdaptiveInference, InferenceCluster } from 'cdk-adaptive-inference';
import type { Construct } from 'constructs';

export class SeveralFleetsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const cluster = new InferenceCluster(this, 'Cluster');
    new AdaptiveInference(this, 'Chat', {
      cluster,
      objective: { latency: Duration.millis(900) },
      units: [
        {
          name: 'g5',
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
        },
        {
          name: 'g6',
          accelerator: Accelerator.L4,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 60, latency: Duration.millis(790), coldStart: Duration.minutes(6) },
        },
      ],
    });
    new AdaptiveInference(this, 'Summaries', {
      cluster,
      objective: { latency: Duration.seconds(20), percentile: 90, attainment: 0.95 },
      // Late summaries hurt nobody: no spare capacity is paid for.
      resilience: 0,
      units: [
        {
          name: 'g5',
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/summaries-cuda:1.0.0' },
          profile: { throughputPerMinute: 12, latency: Duration.seconds(14), coldStart: Duration.minutes(8) },
        },
      ],
    });
  }
}

new SeveralFleetsStack(new App(), 'SeveralFleets');
