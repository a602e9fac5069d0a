/**
 * Bounds that the constructs check at synthesis, the API server at admission and the loop at every tick.
 *
 * Both ends of `min` and `max` are allowed; `above` and `below` are not allowed themselves.
 */

const DAY_SECONDS = 86_400;

export const limits = {
  /** Units of a fleet. */
  units: { min: 1, max: 50 },
  /** Pools of a fleet. */
  pools: { min: 1, max: 100 },
  /** Pools of a unit. */
  poolsPerUnit: { min: 1, max: 50 },
  /** Instance types of a pool. */
  instanceTypesPerPool: { min: 1, max: 50 },
  /** Zones, and capacity reservations, that a pool is restricted to. */
  zonesPerPool: { max: 20 },
  reservationsPerPool: { max: 20 },
  /** Replicas of a unit: the floor, and what its scaler may grow to. */
  minimumReplicas: { min: 0, max: 10_000 },
  maximumReplicas: { min: 1, max: 10_000 },
  /** Pods of a unit that a drain may take away at a time. */
  maximumUnavailable: { min: 1, max: 10_000 },
  /** Whole percents. */
  maximumSurgePercent: { min: 1, max: 100 },
  /** Accelerator devices of a pod, an instance and a pool. */
  devicesPerPod: { min: 1, max: 64 },
  devicesPerInstance: { min: 1, max: 1024 },
  devicesPerPool: { min: 0, max: 100_000 },
  /** Index of a trigger or metric in a scaler. */
  metricIndex: { min: 0, max: 100 },
  /** Latency of an objective or a profile, in seconds. */
  latencySeconds: { above: 0, max: 3600 },
  /** Percentile of latency. */
  percentile: { min: 1, below: 100 },
  /** Part of all requests to be answered within the objective's latency. */
  attainment: { above: 0, max: 1 },
  /** Cold start of a profile, in seconds. */
  coldStartSeconds: { min: 0, max: DAY_SECONDS },
  /** Throughput of a profile, and a target that an override may name, in requests per minute and pod. */
  throughputPerMinute: { above: 0 },
  target: { above: 0, max: 1e9 },
  /** How long TwoMode waits before it returns to CostOptimized, in seconds. */
  returnAfterSeconds: { min: 0, max: DAY_SECONDS },
  /** How long the loop leaves a field alone that another writer changed, in seconds. */
  contestedRetryAfterSeconds: { min: 60, max: 30 * DAY_SECONDS },
  /** Part of the profile's throughput that is used as scaling target. */
  targetUtilization: { above: 0, max: 1 },
  /** Learned throughput as a factor of the stated one: the least and the most that it may be. */
  minimumFactor: { above: 0, max: 1 },
  maximumFactor: { min: 1, max: 10 },
  /** Part of the demand to be served after the loss of any one pool. */
  resilience: { min: 0, max: 1 },
  /** Part of the traffic. */
  share: { min: 0, max: 1 },
  /** Part of the traffic that a canary gets at most. */
  maximumShare: { above: 0, below: 1 },
  /** NodePool `spec.weight` (NodePool API). */
  poolWeight: { min: 1, max: 100 },
  /** Weight of a target group in a listener rule (Elastic Load Balancing API, `TargetGroupTuple`). */
  routerWeight: { min: 0, max: 999 },
  /** Target groups of a listener rule (Elastic Load Balancing guide, "Quotas for your Application Load Balancers"). */
  targetGroupsPerRule: { min: 1, max: 5 },
  /** How long a deployment waits for a removed unit, in seconds: CloudFormation waits an hour for a custom resource. */
  retirementDeadlineSeconds: { min: 300, max: 3300 },
  /** Overrides of one fleet. */
  overrides: { max: 100 },
  /** Characters of free text in the spec of a fleet. */
  text: { min: 1, max: 2048 },
} as const;

/** How far the cost shares of a fleet may miss the sum of 1: what is lost by writing thirds with six digits. */
export const COST_SHARE_TOLERANCE = 1e-6;

/**
 * By how much a change must better what is there before the loop writes it. Below these a write answers noise, and the next one takes it
 * back.
 */
export const deadbands = {
  /** Of prices, as a part of the price: spot prices of two zones pass each other by one or two percent several times a day. */
  price: 0.05,
  /** Of shares, as a part of the traffic: what prices that move by such a deadband shift between two units on equal shares. */
  share: 0.025,
  /** Of what ready pods serve, as a part of it: the mean of three minutes of 400 random arrivals each misses their rate by 3 %. */
  load: 0.05,
} as const;

/**
 * Part of the traffic that a unit keeps whose requests fail while those of others do not: enough to see that it answers again, and
 * little enough that few requests pay for it.
 */
export const TRIAL_SHARE = 0.01;

/** An RFC 1123 label, as Kubernetes requires it of most names. */
export const NAME_PATTERN = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
export const MAX_NAME_LENGTH = 63;

/** How far apart two quantities may be and still count as the same: Kubernetes and KEDA keep thousandths, and round them either way. */
export const QUANTITY_TOLERANCE = 0.001;
