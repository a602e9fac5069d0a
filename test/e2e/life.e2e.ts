import { beforeAll, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { ACCOUNT } from './aws/moto-client';
import type { RecordedCall } from './aws/proxy';
import { nodeResource } from './cluster/api-resources';
import type { TestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { accessRequestsOf, type CallWorld, launchTemplateName } from './support/authorization';
import { describeOnTestBed, useTestBed } from './support/bed';
import { type Deleted, destroy } from './support/destruction';
import { putTraffic } from './support/fleet';
import { type AccessRequest, judge, type PolicyStatement } from './support/iam';
import { createLoop, type Loop } from './support/loop';
import { statementsOf } from './support/policies';
import { nodeClaimsOf } from './support/pools';
import { deploy, type Synthesized, synthesize } from './support/synthesized';
import { startTicking } from './support/ticking';
import { isRunning, podsOf } from './support/workload';

const UNITS = ['inf2', 'g5'] as const;

let synthesized: Synthesized;
let deleted: readonly Deleted[];

/** A whole life: deployed, in service, a spot notice, a shortage, more load, and destroyed while it serves. */
const bed = useTestBed('read what Karpenter and KEDA called, and what instances are left', { keda: true }, async (started) => {
  synthesized = await synthesize(started);
  await deploy(started, synthesized);
  await addReservedPool(started);
  const loop = createLoop(started);
  const ticking = startTicking(loop, { everySeconds: 3 });
  load(started, 40);
  await until('a running pod of each unit', 180, async () => (await runningOf(started)).every((count) => count > 0));

  const [claim] = await until('a spot node', 60, async () => {
    const claims = (await nodeClaimsOf(started, 'a10g-spot')).filter(({ status }) => status?.nodeName !== undefined);
    return claims.length > 0 && claims;
  });
  await started.aws.instances.reclaim([String(claim?.status.providerID).split('/').at(-1) ?? ''], { afterSeconds: 20 });
  await until('the reclaimed node to be gone', 120, async () => !(await started.api.find(nodeResource, String(claim?.status.nodeName))));

  started.aws.capacity.shortage({ capacityType: 'spot' });
  load(started, 400);
  await until('nodes of the next pools', 180, async () => {
    const counts = await Promise.all(['a10g-on-demand', 'inferentia2-on-demand'].map((pool) => nodeClaimsOf(started, pool)));
    return counts.every((claims) => claims.some(({ status }) => status?.nodeName !== undefined));
  });
  logLoop(loop);
  deleted = await destroy(started, synthesized, { stopTicks: ticking.stop });
});

/** One more pool, of reserved capacity: only then is EC2 asked about reservations. */
const addReservedPool = async ({ api }: TestBed): Promise<void> => {
  const { spec } = await api.get(resources.inferenceFleets, 'chat', 'default');
  const [first] = (spec.pools as { accelerator: string }[]).filter(({ accelerator }) => accelerator === 'A10G');
  const reserved = { ...first, name: 'a10g-reserved', capacityType: 'reserved', capacityReservationIds: ['cr-0123456789abcdef0'] };
  await api.patch(resources.inferenceFleets, 'chat', 'default', { spec: { pools: [...spec.pools, reserved] } });
};

const load = (started: TestBed, requestsPerMinute: number): void => {
  for (const unit of UNITS) putTraffic(started, synthesized.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
};

const runningOf = (started: TestBed): Promise<readonly number[]> =>
  Promise.all(UNITS.map(async (unit) => (await podsOf(started, { fleet: 'chat', unit })).filter(isRunning).length));

const logLoop = ({ log }: Loop): void => {
  for (const line of log) if (line.level === 'error') process.stderr.write(`[e2e] ${JSON.stringify(line)}\n`);
};

describeOnTestBed('the destruction of a stack, in the order of its template', () => {
  it('begins with the ticks, and takes units, pools, nodes, node classes, Karpenter and its definitions in this order', () => {
    const place = (pattern: RegExp): readonly number[] =>
      deleted.flatMap(({ logicalId }, index) => (pattern.test(logicalId) ? [index] : []));
    const order = [/LoopSchedule|^Loop.*Schedule/, /Deployment/, /NodePool/, /Drain/, /NodeClass/, /KarpenterChart/, /KarpenterCrds/];
    for (const [index, pattern] of order.entries()) {
      expect(place(pattern), String(pattern)).not.toEqual([]);
      const next = order[index + 1];
      if (next !== undefined && !/Drain|NodePool|NodeClass/.test(String(pattern))) {
        expect(Math.max(...place(pattern)), `${pattern} before ${next}`).toBeLessThan(Math.min(...place(next)));
      }
    }
    process.stderr.write(`[e2e] slowest deletions: ${slowest(deleted)}\n`);
  });

  it('leaves no instance', async () => {
    const left = (await bed().aws.instances.list()).filter(({ pool, state }) => pool !== '' && state !== 'terminated');
    expect(left).toEqual([]);
  });

  it('leaves no node, and nothing that waits for a finalizer', async () => {
    expect(await bed().api.all(nodeResource)).toEqual([]);
    // With its definition a kind is gone, and a definition goes last of all its objects.
    const definitions = await bed().kubectl(['get', 'crd', '-o', 'name']);
    expect(definitions.trim().split('\n')).toEqual(['customresourcedefinition.apiextensions.k8s.io/targetgroupbindings.elbv2.k8s.aws']);
    for (const object of synthesized.objects) {
      const { name, namespace } = object.metadata;
      const place = namespace === undefined ? [] : ['--namespace', namespace];
      const { stdout, stderr } = await bed().kubectl.attempt(['get', kindOf(object), name, ...place, '-o', 'name']);
      expect(stdout, `${object.kind} ${name}`).toBe('');
      expect(stderr).toMatch(/NotFound|doesn't have a resource type/);
    }
  });

  it('leaves no launch template of the cluster', async () => {
    const calls = bed()
      .aws.callsOf('karpenter')
      .filter(({ status }) => status === 200);
    const names = (action: string): readonly string[] =>
      calls.filter((call) => call.action === action && call.input.DryRun !== 'true').map(({ input }) => launchTemplateName(input, calls));
    expect(new Set(names('DeleteLaunchTemplate'))).toEqual(new Set(names('CreateLaunchTemplate')));
  });
});

const kindOf = ({ kind = '', apiVersion = '' }: { readonly kind?: string; readonly apiVersion?: string }): string => {
  const [group, version] = apiVersion.split('/');
  return version === undefined ? kind : `${kind}.${version}.${group}`;
};

const slowest = (all: readonly Deleted[]): string =>
  [...all]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ logicalId, seconds }) => `${logicalId} ${seconds.toFixed(1)} s`)
    .join(', ');

const label = ({ service, action }: RecordedCall): string => `${service}:${action}`;

describeOnTestBed('the policies of Karpenter', () => {
  let statements: readonly PolicyStatement[];
  let calls: readonly RecordedCall[];
  let world: CallWorld;

  beforeAll(async () => {
    statements = statementsOf(synthesized, /KarpenterControllerRole/);
    calls = bed().aws.callsOf('karpenter');
    const instances = await bed().aws.instances.list();
    world = { calls, instances, nodeRoleArn: `arn:aws:iam::${ACCOUNT}:role/${bed().aws.account.instanceProfileName}` };
  });

  const requestsOf = (pick: (call: RecordedCall) => boolean): readonly AccessRequest[] =>
    calls.filter(pick).flatMap((call) => accessRequestsOf(call, world));

  it('are judged by calls of every kind that it makes in its life', () => {
    const counts: Record<string, number> = {};
    for (const call of calls) counts[label(call)] = (counts[label(call)] ?? 0) + 1;
    process.stderr.write(`[e2e] Karpenter called ${JSON.stringify(counts)}\n`);
    expect(Object.keys(counts)).toEqual(
      expect.arrayContaining([
        'ec2:CreateFleet',
        'ec2:CreateLaunchTemplate',
        'ec2:CreateTags',
        'ec2:DeleteLaunchTemplate',
        'ec2:DescribeInstances',
        'ec2:RunInstances',
        'ec2:TerminateInstances',
        'sqs:DeleteMessage',
        'sqs:ReceiveMessage',
        'ssm:GetParameter',
      ]),
    );
  });

  it('allow each of them, on each resource, with the tags of resource and request', () => {
    const refused = new Map<string, AccessRequest>();
    for (const request of requestsOf(() => true)) {
      if (judge(statements, request) !== 'Allowed')
        refused.set(`${request.action} ${request.resource.replace(/[a-z]+-[0-9a-f]{8,}/, '*')}`, request);
    }
    expect([...refused.values()]).toEqual([]);
  });

  it('allow nothing of it on what is another cluster’s', () => {
    const changes = requestsOf(({ action }) => /^(TerminateInstances|DeleteLaunchTemplate|CreateTags)$/.test(action));
    expect(changes.length).toBeGreaterThan(0);
    for (const request of changes) {
      const foreign = Object.fromEntries(
        Object.entries(request.context).map(([key, value]) => [key.replace(`cluster/${bed().clusterName}`, 'cluster/other'), value]),
      );
      expect(judge(statements, { ...request, context: foreign }), request.action).toBe('NotAllowed');
    }
  });

  it('allow no launch without the tags of the cluster', () => {
    const launches = requestsOf(({ action }) => action === 'CreateFleet').filter(
      ({ action, resource }) => /^ec2:(CreateFleet|RunInstances)$/.test(action) && resource.includes(':instance/'),
    );
    expect(launches.length).toBeGreaterThan(0);
    for (const request of launches) {
      expect(judge(statements, { ...request, context: { 'aws:RequestedRegion': 'us-west-2' } })).toBe('NotAllowed');
    }
  });
});

describeOnTestBed('the policies of KEDA', () => {
  it('allow what it calls', () => {
    const statements = statementsOf(synthesized, /KedaOperatorRole/);
    const calls = bed().aws.callsOf('keda');
    expect(calls.length).toBeGreaterThan(0);
    const world = { calls, instances: [], nodeRoleArn: '' };
    for (const request of calls.flatMap((call) => accessRequestsOf(call, world)))
      expect(judge(statements, request), request.action).toBe('Allowed');
  });
});

describeOnTestBed('the policies of the loop', () => {
  const statements = () => statementsOf(synthesized, /^LoopRole/);
  const requests = (): readonly AccessRequest[] => {
    const calls = bed().aws.callsOf('loop');
    return calls.flatMap((call) => accessRequestsOf(call, { calls, instances: [], nodeRoleArn: '' }));
  };
  /** Lambda does these with the role: log, dead letters, and the place in a VPC, which is denied to the code. */
  const BY_LAMBDA = /^(logs:(CreateLogStream|PutLogEvents)|sqs:SendMessage|ec2:\w*(NetworkInterfaces?|PrivateIpAddresses|Subnets))$/;

  it('allow what it calls, on the listener rule of its fleet alone', () => {
    for (const request of requests()) expect(judge(statements(), request), request.action).toBe('Allowed');
    const write = requests().find(({ action }) => action === 'elasticloadbalancing:ModifyRule');
    expect(write?.resource).toBe(synthesized.router.listenerRuleArn);
    expect(judge(statements(), { ...(write as AccessRequest), resource: `${write?.resource}0` })).toBe('NotAllowed');
  });

  it('allow no action that it does not call', () => {
    const called = new Set(requests().map(({ action }) => action));
    const allowed = statements().flatMap(({ Effect, Action }) => (Effect === 'Allow' ? [Action].flat() : []));
    expect([...new Set(allowed)].filter((action) => !BY_LAMBDA.test(action)).sort()).toEqual([...called].sort());
  });

  it('deny to the code what Lambda alone needs to place it in the VPC', () => {
    const functionArn = Object.keys(synthesized.resources).find((id) => /^LoopFunction[0-9A-F]+$/.test(id));
    const context = { 'lambda:SourceFunctionArn': `arn:aws:lambda:us-west-2:${ACCOUNT}:function:${functionArn}` };
    const request = { action: 'ec2:CreateNetworkInterface', resource: '*' };
    expect(judge(statements(), { ...request, context })).toBe('Denied');
    expect(judge(statements(), { ...request, context: {} })).toBe('Allowed');
  });
});
