import * as z from 'zod/mini';
import { fleetDefaults, unitDefaults } from '../../contract/defaults';
import { capacityTypes, enforcements, scalerKinds } from '../../contract/enums';
import { limits, NAME_PATTERN } from '../../contract/limits';
import { policyNames } from '../../contract/policies';

/**
 * The schema of a fleet in version v1alpha1.
 *
 * It validates what comes in (custom resources, scenario files), and the JSON Schema and the CustomResourceDefinition of
 * `InferenceFleet` are generated from it. The name of every duration, price and rate states its unit. Bounds, defaults and closed
 * lists are those of the contract.
 */

const described = (description: string) => z.describe(description);

const number = (description: string, ...checks: z.core.$ZodCheck<number>[]) => z.number().check(...checks, described(description));

/** Both ends of `min` and `max` are allowed; `above` and `below` are not. */
interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

const boundsOf = ({ min, above, max, below }: Bounds): z.core.$ZodCheck<number>[] => [
  ...(min === undefined ? [] : [z.gte(min)]),
  ...(above === undefined ? [] : [z.gt(above)]),
  ...(max === undefined ? [] : [z.lte(max)]),
  ...(below === undefined ? [] : [z.lt(below)]),
];

const within = (bounds: Bounds, description: string) => number(description, ...boundsOf(bounds));

const integer = (bounds: Bounds, description: string) => z.int().check(...boundsOf(bounds), described(description));

const list = <Entry extends z.ZodMiniType>(entry: Entry, { min, max }: { readonly min?: number; readonly max: number }) =>
  z.array(entry).check(...(min === undefined ? [] : [z.minLength(min)]), z.maxLength(max));

/** An RFC 1123 label, as Kubernetes asks of most names. */
const label = (description: string) =>
  z
    .string()
    .check(z.regex(new RegExp(NAME_PATTERN), 'a lower-case name of letters, digits and hyphens, at most 63 long'), described(description));

const text = (description: string) => z.string().check(z.minLength(limits.text.min), z.maxLength(limits.text.max), described(description));

const ObjectiveSchema = z.strictObject({
  latencySeconds: within(limits.latencySeconds, 'The latency that a request should not exceed, in seconds.'),
  percentile: z._default(
    within({ above: 0, below: limits.percentile.below }, 'The percentile of latency that is watched, between 0 and 100.'),
    fleetDefaults.percentile,
  ),
  attainment: z._default(
    within(limits.attainment, 'The share of all requests to be answered within the latency, above 0, at most 1.'),
    fleetDefaults.attainment,
  ),
});

const ProfileSchema = z.strictObject({
  throughputPerMinute: within(limits.throughputPerMinute, 'Requests per minute one pod sustains at its breaking point.'),
  latencySeconds: within(limits.latencySeconds, 'Latency of one request at that throughput, in seconds.'),
  coldStartSeconds: within(
    limits.coldStartSeconds,
    'Time from asking for a pod to its first answer when a node must be launched, in seconds.',
  ),
});

const ScalerSchema = z.strictObject({
  kind: z.enum(scalerKinds).check(described('What scales the unit: a KEDA ScaledObject or a plain HorizontalPodAutoscaler.')),
  name: label('Name of that object, in the namespace of the fleet.'),
  metricIndex: z._default(
    integer(limits.metricIndex, 'Index of the trigger (ScaledObject) or metric (HorizontalPodAutoscaler) that carries the target.'),
    unitDefaults.metricIndex,
  ),
});

const UnitSchema = z.strictObject({
  name: label('Name of the unit, unique in its fleet.'),
  accelerator: text('Chip family, for example A10G, L4, INFERENTIA2, TRAINIUM1.'),
  deployment: label('Name of the Deployment, in the namespace of the fleet.'),
  scaler: ScalerSchema,
  pools: list(label('Name of a pool of the fleet that can host the pods of this unit.'), limits.poolsPerUnit),
  devicesPerPod: z._default(integer(limits.devicesPerPod, 'Accelerator devices one pod asks for.'), unitDefaults.devicesPerPod),
  instanceTypes: z.optional(
    list(
      text('Instance type of its pools that holds a pod of this unit: devices, memory and CPU. Left out: every one that has its devices.'),
      limits.instanceTypesPerPool,
    ),
  ),
  profile: ProfileSchema,
  targetGroupArn: z.optional(text('ARN of the ALB target group; left out where the fleet has no router.')),
  minimumReplicas: z._default(integer(limits.minimumReplicas, 'Lowest floor the loop may set, in replicas.'), unitDefaults.minimumReplicas),
  maximumReplicas: z._default(
    integer(limits.maximumReplicas, 'Highest floor the loop may set, in replicas; the scaler states the same maximum.'),
    unitDefaults.maximumReplicas,
  ),
  costShare: z.optional(
    within(
      limits.share,
      'Share of the traffic while the strategy is CostOptimized, 0 to 1; computed from profile and price where no unit states one.',
    ),
  ),
  maximumShare: z.optional(
    within(
      limits.maximumShare,
      'Makes the unit a canary: the most of the traffic that it gets, above 0, below 1. Other units do not count on it.',
    ),
  ),
});

const InstanceTypeSchema = z.strictObject({
  name: text('EC2 instance type, for example inf2.xlarge.'),
  devices: integer(limits.devicesPerInstance, 'Accelerator devices on one instance.'),
  priceUsdPerHour: within({ min: 0 }, 'On-demand price of one instance, in US dollars per hour.'),
});

const PoolSchema = z.strictObject({
  name: label('Name of the Karpenter NodePool.'),
  accelerator: text('Chip family, as in the units that the pool hosts.'),
  capacityType: z.enum(capacityTypes).check(described("Karpenter's capacity type.")),
  deviceResource: text('Extended resource of the devices, for example nvidia.com/gpu or aws.amazon.com/neuron.'),
  instanceTypes: list(InstanceTypeSchema, limits.instanceTypesPerPool),
  maximumDevices: integer(limits.devicesPerPool, 'Devices the pool may grow to.'),
  zones: z.optional(list(text('Availability zone.'), limits.zonesPerPool)),
  capacityReservationIds: z.optional(list(text('Capacity reservation that a reserved pool draws on.'), limits.reservationsPerPool)),
});

const PolicySchema = z.strictObject({
  name: z._default(z.enum(policyNames), fleetDefaults.policyName).check(described('The policy that decides.')),
  returnAfterSeconds: z._default(
    within(
      limits.returnAfterSeconds,
      'How long every unit must have a pool free of shortage before TwoMode returns to CostOptimized, in seconds.',
    ),
    fleetDefaults.returnAfterSeconds,
  ),
  targetUtilization: z._default(
    within(limits.targetUtilization, 'Part of the profile throughput that is used as scaling target, above 0, at most 1.'),
    fleetDefaults.targetUtilization,
  ),
});

const LearningSchema = z.strictObject({
  enabled: z._default(
    z
      .boolean()
      .check(described('Whether decisions follow the profiles that are learned from the observed latency; otherwise they are shown only.')),
    fleetDefaults.learning.enabled,
  ),
  minimumFactor: z._default(
    within(
      limits.minimumFactor,
      'The least that a learned throughput may be, as a factor of the stated one; durations are bounded by its inverse.',
    ),
    fleetDefaults.learning.minimumFactor,
  ),
  maximumFactor: z._default(
    within(
      limits.maximumFactor,
      'The most that a learned throughput may be, as a factor of the stated one; durations are bounded by its inverse.',
    ),
    fleetDefaults.learning.maximumFactor,
  ),
});

const RouterSchema = z.strictObject({
  listenerRuleArn: text('ARN of the ALB listener rule that carries the weights of the units.'),
});

/** The `spec` of an `InferenceFleet`: what a user wants of one fleet. */
export const FleetSpecSchema = z.strictObject({
  objective: ObjectiveSchema,
  enforcement: z
    ._default(z.enum(enforcements), fleetDefaults.enforcement)
    .check(described('Observe writes nothing, Recommend writes status only, Enforce acts.')),
  policy: z.prefault(PolicySchema, {}),
  learning: z.prefault(LearningSchema, {}),
  resilience: z._default(
    within(limits.resilience, 'Fraction of demand to be served after the loss of any one pool, 0 to 1.'),
    fleetDefaults.resilience,
  ),
  contestedRetryAfterSeconds: z._default(
    within(
      limits.contestedRetryAfterSeconds,
      'How long a field that another writer changed is left alone before the loop writes it again, in seconds.',
    ),
    fleetDefaults.contestedRetryAfterSeconds,
  ),
  router: z.optional(RouterSchema),
  units: list(UnitSchema, limits.units),
  pools: list(PoolSchema, limits.pools),
});

/** The spec as it is read, with all defaults. */
export type FleetSpec = z.output<typeof FleetSpecSchema>;
/** The spec as a user may write it. */
export type FleetSpecInput = z.input<typeof FleetSpecSchema>;
export type Unit = FleetSpec['units'][number];
export type Pool = FleetSpec['pools'][number];
