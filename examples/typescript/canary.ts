/** A new image that gets at most 5 % of the traffic: promoted by removing `maximumShare`, retired by removing the unit. */
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Accelerator, AdaptiveInference, InferenceCluster } from 'cdk-adaptive-inference';
import type { Construct } from 'constructs';

export class CanaryStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const profile = { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) };
    new AdaptiveInference(this, 'Chat', {
      cluster: new InferenceCluster(this, 'Cluster'),
      objective: { latency: Duration.millis(900) },
      units: [
        {
          name: 'g5',
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile,
        },
        {
          name: 'g6',
          accelerator: Accelerator.L4,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { ...profile, throughputPerMinute: 60, latency: Duration.millis(790) },
        },
        {
          name: 'g5-next',
          // The pools are those of g5: units of one accelerator share them.
          accelerator: Accelerator.A10G,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.1.0' },
          profile,
          maximumShare: 0.05,
        },
      ],
    });
  }
}

new CanaryStack(new App(), 'Canary');
