import { beforeAll, describe, expect, it } from 'vitest';
import { mapLimit } from '../../lambda/control-loop/concurrency';
import { resources } from '../../lambda/control-loop/contract/names';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop, LOOP_GROUP, type Loop } from './support/loop';
import { grantLoopRights, loopGroups } from './support/loop-rights';
import { isRunning, podsOf } from './support/workload';

let fleet: ChatFleet;
let loop: Loop;

const bed = useCluster({ keda: true }, async (started) => {
  fleet = await addChatFleet(started);
  await grantLoopRights(started);
  loop = createLoop(started);
});

/** `group/resource verb`; of one namespace only, ` in namespace` follows. */
const EXPECTED = [
  '/events create in default',
  '/events list in default',
  '/pods list in default',
  '/pods patch in default',
  'adaptive-inference.dev/inferencefleets get',
  'adaptive-inference.dev/inferencefleets list',
  'adaptive-inference.dev/inferencefleets/status update',
  'apps/deployments list in default',
  'autoscaling/horizontalpodautoscalers list in default',
  'autoscaling/horizontalpodautoscalers patch in default',
  'karpenter.sh/nodeclaims list',
  'karpenter.sh/nodepools list',
  'karpenter.sh/nodepools patch',
  'keda.sh/scaledobjects list in default',
  'keda.sh/scaledobjects patch in default',
];

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
/** Verbs of authorization itself, by which rights are widened. */
const SPECIAL = [
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'escalate' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'bind' },
  { group: 'rbac.authorization.k8s.io', resource: 'roles', verb: 'escalate' },
  { group: 'rbac.authorization.k8s.io', resource: 'roles', verb: 'bind' },
  { group: '', resource: 'users', verb: 'impersonate' },
  { group: '', resource: 'groups', verb: 'impersonate' },
  { group: '', resource: 'serviceaccounts', verb: 'impersonate' },
  { group: '*', resource: '*', verb: '*' },
];
const NAMESPACES = ['default', 'kube-system', 'keda'] as const;
const AT_ONCE = 16;

interface Right {
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  readonly verb: string;
  readonly namespaced: boolean;
}

const read = async <T>(path: string): Promise<T> => {
  const { status, body } = await bed().api.raw('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
};

/** Every resource and subresource that the API server serves, once a group. */
const servedResources = async (): Promise<readonly Omit<Right, 'verb'>[]> => {
  const { groups } = await read<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('/apis');
  const places = [
    { group: '', path: '/api/v1' },
    ...groups.flatMap(({ name, versions }) => versions.map(({ groupVersion }) => ({ group: name, path: `/apis/${groupVersion}` }))),
  ];
  const found = new Map<string, Omit<Right, 'verb'>>();
  for (const { group, path } of places) {
    const list = await read<{ resources: { name: string; namespaced: boolean }[] }>(path);
    for (const { name, namespaced } of list.resources) found.set(`${group}/${name}`, { group, resource: name, namespaced });
  }
  return [...found.values()];
};

/** What the API server answers to `kubectl auth can-i`, asked for someone else. */
const isAllowed = async (groups: readonly string[], { group, resource, verb }: Right, namespace?: string): Promise<boolean> => {
  const [name, subresource] = resource.split('/');
  const { status, body } = await bed().api.raw('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: 'adaptive-inference-loop',
      groups: ['system:authenticated', ...groups],
      resourceAttributes: {
        group,
        resource: name,
        verb,
        ...(subresource === undefined ? {} : { subresource }),
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  });
  if (status !== 201) throw new Error(`subject access review: ${status} ${body}`);
  return (JSON.parse(body) as { status: { allowed: boolean } }).status.allowed;
};

/** All that members of the groups may do, but not everyone else who is known to the cluster. */
const rightsOf = async (groups: readonly string[], matrix: readonly Right[]): Promise<readonly string[]> => {
  const rights: string[] = [];
  await mapLimit(matrix, AT_ONCE, async (right) => {
    const name = `${right.group}/${right.resource} ${right.verb}`;
    const grants = async (namespace?: string): Promise<boolean> =>
      (await isAllowed(groups, right, namespace)) && !(await isAllowed([], right, namespace));
    if (await grants()) rights.push(name);
    else if (right.namespaced) {
      for (const namespace of NAMESPACES) if (await grants(namespace)) rights.push(`${name} in ${namespace}`);
    }
  });
  return rights.sort();
};

describe('the rights of the loop in the cluster', () => {
  let matrix: readonly Right[];

  beforeAll(async () => {
    const served = await servedResources();
    matrix = [
      ...served.flatMap((resource) => VERBS.map((verb) => ({ ...resource, verb }))),
      ...SPECIAL.map((right) => ({ ...right, namespaced: false })),
    ];
    process.stderr.write(`[e2e] ${served.length} resources, ${matrix.length} rights asked for\n`);
  });

  it('belong to the group that its access entry names', async () => {
    expect(await loopGroups()).toEqual([LOOP_GROUP]);
  });

  it('are these and nothing else, of every verb on every resource that the server has', async () => {
    expect(matrix.length).toBeGreaterThan(600);
    expect(await rightsOf([LOOP_GROUP], matrix)).toEqual(EXPECTED);
  });

  it('are seen where someone widens them', async () => {
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'wider' } };
    const subjects = [{ kind: 'Group', name: 'wider', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'wider' };
    await bed().kubectl(
      ['create', '-f', '-'],
      [
        { ...role, rules: [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['patch'] }] },
        { ...role, kind: 'ClusterRoleBinding', roleRef, subjects },
      ],
    );
    const scale = matrix.filter(({ resource }) => resource === 'deployments/scale');
    await until('the role to take effect', 30, async () => (await rightsOf(['wider'], scale)).length > 0);
    expect(await rightsOf(['wider'], scale)).toEqual(['apps/deployments/scale patch']);
  });

  it('suffice for ticks that write everything there is to write', async () => {
    for (const unit of ['inf2', 'g5'])
      putTraffic(bed(), fleet.router, unit, { requestsPerMinute: 40, latencySeconds: 0.5, healthyHosts: 1 });
    await until('a running pod of each unit', 120, async () => {
      const pods = await Promise.all(['inf2', 'g5'].map((unit) => podsOf(bed(), { fleet: fleet.name, unit })));
      return pods.every((list) => list.some(isRunning));
    });
    const first = await loop.tick();
    // Twice the traffic, so that floors rise too.
    for (const unit of ['inf2', 'g5'])
      putTraffic(bed(), fleet.router, unit, { requestsPerMinute: 400, latencySeconds: 0.5, healthyHosts: 1 });
    const second = await loop.tick();
    const writes = [...first.writes, ...second.writes];
    expect(writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
    expect(new Set(writes.flatMap(({ fields }) => Object.keys(fields)))).toEqual(
      new Set(['weight', 'limit', 'floor', 'target', 'inf2', 'g5']),
    );
    expect([first, second].flatMap(({ fleets }) => fleets.map(({ outcome }) => outcome))).toEqual(['Acted', 'Acted']);
    expect(loop.log.flatMap((line) => line.eventErrors ?? [])).toEqual([]);
    const events = await bed().api.list(resources.events, { namespace: 'default', fieldSelector: 'involvedObject.kind=InferenceFleet' });
    expect(events.items.length).toBeGreaterThan(0);
  });

  it('end at what is not theirs, by its own token', async () => {
    const { kubernetes } = loop.ports;
    const refused = (act: Promise<unknown>) => expect(act).rejects.toMatchObject({ status: 403 });
    await refused(kubernetes.get(resources.nodePools, 'g5-spot'));
    await refused(kubernetes.list({ group: '', version: 'v1', plural: 'secrets', kind: 'Secret' }, { namespace: 'default' }));
    await refused(kubernetes.list(resources.events, { namespace: 'kube-system' }));
    // No fleet is there.
    await refused(kubernetes.list(resources.pods, { namespace: 'kube-system' }));
    await refused(kubernetes.list(resources.pods));
    await refused(kubernetes.jsonPatch(resources.deployments, 'chat-g5', 'default', [{ op: 'replace', path: '/spec/replicas', value: 0 }]));
    await refused(kubernetes.create(resources.nodePools, { metadata: { name: 'mine' }, spec: {} }));
  });
});
