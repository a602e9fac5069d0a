import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { listenerRulePort } from '../../../../lambda/control-loop/client/elbv2';
import { formOf, startAwsServer, type WireAnswer, xml } from './aws-server';

const XMLNS = 'xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"';
const RULE =
  'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/chat/0123456789abcdef/0123456789abcdef/0123456789abcdef';
const G5 = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/g5/0123456789abcdef';
const INF2 = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/inf2/0123456789abcdef';
const CANARY = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/canary/0123456789abcdef';

const rules = (actions: string, isDefault = false): WireAnswer =>
  xml(`<DescribeRulesResponse ${XMLNS}><DescribeRulesResult><Rules><member>
    <RuleArn>${RULE}</RuleArn><Priority>10</Priority><IsDefault>${isDefault}</IsDefault>
    <Conditions><member><Field>path-pattern</Field><Values><member>/*</member></Values></member></Conditions>
    <Actions>${actions}</Actions></member></Rules></DescribeRulesResult></DescribeRulesResponse>`);

const group = (arn: string, weight?: number): string =>
  `<member><TargetGroupArn>${arn}</TargetGroupArn>${weight === undefined ? '' : `<Weight>${weight}</Weight>`}</member>`;

const forward = (groups: string, order = 1): string => `<member><Type>forward</Type><Order>${order}</Order><ForwardConfig>
  <TargetGroups>${groups}</TargetGroups>
  <TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>200</DurationSeconds></TargetGroupStickinessConfig>
  </ForwardConfig></member>`;

const OIDC = `<member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig>
  <Issuer>https://id.example.com</Issuer><AuthorizationEndpoint>https://id.example.com/a</AuthorizationEndpoint>
  <TokenEndpoint>https://id.example.com/t</TokenEndpoint><UserInfoEndpoint>https://id.example.com/u</UserInfoEndpoint>
  <ClientId>client</ClientId></AuthenticateOidcConfig></member>`;

const FIXED =
  '<member><Type>fixed-response</Type><Order>1</Order><FixedResponseConfig><StatusCode>503</StatusCode></FixedResponseConfig></member>';

const REDIRECT =
  '<member><Type>redirect</Type><Order>1</Order><RedirectConfig><Protocol>HTTPS</Protocol><StatusCode>HTTP_301</StatusCode></RedirectConfig></member>';

const modified = xml(`<ModifyRuleResponse ${XMLNS}><ModifyRuleResult><Rules/></ModifyRuleResult></ModifyRuleResponse>`);

const startRouter = async (...answers: readonly WireAnswer[]) => {
  const server = await startAwsServer(...answers);
  return { ...server, rules: listenerRulePort(new ElasticLoadBalancingV2Client(server.clientProps)) };
};

describe('reading the weights of a rule', () => {
  test('gives them by target group', async () => {
    const { rules: port, received } = await startRouter(rules(forward(group(G5, 599) + group(INF2, 400) + group(CANARY, 0))));
    expect(await port.describeRule(RULE)).toEqual({ [G5]: 599, [INF2]: 400, [CANARY]: 0 });
    expect(formOf(received[0])).toMatchObject({ Action: 'DescribeRules', Version: '2015-12-01', 'RuleArns.member.1': RULE });
  });

  test('leaves out a group whose weight is not told, instead of taking it for zero', async () => {
    const { rules: port } = await startRouter(rules(forward(group(G5, 599) + group(INF2))));
    expect(await port.describeRule(RULE)).toEqual({ [G5]: 599 });
  });

  test('takes a single group, which needs no weight, for one with everything', async () => {
    const { rules: port } = await startRouter(rules(`<member><Type>forward</Type><TargetGroupArn>${G5}</TargetGroupArn></member>`));
    expect(await port.describeRule(RULE)).toEqual({ [G5]: 1 });
  });

  test.each([
    [
      'the service says so',
      xml(
        `<ErrorResponse ${XMLNS}><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>One or more rules not found</Message></Error></ErrorResponse>`,
        400,
      ),
    ],
    [
      'the answer is empty',
      xml(`<DescribeRulesResponse ${XMLNS}><DescribeRulesResult><Rules/></DescribeRulesResult></DescribeRulesResponse>`),
    ],
  ])('tells that the rule is gone when %s', async (_how, answer) => {
    const { rules: port } = await startRouter(answer);
    await expect(port.describeRule(RULE)).rejects.toMatchObject({
      name: 'RouterNotFoundError',
      message: expect.stringContaining(`listener rule ${RULE}: given a rule that does not exist`),
    });
  });

  test('finds no target group in a rule that answers by itself, as that of a new router does', async () => {
    const { rules: port, received } = await startRouter(rules(FIXED));
    expect(await port.describeRule(RULE)).toEqual({});
    await expect(port.modifyRule(RULE, { [G5]: 1 })).rejects.toThrow(`given a weight for ${G5}, expected target groups of the rule`);
    expect(received.map((request) => formOf(request).Action)).toEqual(['DescribeRules', 'DescribeRules']);
  });

  test('tells that the rule does not forward', async () => {
    const { rules: port } = await startRouter(rules(REDIRECT));
    await expect(port.describeRule(RULE)).rejects.toThrow('given actions redirect, expected a forward action with weighted target groups');
  });
});

describe('changing the weights of a rule', () => {
  test('keeps its stickiness and its other actions', async () => {
    const { rules: port, received } = await startRouter(rules(OIDC + forward(group(G5, 599) + group(INF2, 400), 2)), modified);
    await port.modifyRule(RULE, { [G5]: 100, [INF2]: 899 });
    expect(formOf(received[1])).toEqual({
      Action: 'ModifyRule',
      Version: '2015-12-01',
      RuleArn: RULE,
      'Actions.member.1.Type': 'authenticate-oidc',
      'Actions.member.1.Order': '1',
      'Actions.member.1.AuthenticateOidcConfig.Issuer': 'https://id.example.com',
      'Actions.member.1.AuthenticateOidcConfig.AuthorizationEndpoint': 'https://id.example.com/a',
      'Actions.member.1.AuthenticateOidcConfig.TokenEndpoint': 'https://id.example.com/t',
      'Actions.member.1.AuthenticateOidcConfig.UserInfoEndpoint': 'https://id.example.com/u',
      'Actions.member.1.AuthenticateOidcConfig.ClientId': 'client',
      'Actions.member.1.AuthenticateOidcConfig.UseExistingClientSecret': 'true',
      'Actions.member.2.Type': 'forward',
      'Actions.member.2.Order': '2',
      'Actions.member.2.ForwardConfig.TargetGroups.member.1.TargetGroupArn': G5,
      'Actions.member.2.ForwardConfig.TargetGroups.member.1.Weight': '100',
      'Actions.member.2.ForwardConfig.TargetGroups.member.2.TargetGroupArn': INF2,
      'Actions.member.2.ForwardConfig.TargetGroups.member.2.Weight': '899',
      'Actions.member.2.ForwardConfig.TargetGroupStickinessConfig.Enabled': 'true',
      'Actions.member.2.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds': '200',
    });
  });

  test('leaves a group that is not named as it is', async () => {
    const { rules: port, received } = await startRouter(rules(forward(group(G5, 599) + group(INF2, 400) + group(CANARY, 7))), modified);
    await port.modifyRule(RULE, { [G5]: 0, [INF2]: 999 });
    const weights = [1, 2, 3].map((place) => formOf(received[1])[`Actions.member.1.ForwardConfig.TargetGroups.member.${place}.Weight`]);
    expect(weights).toEqual(['0', '999', '7']);
  });

  test('refuses a group that the rule does not have', async () => {
    const { rules: port, received } = await startRouter(rules(forward(group(G5, 1))), modified);
    await expect(port.modifyRule(RULE, { [G5]: 100, [INF2]: 899 })).rejects.toThrow(
      `given a weight for ${INF2}, expected target groups of the rule (${G5})`,
    );
    expect(received).toHaveLength(1);
  });

  test('refuses a default rule, which cannot be changed this way', async () => {
    const { rules: port, received } = await startRouter(rules(forward(group(G5, 1)), true), modified);
    await expect(port.modifyRule(RULE, { [G5]: 1 })).rejects.toThrow("given the listener's default rule");
    expect(received).toHaveLength(1);
  });
});
