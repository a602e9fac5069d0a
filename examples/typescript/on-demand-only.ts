/** No spot capacity at all: on-demand, and a capacity reservation where there is one. */
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Accelerator, AcceleratorPool, AdaptiveInference, CapacityType, InferenceCluster } from 'cdk-adaptive-inference';
import type { Construct } from 'constructs';

export class OnDemandOnlyStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const cluster = new InferenceCluster(this, 'Cluster');
    const reserved = new AcceleratorPool(this, 'Reserved', {
      cluster,
      accelerator: Accelerator.H100,
      capacityType: CapacityType.RESERVED,
      capacityReservationIds: ['cr-0123456789abcdef0'],
      instanceTypes: ['p5.4xlarge'],
      maximumDevices: 4,
    });
    new AdaptiveInference(this, 'Chat', {
      cluster,
      objective: { latency: Duration.seconds(2) },
      pools: [reserved],
      units: [
        {
          name: 'h100',
          accelerator: Accelerator.H100,
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 900, latency: Duration.millis(800), coldStart: Duration.minutes(9) },
        },
        {
          name: 'g6e',
          accelerator: Accelerator.L40S,
          capacityTypes: [CapacityType.ON_DEMAND],
          container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
          profile: { throughputPerMinute: 300, latency: Duration.millis(1200), coldStart: Duration.minutes(7) },
        },
      ],
    });
  }
}

new OnDemandOnlyStack(new App(), 'OnDemandOnly');
