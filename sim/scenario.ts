import * as z from 'zod/mini';
import { FleetSpecSchema } from '../lambda/control-loop/model/fleet';

/** The published schema of a scenario file. Times are seconds since the start of the scenario. */

const positive = z.number().check(z.gt(0));
const nonNegative = z.number().check(z.gte(0));

/** A quantity over time. */
const CurveSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: nonNegative }),
  /** minimum + (maximum - minimum) * (1 - cos(2 pi (t + phase) / period)) / 2, held for each step. */
  z.strictObject({
    kind: z.literal('cosine'),
    minimum: nonNegative,
    maximum: nonNegative,
    periodSeconds: positive,
    stepSeconds: z._default(positive, 60),
    phaseSeconds: z._default(nonNegative, 0),
  }),
  /** Each value holds until the next row. */
  z.strictObject({
    kind: z.literal('steps'),
    rows: z.array(z.strictObject({ timestampSeconds: nonNegative, value: nonNegative })).check(z.minLength(1)),
  }),
]);

const ClientsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('closed-loop'),
    /** Number of users; each sends its next request a think time after its last was answered. */
    users: CurveSchema,
    thinkSeconds: z._default(nonNegative, 0),
    /** How long a user waits after a failed request. */
    pauseAfterFailureSeconds: z._default(positive, 1),
  }),
  z.strictObject({
    kind: z.literal('open-loop'),
    requestsPerMinute: z.optional(CurveSchema),
    /** CSV file beside the scenario: `timestampSeconds,requestsPerMinute` or `timestampSeconds` alone. */
    arrivalsFile: z.optional(z.string()),
    /** Squared coefficient of variation of the time between requests: 1 is Poisson, 0 evenly spaced, above 1 bursty. */
    burstiness: z._default(nonNegative, 1),
  }),
]);

const AvailabilityRowSchema = z.strictObject({
  timestampSeconds: nonNegative,
  pool: z.string(),
  /** Devices EC2 grants the pool in all; null is unlimited. */
  devices: z.nullable(z.int().check(z.gte(0))),
});

const AvailabilitySchema = z.strictObject({
  rows: z.optional(z.array(AvailabilityRowSchema)),
  /** CSV file beside the scenario: `timestampSeconds,pool,devices`, empty devices = unlimited. */
  file: z.optional(z.string()),
  /** Whose running instances are taken, with two minutes' notice, when less is available than runs. AWS takes spot instances only. */
  reclaim: z._default(z.enum(['spot', 'all', 'none']), 'spot'),
});

export const ScenarioSchema = z.strictObject({
  $schema: z.optional(z.string()),
  name: z.string().check(z.regex(/^[a-z0-9][-a-z0-9]*$/)),
  description: z.string(),
  /** The instant of second 0, RFC 3339. */
  startTime: z.string(),
  durationSeconds: positive,
  /** Left out of every figure, so that runs start warm. */
  warmUpSeconds: z._default(nonNegative, 0),
  fleet: FleetSpecSchema,
  /** Pods of each unit running and ready at second 0; the minimum where not stated. */
  initialReplicas: z._default(z.record(z.string(), z.int().check(z.gte(0))), {}),
  clients: ClientsSchema,
  availability: z.prefault(AvailabilitySchema, {}),
  /** JSON file beside the scenario, as `aws ec2 describe-spot-price-history` prints it. */
  spotPricesFile: z.optional(z.string()),
  /** Part of the on-demand price that spot costs where no price file says. */
  spotPriceFraction: z._default(positive, 0.4),
  /** Random spot reclaims per instance and hour. */
  spotReclaimsPerInstanceHour: z._default(nonNegative, 0),
  twin: z.prefault(
    z.strictObject({
      routing: z._default(z.enum(['least_outstanding_requests', 'round_robin']), 'least_outstanding_requests'),
      /** Distribution of the service time of one request around the profile's. */
      service: z._default(z.enum(['deterministic', 'exponential', 'log-normal']), 'log-normal'),
      serviceCoefficientOfVariation: z._default(nonNegative, 0.05),
      requestTimeoutSeconds: z._default(positive, 60),
      /** Part of the cold start that goes by before the node is ready; the rest is image and model load. */
      nodeFraction: z._default(z.number().check(z.gte(0), z.lte(1)), 0.3),
      coldStartCoefficientOfVariation: z._default(nonNegative, 0.15),
      /** CloudWatch data of a minute appears this long after its end. */
      metricDelaySeconds: z._default(nonNegative, 60),
      /** Longest a terminating pod may finish its requests. */
      drainSeconds: z._default(nonNegative, 90),
      scaler: z.prefault(
        z.strictObject({
          metricStatPeriodSeconds: z._default(positive, 60),
          pollingIntervalSeconds: z._default(positive, 30),
          tolerance: z._default(nonNegative, 0.1),
          scaleDownStabilizationSeconds: z._default(nonNegative, 300),
          scaleUpStabilizationSeconds: z._default(nonNegative, 0),
        }),
        {},
      ),
    }),
    {},
  ),
});

export type ScenarioInput = z.input<typeof ScenarioSchema>;
export type Scenario = z.output<typeof ScenarioSchema>;
export type Curve = z.output<typeof CurveSchema>;
