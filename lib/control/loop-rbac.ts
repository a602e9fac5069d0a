import type { Construct, IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { type AccessRule, CLUSTER_EVENTS_NAMESPACE, loopRights, tenantRights } from '../generated/contract';

/** The Kubernetes group of the loop's IAM role. */
export const LOOP_GROUP = 'adaptive-inference:control-loop';

/** The name of the loop's roles and bindings. */
const NAME = 'adaptive-inference-control-loop';

/** The name of the ClusterRole for people who run fleets of their own. */
const TENANT_NAME = 'adaptive-inference-tenant';

const RBAC = 'rbac.authorization.k8s.io';
const subjects = [{ kind: 'Group', name: LOOP_GROUP, apiGroup: RBAC }];

/** Rules of a ClusterRole, or of the Role in a namespace. */
const rulesOf = (rights: readonly AccessRule[]) =>
  rights.map(({ resource, subresource, verbs }) => ({
    apiGroups: [resource.group],
    resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
    verbs: [...verbs],
  }));

const rulesIn = (namespace?: string) => rulesOf(loopRights.filter((right) => right.namespace === namespace));

/** Grants the loop's rights in the cluster to its group, and renders a ClusterRole for tenants, which nobody has until it is bound. */
export function loopRbac(scope: Construct, cluster: IInferenceCluster): IDependable[] {
  const role = cluster.addManifest(scope, `ClusterRole-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: rulesIn(),
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
    rules: rulesIn(CLUSTER_EVENTS_NAMESPACE),
  });
  const eventsBinding = cluster.addManifest(scope, `RoleBinding-${NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: NAME, namespace: CLUSTER_EVENTS_NAMESPACE },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: NAME },
    subjects,
  });
  cluster.addManifest(scope, `ClusterRole-${TENANT_NAME}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: TENANT_NAME },
    rules: rulesOf(tenantRights),
  });
  binding.node.addDependency(role);
  eventsBinding.node.addDependency(events);
  return [binding, eventsBinding];
}
