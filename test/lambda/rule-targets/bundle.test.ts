import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as adapter from '../../../lambda/rule-targets/client';
import type * as entry from '../../../lambda/rule-targets/handler';
import { lambdaBundle } from '../../../scripts/lambda-bundle';
import { formOf, startAwsServer, xml } from '../control-loop/client/aws-server';
import { targetEvent } from './events';
import { groupOf, LISTENER, RULE } from './fake-rules';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
let bundled: Pick<typeof adapter, 'rulePort'> & Pick<typeof sdk, 'ElasticLoadBalancingV2Client'>;
let published: typeof entry;

beforeAll(async () => {
  const outfile = join(folder, 'index.js');
  expect((await build({ ...lambdaBundle(outfile, 'rule-targets'), logLevel: 'silent' })).warnings).toEqual([]);
  published = require(outfile);
  // The same options, but with the port as its export, so that each call can be made.
  const port = join(folder, 'port.js');
  const { entryPoints: _handler, ...options } = lambdaBundle(port, 'rule-targets');
  const contents = [
    `export { rulePort } from './lambda/rule-targets/client';`,
    `export { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';`,
  ].join('\n');
  await build({ ...options, stdin: { contents, resolveDir: process.cwd(), loader: 'ts' }, logLevel: 'silent' });
  bundled = require(port);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const member = `<member><RuleArn>${RULE}</RuleArn><Priority>10000</Priority><Actions><member><Type>forward</Type><ForwardConfig><TargetGroups>
  <member><TargetGroupArn>${groupOf('g5')}</TargetGroupArn><Weight>152</Weight></member></TargetGroups></ForwardConfig></member></Actions></member>`;

describe('the published function', () => {
  it('speaks with the load balancer through the slimmed SDK, errors included', async () => {
    const { clientProps, received } = await startAwsServer(
      xml(`<R><DescribeRulesResult><Rules>${member}</Rules></DescribeRulesResult></R>`),
      xml(
        `<R><DescribeListenersResult><Listeners><member><ListenerArn>${LISTENER}</ListenerArn></member></Listeners></DescribeListenersResult></R>`,
      ),
      xml(`<R><DescribeRulesResult><Rules>${member}</Rules></DescribeRulesResult></R>`),
      xml(`<R><CreateRuleResult><Rules>${member}</Rules></CreateRuleResult></R>`),
      xml(`<R><DescribeRulesResult><Rules>${member}</Rules></DescribeRulesResult></R>`),
      xml('<R><ModifyRuleResult/></R>'),
      xml(`<R><DescribeTagsResult><TagDescriptions><member><ResourceArn>${RULE}</ResourceArn><Tags><member><Key>a</Key><Value>b</Value></member></Tags>
        </member></TagDescriptions></DescribeTagsResult></R>`),
      xml('<R><AddTagsResult/></R>'),
      xml('<R><RemoveTagsResult/></R>'),
      xml(`<R><DescribeTargetHealthResult><TargetHealthDescriptions><member><TargetHealth><State>healthy</State></TargetHealth></member>
        </TargetHealthDescriptions></DescribeTargetHealthResult></R>`),
      xml('<ErrorResponse><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>none</Message></Error></ErrorResponse>', 400),
      xml(
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>',
        403,
      ),
    );
    const port = bundled.rulePort(new bundled.ElasticLoadBalancingV2Client(clientProps));
    const rule = { arn: RULE, priority: 10_000, groups: { [groupOf('g5')]: 152 } };
    expect(await port.readRule(RULE)).toEqual(rule);
    expect(await port.readRulesOfLoadBalancer(RULE)).toEqual([rule]);
    expect(await port.createRule({ listenerArn: LISTENER, priority: 10_000, tags: { a: 'b' } })).toBe(RULE);
    expect(await port.changeGroups(RULE, (groups) => groups)).toBe(true);
    expect(await port.readTags(RULE)).toEqual({ a: 'b' });
    await port.addTags(RULE, { a: 'b' });
    await port.removeTags(RULE, ['a']);
    expect(await port.countTargets(groupOf('g5'))).toEqual({ registered: 1, healthy: 1 });
    expect(await port.readRule(RULE)).toBeUndefined();
    await expect(port.deleteRule(RULE)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(received.map((one) => formOf(one).Action)).toEqual([
      'DescribeRules',
      'DescribeListeners',
      'DescribeRules',
      'CreateRule',
      'DescribeRules',
      'ModifyRule',
      'DescribeTags',
      'AddTags',
      'RemoveTags',
      'DescribeTargetHealth',
      'DescribeRules',
      'DeleteRule',
    ]);
  });

  it('answers the first call about a target group without any of AWS', async () => {
    process.env.AWS_REGION = 'us-west-2';
    expect(await published.handler(targetEvent('Create', 'g5'))).toMatchObject({ PhysicalResourceId: groupOf('g5') });
  });
});
