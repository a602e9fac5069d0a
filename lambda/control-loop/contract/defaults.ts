/**
 * What is deployed where the user states nothing else. The constructs render it, the twin runs with it, the schemas fill it in.
 *
 * Durations are in seconds.
 */

/** A fleet: the defaults of its schema. */
export const fleetDefaults = {
  namespace: 'default',
  percentile: 95,
  attainment: 0.99,
  enforcement: 'Enforce',
  policyName: 'TwoMode',
  returnAfterSeconds: 600,
  targetUtilization: 0.8,
  resilience: 1,
  contestedRetryAfterSeconds: 3600,
  learning: { enabled: true, minimumFactor: 0.2, maximumFactor: 1 },
} as const;

/** A deployment unit. */
export const unitDefaults = {
  minimumReplicas: 1,
  maximumReplicas: 100,
  devicesPerPod: 1,
  metricIndex: 0,
  scaler: 'ScaledObject',
} as const;

/** A pool: its NodePool (Karpenter's NodePool API) and the bound that the loop keeps. */
export const poolDefaults = {
  capacityType: 'spot',
  maximumDevices: 32,
  /** Nodes that started together expire together, without replacements first and whatever the budgets say: they are left to drift. */
  expireAfter: 'Never',
  /** Longer than a slow model takes to start, because pods of a node that is replaced wait so long for their successors. */
  terminationGracePeriodSeconds: 1800,
  /**
   * A node that serves is worth a cold start of many minutes: only an empty one is taken away, and only after its pods had time to
   * come back. Moving pods to a cheaper node is the control loop's decision.
   */
  consolidationPolicy: 'WhenEmpty',
  consolidateAfterSeconds: 600,
  /** How many nodes of the pool may be disrupted at once, by reason. */
  budgets: [
    { nodes: '100%', reasons: ['Empty'] },
    { nodes: '1', reasons: ['Drifted'] },
  ],
} as const;

/** How a pod ends. `drainSeconds` and `endingSeconds` together are its grace period. */
export const podDefaults = {
  /** preStop hook: the pod goes on answering while the load balancer stops sending to it. */
  drainSeconds: 60,
  minDrainSeconds: 5,
  /** From the signal to end until the pod is killed. */
  endingSeconds: 15,
  /** Longest grace period: the notice of two minutes that spot gives, less the time until pods are asked to end. */
  maxTerminationSeconds: 110,
  /** PodDisruptionBudget: pods of a unit that drains of nodes may take away at a time. */
  maximumUnavailable: 1,
  /** Rolling updates: pods beyond its replicas that a Deployment may have, as a percentage of them, rounded up. */
  maximumSurgePercent: 25,
  /** How long a new pod must have been ready before it counts: the load balancer needs two health checks before it sends requests to it. */
  minReadySeconds: 30,
} as const;

/** Health checks of a unit's target group. */
export const healthCheckDefaults = { intervalSeconds: 10, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 3 } as const;

/** The listener rule of a router, and how a unit enters and leaves it. */
export const ruleDefaults = {
  /** Rules of the user come first. Must not be 1: until 0.1 CloudFormation owned a rule with that priority, which serves until it is deleted. */
  priority: 10_000,
  /**
   * Weight of each target group while nobody is served yet, where no shares are stated. The same for any number of units, so that a unit
   * that is added changes nothing about the others.
   */
  initialWeight: 199,
  /** Time between two looks at the rule; longer than `maxWriteAgeSeconds`. */
  pollSeconds: 15,
  /**
   * ModifyRule has no precondition. A rule is written at most this long after it was read, by the loop and by deployments alike: what stands
   * in a rule for longer than that cannot be undone by a write that began before it.
   */
  maxWriteAgeSeconds: 8,
  /** How long a deployment waits until the loop has taken the traffic from a removed unit. */
  retirementDeadlineSeconds: 3000,
} as const;

/**
 * `behavior` of every autoscaler: up at once, down to the highest recommendation of five minutes. These are the defaults of Kubernetes,
 * stated so that no flag of a cluster changes them. All other damping is the control loop's, which holds floors as long as it wants
 * pods kept.
 */
export const scalingBehavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
} as const;

/** What the constructs leave to Kubernetes and KEDA: the values of those programs. */
export const programDefaults = {
  /** How far the metric may be from its target without scaling, as a part of the target (Kubernetes: `tolerance`). */
  scalingTolerance: 0.1,
  /** KEDA `pollingInterval`. */
  pollingIntervalSeconds: 30,
  /** KEDA `maxReplicaCount`. */
  maximumReplicas: 100,
} as const;

/** KEDA `fallback`: while the trigger fails, the replicas stay. It must not say 0, which KEDA takes for leave to scale to zero. */
export const scalingFallback = { failureThreshold: 3, replicas: 1, behavior: 'currentReplicas' } as const;

/**
 * The metric that a unit is scaled on: requests of its target group in a minute (Elastic Load Balancing guide, "CloudWatch metrics for
 * your Application Load Balancer").
 */
export const scalingMetric = {
  periodSeconds: 60,
  /** How far back the trigger looks for a value. */
  collectionSeconds: 300,
  /** The last minute is left out, for CloudWatch has not seen all of it yet. */
  endOffsetSeconds: 60,
} as const;

/**
 * KEDA's trigger on it, but for what differs by unit: `dimensionValue`, `awsRegion`, `targetMetricValue`.
 *
 * `AverageValue` divides the requests by the pods: RequestCountPerTarget is divided by healthy targets already, so a sick pod would
 * raise it. A load balancer reports no requests while nobody asks: that counts as zero here (`ignoreNullValues`), and `healthTrigger`
 * tells it from a metric that is lost. Metrics are not cached (`useCachedMetrics`): a cached fallback would be read as a recovery, and would
 * still be counted in the target of before.
 */
export const scalingTrigger = {
  type: 'aws-cloudwatch',
  metricType: 'AverageValue',
  metadata: {
    namespace: 'AWS/ApplicationELB',
    metricName: 'RequestCount',
    dimensionName: 'LoadBalancer;TargetGroup',
    metricStat: 'Sum',
    metricUnit: 'Count',
    metricStatPeriod: String(scalingMetric.periodSeconds),
    metricCollectionTime: String(scalingMetric.collectionSeconds),
    metricEndTimeOffset: String(scalingMetric.endOffsetSeconds),
    minMetricValue: '0',
    activationTargetMetricValue: '0',
    ignoreNullValues: 'true',
  },
} as const;

/**
 * KEDA's second trigger, on the targets that the load balancer finds unhealthy; the same fields differ by unit, but for the target of one.
 *
 * A load balancer reports it every minute for a target group that has targets, requests or none. While it does, no requests is zero, and
 * the unit scales down to its floor. When it is missing too, metrics are lost: the trigger fails, the autoscaler scales nothing down, and
 * the fallback keeps the replicas there are. Its target of one pod for each unhealthy one asks for no more pods than there are, and keeps
 * those that get no requests because they are unhealthy.
 */
export const healthTrigger = {
  type: 'aws-cloudwatch',
  metricType: 'AverageValue',
  metadata: {
    ...scalingTrigger.metadata,
    metricName: 'UnHealthyHostCount',
    metricStat: 'Maximum',
    targetMetricValue: '1',
    ignoreNullValues: 'false',
  },
} as const;

/** The function that is one tick. */
export const loopDefaults = {
  periodSeconds: 60,
  /** Below the shortest period, so that a tick is over before the next begins. */
  timeoutSeconds: 55,
  /** Part of that time that a tick keeps back to end the write under way and to report. */
  reportSeconds: 3,
  /** Ticks at once: reserved concurrency. */
  concurrency: 1,
  /** An invocation that waited longer is dropped: the next tick comes within minutes. */
  maxEventAgeSeconds: 60,
} as const;
