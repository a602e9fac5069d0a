import type { ApiResource } from '../ports';

/** Every Kubernetes resource the loop reads or writes. The construct's ClusterRole names exactly these. */
export const resources = {
  inferenceFleets: { group: 'adaptive-inference.dev', version: 'v1alpha1', plural: 'inferencefleets', kind: 'InferenceFleet' },
  nodePools: { group: 'karpenter.sh', version: 'v1', plural: 'nodepools', kind: 'NodePool' },
  nodeClaims: { group: 'karpenter.sh', version: 'v1', plural: 'nodeclaims', kind: 'NodeClaim' },
  scaledObjects: { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects', kind: 'ScaledObject' },
  horizontalPodAutoscalers: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler' },
  deployments: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod' },
  events: { group: '', version: 'v1', plural: 'events', kind: 'Event' },
} as const satisfies Record<string, ApiResource>;

/** The manager under which the loop applies fields. */
export const FIELD_MANAGER = 'adaptive-inference';
