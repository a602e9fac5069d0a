/** Copy of `lambda/control-loop/contract`, written by `npm run generate`: change it there. */

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

/** Words of a closed list that more than one part of the project speaks. */

/** What the loop may write: nothing; the status only; all that it owns. */
export const enforcements = ['Observe', 'Recommend', 'Enforce'] as const;
export type EnforcementName = (typeof enforcements)[number];

/** Karpenter's capacity types (Karpenter documentation, label `karpenter.sh/capacity-type`). */
export const capacityTypes = ['spot', 'on-demand', 'reserved'] as const;
export type CapacityTypeName = (typeof capacityTypes)[number];

/** Kinds of object that can scale a unit. */
export const scalerKinds = ['ScaledObject', 'HorizontalPodAutoscaler'] as const;
export type ScalerKind = (typeof scalerKinds)[number];

/** Fields that the loop owns, by what they belong to: a field key is `<field>/<name of the unit or pool>`. */
export const unitFields = ['floor', 'target', 'share'] as const;
export const poolFields = ['weight', 'limit'] as const;

/** What an override can name beside those fields: the strategy of the fleet. */
export const STRATEGY_FIELD = 'strategy';

/** Why Karpenter disrupts a node of its own accord (NodePool API, `spec.disruption.budgets[].reasons`). */
export const disruptionReasons = ['Empty', 'Underutilized', 'Drifted'] as const;

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

/**
 * Every metric that the loop emits, by its subject. The loop writes it in CloudWatch's embedded metric format; the constructs read
 * it in graphs and alarms.
 */

export const METRICS_NAMESPACE = 'AdaptiveInference';

/** Dimensions by the subject of a metric. Fleets and pools have names of their own only within a cluster. */
export const metricDimensions = {
  fleet: ['Cluster', 'Fleet'],
  unit: ['Cluster', 'Fleet', 'Unit'],
  pool: ['Cluster', 'Pool'],
} as const;

/** Name and CloudWatch unit of each metric. */
export const metrics = {
  fleet: {
    decisionAge: { name: 'DecisionAgeSeconds', unit: 'Seconds' },
    tickDuration: { name: 'TickDurationSeconds', unit: 'Seconds' },
    writes: { name: 'Writes', unit: 'Count' },
    writeErrors: { name: 'WriteErrors', unit: 'Count' },
    contested: { name: 'Contested', unit: 'Count' },
    unknownSignals: { name: 'UnknownSignals', unit: 'Count' },
    /** 1 while the strategy is CapacityOptimized, else 0. */
    capacityOptimized: { name: 'CapacityOptimized', unit: 'Count' },
  },
  unit: {
    /** Part of the traffic, 0 to 1. */
    share: { name: 'Share', unit: 'None' },
    floor: { name: 'Floor', unit: 'Count' },
    /** Requests per minute and pod. */
    target: { name: 'TargetThroughputPerMinute', unit: 'None' },
    readyPods: { name: 'ReadyPods', unit: 'Count' },
    pendingPods: { name: 'PendingPods', unit: 'Count' },
    /** 1 while pods of the unit are ready and do not serve, else 0. */
    impaired: { name: 'Impaired', unit: 'Count' },
    /** Throughput of a pod by its profile, in requests per minute: as stated, and as learned. */
    statedThroughput: { name: 'StatedThroughputPerMinute', unit: 'None' },
    learnedThroughput: { name: 'LearnedThroughputPerMinute', unit: 'None' },
    /** 1 while the learned profile differs from the stated one by more than a fifth, else 0. */
    profileParted: { name: 'ProfileParted', unit: 'Count' },
  },
  pool: {
    weight: { name: 'Weight', unit: 'None' },
    limitDevices: { name: 'LimitDevices', unit: 'Count' },
    runningDevices: { name: 'RunningDevices', unit: 'Count' },
    /** US dollars per device and hour. */
    price: { name: 'PriceUsdPerHour', unit: 'None' },
    /** 1 while the pool is in shortage, else 0. */
    shortage: { name: 'Shortage', unit: 'Count' },
  },
} as const;

/**
 * Names by which the constructs, the loop, the twin and the command line find what the others made.
 *
 * A changed name no longer finds what is deployed: `test/contract/names.test.ts` finds each where it takes effect.
 */

/** API group of the custom resource, and the prefix of every label and annotation of ours. */
export const API_GROUP = 'adaptive-inference.dev';
const API_VERSION = 'v1alpha1';

/** Every Kubernetes resource that the loop reads or writes. */
export const resources = {
  inferenceFleets: { group: API_GROUP, version: API_VERSION, plural: 'inferencefleets', kind: 'InferenceFleet' },
  nodePools: { group: 'karpenter.sh', version: 'v1', plural: 'nodepools', kind: 'NodePool' },
  nodeClaims: { group: 'karpenter.sh', version: 'v1', plural: 'nodeclaims', kind: 'NodeClaim' },
  scaledObjects: { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects', kind: 'ScaledObject' },
  horizontalPodAutoscalers: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler' },
  deployments: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod' },
  events: { group: '', version: 'v1', plural: 'events', kind: 'Event' },
} as const;

/** `apiVersion` of a resource as manifests state it: `<group>/<version>`, in the core group the version alone. */
export const apiVersionOf = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? version : `${group}/${version}`;

/** Events of cluster-wide objects, refused launches of NodeClaims among them, are in this namespace. */
export const CLUSTER_EVENTS_NAMESPACE = 'default';

/** In each namespace that has a fleet. */
export const FLEET_NAMESPACES = 'namespaces of fleets';

/** What may be done with a resource: in the whole cluster, in one namespace, or in each that has a fleet. */
export interface AccessRule {
  readonly resource: { readonly group: string; readonly plural: string };
  readonly subresource?: string;
  readonly verbs: readonly string[];
  readonly where?: typeof CLUSTER_EVENTS_NAMESPACE | typeof FLEET_NAMESPACES;
}

/** What one tick asks of the API server, and nothing else. */
export const loopRights: readonly AccessRule[] = [
  // The fleets: found in all namespaces, and their status written with the version that was read.
  { resource: resources.inferenceFleets, verbs: ['get', 'list'] },
  { resource: resources.inferenceFleets, subresource: 'status', verbs: ['update'] },
  // Order and amount of pools, which have no namespace: weight and limits.
  { resource: resources.nodePools, verbs: ['list', 'patch'] },
  { resource: resources.nodeClaims, verbs: ['list'] },
  // Floors and targets.
  { resource: resources.scaledObjects, verbs: ['list', 'patch'], where: FLEET_NAMESPACES },
  { resource: resources.horizontalPodAutoscalers, verbs: ['list', 'patch'], where: FLEET_NAMESPACES },
  // What runs, and which pods go first: the annotation for it.
  { resource: resources.deployments, verbs: ['list'], where: FLEET_NAMESPACES },
  { resource: resources.pods, verbs: ['list', 'patch'], where: FLEET_NAMESPACES },
  // What changed, reported beside the fleet.
  { resource: resources.events, verbs: ['create'], where: FLEET_NAMESPACES },
  // Launches that EC2 refused.
  { resource: resources.events, verbs: ['list'], where: CLUSTER_EVENTS_NAMESPACE },
];

/** Names of what gives the loop its rights in the cluster. */
export const loopAccess = {
  /** The group of its access entry. */
  group: 'adaptive-inference:control-loop',
  /** The ClusterRole of what it may do everywhere, its binding, and the Role for events of the cluster. */
  role: 'adaptive-inference-control-loop',
  /** The ClusterRole of what it may do in the namespaces of fleets: a RoleBinding there binds it. */
  fleetsRole: 'adaptive-inference-control-loop-fleets',
} as const;

/** What people need in their own namespace to run fleets there. Pods, Deployments and Services are in Kubernetes' own role `edit`. */
export const tenantRights: readonly AccessRule[] = [
  { resource: resources.inferenceFleets, verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] },
  { resource: resources.inferenceFleets, subresource: 'status', verbs: ['get'] },
  { resource: resources.scaledObjects, verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] },
];

/** The manager under which the loop applies fields, and the component that its Events name. */
export const FIELD_MANAGER = 'adaptive-inference';

/** Labels that the constructs set. */
export const labels = {
  /** Of a unit's pods and objects: name of the fleet. */
  fleet: `${API_GROUP}/fleet`,
  /** Of a unit's pods and objects: name of the unit. */
  unit: `${API_GROUP}/unit`,
  /** Of nodes: name of the accelerator. Pods select their nodes by it. */
  accelerator: `${API_GROUP}/accelerator`,
} as const;

/** Tag of a pool's instances and volumes with the name of the pool. */
export const POOL_TAG = `${API_GROUP}/pool`;

/** Tag of a listener rule with the fleet that may steer it, as `namespace/name`. */
export const FLEET_TAG = `${API_GROUP}/fleet`;

/**
 * Prefix of the tags by which a listener rule says that a target group of it is being retired; `<name>/<id>` of the target group follows.
 * Each has a tag of its own, so that no two writers touch the same one.
 */
export const RETIRING_TAG_PREFIX = `${API_GROUP}/retiring/`;

/** Tag of a listener rule with the resource of the stack that created it, by which a repeated request finds it again. */
export const CREATOR_TAG = `${API_GROUP}/creator`;

/** Tag of the target groups with which the load balancer controller registers pods of units. */
export const TARGETS_TAG = { key: `${API_GROUP}/targets`, value: 'pods' } as const;

/** Types of the custom resources that own a listener rule and the target groups in it. */
export const ruleResourceTypes = {
  rule: 'Custom::AdaptiveInferenceListenerRule',
  target: 'Custom::AdaptiveInferenceRuleTarget',
} as const;

/** Annotations of a NodePool. */
export const poolAnnotations = {
  /** Namespaces whose fleets may use the pool, separated by commas; `*` for all. Fleets of other namespaces are refused. */
  namespaces: `${API_GROUP}/namespaces`,
} as const;

/** Annotations of a pod that Kubernetes defines. */
export const podAnnotations = {
  /** Of the pods that are otherwise alike, a ReplicaSet deletes those with the lowest number first; a pod without it counts as 0. */
  deletionCost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

/** Labels of nodes and NodeClaims that Karpenter and Kubernetes define. */
export const nodeLabels = {
  nodePool: 'karpenter.sh/nodepool',
  capacityType: 'karpenter.sh/capacity-type',
  instanceType: 'node.kubernetes.io/instance-type',
  zone: 'topology.kubernetes.io/zone',
} as const;

/** Annotations of an `InferenceFleet` by which people steer the loop; the loop never writes them. */
export const annotations = {
  /** `up`, `down` or `all`, optionally followed by ` until <RFC 3339>`. */
  pause: `${API_GROUP}/pause`,
  /** Who paused the fleet and why: text for readers, without effect. */
  pauseReason: `${API_GROUP}/pause-reason`,
  /** JSON list of overrides, see `overrides.ts`. */
  overrides: `${API_GROUP}/overrides`,
  /** `all` or fields, with commas between, followed by ` at <RFC 3339>`: contested fields that the loop is to take as it finds them. */
  adopt: `${API_GROUP}/adopt`,
} as const;

/** Types of the conditions in the status of an `InferenceFleet`. */
export const conditionTypes = {
  /** Whether the spec is accepted. */
  valid: 'Valid',
  /** Whether every signal that the loop needs is known. */
  observed: 'Observed',
  /** Whether someone else writes a field that the loop owns. */
  contested: 'Contested',
  /** Whether what was decided is written; only of a fleet whose decisions are enforced. */
  applied: 'Applied',
} as const;

/** Reasons of those conditions. */
export const conditionReasons = {
  accepted: 'Accepted',
  invalidSpec: 'InvalidSpec',
  claimRefused: 'ClaimRefused',
  complete: 'Complete',
  signalsUnknown: 'SignalsUnknown',
  otherWriter: 'OtherWriter',
  noOtherWriter: 'NoOtherWriter',
  asDecided: 'AsDecided',
  writeFailed: 'WriteFailed',
  writeConflict: 'WriteConflict',
  writeSkipped: 'WriteSkipped',
} as const;

/** Reasons of the Events that the loop writes on a fleet. */
export const fleetEventReasons = {
  strategyChanged: 'StrategyChanged',
  retuned: 'Retuned',
  unitImpaired: 'UnitImpaired',
  podsWaiting: 'PodsWaiting',
  floorUnfollowed: 'FloorUnfollowed',
  unitSlow: 'UnitSlow',
} as const;

/** Reasons of Karpenter's Events (karpenter-provider-aws v1.14, `pkg/cloudprovider/events`). */
export const karpenterEventReasons = {
  /** On a NodeClaim: EC2 refused its launch, quota errors included. */
  insufficientCapacity: 'InsufficientCapacityError',
  /**
   * On a NodePool: no refusal. It reports what Karpenter remembers for three minutes, spot notices included, and comes with
   * simulations of consolidation too.
   */
  noCompatibleInstanceTypes: 'NoCompatibleInstanceTypes',
} as const;

/** Annotations by which people pause a ScaledObject (KEDA 2.20). */
export const kedaAnnotations = {
  paused: 'autoscaling.keda.sh/paused',
  pausedReplicas: 'autoscaling.keda.sh/paused-replicas',
  pausedScaleIn: 'autoscaling.keda.sh/paused-scale-in',
  pausedScaleOut: 'autoscaling.keda.sh/paused-scale-out',
} as const;

/** KEDA names the autoscaler of a ScaledObject by this prefix and the ScaledObject's own name. */
export const KEDA_AUTOSCALER_PREFIX = 'keda-hpa-';

/**
 * The field in which a trigger states its target, by its type (KEDA documentation, "Scalers", version 2.20). A type that is not here, such
 * as `cpu` or `cron`, has no target of requests.
 */
export const kedaTargetFields: Readonly<Record<string, string>> = {
  'aws-cloudwatch': 'targetMetricValue',
  'azure-app-insights': 'targetValue',
  'azure-log-analytics': 'threshold',
  'azure-monitor': 'targetValue',
  datadog: 'targetValue',
  dynatrace: 'threshold',
  'gcp-stackdriver': 'targetValue',
  graphite: 'threshold',
  influxdb: 'thresholdValue',
  loki: 'threshold',
  'metrics-api': 'targetValue',
  'new-relic': 'threshold',
  predictkube: 'threshold',
  prometheus: 'threshold',
  splunk: 'targetValue',
};

/**
 * Every policy, by the name that the spec of a fleet gives it: what other parts of the project need to know of it. Its function is in
 * `decide/policies`, in the file of its name on the command line. The registry there and the enum of the constructs are written from
 * this table by `npm run generate`.
 */
export const policies = {
  TwoMode: {
    /** What it does, in a sentence. */
    description: 'Optimizes cost until a unit has no pool left, and capacity until every unit has one again.',
    /** Its name on the command line. */
    commandLineName: 'two-mode',
    /** What it may be doing, and what the memory of a new fleet says. */
    strategies: ['CostOptimized', 'CapacityOptimized'],
    initialStrategy: 'CostOptimized',
    /** Strategies in which a person may hold a fleet. */
    overridableStrategies: ['CostOptimized', 'CapacityOptimized'],
    /** Whether it decides by the learned profiles of the units, in place of the stated ones. */
    usesLearnedProfiles: true,
  },
  Optimizer: {
    description:
      'Buys the cheapest pods that serve the planned demand, also without any one pool for the part that is to survive its loss.',
    commandLineName: 'optimizer',
    strategies: ['LeastCost'],
    initialStrategy: 'LeastCost',
    overridableStrategies: [],
    usesLearnedProfiles: true,
  },
  Static: {
    description: 'Keeps the given shares: the baseline, and the fallback.',
    commandLineName: 'static',
    strategies: ['Static'],
    initialStrategy: 'Static',
    overridableStrategies: [],
    usesLearnedProfiles: false,
  },
} as const;

export type PolicyName = keyof typeof policies;
export type StrategyName = (typeof policies)[PolicyName]['strategies'][number];

export const policyNames = Object.keys(policies) as readonly PolicyName[];

/** What any policy may be doing, each once. */
export const strategies: readonly StrategyName[] = [...new Set(policyNames.flatMap((name) => policies[name].strategies))];

/**
 * Every signal that the loop observes, by what it is about, in the order in which a reader wants them.
 *
 * The one list of signals: the hold-down of floors, targets and shares, the condition `Observed`, the decision record, metrics and the
 * command line read it. `model/signals.ts` does not compile when a signal is missing here, or is here and not observed.
 */

export interface SignalFacts {
  /** In words. */
  readonly label: string;
  /** Fields that are left as they are, or moved in the safe direction only, while the signal is unknown. */
  readonly neededFor: readonly ('floor' | 'target' | 'share' | 'weight' | 'limit')[];
  /** Set where the signal is the present value of that field: only this field waits for it, and not those of other units. */
  readonly isFieldValue?: true;
  /** Set where a unit that gets no traffic is steered without it. */
  readonly isOfTraffic?: true;
  /** Age beyond which it no longer says what is, in seconds; left out where a value holds until the next. */
  readonly maxAgeSeconds?: number;
  /** Whether it is in the record of the last decision (`always`), or in the log alone. */
  readonly shown: 'always' | 'log';
  /** Set where nothing is decided on it: the first to be left out of a record that grows too long. */
  readonly isAdvisory?: true;
}

/** Age beyond which most signals no longer say what is, in seconds. */
export const MAX_SIGNAL_AGE_SECONDS = 300;

const young = { maxAgeSeconds: MAX_SIGNAL_AGE_SECONDS } as const;

export const signals = {
  unit: {
    requestsPerMinute: { label: 'requests', neededFor: ['floor', 'target', 'share'], isOfTraffic: true, ...young, shown: 'always' },
    latencySeconds: { label: 'latency', neededFor: ['floor', 'target', 'share'], isOfTraffic: true, ...young, shown: 'always' },
    minutes: { label: 'last half hour', neededFor: [], isOfTraffic: true, ...young, shown: 'log' },
    readyPodsByPool: { label: 'ready pods', neededFor: ['floor', 'target', 'share'], ...young, shown: 'always' },
    // Without it floors are those of pods that stay.
    leavingPods: { label: 'leaving pods', neededFor: [], ...young, shown: 'always' },
    startingPods: { label: 'starting pods', neededFor: [], ...young, shown: 'always' },
    // Without it a probe is large enough for any pod that may use the pool.
    pendingPods: { label: 'pending pods', neededFor: [], ...young, shown: 'always' },
    // Named to people: nothing waits for it.
    waitingPods: { label: 'why pods wait', neededFor: [], ...young, shown: 'log' },
    // Without it no room is kept for a rollout.
    surgePods: { label: 'surging pods', neededFor: [], ...young, shown: 'log' },
    replicas: { label: 'replicas', neededFor: [], ...young, shown: 'always' },
    floor: { label: 'floor', neededFor: ['floor'], isFieldValue: true, ...young, shown: 'always' },
    targetThroughputPerMinute: { label: 'target', neededFor: ['target'], isFieldValue: true, ...young, shown: 'always' },
    errorsPerMinute: { label: 'errors', neededFor: [], ...young, shown: 'always', isAdvisory: true },
    healthyHosts: { label: 'healthy hosts', neededFor: [], ...young, shown: 'always', isAdvisory: true },
    podStarts: { label: 'starts of pods', neededFor: [], ...young, shown: 'log' },
    // Without it the fleet's own maximum counts, and no pause.
    scaler: { label: 'scaler', neededFor: [], ...young, shown: 'log' },
    autoscalerEdits: { label: 'edits of the autoscaler', neededFor: [], ...young, shown: 'log' },
  },
  pool: {
    weight: { label: 'weight', neededFor: ['weight'], isFieldValue: true, ...young, shown: 'always' },
    limitDevices: { label: 'limit', neededFor: ['limit'], isFieldValue: true, ...young, shown: 'always' },
    runningDevices: { label: 'running devices', neededFor: ['limit'], ...young, shown: 'always' },
    launchFailures: { label: 'refused launches', neededFor: ['weight', 'limit'], ...young, shown: 'always' },
    lastLaunchSeconds: { label: 'last launch', neededFor: ['weight', 'limit'], ...young, shown: 'always' },
    // Without it the pool counts as ready.
    notReady: { label: 'readiness of the NodePool', neededFor: [], ...young, shown: 'log' },
    // A price holds until the next one, however old it is.
    priceUsdPerDeviceHour: { label: 'price per device-hour', neededFor: ['share', 'weight'], shown: 'always' },
    // Pins every write to the NodePool that was observed.
    uid: { label: 'uid', neededFor: ['weight', 'limit'], ...young, shown: 'log' },
    // Without it the zones that a pool is restricted to count, or none: a refusal then is of the whole pool.
    offeredZones: { label: 'offered zones', neededFor: [], shown: 'log' },
    // Without it a reserved pool counts on all of its maximum.
    reservedDevices: { label: 'reserved devices', neededFor: [], shown: 'log' },
  },
  fleet: {
    routerWeights: { label: 'router weights', neededFor: ['share'], isFieldValue: true, ...young, shown: 'always' },
  },
} as const satisfies Readonly<Record<'unit' | 'pool' | 'fleet', Readonly<Record<string, SignalFacts>>>>;
