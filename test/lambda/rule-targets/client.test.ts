import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, it } from 'vitest';
import { rulePort } from '../../../lambda/rule-targets/client';
import { formOf, startAwsServer, type WireAnswer, xml } from '../control-loop/client/aws-server';
import { groupOf, LISTENER, RULE } from './fake-rules';

const tuple = (unit: string, weight?: number): string =>
  `<member><TargetGroupArn>${groupOf(unit)}</TargetGroupArn>${weight === undefined ? '' : `<Weight>${weight}</Weight>`}</member>`;

const forward = (
  tuples: string,
): string => `<member><Type>forward</Type><Order>1</Order><ForwardConfig><TargetGroups>${tuples}</TargetGroups>
  <TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig></ForwardConfig></member>`;

const FIXED = '<member><Type>fixed-response</Type><FixedResponseConfig><StatusCode>503</StatusCode></FixedResponseConfig></member>';

const rule = (actions: string, arn = RULE, priority = '10000'): string =>
  `<member><RuleArn>${arn}</RuleArn><Priority>${priority}</Priority><Actions>${actions}</Actions></member>`;

const rules = (members: string, nextMarker = ''): WireAnswer =>
  xml(
    `<R><DescribeRulesResult><Rules>${members}</Rules>${nextMarker && `<NextMarker>${nextMarker}</NextMarker>`}</DescribeRulesResult></R>`,
  );

const empty = (action: string): WireAnswer => xml(`<R><${action}Result/></R>`);

const notFound = (what: string): WireAnswer =>
  xml(`<ErrorResponse><Error><Type>Sender</Type><Code>${what}NotFound</Code><Message>none</Message></Error></ErrorResponse>`, 400);

const startPort = async (...answers: readonly WireAnswer[]) => {
  const { clientProps, received } = await startAwsServer(...answers);
  const port = rulePort(new ElasticLoadBalancingV2Client(clientProps));
  return { port, forms: () => received.map(formOf) };
};

describe('a rule', () => {
  it('is read with its weights; a group that is alone needs none', async () => {
    const { port } = await startPort(rules(rule(forward(tuple('g5', 152) + tuple('inf2', 847)))), rules(rule(forward(tuple('g5')))));
    expect(await port.readRule(RULE)).toEqual({ arn: RULE, priority: 10_000, groups: { [groupOf('g5')]: 152, [groupOf('inf2')]: 847 } });
    expect(await port.readRule(RULE)).toMatchObject({ groups: { [groupOf('g5')]: 1 } });
  });

  it('has no groups while it answers by itself, and is undefined where there is none', async () => {
    const { port } = await startPort(rules(rule(FIXED)), notFound('Rule'));
    expect(await port.readRule(RULE)).toMatchObject({ groups: {} });
    expect(await port.readRule(RULE)).toBeUndefined();
    expect(await port.readTags(RULE)).toEqual({});
    await port.deleteRule(RULE);
  });

  it('is written right after it was read, with all groups, and forwards from then on', async () => {
    const { port, forms } = await startPort(
      rules(rule(FIXED)),
      empty('ModifyRule'),
      rules(rule(forward(tuple('g5', 5)))),
      empty('ModifyRule'),
    );
    expect(await port.changeGroups(RULE, (groups) => ({ ...groups, [groupOf('g5')]: 199 }))).toBe(true);
    expect(await port.changeGroups(RULE, (groups) => ({ ...groups, [groupOf('inf2')]: 0 }))).toBe(true);
    expect(forms()[1]).toEqual({
      Action: 'ModifyRule',
      Version: '2015-12-01',
      RuleArn: RULE,
      'Actions.member.1.Type': 'forward',
      'Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn': groupOf('g5'),
      'Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight': '199',
    });
    expect(forms()[3]).toMatchObject({
      'Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight': '5',
      'Actions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn': groupOf('inf2'),
      'Actions.member.1.ForwardConfig.TargetGroups.member.2.Weight': '0',
      'Actions.member.1.ForwardConfig.TargetGroupStickinessConfig.Enabled': 'false',
    });
  });

  it('is not written where there is nothing to change, or no rule', async () => {
    const { port, forms } = await startPort(rules(rule(FIXED)), notFound('Rule'));
    expect(await port.changeGroups(RULE, () => undefined)).toBe(false);
    expect(await port.changeGroups(RULE, (groups) => groups)).toBe(false);
    expect(forms().map(({ Action }) => Action)).toEqual(['DescribeRules', 'DescribeRules']);
  });

  it('is not written any more when the time for it is over', async () => {
    const { clientProps, received } = await startAwsServer(rules(rule(FIXED)), empty('ModifyRule'));
    const ending = new AbortController();
    const seconds: number[] = [];
    const port = rulePort(new ElasticLoadBalancingV2Client(clientProps), {
      timeout: (after) => {
        seconds.push(after);
        return ending.signal;
      },
    });
    await expect(
      port.changeGroups(RULE, (groups) => {
        ending.abort();
        return groups;
      }),
    ).rejects.toThrow();
    expect([seconds, received.length]).toEqual([[8], 1]);
  });

  it('is created for every path, answering 503, with its tags', async () => {
    const { port, forms } = await startPort(
      xml(`<R><CreateRuleResult><Rules><member><RuleArn>${RULE}</RuleArn></member></Rules></CreateRuleResult></R>`),
    );
    expect(await port.createRule({ listenerArn: LISTENER, priority: 10_000, tags: { 'adaptive-inference.dev/fleet': 'a/b' } })).toBe(RULE);
    expect(forms()[0]).toEqual({
      Action: 'CreateRule',
      Version: '2015-12-01',
      ListenerArn: LISTENER,
      Priority: '10000',
      'Conditions.member.1.Field': 'path-pattern',
      'Conditions.member.1.PathPatternConfig.Values.member.1': '/*',
      'Actions.member.1.Type': 'fixed-response',
      'Actions.member.1.FixedResponseConfig.StatusCode': '503',
      'Actions.member.1.FixedResponseConfig.ContentType': 'text/plain',
      'Actions.member.1.FixedResponseConfig.MessageBody': 'no unit',
      'Tags.member.1.Key': 'adaptive-inference.dev/fleet',
      'Tags.member.1.Value': 'a/b',
    });
  });

  it('is one of all rules of its load balancer, on every page of every listener', async () => {
    const other = RULE.replace('3333333333333333', '4444444444444444');
    const standard = RULE.replace('3333333333333333', '5555555555555555');
    const { port, forms } = await startPort(
      xml(
        `<R><DescribeListenersResult><Listeners><member><ListenerArn>${LISTENER}</ListenerArn></member></Listeners></DescribeListenersResult></R>`,
      ),
      rules(rule(FIXED), 'more'),
      rules(rule(forward(tuple('g5', 152) + tuple('inf2', 847)), other, '1') + rule(FIXED, standard, 'default')),
    );
    expect(await port.readRulesOfLoadBalancer(RULE)).toEqual([
      { arn: RULE, priority: 10_000, groups: {} },
      { arn: other, priority: 1, groups: { [groupOf('g5')]: 152, [groupOf('inf2')]: 847 } },
      { arn: standard, priority: undefined, groups: {} },
    ]);
    expect(forms().map(({ Action, LoadBalancerArn, ListenerArn, Marker }) => [Action, LoadBalancerArn ?? ListenerArn, Marker])).toEqual([
      ['DescribeListeners', 'arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/chat/1111111111111111', undefined],
      ['DescribeRules', LISTENER, undefined],
      ['DescribeRules', LISTENER, 'more'],
    ]);
  });

  it('is tagged key by key', async () => {
    const { port, forms } = await startPort(
      xml(`<R><DescribeTagsResult><TagDescriptions><member><ResourceArn>${RULE}</ResourceArn>
        <Tags><member><Key>team</Key><Value>a</Value></member></Tags></member></TagDescriptions></DescribeTagsResult></R>`),
      empty('AddTags'),
      empty('RemoveTags'),
    );
    expect(await port.readTags(RULE)).toEqual({ team: 'a' });
    await port.addTags(RULE, {});
    await port.addTags(RULE, { key: 'value' });
    await port.removeTags(RULE, ['key']);
    expect(forms().slice(1)).toMatchObject([
      { Action: 'AddTags', 'ResourceArns.member.1': RULE, 'Tags.member.1.Key': 'key', 'Tags.member.1.Value': 'value' },
      { Action: 'RemoveTags', 'ResourceArns.member.1': RULE, 'TagKeys.member.1': 'key' },
    ]);
  });
});

describe('a target group', () => {
  it('has targets, some of them healthy', async () => {
    const states = ['healthy', 'initial', 'healthy', 'draining'];
    const { port } = await startPort(
      xml(
        `<R><DescribeTargetHealthResult><TargetHealthDescriptions>${states
          .map((state) => `<member><TargetHealth><State>${state}</State></TargetHealth></member>`)
          .join('')}</TargetHealthDescriptions></DescribeTargetHealthResult></R>`,
      ),
    );
    expect(await port.countTargets(groupOf('g5'))).toEqual({ registered: 4, healthy: 2 });
  });
});
