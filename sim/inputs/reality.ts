import * as z from 'zod/mini';

/**
 * What is really so, where it differs from what the fleet states. Profiles, targets and objects of the fleet are what its owner believes;
 * nothing here is known to the control loop but by its signals.
 *
 * Every entry holds in a window of time. Where several entries say something about the same thing, the last one in the list decides.
 */

const positive = (description: string) => z.number().check(z.gt(0), z.describe(description));
const nonNegative = (description: string) => z.number().check(z.gte(0), z.describe(description));
const part = (description: string) => z.number().check(z.gt(0), z.lte(1), z.describe(description));
const name = (description: string) => z.string().check(z.minLength(1), z.describe(description));

const window = {
  fromSeconds: z._default(nonNegative('When it begins, in seconds since the start of the scenario.'), 0),
  toSeconds: z.optional(positive('When it ends, in seconds since the start of the scenario; the end of the scenario where not stated.')),
};

const unit = name('Name of a unit of the fleet.');
const pool = z.optional(name('Name of a pool of the unit; all of them where not stated.'));

/** How the pods of a unit really perform: a factor on the service time, or the profile that a measurement would give. */
const PerformanceSchema = z.strictObject({
  unit,
  pool,
  ...window,
  serviceTimeFactor: z.optional(positive("Real time that a pod works on one request, as a multiple of the profile's.")),
  throughputPerMinute: z.optional(positive('Real throughput of a pod within the objective, in requests per minute.')),
  latencySeconds: z.optional(positive('Real latency of a pod at that throughput, in seconds.')),
  coldStartFactor: z.optional(positive("Real cold start, as a multiple of the profile's.")),
});

/** Pods of a unit that answer a part of their requests with an error at once, without working on them. */
const FailingRequestsSchema = z.strictObject({
  unit,
  pool,
  ...window,
  part: z._default(part('Part of the requests of each pod that it answers with an error.'), 1),
  latencySeconds: z._default(positive('Latency of those answers, in seconds.'), 0.01),
});

/** Requests of a unit that wait for something else, a database or another service, while the pod works on the next ones. */
const SlowDependenciesSchema = z.strictObject({
  unit,
  pool,
  ...window,
  part: z._default(part('Part of the requests of each pod that wait for it.'), 1),
  latencySeconds: positive("Latency that it adds to such a request, in seconds; it takes none of the pod's capacity."),
});

/** Ready pods of a unit that the load balancer does not find healthy. */
const UnhealthyTargetsSchema = z.strictObject({
  unit,
  pool,
  ...window,
  part: z._default(part('Part of the pods, spread evenly over them in the order of their creation.'), 1),
  cause: z._default(
    z
      .enum(['unreachable', 'failing-checks', 'unregistered'])
      .check(
        z.describe(
          'unreachable: nothing reaches the pods, health checks and requests alike; failing-checks: only their health checks fail; unregistered: they are not in the target group.',
        ),
      ),
    'unreachable',
  ),
});

/** Kinds of object that the loop writes. */
const writtenKinds = ['NodePool', 'ScaledObject', 'HorizontalPodAutoscaler', 'InferenceFleet', 'Pod', 'Event'] as const;

const pointer = (description: string) =>
  z.string().check(z.regex(/^(\/[^/]+)+$/, 'a JSON pointer, for example /spec/minReplicaCount'), z.describe(description));

const errorStatus = z._default(z.int().check(z.gte(400), z.lte(599), z.describe('HTTP status of the answer.')), 403);
const errorMessage = z.optional(name('Message of the answer.'));

/** Writes of the loop that are refused, by the API server or a webhook, or by Elastic Load Balancing. */
const RefusedWritesSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal([...writtenKinds]).check(z.describe('Kind of the object.')),
    name: z.optional(name('Name of the object; all of the kind where not stated.')),
    field: z.optional(pointer('JSON pointer of a field: writes are refused that set it or a field under it. All writes where not stated.')),
    status: errorStatus,
    message: errorMessage,
    ...window,
  }),
  z.strictObject({ kind: z.literal('ListenerRule'), status: errorStatus, message: errorMessage, ...window }),
]);

const reaction = {
  everySeconds: z.optional(positive('How often the writer puts its value back, in seconds.')),
  secondsAfterWrite: z.optional(nonNegative('From a write of the loop to the object until the writer puts its value back, in seconds.')),
  atSeconds: z.optional(nonNegative('When the writer sets its value once, in seconds since the start of the scenario.')),
};

/** Another writer of what the loop owns: GitOps, another controller, a person. */
const OtherWritersSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal(['NodePool', 'ScaledObject', 'HorizontalPodAutoscaler']).check(z.describe('Kind of the object.')),
    name: name('Name of the object.'),
    field: pointer('JSON pointer of the field.'),
    value: z.union([z.number(), z.string(), z.null()]).check(z.describe('What the writer sets the field to; null takes the field away.')),
    manager: z._default(name('Name of the writer as a field manager.'), 'argocd'),
    ...reaction,
    ...window,
  }),
  z.strictObject({
    kind: z.literal('ListenerRule'),
    weights: z
      .record(z.string(), z.int().check(z.gte(0), z.lte(999), z.describe('Weight of the target group of the unit.')))
      .check(z.describe('What the writer sets the weights to, by unit; 0 where not stated.')),
    ...reaction,
    ...window,
  }),
]);

/** Pods of a unit whose container does not start. */
const FailingStartsSchema = z.strictObject({
  unit,
  pool,
  ...window,
  part: z._default(part('Part of the pods, spread evenly over them in the order of their creation.'), 1),
  reason: z._default(
    z
      .enum(['CrashLoopBackOff', 'ImagePullBackOff'])
      .check(z.describe('CrashLoopBackOff: the container ends soon after its start; ImagePullBackOff: its image cannot be pulled.')),
    'CrashLoopBackOff',
  ),
  crashAfterSeconds: z._default(positive('From the start of a container that crashes to its end, in seconds.'), 5),
});

/** Units that do not do what their scaler asks, whatever it asks and whoever wrote it. */
const StuckScalingSchema = z.strictObject({
  unit,
  ...window,
  cause: z._default(
    z
      .enum(['autoscaler', 'quota'])
      .check(
        z.describe(
          'autoscaler: nothing scales the Deployment, as without KEDA; quota: the Deployment is scaled, and the API server creates no pods for it.',
        ),
      ),
    'autoscaler',
  ),
});

const answer = z._default(
  z
    .enum(['error', 'throttled', 'empty'])
    .check(z.describe('error: the service fails; throttled: it refuses for too many calls; empty: it answers that there is nothing.')),
  'error',
);

/** Signals that the loop does not get. */
const SilentSignalsSchema = z.discriminatedUnion('signal', [
  z.strictObject({
    signal: z.literal('cloudwatch').check(z.describe('Metrics in CloudWatch.')),
    metric: z.optional(name('Name of one metric, for example TargetResponseTime; all of them where not stated.')),
    readers: z._default(
      z.enum(['all', 'loop']).check(z.describe('Who does not get it: the loop and the scalers of the units, or the loop alone.')),
      'all',
    ),
    answer,
    ...window,
  }),
  z.strictObject({ signal: z.literal('spot-prices').check(z.describe('The history of spot prices in EC2.')), answer, ...window }),
  z.strictObject({
    signal: z.literal('kubernetes').check(z.describe('Objects in the API server.')),
    kind: z.optional(
      z
        .enum(['InferenceFleet', 'NodePool', 'NodeClaim', 'ScaledObject', 'HorizontalPodAutoscaler', 'Deployment', 'Pod', 'Event'])
        .check(z.describe('Kind of object; all of them where not stated.')),
    ),
    answer,
    ...window,
  }),
  z.strictObject({ signal: z.literal('router').check(z.describe('The weights of the listener rule.')), answer, ...window }),
]);

export const RealitySchema = z.strictObject({
  performance: z._default(
    z.array(PerformanceSchema).check(z.describe('How units really perform; as their profiles state where no entry holds.')),
    [],
  ),
  failingRequests: z._default(
    z.array(FailingRequestsSchema).check(z.describe('Units whose pods answer with 5xx; none does where no entry holds.')),
    [],
  ),
  slowDependencies: z._default(
    z.array(SlowDependenciesSchema).check(z.describe('What requests of units wait for, beside their pods; nothing where no entry holds.')),
    [],
  ),
  unhealthyTargets: z._default(
    z.array(UnhealthyTargetsSchema).check(z.describe('Ready pods that are no healthy targets; all of them are where no entry holds.')),
    [],
  ),
  failingStarts: z._default(
    z.array(FailingStartsSchema).check(z.describe('Pods whose container does not start; all of them start where no entry holds.')),
    [],
  ),
  stuckScaling: z._default(
    z
      .array(StuckScalingSchema)
      .check(z.describe('Units whose Deployments do not follow their scalers; all of them do where no entry holds.')),
    [],
  ),
  refusedWrites: z._default(
    z.array(RefusedWritesSchema).check(z.describe('Writes of the loop that are refused; none is where no entry holds.')),
    [],
  ),
  otherWriters: z._default(
    z.array(OtherWritersSchema).check(z.describe('Other writers of fields that the loop owns; there is none where no entry holds.')),
    [],
  ),
  silentSignals: z._default(
    z.array(SilentSignalsSchema).check(z.describe('Signals that the loop does not get; it gets all of them where no entry holds.')),
    [],
  ),
});

export type Reality = z.output<typeof RealitySchema>;
