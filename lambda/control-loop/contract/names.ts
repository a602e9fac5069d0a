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
