import { Duration, type Stack } from 'aws-cdk-lib';
import {
  Accelerator,
  AdaptiveInference,
  type AdaptiveInferenceProps,
  type AdaptiveInferenceUnit,
  type IInferenceCluster,
} from '../../../lib';
import { newCluster } from './fixture';

/** A unit of A10G, with what a test wants otherwise. */
export const unitOf = (changes: Partial<AdaptiveInferenceUnit> = {}): AdaptiveInferenceUnit => ({
  name: 'g5',
  accelerator: Accelerator.A10G,
  container: { image: 'example.com/cuda-server:1.0.0' },
  profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
  ...changes,
});

/** The two units of the README: Inferentia2 and A10G. */
export const TWO_UNITS: AdaptiveInferenceUnit[] = [
  unitOf({
    name: 'inf2',
    accelerator: Accelerator.INFERENTIA2,
    container: { image: 'example.com/neuron-server:1.0.0' },
    profile: { throughputPerMinute: 105, latency: Duration.millis(670), coldStart: Duration.minutes(10) },
  }),
  unitOf(),
];

export interface FleetOptions extends Partial<AdaptiveInferenceProps> {
  readonly cluster?: IInferenceCluster;
}

/** A fleet with a cluster of its own, unless it is given one. */
export const newFleet = (stack: Stack, options: FleetOptions = {}, id = 'Chat'): AdaptiveInference =>
  new AdaptiveInference(stack, id, {
    objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 },
    resilience: 1,
    units: TWO_UNITS,
    ...options,
    cluster: options.cluster ?? newCluster(stack),
  });
