import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as cloudWatch from '@aws-sdk/client-cloudwatch';
import type * as ec2 from '@aws-sdk/client-ec2';
import type * as eks from '@aws-sdk/client-eks';
import type * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as cloudWatchAdapter from '../../../../lambda/control-loop/client/cloudwatch';
import type * as ec2Adapter from '../../../../lambda/control-loop/client/ec2';
import type * as eksAdapter from '../../../../lambda/control-loop/client/eks';
import type * as elbv2Adapter from '../../../../lambda/control-loop/client/elbv2';
import { lambdaBundle } from '../../../../scripts/lambda-bundle';
import { authorityPem } from './api-server';
import { startAwsServer, xml } from './aws-server';

type Adapters = typeof cloudWatchAdapter & typeof ec2Adapter & typeof eksAdapter & typeof elbv2Adapter;
type Clients = Pick<typeof cloudWatch, 'CloudWatchClient'> &
  Pick<typeof ec2, 'EC2Client'> &
  Pick<typeof eks, 'EKSClient'> &
  Pick<typeof elbv2, 'ElasticLoadBalancingV2Client'>;

const ADAPTERS = ['cloudwatch', 'ec2', 'eks', 'elbv2'].map((name) => `export * from './lambda/control-loop/client/${name}';`);
const CLIENTS = [
  `export { CloudWatchClient } from '@aws-sdk/client-cloudwatch';`,
  `export { EC2Client } from '@aws-sdk/client-ec2';`,
  `export { EKSClient } from '@aws-sdk/client-eks';`,
  `export { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';`,
];

const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
const require = createRequire(import.meta.url);
let bundled: Adapters & Clients;

// The same options as the function's, but with the adapters as its exports, so that each call can be made.
beforeAll(async () => {
  const outfile = join(folder, 'adapters.js');
  const { entryPoints: _handler, ...options } = lambdaBundle(outfile);
  const result = await build({
    ...options,
    stdin: { contents: [...ADAPTERS, ...CLIENTS].join('\n'), resolveDir: process.cwd(), loader: 'ts' },
    logLevel: 'silent',
  });
  expect(result.warnings).toEqual([]);
  bundled = require(outfile);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const RULE = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/chat/1/2/3';
const GROUP = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/g5/1';
const ruleXml = (outer: string): string =>
  `<${outer}Response><${outer}Result><Rules><member><RuleArn>${RULE}</RuleArn><IsDefault>false</IsDefault><Actions><member><Type>forward</Type>
   <ForwardConfig><TargetGroups><member><TargetGroupArn>${GROUP}</TargetGroupArn><Weight>7</Weight></member></TargetGroups></ForwardConfig>
   </member></Actions></member></Rules></${outer}Result></${outer}Response>`;

describe('the slimmed SDK in the bundle', () => {
  test('speaks with CloudWatch', async () => {
    const { clientProps } = await startAwsServer({
      contentType: 'application/x-amz-json-1.0',
      body: '{"MetricDataResults":[{"Id":"m0","StatusCode":"Complete","Timestamps":[1772366280],"Values":[0.61]}]}',
    });
    const port = bundled.cloudWatchPort(new bundled.CloudWatchClient(clientProps));
    expect(await port.getMetricData({ queries: [], startSeconds: 1, endSeconds: 2 })).toEqual({
      results: [{ id: 'm0', statusCode: 'Complete', timestampsSeconds: [1_772_366_280], values: [0.61] }],
    });
  });

  test('speaks with EC2', async () => {
    const { clientProps } = await startAwsServer(
      xml(`<R><spotPriceHistorySet><item><instanceType>g5.xlarge</instanceType><spotPrice>0.4</spotPrice>
        <timestamp>2026-03-01T12:00:00Z</timestamp><availabilityZone>us-west-2a</availabilityZone></item></spotPriceHistorySet></R>`),
      xml(
        '<R><instanceTypeOfferingSet><item><instanceType>g5.xlarge</instanceType><location>us-west-2a</location></item></instanceTypeOfferingSet></R>',
      ),
      xml(`<R><capacityReservationSet><item><capacityReservationId>cr-1</capacityReservationId><instanceType>g5.xlarge</instanceType>
        <availabilityZone>us-west-2a</availabilityZone><availableInstanceCount>2</availableInstanceCount></item></capacityReservationSet></R>`),
      xml('<Response><Errors><Error><Code>RequestExpired</Code><Message>Request has expired.</Message></Error></Errors></Response>', 400),
    );
    const port = bundled.ec2Port(new bundled.EC2Client(clientProps));
    const instanceTypes = ['g5.xlarge'];
    expect(await port.describeSpotPriceHistory({ instanceTypes, startSeconds: 0 })).toEqual({
      prices: [{ instanceType: 'g5.xlarge', zone: 'us-west-2a', priceUsdPerHour: 0.4, atSeconds: 1_772_366_400 }],
    });
    expect(await port.describeInstanceTypeOfferings({ instanceTypes })).toEqual({
      offerings: [{ instanceType: 'g5.xlarge', zone: 'us-west-2a' }],
    });
    expect(await port.describeCapacityReservations({ ids: ['cr-1'] })).toEqual({
      reservations: [{ id: 'cr-1', instanceType: 'g5.xlarge', zone: 'us-west-2a', availableInstances: 2 }],
    });
    await expect(port.describeInstanceTypeOfferings({ instanceTypes })).rejects.toThrow('Request has expired.');
  });

  test('speaks with the load balancer, errors included', async () => {
    const { clientProps } = await startAwsServer(
      xml(ruleXml('DescribeRules')),
      xml(ruleXml('DescribeRules')),
      xml(ruleXml('ModifyRule')),
      xml('<ErrorResponse><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>none</Message></Error></ErrorResponse>', 400),
    );
    const rules = bundled.listenerRulePort(new bundled.ElasticLoadBalancingV2Client(clientProps));
    expect(await rules.describeRule(RULE)).toEqual({ [GROUP]: 7 });
    await rules.modifyRule(RULE, { [GROUP]: 9 });
    await expect(rules.describeRule(RULE)).rejects.toThrow('given a rule that does not exist');
  });

  test('speaks with EKS, errors included', async () => {
    const cluster = { endpoint: 'https://api.example.com', certificateAuthority: { data: Buffer.from(authorityPem).toString('base64') } };
    const { clientProps } = await startAwsServer(
      { contentType: 'application/json', body: JSON.stringify({ cluster }) },
      {
        status: 404,
        contentType: 'application/json',
        headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
        body: '{"message":"none"}',
      },
    );
    const client = new bundled.EKSClient(clientProps);
    expect(await bundled.describeCluster(client, 'prod')).toEqual({
      endpoint: 'https://api.example.com',
      certificateAuthorityPem: authorityPem,
    });
    await expect(bundled.describeCluster(client, 'prod')).rejects.toThrow('not there in this account and region');
  });

  test('has no credentials of its own', async () => {
    const { clientProps, received } = await startAwsServer(xml('<R/>'));
    const { credentials: _given, ...withoutCredentials } = clientProps;
    const port = bundled.ec2Port(new bundled.EC2Client(withoutCredentials));
    await expect(port.describeInstanceTypeOfferings({ instanceTypes: ['g5.xlarge'] })).rejects.toThrow('give the client its credentials');
    expect(received).toHaveLength(0);
  });
});
