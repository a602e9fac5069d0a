import type { KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { type AccessRule, CLUSTER_EVENTS_NAMESPACE, FLEET_NAMESPACES, loopAccess, loopRights, tenantRights } from '../generated/contract';

/** The name of the ClusterRole for people who run fleets of their own. */
const TENANT_NAME = 'adaptive-inference-tenant';

const RBAC = 'rbac.authorization.k8s.io';
const subjects = [{ kind: 'Group', name: loopAccess.group, apiGroup: RBAC }];

/** Rules of a role. */
const rulesOf = (rights: readonly AccessRule[]) =>
  rights.map(({ resource, subresource, verbs }) => ({
    apiGroups: [resource.group],
    resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
    verbs: [...verbs],
  }));

const rulesIn = (where: AccessRule['where']) => rulesOf(loopRights.filter((right) => right.where === where));

/** The loop's rights in the cluster. */
export interface LoopRbac {
  /** What a tick needs of them. */
  readonly bindings: readonly IDependable[];
  /** The ClusterRole of its rights in the whole cluster. */
  readonly clusterRole: KubernetesManifest;
}

/**
 * Grants the loop's rights in the whole cluster to its group, and renders two ClusterRoles that wait to be bound: that of its rights in the
 * namespaces of fleets, and that of tenants.
 */
export function loopRbac(scope: Construct, cluster: IInferenceCluster): LoopRbac {
  const { role: name, fleetsRole } = loopAccess;
  const add = (
    kind: string,
    metadata: { readonly name: string; readonly namespace?: string },
    fields: { readonly [key: string]: unknown },
  ) => cluster.addManifest(scope, `${kind}-${metadata.name}`, { apiVersion: `${RBAC}/v1`, kind, metadata, ...fields });
  const ofCluster = { name };
  const ofEvents = { name, namespace: CLUSTER_EVENTS_NAMESPACE };

  const clusterRole = add('ClusterRole', ofCluster, { rules: rulesIn(undefined) });
  const binding = add('ClusterRoleBinding', ofCluster, { roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name }, subjects });
  const events = add('Role', ofEvents, { rules: rulesIn(CLUSTER_EVENTS_NAMESPACE) });
  const eventsBinding = add('RoleBinding', ofEvents, { roleRef: { apiGroup: RBAC, kind: 'Role', name }, subjects });
  const ofFleets = add('ClusterRole', { name: fleetsRole }, { rules: rulesIn(FLEET_NAMESPACES) });
  add('ClusterRole', { name: TENANT_NAME }, { rules: rulesOf(tenantRights) });
  binding.node.addDependency(clusterRole);
  eventsBinding.node.addDependency(events);
  return { bindings: [binding, eventsBinding, ofFleets], clusterRole };
}

const FLEET_BINDING = 'LoopAccess';

/** Lets the loop of the cluster steer a fleet in its namespace. Each fleet has a binding of its own, which goes with it. */
export function bindLoopToFleet(fleet: Construct, cluster: IInferenceCluster, namespace: string, fleetName: string): IConstruct {
  const binding = new Construct(fleet, FLEET_BINDING);
  // The id contains namespace and name: of another fleet it must be a new resource.
  cluster.addManifest(binding, `${namespace}-${fleetName}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${loopAccess.role}-${fleetName}`, namespace },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: loopAccess.fleetsRole },
    subjects,
  });
  return binding;
}

/** What lets the loop steer a fleet; nothing where the fleet is none that was made here. */
export const fleetBinding = (fleet: IConstruct): IConstruct[] => {
  const binding = fleet.node.tryFindChild(FLEET_BINDING);
  return binding === undefined ? [] : [binding];
};
