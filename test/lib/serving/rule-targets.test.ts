import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import { awsClientProps } from '../../../lambda/control-loop/client/aws';
import { rulePort } from '../../../lambda/rule-targets/client';
import type { RulePort } from '../../../lambda/rule-targets/ports';
import { Accelerator, AcceleratorPool, DeploymentUnit, WeightedRouter } from '../../../lib';
import { kubernetesObjects, prerequisitesOf } from '../../../lib/assertions';
import { groupOf, LISTENER, RULE as RULE_ARN } from '../../lambda/rule-targets/fake-rules';
import { type Statement, statementsOf } from '../control/loop-template';
import { idOf, idsOf, newCluster, newStack } from '../support/fixture';
import { newFleet, TWO_UNITS, unitOf } from '../support/fleet';

const RULE = 'Custom::AdaptiveInferenceListenerRule';
const TARGET = 'Custom::AdaptiveInferenceRuleTarget';

const twoRouters = (() => {
  const stack = newStack();
  const vpc = new ec2.Vpc(stack, 'Vpc');
  for (const id of ['A', 'B']) new WeightedRouter(stack, id, { vpc, units: [{ name: 'g5' }, { name: 'inf2' }] });
  return Template.fromStack(stack);
})();

describe('the function behind the rules of a stack', () => {
  const template = twoRouters;
  const roleId = idOf(template, 'AWS::IAM::Role', /^AdaptiveInferenceRuleTargetsRole/);
  const statements = statementsOf(template, roleId);
  const actionsOf = ({ Action }: Statement): string[] => [Action].flat();

  /** The calls of every method of its port, as the SDK sends them. */
  const callsOfPort = async (): Promise<readonly string[]> => {
    const sent = new Set<string>();
    const client = new ElasticLoadBalancingV2Client(
      awsClientProps('us-west-2', { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }),
    );
    client.middlewareStack.add(
      (_next, context) => async () => {
        sent.add(`elasticloadbalancing:${context.commandName?.replace(/Command$/, '')}`);
        const output = { $metadata: {}, Rules: [{ RuleArn: RULE_ARN, Actions: [] }], Listeners: [{ ListenerArn: LISTENER }] };
        return { output, response: {} } as never;
      },
      { step: 'initialize' },
    );
    const port = rulePort(client);
    const methods: Record<keyof RulePort, () => Promise<unknown>> = {
      readRule: () => port.readRule(RULE_ARN),
      changeGroups: () => port.changeGroups(RULE_ARN, () => ({ [groupOf('g5')]: 1 })),
      readRulesOfLoadBalancer: () => port.readRulesOfLoadBalancer(RULE_ARN),
      readRulesOfListener: () => port.readRulesOfListener(LISTENER),
      createRule: () => port.createRule({ listenerArn: LISTENER, priority: 1, tags: { a: 'b' } }),
      deleteRule: () => port.deleteRule(RULE_ARN),
      readTags: () => port.readTags(RULE_ARN),
      addTags: () => port.addTags(RULE_ARN, { a: 'b' }),
      removeTags: () => port.removeTags(RULE_ARN, ['a']),
      countTargets: () => port.countTargets(groupOf('g5')),
    };
    for (const call of Object.values(methods)) await call();
    return [...sent];
  };

  it('is one for all routers of a stack, and logs for a month', () => {
    const ids = idsOf(template, 'AWS::Lambda::Function', /^AdaptiveInferenceRuleTargetsFunction/);
    expect(ids).toHaveLength(1);
    const { Properties } = template.findResources('AWS::Lambda::Function')[ids[0]!]!;
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(template.findResources('AWS::Logs::LogGroup')[Properties.LoggingConfig.LogGroup.Ref]).toMatchObject({
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });

  it('may make the calls that it makes, and no more', async () => {
    const byLambda = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    expect([...new Set(statements.flatMap(actionsOf))].sort()).toEqual([...(await callsOfPort()), ...byLambda].sort());
  });

  it('may change the rules of its routers, tag and delete rules of their listeners, and write nothing else', () => {
    const writes = statements.filter((one) => actionsOf(one).some((action) => !/Describe|^logs:/.test(action)));
    const listener = (router: string) => ({ Ref: expect.stringMatching(`^${router}Listener`) });
    const rules = (router: string) => ({
      'Fn::Join': ['', [{ 'Fn::Join': [':listener-rule/', { 'Fn::Split': [':listener/', listener(router)] }] }, '/*']],
    });
    expect(writes.map((one) => [actionsOf(one).map((action) => action.split(':')[1]), one.Resource])).toEqual(
      ['A', 'B'].flatMap((router) => [
        [['CreateRule'], listener(router)],
        [['AddTags', 'DeleteRule'], rules(router)],
        [['AddTags', 'ModifyRule', 'RemoveTags'], { Ref: expect.stringMatching(`^${router}Rule`) }],
      ]),
    );
  });
});

describe('the order of a deployment', () => {
  const template = (() => {
    const stack = newStack();
    newFleet(stack);
    return Template.fromStack(stack);
  })();
  const prerequisites = new Map(Object.keys(template.findResources(TARGET)).map((id) => [id, new Set(prerequisitesOf(template, id))]));

  it('takes a unit out of the rule before anything goes that makes its pods serve', () => {
    for (const [id, before] of prerequisites) {
      const unit = template.findResources(TARGET)[id]?.Properties.Unit as string;
      const serving = kubernetesObjects(template)
        .filter(({ body: { kind } }) => ['Deployment', 'Service', 'ScaledObject', 'TargetGroupBinding'].includes(String(kind)))
        .filter(({ body }) => (body.metadata as { name: string }).name === `chat-${unit}`);
      expect(serving).toHaveLength(4);
      for (const { logicalId } of serving) expect(before).toContain(logicalId);
      expect(before).toContain(idOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup', new RegExp(`Unit${unit}`)));
    }
  });

  it('closes no port of the load balancer while a unit that is removed still serves on it', () => {
    const stack = newStack();
    const units = TWO_UNITS.map((unit, index) => ({ ...unit, container: { ...unit.container, port: 8000 + index } }));
    newFleet(stack, { units });
    const two = Template.fromStack(stack);
    for (const [unit, port] of [
      ['inf2', 8000],
      ['g5', 8001],
    ] as const) {
      const before = prerequisitesOf(two, idOf(two, TARGET, new RegExp(`Target${unit}`)));
      for (const type of ['AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress']) {
        expect(before).toContain(idOf(two, type, new RegExp(`${port}[0-9A-F]{8}$`)));
      }
    }
  });

  it('keeps the function, its permissions, its log and the rule until the last unit has left', () => {
    for (const before of prerequisites.values()) {
      expect(before).toContain(idOf(template, RULE));
      for (const type of ['AWS::IAM::Policy', 'AWS::Logs::LogGroup', 'AWS::Lambda::Function']) {
        const own = idsOf(template, type, /^AdaptiveInferenceRuleTargets(Role|Function|Log)/);
        for (const id of own) expect(before).toContain(id);
      }
      expect(before).toContain(idOf(template, 'AWS::IAM::Policy', /RouterTargetAccess/));
    }
    expect(prerequisitesOf(template, idOf(template, RULE))).toContain(idOf(template, 'AWS::IAM::Policy', /RouterRuleAccess/));
  });

  it('removes units side by side: none waits for another', () => {
    for (const before of prerequisites.values()) for (const other of prerequisites.keys()) expect(before).not.toContain(other);
  });

  it('tells the loop of a unit when it is in the rule', () => {
    const [fleet] = kubernetesObjects(template, 'InferenceFleet');
    const before = prerequisitesOf(template, fleet!.logicalId);
    for (const id of prerequisites.keys()) expect(before).toContain(id);
  });
});

describe('a unit in another stack than its router', () => {
  it('is retired by its own stack', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const router = new WeightedRouter(stack, 'Router', { vpc: cluster.vpc, units: [{ name: 'g5' }, { name: 'inf2' }] });
    const pools = [new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G })];
    const other = new Stack(stack.node.root, 'Other', { env: { account: stack.account, region: stack.region } });
    new DeploymentUnit(other, 'Unit', { cluster, ...unitOf(), fleetName: 'chat', pools, router });
    const unitsIn = (of: Stack) => Object.values(Template.fromStack(of).findResources(TARGET)).map(({ Properties }) => Properties.Unit);
    expect([unitsIn(stack), unitsIn(other)]).toEqual([['inf2'], ['g5']]);
    const template = Template.fromStack(other);
    const before = prerequisitesOf(template, idOf(template, TARGET));
    const [deployment] = kubernetesObjects(template, 'Deployment');
    expect(before).toContain(deployment!.logicalId);
  });
});

describe('a change of the units', () => {
  const templateOf = (units = TWO_UNITS): Template => {
    const stack = newStack();
    newFleet(stack, { units });
    return Template.fromStack(stack);
  };
  type Resources = Record<string, { readonly Type: string; readonly Properties: unknown }>;
  const of = (template: Template, type: RegExp): Resources =>
    Object.fromEntries(Object.entries(template.toJSON().Resources as Resources).filter(([, { Type }]) => type.test(Type)));
  const unitsOf = (resources: Resources) => Object.values(resources).map(({ Properties }) => (Properties as { Unit: string }).Unit);
  /** Resources of the rule of which one template lacks what the other has, and those that both have with other properties. */
  const changes = (before: Template, after: Template) => {
    const [old, now] = [of(before, /AdaptiveInference(ListenerRule|RuleTarget)/), of(after, /AdaptiveInference(ListenerRule|RuleTarget)/)];
    const only = (one: Resources, other: Resources) => unitsOf(Object.fromEntries(Object.entries(one).filter(([id]) => !(id in other))));
    const changed = Object.keys(now).filter(
      (id) => id in old && JSON.stringify(old[id]?.Properties) !== JSON.stringify(now[id]?.Properties),
    );
    return { added: only(now, old), removed: only(old, now), changed };
  };
  const third = unitOf({ name: 'g6', accelerator: Accelerator.L4 });
  const [inf2, g5] = TWO_UNITS as [(typeof TWO_UNITS)[number], (typeof TWO_UNITS)[number]];
  let before: Template;
  beforeAll(() => {
    before = templateOf();
  });

  it.each<[string, typeof TWO_UNITS, { added: string[]; removed: string[] }]>([
    ['one more', [inf2, g5, third], { added: ['g6'], removed: [] }],
    ['one less', [inf2], { added: [], removed: ['g5'] }],
    ['another name', [inf2, { ...g5, name: 'a10g' }], { added: ['a10g'], removed: ['g5'] }],
    [
      'another name for each',
      [
        { ...inf2, name: 'neuron' },
        { ...g5, name: 'cuda' },
      ],
      { added: ['cuda', 'neuron'], removed: ['g5', 'inf2'] },
    ],
  ])('%s: adds and removes the target of that unit, and says nothing about the others', (_, units, expected) => {
    expect(changes(before, templateOf(units))).toEqual({ ...expected, changed: [] });
  });

  it('of the tags of the stack changes nothing in the rule, which CloudFormation would write again for them', () => {
    const tagged = (() => {
      const stack = newStack();
      newFleet(stack);
      Tags.of(stack).add('commit', '4f2a');
      return Template.fromStack(stack);
    })();
    const withTag = Object.values(tagged.toJSON().Resources as Resources).filter((one) => JSON.stringify(one).includes('"4f2a"'));
    expect(withTag.map(({ Type }) => Type)).toContain('AWS::ElasticLoadBalancingV2::Listener');
    expect(withTag.map(({ Type }) => Type).filter((type) => /Rule/.test(type) && /LoadBalancing|Adaptive/.test(type))).toEqual([]);
    expect(changes(before, tagged)).toEqual({ added: [], removed: [], changed: [] });
  });

  it('of everything else about a unit changes nothing in the rule', () => {
    const units = [{ ...inf2, container: { ...inf2.container, image: 'example.com/next:2.0.0', port: 9000 }, maximumReplicas: 9 }, g5];
    expect(changes(before, templateOf(units))).toEqual({ added: [], removed: [], changed: [] });
  });
});
