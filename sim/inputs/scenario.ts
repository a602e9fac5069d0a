import * as z from 'zod/mini';
import { FleetSpecSchema } from '../../lambda/control-loop/api';
import { podDefaults, poolDefaults, programDefaults, scalingBehavior, scalingMetric } from '../../lambda/control-loop/contract/defaults';
import { disruptionReasons } from '../../lambda/control-loop/contract/enums';
import { limits } from '../../lambda/control-loop/contract/limits';
import { DeploymentsSchema } from './deployments';
import { RealitySchema } from './reality';

/** The published schema of a scenario file. Times are seconds since the start of the scenario. */

const positive = (description: string) => z.number().check(z.gt(0), z.describe(description));
const nonNegative = (description: string) => z.number().check(z.gte(0), z.describe(description));
const part = (description: string) => z.number().check(z.gte(0), z.lte(1), z.describe(description));
const text = (description: string) => z.string().check(z.minLength(1), z.describe(description));

const timestampSeconds = nonNegative('Seconds since the start of the scenario.');

/** A quantity over time. */
const CurveSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: nonNegative('The value throughout.') }),
  /** minimum + (maximum - minimum) * (1 - cos(2 pi (t + phase) / period)) / 2, held for each step. */
  z.strictObject({
    kind: z.literal('cosine'),
    minimum: nonNegative('The value at the foot of the wave.'),
    maximum: nonNegative('The value at the crest of the wave.'),
    periodSeconds: positive('Time from foot to foot, in seconds.'),
    stepSeconds: z._default(positive('How long each value is held, in seconds.'), 60),
    phaseSeconds: z._default(nonNegative('How far into the wave the scenario begins, in seconds.'), 0),
  }),
  z.strictObject({
    kind: z.literal('steps'),
    rows: z
      .array(z.strictObject({ timestampSeconds, value: nonNegative('The value from this time on.') }))
      .check(z.minLength(1), z.describe('Each value holds until the next row.')),
  }),
]);

const ClientsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('closed-loop'),
    /** Number of users; each sends its next request a think time after its last was answered. */
    users: CurveSchema,
    thinkSeconds: z._default(nonNegative('Time between the answer to a user and its next request, in seconds.'), 0),
    pauseAfterFailureSeconds: z._default(positive('How long a user waits after a failed request, in seconds.'), 1),
  }),
  z.strictObject({
    kind: z.literal('open-loop'),
    requestsPerMinute: z.optional(CurveSchema),
    arrivalsFile: z.optional(text('CSV file beside the scenario: timestampSeconds,requestsPerMinute or timestampSeconds alone.')),
    burstiness: z._default(
      nonNegative('Squared coefficient of variation of the time between requests: 1 is Poisson, 0 evenly spaced, above 1 bursty.'),
      1,
    ),
  }),
]);

const AvailabilityRowSchema = z.strictObject({
  timestampSeconds,
  pool: text('Name of a pool of the fleet.'),
  devices: z.nullable(z.int().check(z.gte(0), z.describe('Devices EC2 grants the pool in all; null is unlimited.'))),
});

const AvailabilitySchema = z.strictObject({
  rows: z.optional(z.array(AvailabilityRowSchema).check(z.describe('Each row holds until the next one of its pool.'))),
  file: z.optional(text('CSV file beside the scenario: timestampSeconds,pool,devices, empty devices = unlimited.')),
  reclaim: z._default(
    z
      .enum(['spot', 'all', 'none'])
      .check(
        z.describe(
          "Whose running instances are taken, with two minutes' notice, when less is available than runs. AWS takes spot instances only.",
        ),
      ),
    'spot',
  ),
});

const ScalerSchema = z.strictObject({
  metricStatPeriodSeconds: z._default(positive('Statistic period of the scaling metric, in seconds.'), scalingMetric.periodSeconds),
  pollingIntervalSeconds: z._default(positive('How often KEDA asks for the metric, in seconds.'), programDefaults.pollingIntervalSeconds),
  tolerance: z._default(
    nonNegative('How far the metric may be from its target without scaling, as a part of the target.'),
    programDefaults.scalingTolerance,
  ),
  scaleDownStabilizationSeconds: z._default(
    nonNegative('Window whose highest recommendation a scale-down follows, in seconds.'),
    scalingBehavior.scaleDown.stabilizationWindowSeconds,
  ),
  scaleUpStabilizationSeconds: z._default(
    nonNegative('Window whose lowest recommendation a scale-up follows, in seconds.'),
    scalingBehavior.scaleUp.stabilizationWindowSeconds,
  ),
});

/** How Karpenter disrupts the nodes of every pool, as the constructs deploy it. */
const NodePoolSchema = z.strictObject({
  consolidateAfterSeconds: z._default(
    nonNegative('How long a node stays empty before it is removed, in seconds.'),
    poolDefaults.consolidateAfterSeconds,
  ),
  budgets: z._default(
    z
      .array(
        z.strictObject({
          // As Karpenter's definition of a NodePool has it.
          nodes: z
            .string()
            .check(
              z.regex(/^((100|[0-9]{1,2})%|[0-9]+)$/, 'a number of nodes, or a percentage from 0% to 100%'),
              z.describe('Nodes of a pool that may be disrupted at a time.'),
            ),
          reasons: z.optional(
            z.array(z.enum(disruptionReasons)).check(z.minLength(1), z.describe('What it bounds; every reason where not stated.')),
          ),
        }),
      )
      .check(z.describe('Disruption budgets of every pool; a reason that none of them names has no bound.')),
    poolDefaults.budgets.map(({ nodes, reasons }) => ({ nodes, reasons: [...reasons] })),
  ),
});

/** How pods end, as the constructs deploy them. */
const PodSchema = z.strictObject({
  drainSeconds: z._default(
    nonNegative('How long a pod that must go stays while the load balancer no longer sends to it, in seconds.'),
    podDefaults.drainSeconds,
  ),
  endingSeconds: z._default(nonNegative('How long it may then take to finish its requests, in seconds.'), podDefaults.endingSeconds),
  maximumSurgePercent: z._default(
    z
      .int()
      .check(
        z.gte(limits.maximumSurgePercent.min),
        z.lte(limits.maximumSurgePercent.max),
        z.describe('Pods beyond its replicas that a Deployment may have while it replaces its pods, as a percentage of them, rounded up.'),
      ),
    podDefaults.maximumSurgePercent,
  ),
  maximumUnavailable: z._default(
    z.int().check(z.gte(1), z.describe('Pods of a unit that drains of nodes may take away at a time.')),
    podDefaults.maximumUnavailable,
  ),
});

const TwinSchema = z.strictObject({
  routing: z._default(
    z.enum(['least_outstanding_requests', 'round_robin']).check(z.describe('How the load balancer chooses among the targets of one unit.')),
    'least_outstanding_requests',
  ),
  service: z._default(
    z
      .enum(['deterministic', 'exponential', 'log-normal'])
      .check(z.describe("Distribution of the service time of one request around the profile's.")),
    'log-normal',
  ),
  serviceCoefficientOfVariation: z._default(nonNegative('Coefficient of variation of a log-normal service time.'), 0.05),
  requestTimeoutSeconds: z._default(positive('Age at which a request fails, in seconds.'), 60),
  nodeFraction: z._default(part('Part of the cold start that goes by before the node is ready; the rest is image and model load.'), 0.3),
  coldStartCoefficientOfVariation: z._default(nonNegative('Coefficient of variation of the cold start.'), 0.15),
  metricDelaySeconds: z._default(nonNegative('CloudWatch data of a minute appears this long after its end, in seconds.'), 60),
  scaler: z.prefault(ScalerSchema, {}),
  nodePool: z.prefault(NodePoolSchema, {}),
  pod: z.prefault(PodSchema, {}),
});

const lowerCaseName = (description: string) =>
  z.string().check(z.regex(/^[a-z0-9][-a-z0-9]*$/, 'a lower-case name of letters, digits and hyphens'), z.describe(description));

const initialReplicas = z._default(
  z
    .record(z.string(), z.int().check(z.gte(0), z.describe('Pods of the unit running and ready at second 0.')))
    .check(z.describe('By unit; the minimum where not stated.')),
  {},
);

/** A further fleet of the cluster. */
const OtherFleetSchema = z.strictObject({
  name: lowerCaseName('Name of the fleet.'),
  fleet: FleetSpecSchema,
  initialReplicas,
  clients: ClientsSchema,
});

export const ScenarioSchema = z.strictObject({
  $schema: z.optional(z.string()),
  name: lowerCaseName('Name of the scenario, as results show it, and of its fleet.'),
  description: z.string().check(z.describe('What happens in the scenario.')),
  startTime: z.string().check(z.describe('The instant of second 0, RFC 3339, for example 2026-01-01T00:00:00Z.')),
  durationSeconds: positive('Length of the scenario, in seconds.'),
  warmUpSeconds: z._default(nonNegative('Left out of every figure, so that runs start warm, in seconds.'), 0),
  fleet: FleetSpecSchema,
  initialReplicas,
  clients: ClientsSchema,
  otherFleets: z._default(
    z
      .array(OtherFleetSchema)
      .check(
        z.describe('Further fleets of the cluster, each with its load. Fleets share pools by name; their units have names of their own.'),
      ),
    [],
  ),
  deployments: DeploymentsSchema,
  availability: z.prefault(AvailabilitySchema, {}),
  spotPrices: z.optional(
    z
      .array(
        z.strictObject({
          timestampSeconds,
          instanceType: text('Instance type of a spot pool.'),
          zone: text('Availability zone.'),
          priceUsdPerHour: nonNegative('Price of one instance from this time on, in US dollars per hour.'),
        }),
      )
      .check(z.describe('Spot prices over time; each holds until the next one of its type and zone. A price file takes their place.')),
  ),
  spotPricesFile: z.optional(text('JSON file beside the scenario, as aws ec2 describe-spot-price-history prints it.')),
  spotPriceFraction: z._default(positive('Part of the on-demand price that spot costs where no price file says.'), 0.4),
  spotReclaimsPerInstanceHour: z._default(nonNegative('Random spot reclaims per instance and hour.'), 0),
  twin: z.prefault(TwinSchema, {}),
  reality: z.prefault(RealitySchema, {}),
});

export type ScenarioInput = z.input<typeof ScenarioSchema>;
export type Scenario = z.output<typeof ScenarioSchema>;
export type Curve = z.output<typeof CurveSchema>;
