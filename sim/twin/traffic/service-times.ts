import type { Scenario } from '../../inputs/scenario';
import type { RandomStream } from '../../kernel/random';

/** Draws the service time of one request relative to the mean of its pod. */
export const relativeServiceTimes = (
  { service, serviceCoefficientOfVariation: variation }: Pick<Scenario['twin'], 'service' | 'serviceCoefficientOfVariation'>,
  stream: RandomStream,
): (() => number) => {
  switch (service) {
    case 'deterministic':
      return () => 1;
    case 'exponential':
      return () => stream.exponential();
    case 'log-normal': {
      const deviation = Math.sqrt(Math.log(1 + variation * variation));
      return () => Math.exp(deviation * stream.normal() - (deviation * deviation) / 2);
    }
  }
};
