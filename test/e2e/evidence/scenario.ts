import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import { type Scenario, type ScenarioInput, ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';

/** Both sides draw their requests from this seed. */
export const SEED = 1;

/** Time from asking for a pod to its first answer where a node must be launched, in seconds; the same for both units. */
const COLD_START_SECONDS = 120;
/** Part of it that goes by before the node is ready. */
const NODE_FRACTION = 1 / 3;

export const NODE_SECONDS = COLD_START_SECONDS * NODE_FRACTION;
export const POD_SECONDS = COLD_START_SECONDS - NODE_SECONDS;
/** Half an hour is too short for the ten minutes that the constructs keep an empty node: both sides keep it one. */
const NODE_POOL = { consolidateAfterSeconds: 60 };
/** kwok ends a pod at once, whatever its preStop hook. */
const POD = { drainSeconds: 0 };

const FULL_MINUTES = 30;

const ARN = 'arn:aws:elasticloadbalancing:us-west-2:123456789012';
const ID = '0123456789abcdef';
const NAME = 'evidence';

const UNITS = {
  inf2: {
    accelerator: 'INFERENTIA2',
    deviceResource: 'aws.amazon.com/neuron',
    type: { name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7582 },
    profile: { throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: COLD_START_SECONDS },
  },
  g5: {
    accelerator: 'A10G',
    deviceResource: 'nvidia.com/gpu',
    type: { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
    profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: COLD_START_SECONDS },
  },
} as const;

type UnitName = keyof typeof UNITS;
const unitNames = Object.keys(UNITS) as UnitName[];

const unit = (name: UnitName): ScenarioInput['fleet']['units'][number] => ({
  name,
  accelerator: UNITS[name].accelerator,
  deployment: `${NAME}-${name}`,
  scaler: { kind: 'ScaledObject', name: `${NAME}-${name}` },
  pools: [`${name}-spot`, `${name}-od`],
  profile: UNITS[name].profile,
  targetGroupArn: `${ARN}:targetgroup/${NAME}-${name}/${ID}`,
  maximumReplicas: 14,
});

const pool = (name: UnitName, capacityType: Pool['capacityType']): ScenarioInput['fleet']['pools'][number] => ({
  name: `${name}-${capacityType === 'spot' ? 'spot' : 'od'}`,
  accelerator: UNITS[name].accelerator,
  capacityType,
  deviceResource: UNITS[name].deviceResource,
  instanceTypes: [UNITS[name].type],
  maximumDevices: 14,
  zones: [...ZONES],
});

/** Zones in which the test bed's EC2 offers both instance types. */
const ZONES = ['us-west-2a', 'us-west-2b'] as const;

/** Requests a minute: a ramp of six minutes, a plateau, a ramp down. */
const LOAD: readonly (readonly [minute: number, requestsPerMinute: number])[] = [
  [0, 200],
  [3, 260],
  [5, 330],
  [7, 400],
  [9, 480],
  [16, 400],
  [19, 300],
  [26, 360],
];

/** Inferentia spot: no more than runs from minute 6, all of it back from minute 14; two instances reclaimed in minute 22, and none granted for a minute. */
const AVAILABILITY: readonly (readonly [minute: number, pool: string, devices: number | null])[] = [
  [0, 'inf2-spot', 4],
  [14, 'inf2-spot', null],
  [22, 'inf2-spot', 2],
  [23, 'inf2-spot', null],
];

const SCENARIO: ScenarioInput = {
  name: NAME,
  description: 'Half an hour: a ramp, a shortage of a spot pool and its return, a reclaim of spot instances.',
  startTime: '2026-01-01T00:00:00Z',
  durationSeconds: FULL_MINUTES * 60,
  fleet: {
    objective: { latencySeconds: 1.5, percentile: 95, attainment: 0.99 },
    enforcement: 'Enforce',
    policy: { name: 'TwoMode' },
    resilience: 0.5,
    router: { listenerRuleArn: `${ARN}:listener-rule/app/${NAME}/${ID}/${ID}/${ID}` },
    units: unitNames.map(unit),
    pools: unitNames.flatMap((name) => [pool(name, 'spot'), pool(name, 'on-demand')]),
  },
  initialReplicas: { inf2: 2, g5: 2 },
  clients: {
    kind: 'open-loop',
    burstiness: 0,
    requestsPerMinute: { kind: 'steps', rows: LOAD.map(([minute, value]) => ({ timestampSeconds: minute * 60, value })) },
  },
  availability: {
    reclaim: 'spot',
    rows: AVAILABILITY.map(([minute, name, devices]) => ({ timestampSeconds: minute * 60, pool: name, devices })),
  },
  twin: { nodeFraction: NODE_FRACTION, coldStartCoefficientOfVariation: 0, metricDelaySeconds: 60, nodePool: NODE_POOL, pod: POD },
};

/** The scenario, or its first minutes. */
export const evidenceScenario = (minutes: number = FULL_MINUTES): LoadedScenario => {
  const durationSeconds = minutes * 60;
  const whole = ScenarioSchema.parse(SCENARIO);
  const rows = (whole.availability.rows ?? []).filter(({ timestampSeconds }) => timestampSeconds < durationSeconds);
  const scenario: Scenario = { ...whole, durationSeconds, availability: { ...whole.availability, rows } };
  const problems = checkScenario(scenario);
  if (problems.length > 0) throw new Error(`the scenario makes no sense: ${JSON.stringify(problems)}`);
  return { scenario, availability: rows, spotPrices: spotPrices(), baseDirectory: '.' };
};

/** The test bed's prices: four tenths of the on-demand price, a hundredth more in the second zone, so that both sides launch in the same zone. */
const spotPrices = (): NonNullable<LoadedScenario['spotPrices']> =>
  unitNames.flatMap((name) =>
    ZONES.map((zone, index) => ({
      instanceType: UNITS[name].type.name,
      zone,
      timestampSeconds: -3600,
      priceUsdPerHour: Number((UNITS[name].type.priceUsdPerHour * (0.4 + 0.01 * index)).toFixed(6)),
    })),
  );
