import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, DeploymentUnit, WeightedRouter, type WeightedRouterProps } from '../../../lib';
import { idOf, newCluster, newStack } from '../support/fixture';
import { importedVpc } from '../support/imported-cluster';
import { IMAGE, PROFILE, patchesOf } from './served-fleet';

const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';
const RULE = 'Custom::AdaptiveInferenceListenerRule';
const TARGET = 'Custom::AdaptiveInferenceRuleTarget';
const TARGET_GROUP = 'AWS::ElasticLoadBalancingV2::TargetGroup';
const LOAD_BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer';

const built = (props: Partial<WeightedRouterProps> = {}) => {
  const stack = newStack();
  const vpc = new ec2.Vpc(stack, 'Vpc');
  const router = new WeightedRouter(stack, 'Router', { vpc, units: [{ name: 'g5' }, { name: 'inf2' }], ...props });
  return { stack, router, template: Template.fromStack(stack) };
};

const certificate = elbv2.ListenerCertificate.fromArn('arn:aws:acm:us-west-2:123456789012:certificate/mine');

/** Weights with which target groups enter the rule while nobody is served, by unit. */
const weightsOf = (template: Template): Record<string, number> =>
  Object.fromEntries(Object.values(template.findResources(TARGET)).map(({ Properties }) => [Properties.Unit, Properties.InitialWeight]));

const attributesOf = (template: Template, type: string): Record<string, string> => {
  const { Properties } = Object.values(template.findResources(type))[0] as {
    Properties: Record<string, { Key: string; Value: string }[]>;
  };
  const attributes = Properties.TargetGroupAttributes ?? Properties.LoadBalancerAttributes ?? [];
  return Object.fromEntries(attributes.map(({ Key, Value }) => [Key, Value]));
};

describe('a router', () => {
  const { template } = built();

  it('has one rule, which is no resource that CloudFormation would write again, and a target group a unit in it', () => {
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
    template.resourceCountIs(RULE, 1);
    template.hasResourceProperties(RULE, { ListenerArn: { Ref: idOf(template, LISTENER) }, Priority: 10_000 });
    template.resourceCountIs(TARGET, 2);
    for (const unit of ['g5', 'inf2']) {
      template.hasResourceProperties(TARGET, {
        Unit: unit,
        RuleArn: { Ref: idOf(template, RULE) },
        TargetGroupArn: { Ref: idOf(template, TARGET_GROUP, new RegExp(`Unit${unit}`)) },
        InitialWeight: 199,
        DrainSeconds: 30,
        DeadlineSeconds: 3000,
      });
    }
  });

  it('waits for a removed unit as long as it is told to', () => {
    built({ retirementDeadline: Duration.minutes(20) }).template.allResourcesProperties(TARGET, { DeadlineSeconds: 1200 });
  });

  it.each<[string, (number | undefined)[], Record<string, number>]>([
    ['one unit', [undefined], { u0: 199 }],
    ['three equal units', [undefined, undefined, undefined], { u0: 199, u1: 199, u2: 199 }],
    ['stated shares', [0.25, 0.75], { u0: 250, u1: 749 }],
    ['a share too small to be a weight', [0.9999, 0.0001], { u0: 999, u1: 1 }],
  ])('turns shares into weights as the loop does: %s', (_, shares, weights) => {
    const units = shares.map((initialShare, index) =>
      initialShare === undefined ? { name: `u${index}` } : { name: `u${index}`, initialShare },
    );
    expect(weightsOf(built({ units }).template)).toEqual(weights);
  });

  it('answers 503 where its rule does not', () => {
    template.hasResourceProperties(LISTENER, {
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
    });
  });

  it('sends a request to the pod that has the fewest, by address, with neither stickiness nor slow start', () => {
    template.resourceCountIs(TARGET_GROUP, 2);
    template.allResourcesProperties(TARGET_GROUP, {
      TargetType: 'ip',
      Protocol: 'HTTP',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: '200-299' },
    });
    expect(attributesOf(template, TARGET_GROUP)).toEqual({
      'load_balancing.algorithm.type': 'least_outstanding_requests',
      'stickiness.enabled': 'false',
      'deregistration_delay.timeout_seconds': '30',
    });
  });

  it('asks each unit for its health where that unit says it', () => {
    const { template: own } = built({ units: [{ name: 'g5', healthPath: '/ready' }, { name: 'inf2' }] });
    own.hasResourceProperties(TARGET_GROUP, { HealthCheckPath: '/ready' });
    own.hasResourceProperties(TARGET_GROUP, { HealthCheckPath: '/health' });
  });

  it.each<[string, Partial<WeightedRouterProps>, string, string]>([
    ['a quick model', { latencyObjective: Duration.millis(900) }, '30', '60'],
    ['a slow model', { latencyObjective: Duration.seconds(25) }, '75', '75'],
    ['a very slow model: no pod outlives the notice of spot', { latencyObjective: Duration.minutes(5) }, '95', '900'],
    ['what the user knows better', { deregistrationDelay: Duration.seconds(300), idleTimeout: Duration.seconds(10) }, '300', '10'],
  ])('waits for requests in flight as long as they take: %s', (_, props, delay, idle) => {
    const { template: fitted } = built(props);
    expect(attributesOf(fitted, TARGET_GROUP)['deregistration_delay.timeout_seconds']).toBe(delay);
    expect(attributesOf(fitted, LOAD_BALANCER)['idle_timeout.timeout_seconds']).toBe(idle);
  });

  it('is internal and asked from inside the VPC, and goes with its stack', () => {
    template.hasResourceProperties(LOAD_BALANCER, { Scheme: 'internal', Type: 'application' });
    expect(attributesOf(template, LOAD_BALANCER)).toMatchObject({
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'deletion_protection.enabled': 'false',
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ FromPort: 80, ToPort: 80, CidrIp: { 'Fn::GetAtt': [Match.anyValue(), 'CidrBlock'] } }],
    });
    expect(built().router.url).toMatch(/^http:\/\/\$\{Token/);
  });

  it('faces the internet where it was told to', () => {
    const { template: facing } = built({ internetFacing: true });
    facing.hasResourceProperties(LOAD_BALANCER, {
      Scheme: 'internet-facing',
      Subnets: [1, 2, 3].map((zone) => ({ Ref: Match.stringLikeRegexp(`PublicSubnet${zone}`) })),
    });
    facing.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0', FromPort: 80, ToPort: 80 }] });
  });

  it('lets in those who were named only', () => {
    const { template: named } = built({ internetFacing: true, clients: [ec2.Peer.ipv4('203.0.113.0/24')] });
    named.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [{ CidrIp: '203.0.113.0/24' }] });
    const peerless = newStack();
    new WeightedRouter(peerless, 'Router', {
      vpc: importedVpc(peerless),
      units: [{ name: 'g5' }],
      clients: [ec2.Peer.securityGroupId('sg-0123456789abcdef0')],
    });
    Template.fromStack(peerless).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ SourceSecurityGroupId: 'sg-0123456789abcdef0', FromPort: 80 }],
    });
  });

  it('speaks HTTPS with certificates', () => {
    const { template: secure, router } = built({ certificates: [certificate] });
    secure.hasResourceProperties(LISTENER, {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      Certificates: [{ CertificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/mine' }],
    });
    expect(router.url).toMatch(/^https:\/\/[^:]+$/);
    expect(built({ certificates: [certificate], port: 8443 }).router.url).toMatch(/:8443$/);
  });

  it('redirects from port 80 to HTTPS, unless it is told otherwise or has a port of its own', () => {
    const { template: secure } = built({ certificates: [certificate] });
    const redirect = idOf(secure, LISTENER, /Redirect/);
    expect(secure.findResources(LISTENER)[redirect]).toMatchObject({
      Properties: {
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }],
      },
      // The listener had port 80 before it got certificates.
      DependsOn: [idOf(secure, LISTENER, /^RouterListener/)],
    });
    secure.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ FromPort: 443 }), Match.objectLike({ FromPort: 80 })],
    });
    for (const props of [{ redirectHttp: false }, { port: 8443 }]) {
      built({ certificates: [certificate], ...props }).template.resourceCountIs(LISTENER, 1);
    }
    built({ certificates: [certificate], port: 8443, redirectHttp: true }).template.hasResourceProperties(LISTENER, {
      DefaultActions: [{ Type: 'redirect', RedirectConfig: { Port: '8443' } }],
    });
  });

  it('logs to a bucket, and is guarded by a web ACL, where these were named', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    new WeightedRouter(stack, 'Router', {
      vpc,
      units: [{ name: 'g5' }],
      accessLogs: new s3.Bucket(stack, 'Logs'),
      accessLogsPrefix: 'chat',
      webAclArn: 'arn:aws:wafv2:us-west-2:123456789012:regional/webacl/mine/1',
    });
    const logged = Template.fromStack(stack);
    expect(attributesOf(logged, LOAD_BALANCER)).toMatchObject({ 'access_logs.s3.enabled': 'true', 'access_logs.s3.prefix': 'chat' });
    logged.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: { Ref: Match.stringLikeRegexp('^Router') },
      WebACLArn: 'arn:aws:wafv2:us-west-2:123456789012:regional/webacl/mine/1',
    });
    template.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  });

  it('has metrics of all units and of each, in the dimensions of load balancer and target group', () => {
    const { router, stack } = built();
    const metrics = [
      router.metricRequests({ unitName: 'g5' }),
      router.metricLatency({ unitName: 'g5', statistic: 'p95' }),
      router.metricErrors(),
      router.metricRefusedRequests(),
    ];
    expect(metrics.map(({ metricName, statistic, namespace }) => [namespace, metricName, statistic])).toEqual([
      ['AWS/ApplicationELB', 'RequestCount', 'Sum'],
      ['AWS/ApplicationELB', 'TargetResponseTime', 'p95'],
      ['AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', 'Sum'],
      ['AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', 'Sum'],
    ]);
    expect(metrics.map(({ dimensions }) => Object.keys(stack.resolve(dimensions)).sort())).toEqual([
      ['LoadBalancer', 'TargetGroup'],
      ['LoadBalancer', 'TargetGroup'],
      ['LoadBalancer'],
      ['LoadBalancer'],
    ]);
    expect(() => router.metricLatency({ unitName: 'g6' })).toThrow('no target group for a unit');
  });
});

describe('a router made elsewhere', () => {
  const ARN = 'arn:aws:elasticloadbalancing:us-west-2:123456789012';
  const stack = newStack();
  const cluster = newCluster(stack);
  const router = WeightedRouter.fromWeightedRouterAttributes(stack, 'Router', {
    loadBalancerArn: `${ARN}:loadbalancer/app/theirs/0123456789abcdef`,
    securityGroupId: 'sg-0123456789abcdef0',
    listenerRuleArn: `${ARN}:listener-rule/app/theirs/0123456789abcdef/1/2`,
    targetGroupArns: { g5: `${ARN}:targetgroup/theirs/abcdef0123456789` },
  });
  new DeploymentUnit(stack, 'Unit', {
    cluster,
    fleetName: 'chat',
    name: 'g5',
    accelerator: Accelerator.A10G,
    pools: [new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G })],
    profile: PROFILE,
    container: { image: IMAGE },
    router,
  });
  const template = Template.fromStack(stack);

  it('serves units as one made here does', () => {
    expect(router.listenerRuleArn).toBe(`${ARN}:listener-rule/app/theirs/0123456789abcdef/1/2`);
    for (const type of [RULE, TARGET_GROUP, LOAD_BALANCER]) template.resourceCountIs(type, 0);
    const dimensions = patchesOf(template)[0]?.operations.find(({ path }) => path.endsWith('dimensionValue'))?.value;
    expect(dimensions).toBe('app/theirs/0123456789abcdef;targetgroup/theirs/abcdef0123456789');
    expect(JSON.stringify(template.toJSON())).toContain(`targetGroupARN\\":\\"${ARN}:targetgroup/theirs/abcdef0123456789`);
  });

  it('may reach the pods', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      SourceSecurityGroupId: 'sg-0123456789abcdef0',
      FromPort: 8000,
      ToPort: 8000,
    });
  });
});
