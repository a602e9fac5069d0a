import type { Construct, IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';

/** The Kubernetes group of the loop's role, and the name of all that binds it. */
export const LOOP_GROUP = 'adaptive-inference:control-loop';
const NAME = 'adaptive-inference-control-loop';

const RBAC = 'rbac.authorization.k8s.io';
const subjects = [{ kind: 'Group', name: LOOP_GROUP, apiGroup: RBAC }];

/** What one tick asks of the API server, and nothing else. */
const RULES = [
  // The fleets: read, and their status written with the version that was read.
  { apiGroups: ['adaptive-inference.dev'], resources: ['inferencefleets'], verbs: ['get', 'list'] },
  { apiGroups: ['adaptive-inference.dev'], resources: ['inferencefleets/status'], verbs: ['update'] },
  // Order and amount of pools: weight and limits.
  { apiGroups: ['karpenter.sh'], resources: ['nodepools'], verbs: ['list', 'patch'] },
  { apiGroups: ['karpenter.sh'], resources: ['nodeclaims'], verbs: ['list'] },
  // Floors and targets.
  { apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: ['list', 'patch'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'patch'] },
  // What runs.
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  // What changed, told beside the fleet.
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
];

/** Events of cluster-wide objects, refused launches of NodeClaims among them, lie in this namespace. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

/** The loop's rights in the cluster, for whoever carries the group. */
export function loopRbac(scope: Construct, cluster: IInferenceCluster): IDependable[] {
  const role = cluster.addManifest(scope, `ClusterRole-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: RULES,
  });
  const binding = cluster.addManifest(scope, `ClusterRoleBinding-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: NAME },
    subjects,
  });
  const events = cluster.addManifest(scope, `Role-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name: NAME, namespace: CLUSTER_EVENTS_NAMESPACE },
    rules: [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }],
  });
  const eventsBinding = cluster.addManifest(scope, `RoleBinding-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: NAME, namespace: CLUSTER_EVENTS_NAMESPACE },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: NAME },
    subjects,
  });
  binding.node.addDependency(role);
  eventsBinding.node.addDependency(events);
  return [binding, eventsBinding];
}
