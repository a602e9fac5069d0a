import { resources } from '../../../lambda/control-loop/model/resources';
import type { TestBed } from '../cluster/test-bed';

/** What each resource of the loop is used for by `lambda/control-loop`; `lib` renders the same. */
const VERBS: Readonly<Record<keyof typeof resources, readonly string[]>> = {
  inferenceFleets: ['get', 'list'],
  nodePools: ['get', 'list', 'patch'],
  nodeClaims: ['list'],
  scaledObjects: ['get', 'list', 'patch'],
  horizontalPodAutoscalers: ['get', 'list', 'patch'],
  deployments: ['list'],
  pods: ['list'],
  events: ['list', 'create'],
};

/** Binds the rights that the loop needs to a group. */
export const grantLoopRights = async (bed: TestBed, group = 'adaptive-inference:loop'): Promise<void> => {
  const rules = Object.entries(resources).map(([name, resource]) => ({
    apiGroups: [resource.group],
    resources: [resource.plural],
    verbs: VERBS[name as keyof typeof resources],
  }));
  const { group: fleetGroup, plural } = resources.inferenceFleets;
  await bed.kubectl(
    ['create', '--filename', '-'],
    [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'adaptive-inference-loop' },
        rules: [...rules, { apiGroups: [fleetGroup], resources: [`${plural}/status`], verbs: ['update', 'patch'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'adaptive-inference-loop' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'adaptive-inference-loop' },
        subjects: [{ kind: 'Group', name: group, apiGroup: 'rbac.authorization.k8s.io' }],
      },
    ],
  );
};
