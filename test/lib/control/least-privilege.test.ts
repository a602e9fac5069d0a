import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { awsClientProps } from '../../../lambda/control-loop/client/aws';
import { cloudWatchPort } from '../../../lambda/control-loop/client/cloudwatch';
import { ec2Port } from '../../../lambda/control-loop/client/ec2';
import { describeCluster } from '../../../lambda/control-loop/client/eks';
import { listenerRulePort } from '../../../lambda/control-loop/client/elbv2';
import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { ApiResource } from '../../../lambda/control-loop/ports';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import { kubernetesObjects } from '../../../lib/assertions';
import { FakePorts, type RecordedCall } from '../../support/fake-ports';
import { addFleet, chatSpec, NOW_SECONDS, ruleArn, steadyMetrics, targetGroupArn } from '../../support/fake-world';
import { loopOfTwoFleets, type Statement, statementsOf } from './loop-template';

const RULE = ruleArn('chat');

/** A world in which a tick has reason to do everything it can do. */
const busyWorld = (): FakePorts => {
  const fake = new FakePorts(NOW_SECONDS);
  const spec = chatSpec();
  const pools = [
    ...spec.pools,
    { ...spec.pools[1]!, name: 'g5-reserved', capacityType: 'reserved' as const, capacityReservationIds: ['cr-0123456789abcdef0'] },
  ];
  const [inf2, g5] = spec.units;
  const units = [
    { ...inf2!, scaler: { kind: 'HorizontalPodAutoscaler' as const, name: 'inf2' } },
    { ...g5!, pools: ['g5-reserved', 'g5-spot', 'g5-od'] },
  ];
  const search = units.map((unit) => ({ ...unit, targetGroupArn: targetGroupArn(`search-${unit.name}`) }));
  // One pod runs dearer than another of its unit.
  addFleet(fake, 'chat', { ...spec, units, pools }, { ready: { g5: { 'g5-spot': 1, 'g5-od': 1 } } });
  addFleet(
    fake,
    'search',
    { ...spec, units: search, pools, router: { listenerRuleArn: ruleArn('search') } },
    { namespace: 'team-b', ready: { g5: { 'g5-spot': 1, 'g5-od': 1 } } },
  );
  for (const namespace of ['default', 'team-b']) {
    fake.kubernetes.put(resources.horizontalPodAutoscalers, {
      metadata: { name: 'inf2', namespace },
      spec: { minReplicas: 1, metrics: [{ type: 'External', external: { target: { type: 'AverageValue', averageValue: '80' } } }] },
    });
  }
  fake.reservations.push({ id: 'cr-0123456789abcdef0', instanceType: 'g5.xlarge', zone: 'us-west-2a', availableInstances: 1 });
  fake.metric = steadyMetrics(2000);
  return fake;
};

const oneTick = (fake: FakePorts) =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

/** Every call of a tick on every path: all is well, another tick was faster, nothing answers. */
const callsOnEveryPath = async (): Promise<readonly RecordedCall[]> => {
  const calls: RecordedCall[] = [];
  const run = async (prepare: (fake: FakePorts) => void): Promise<void> => {
    const fake = busyWorld();
    prepare(fake);
    for (let minute = 0; minute < 5; minute += 1) {
      await oneTick(fake).catch(() => undefined);
      fake.nowSeconds += 60;
    }
    calls.push(...fake.calls);
  };
  await run(() => {});
  await run((fake) => fake.writeFailures.set(1, new KubernetesError('changed meanwhile', 409)));
  await run((fake) => fake.failures.set('kubernetes.list', new KubernetesError('forbidden', 403)));
  return calls;
};

type AwsPorts = Pick<FakePorts, 'cloudWatch' | 'listenerRules'> & Pick<FakePorts['ports'], 'ec2'>;

/** The AWS calls that a port makes, as the SDK sends them; each is answered with nothing, or with what the port needs to go on. */
const awsCallsOf = async (act: (ports: AwsPorts, eks: EKSClient) => Promise<unknown>) => {
  const sent = new Set<string>();
  const props = awsClientProps('us-west-2', { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
  const recorded = <T extends EC2Client | EKSClient | CloudWatchClient | ElasticLoadBalancingV2Client>(client: T, prefix: string): T => {
    const stack = client.middlewareStack as EC2Client['middlewareStack'];
    stack.add(
      (_next, context) => async () => {
        sent.add(`${prefix}:${context.commandName?.replace(/Command$/, '')}`);
        const forward = { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'a', Weight: 1 }] } };
        return { output: { $metadata: {}, Rules: [{ RuleArn: RULE, Actions: [forward] }] }, response: {} } as never;
      },
      { step: 'initialize' },
    );
    return client;
  };
  const ports = {
    cloudWatch: cloudWatchPort(recorded(new CloudWatchClient(props), 'cloudwatch')),
    ec2: ec2Port(recorded(new EC2Client(props), 'ec2')),
    listenerRules: listenerRulePort(recorded(new ElasticLoadBalancingV2Client(props), 'elasticloadbalancing')),
  };
  await act(ports, recorded(new EKSClient(props), 'eks')).catch(() => undefined);
  return sent;
};

/** How each port method is called, by its name in the record. */
const AWS_PORT_METHODS: Readonly<Record<string, (ports: AwsPorts) => Promise<unknown>>> = {
  'cloudWatch.getMetricData': ({ cloudWatch }) => cloudWatch.getMetricData({ queries: [], startSeconds: 0, endSeconds: 60 }),
  'ec2.describeSpotPriceHistory': ({ ec2 }) => ec2.describeSpotPriceHistory({ instanceTypes: ['g5.xlarge'], startSeconds: 0 }),
  'ec2.describeInstanceTypeOfferings': ({ ec2 }) => ec2.describeInstanceTypeOfferings({ instanceTypes: ['g5.xlarge'] }),
  'ec2.describeCapacityReservations': ({ ec2 }) => ec2.describeCapacityReservations({ ids: ['cr-1'] }),
  'elbv2.describeRule': ({ listenerRules }) => listenerRules.describeRule(RULE),
  'elbv2.describeTags': ({ listenerRules }) => listenerRules.describeTags(RULE),
  'elbv2.modifyRule': ({ listenerRules }) => listenerRules.modifyRule(RULE, { a: 1 }),
};

const VERBS: Readonly<Record<string, string>> = {
  'kubernetes.list': 'list',
  'kubernetes.get': 'get',
  'kubernetes.apply': 'patch',
  'kubernetes.jsonPatch': 'patch',
  'kubernetes.replaceStatus': 'update',
  'kubernetes.create': 'create',
};

/** `group/resource verb` of a call to the API server, with ` in <namespace>` where it is made there. */
const accessOf = ({ method, args }: RecordedCall): string => {
  const { group, plural } = args[0] as ApiResource;
  const resource = method === 'kubernetes.replaceStatus' ? `${plural}/status` : plural;
  return `${group}/${resource} ${VERBS[method]}${suffixOf(namespaceOf(args.slice(1)))}`;
};

/** The namespace that a call names: in its options, in the object, or after a name. */
const namespaceOf = ([first, second]: readonly unknown[]): string | undefined => {
  if (typeof first === 'string') return second as string | undefined;
  const { namespace, metadata } = (first ?? {}) as { readonly namespace?: string; readonly metadata?: { readonly namespace?: string } };
  return metadata === undefined ? namespace : metadata.namespace;
};

const suffixOf = (namespace: string | undefined): string => (namespace === undefined ? '' : ` in ${namespace}`);

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

/** What roles grant by their bindings to a group: `group/resource verb`, with ` in <namespace>` of a RoleBinding. */
const accessGrantedTo = (group: string, template: Template): readonly string[] => {
  const objects = kubernetesObjects(template).map(({ body }) => body as unknown as RbacObject);
  const bindings = objects.filter(({ subjects }) => subjects?.some(({ name }) => name === group));
  return bindings.flatMap(({ metadata: { namespace }, roleRef }) => {
    const role = objects.find(
      ({ kind, metadata }) =>
        kind === roleRef?.kind && metadata.name === roleRef.name && (kind === 'ClusterRole' || metadata.namespace === namespace),
    );
    return (role?.rules ?? []).flatMap(({ apiGroups, resources: named, verbs }) =>
      apiGroups.flatMap((apiGroup) =>
        named.flatMap((resource) => verbs.map((verb) => `${apiGroup}/${resource} ${verb}${suffixOf(namespace)}`)),
      ),
    );
  });
};

const actionsOf = (statements: readonly Statement[], effect: 'Allow' | 'Deny'): string[] =>
  statements.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => (typeof Action === 'string' ? [Action] : Action));

describe('the rights of the loop', () => {
  let calls: readonly RecordedCall[];
  const { template, roleId } = loopOfTwoFleets();
  const statements = statementsOf(template, roleId);
  beforeAll(async () => {
    calls = await callsOnEveryPath();
  });

  it('are measured on paths that use every port', () => {
    const methods = new Set(calls.map(({ method }) => method));
    expect([...methods].sort()).toEqual([...Object.keys(AWS_PORT_METHODS), ...Object.keys(VERBS)].sort());
  });

  it('in AWS are the calls of its ticks, those with which Lambda runs it, and no more', async () => {
    const sent = new Set(await awsCallsOf((_, eks) => describeCluster(eks, 'cluster')));
    for (const method of new Set(calls.map((call) => call.method))) {
      const call = AWS_PORT_METHODS[method];
      if (call !== undefined) for (const action of await awsCallsOf(call)) sent.add(action);
    }
    expect(sent.size).toBeGreaterThanOrEqual(Object.keys(AWS_PORT_METHODS).length + 1);
    // With the role, but not in the name of the code: the log, the dead letters, the network interfaces in the VPC.
    const byLambda = [
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    expect([...new Set(actionsOf(statements, 'Allow'))].sort()).toEqual([...sent, ...byLambda].sort());
    // What Lambda does to the network is denied to the code.
    expect(actionsOf(statements, 'Deny').sort()).toEqual(byLambda.filter((action) => action.startsWith('ec2:')).sort());
  });

  it('in Kubernetes are the calls of its ticks and no more', () => {
    const granted = accessGrantedTo('adaptive-inference:control-loop', template);
    // Fleets are found, and their status is written, in all namespaces.
    const everywhere = new Set(granted.filter((right) => right.startsWith('adaptive-inference.dev/')));
    const used = calls
      .filter(({ method }) => method in VERBS)
      .map(accessOf)
      .map((right) => (everywhere.has(right.replace(/ in .*/, '')) ? right.replace(/ in .*/, '') : right));
    expect([...granted].sort()).toEqual([...new Set(used)].sort());
    expect(new Set(granted).size).toBe(granted.length);
    // Only what has no namespace, and the fleets, is granted without one.
    expect(granted.filter((right) => !/ in (default|team-b)$/.test(right)).sort()).toEqual([
      'adaptive-inference.dev/inferencefleets get',
      'adaptive-inference.dev/inferencefleets list',
      'adaptive-inference.dev/inferencefleets/status update',
      'karpenter.sh/nodeclaims list',
      'karpenter.sh/nodepools list',
      'karpenter.sh/nodepools patch',
    ]);
  });

  it('to write weights end at the rules of its fleets', () => {
    const writes = statements.filter(({ Action }) => Action === 'elasticloadbalancing:ModifyRule');
    expect(writes.map(({ Resource }) => Resource)).toEqual([
      { Ref: expect.stringMatching(/^ARouterRule/) },
      { Ref: expect.stringMatching(/^BRouterRule/) },
    ]);
  });
});
