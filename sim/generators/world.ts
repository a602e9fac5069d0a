import type { FleetSpecInput } from '../../lambda/control-loop/api';
import type { ScenarioInput } from '../inputs/scenario';
import type { RateRow } from './demand';
import { prices } from './trace-statistics';

/** The fleets of generated scenarios: one image model on up to four accelerators, with the profiles of the published system. */

export const ZONES = ['us-west-2a', 'us-west-2b', 'us-west-2c'] as const;

const ACCELERATORS = {
  inf2: {
    accelerator: 'INFERENTIA2',
    deviceResource: 'aws.amazon.com/neuron',
    instanceType: 'inf2.xlarge',
    profile: { throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: 600 },
  },
  trn1: {
    accelerator: 'TRAINIUM1',
    deviceResource: 'aws.amazon.com/neuron',
    instanceType: 'trn1.2xlarge',
    profile: { throughputPerMinute: 130, latencySeconds: 0.51, coldStartSeconds: 600 },
  },
  g5: {
    accelerator: 'A10G',
    deviceResource: 'nvidia.com/gpu',
    instanceType: 'g5.xlarge',
    profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: 360 },
  },
  g6: {
    accelerator: 'L4',
    deviceResource: 'nvidia.com/gpu',
    instanceType: 'g6.xlarge',
    profile: { throughputPerMinute: 61, latencySeconds: 0.96, coldStartSeconds: 360 },
  },
} as const;

export type UnitName = keyof typeof ACCELERATORS;
export const UNIT_NAMES = Object.keys(ACCELERATORS) as readonly UnitName[];

export interface FleetOptions {
  readonly name: string;
  readonly units?: readonly UnitName[];
  /** What the pools of a unit are of. */
  readonly capacityTypes?: readonly ('spot' | 'on-demand')[];
  /** Whether each zone has pools of its own. */
  readonly hasPoolsByZone?: boolean;
  readonly maximumDevices?: number;
  readonly minimumReplicas?: number;
  /** Before the names of units, so that fleets do not share them. */
  readonly prefix?: string;
}

type PoolInput = FleetSpecInput['pools'][number];

const poolsOf = (unit: UnitName, options: FleetOptions): readonly PoolInput[] => {
  const { capacityTypes = ['spot', 'on-demand'], hasPoolsByZone = false, maximumDevices = 60 } = options;
  const { accelerator, deviceResource, instanceType } = ACCELERATORS[unit];
  const groups = hasPoolsByZone
    ? ZONES.map((zone) => ({ suffix: `-${zone.slice(-1)}`, zones: [zone] }))
    : [{ suffix: '', zones: [...ZONES] }];
  return capacityTypes.flatMap((capacityType) =>
    groups.map(({ suffix, zones }) => ({
      name: `${unit}-${capacityType === 'spot' ? 'spot' : 'od'}${suffix}`,
      accelerator,
      capacityType,
      deviceResource,
      instanceTypes: [{ name: instanceType, devices: 1, priceUsdPerHour: prices[instanceType].onDemand }],
      maximumDevices,
      zones,
    })),
  );
};

/** A fleet that is to answer 99.9 % of its requests within 1.5 s, and to survive the loss of any one pool. */
export const fleetOf = (options: FleetOptions): FleetSpecInput => {
  const { name, units = UNIT_NAMES, prefix = '', minimumReplicas } = options;
  return {
    objective: { latencySeconds: 1.5, percentile: 95, attainment: 0.999 },
    enforcement: 'Enforce',
    resilience: 1,
    router: { listenerRuleArn: `arn:aws:elasticloadbalancing:::listener-rule/app/${name}/0/0/0` },
    units: units.map((unit) => ({
      name: `${prefix}${unit}`,
      accelerator: ACCELERATORS[unit].accelerator,
      deployment: `${name}-${unit}`,
      scaler: { kind: 'ScaledObject' as const, name: `${name}-${unit}` },
      pools: poolsOf(unit, options).map((pool) => pool.name),
      profile: ACCELERATORS[unit].profile,
      targetGroupArn: `arn:aws:elasticloadbalancing:::targetgroup/${name}-${unit}/0`,
      ...(minimumReplicas === undefined ? {} : { minimumReplicas }),
      maximumReplicas: 100,
    })),
    pools: units.flatMap((unit) => poolsOf(unit, options)),
  };
};

/** Squared coefficient of variation of the time between requests: docs/generated-scenarios.md says why. */
const BURSTINESS = 2;

/** Pods that run at second 0, for a first rate divided by equal parts. */
export const replicasFor = (ratePerMinute: number, { units }: FleetSpecInput): Readonly<Record<string, number>> =>
  Object.fromEntries(
    units.map(({ name, profile }) => [name, Math.max(1, Math.ceil((1.3 * ratePerMinute) / units.length / profile.throughputPerMinute))]),
  );

/** Requests of an open loop at a rate over time. */
export const openLoop = (rows: readonly RateRow[]): ScenarioInput['clients'] => ({
  kind: 'open-loop',
  requestsPerMinute: { kind: 'steps', rows: [...rows] },
  burstiness: BURSTINESS,
});
