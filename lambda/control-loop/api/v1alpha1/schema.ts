import * as z from 'zod/mini';

/**
 * The schema of a fleet in version v1alpha1.
 *
 * It validates what comes in (custom resources, scenario files), and the JSON Schema and the CustomResourceDefinition of
 * `InferenceFleet` are generated from it. The name of every duration, price and rate states its unit.
 */

const described = (description: string) => z.describe(description);

const number = (description: string, ...checks: z.core.$ZodCheck<number>[]) => z.number().check(...checks, described(description));

const integer = (description: string, minimum: number, maximum = 2_147_483_647) =>
  z.int().check(z.gte(minimum), z.lte(maximum), described(description));

/** An RFC 1123 label, as Kubernetes asks of most names. */
const label = (description: string) =>
  z
    .string()
    .check(
      z.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a lower-case name of letters, digits and hyphens, at most 63 long'),
      described(description),
    );

const text = (description: string) => z.string().check(z.minLength(1), z.maxLength(2048), described(description));

const ObjectiveSchema = z.strictObject({
  latencySeconds: number('The latency that a request should not exceed, in seconds.', z.gt(0), z.lte(3600)),
  percentile: z._default(number('The percentile of latency that is watched, between 0 and 100.', z.gt(0), z.lt(100)), 95),
  attainment: z._default(
    number('The share of all requests to be answered within the latency, above 0, at most 1.', z.gt(0), z.lte(1)),
    0.99,
  ),
});

const ProfileSchema = z.strictObject({
  throughputPerMinute: number('Requests per minute one pod sustains at its breaking point.', z.gt(0)),
  latencySeconds: number('Latency of one request at that throughput, in seconds.', z.gt(0), z.lte(3600)),
  coldStartSeconds: number(
    'Time from asking for a pod to its first answer when a node must be launched, in seconds.',
    z.gte(0),
    z.lte(86_400),
  ),
});

const ScalerSchema = z.strictObject({
  kind: z
    .enum(['ScaledObject', 'HorizontalPodAutoscaler'])
    .check(described('What scales the unit: a KEDA ScaledObject or a plain HorizontalPodAutoscaler.')),
  name: label('Name of that object, in the namespace of the fleet.'),
  metricIndex: z._default(
    integer('Index of the trigger (ScaledObject) or metric (HorizontalPodAutoscaler) that carries the target.', 0, 100),
    0,
  ),
});

const UnitSchema = z.strictObject({
  name: label('Name of the unit, unique in its fleet.'),
  accelerator: text('Chip family, for example A10G, L4, INFERENTIA2, TRAINIUM1.'),
  deployment: label('Name of the Deployment, in the namespace of the fleet.'),
  scaler: ScalerSchema,
  pools: z.array(label('Name of a pool of the fleet that can host the pods of this unit.')).check(z.minLength(1), z.maxLength(50)),
  devicesPerPod: z._default(integer('Accelerator devices one pod asks for.', 1, 64), 1),
  profile: ProfileSchema,
  targetGroupArn: z.optional(text('ARN of the ALB target group; left out where the fleet has no router.')),
  minimumReplicas: z._default(integer('Least replicas the loop may set as floor.', 0, 10_000), 1),
  maximumReplicas: z._default(integer('Most replicas the loop may set as floor; the scaler states the same maximum.', 1, 10_000), 100),
  costShare: z.optional(
    number(
      'Share of the traffic in cost-optimized mode, 0 to 1; computed from profile and price where no unit states one.',
      z.gte(0),
      z.lte(1),
    ),
  ),
});

const InstanceTypeSchema = z.strictObject({
  name: text('EC2 instance type, for example inf2.xlarge.'),
  devices: integer('Accelerator devices on one instance.', 1, 1024),
  priceUsdPerHour: number('On-demand price of one instance, in US dollars per hour.', z.gte(0)),
});

const PoolSchema = z.strictObject({
  name: label('Name of the Karpenter NodePool.'),
  accelerator: text('Chip family, as in the units that the pool hosts.'),
  capacityType: z.enum(['spot', 'on-demand', 'reserved']).check(described("Karpenter's capacity type.")),
  deviceResource: text('Extended resource of the devices, for example nvidia.com/gpu or aws.amazon.com/neuron.'),
  instanceTypes: z.array(InstanceTypeSchema).check(z.minLength(1), z.maxLength(50)),
  maximumDevices: integer('Most devices the pool may grow to.', 0, 100_000),
  zones: z.optional(z.array(text('Availability zone.')).check(z.maxLength(20))),
  capacityReservationIds: z.optional(z.array(text('Capacity reservation that a reserved pool draws on.')).check(z.maxLength(20))),
});

const PolicySchema = z.strictObject({
  name: z._default(z.enum(['TwoMode', 'Static']), 'TwoMode').check(described('The policy that decides.')),
  returnAfterSeconds: z._default(
    number(
      'How long every unit must have a pool free of shortage before TwoMode returns to cost-optimized mode, in seconds.',
      z.gte(0),
      z.lte(86_400),
    ),
    600,
  ),
  targetUtilization: z._default(
    number('Part of the profile throughput that is used as scaling target, above 0, at most 1.', z.gt(0), z.lte(1)),
    0.8,
  ),
});

const RouterSchema = z.strictObject({
  listenerRuleArn: text('ARN of the ALB listener rule that carries the weights of the units.'),
});

/** The `spec` of an `InferenceFleet`: what a user wants of one fleet. */
export const FleetSpecSchema = z.strictObject({
  objective: ObjectiveSchema,
  enforcement: z
    ._default(z.enum(['Observe', 'Recommend', 'Enforce']), 'Enforce')
    .check(described('Observe writes nothing, Recommend writes status only, Enforce acts.')),
  policy: z.prefault(PolicySchema, {}),
  resilience: z._default(number('Fraction of demand to be served after the loss of any one pool, 0 to 1.', z.gte(0), z.lte(1)), 1),
  router: z.optional(RouterSchema),
  units: z.array(UnitSchema).check(z.minLength(1), z.maxLength(50)),
  pools: z.array(PoolSchema).check(z.minLength(1), z.maxLength(100)),
});

/** The spec as it is read, with all defaults. */
export type FleetSpec = z.output<typeof FleetSpecSchema>;
/** The spec as a user may write it. */
export type FleetSpecInput = z.input<typeof FleetSpecSchema>;
export type Unit = FleetSpec['units'][number];
export type Pool = FleetSpec['pools'][number];
