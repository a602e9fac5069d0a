import type { FleetSpecInput } from '../../lambda/control-loop/api';
import type { RandomStream } from '../../sim/kernel/random';
import { ruleArn, targetGroupArn } from '../support/fake-world';

export interface PlannedFleet {
  readonly name: string;
  readonly namespace: string;
  readonly spec: FleetSpecInput;
}

const CHIPS = [
  { accelerator: 'A10G', deviceResource: 'nvidia.com/gpu', type: 'g5.xlarge', priceUsdPerHour: 1.006 },
  { accelerator: 'L4', deviceResource: 'nvidia.com/gpu', type: 'g6.xlarge', priceUsdPerHour: 0.8048 },
  { accelerator: 'INFERENTIA2', deviceResource: 'aws.amazon.com/neuron', type: 'inf2.xlarge', priceUsdPerHour: 0.7582 },
] as const;

const whole = (random: RandomStream, from: number, to: number): number => from + Math.floor(random.uniform() * (to - from + 1));

/** One to three fleets of one to three units, each on a spot and an on-demand pool; fleets of one namespace share their pools. */
export const planFleets = (random: RandomStream): readonly PlannedFleet[] => {
  const shared = random.uniform() < 0.5;
  return Array.from({ length: whole(random, 1, 3) }, (_, index): PlannedFleet => {
    const name = `fleet${index}`;
    const namespace = shared ? 'default' : `team-${index}`;
    const prefix = shared ? '' : `${name}-`;
    const chips = CHIPS.slice(0, whole(random, 1, CHIPS.length));
    return {
      name,
      namespace,
      spec: {
        objective: { latencySeconds: 0.9 },
        resilience: [0, 0.5, 1][whole(random, 0, 2)]!,
        enforcement: random.uniform() < 0.8 ? 'Enforce' : random.uniform() < 0.5 ? 'Observe' : 'Recommend',
        router: { listenerRuleArn: ruleArn(name) },
        units: chips.map(({ accelerator }) => ({
          name: accelerator.toLowerCase(),
          accelerator,
          deployment: `${name}-${accelerator.toLowerCase()}`,
          scaler: { kind: 'ScaledObject', name: `${name}-${accelerator.toLowerCase()}` },
          pools: [`${prefix}${accelerator.toLowerCase()}-spot`, `${prefix}${accelerator.toLowerCase()}-od`],
          profile: { throughputPerMinute: 60 + whole(random, 0, 60), latencySeconds: 0.6, coldStartSeconds: 300 },
          targetGroupArn: targetGroupArn(`${name}-${accelerator.toLowerCase()}`),
          minimumReplicas: whole(random, 1, 2),
          maximumReplicas: whole(random, 4, 12),
        })),
        pools: chips.flatMap(({ accelerator, deviceResource, type, priceUsdPerHour }) =>
          (['spot', 'on-demand'] as const).map((capacityType) => ({
            name: `${prefix}${accelerator.toLowerCase()}-${capacityType === 'spot' ? 'spot' : 'od'}`,
            accelerator,
            capacityType,
            deviceResource,
            instanceTypes: [{ name: type, devices: 1, priceUsdPerHour }],
            maximumDevices: 16,
          })),
        ),
      },
    };
  });
};
