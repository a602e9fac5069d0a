import { Duration, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { acknowledge } from '../private/acknowledge';
import { defined } from '../private/defined';
import { complain, integerBetween, literal, nonEmpty } from '../private/validation';
import { ImportedWeightedRouter } from './private/imported-router';
import { type SeededUnit, seedUnits } from './private/router-checks';
import { positive, seconds, secondsBetween } from './private/values';
import type { IWeightedRouter } from './weighted-router-interface';
import type { WeightedRouterAttributes, WeightedRouterProps } from './weighted-router-props';

/** Longest deregistration delay by default: a pod on spot does not drain longer. */
const MAX_DRAIN_SECONDS = 95;

/**
 * An Application Load Balancer that spreads one fleet's requests over its units by weight: a target group a unit and one rule.
 *
 * The weights are the control loop's. CloudFormation sets those of the rule when it is made, and again only when the rule itself changes:
 * when units are added or removed, or initial shares or listener change. Nothing else in these props is part of the rule.
 *
 * Requests go to the pod with the fewest outstanding ones: a request costs far more than the choice, and pods differ in what they are
 * busy with. Stickiness is off, since a cookie would outrank the weights; so is slow start, which this choice excludes.
 */
export class WeightedRouter extends Construct implements IWeightedRouter {
  /**
   * Makes a router of a load balancer that exists, whose rule the control loop may write.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param attributes what the load balancer is
   */
  public static fromAttributes(scope: Construct, id: string, attributes: WeightedRouterAttributes): IWeightedRouter {
    return new ImportedWeightedRouter(scope, id, attributes);
  }

  public readonly loadBalancer: elbv2.IApplicationLoadBalancer;
  public readonly listenerRuleArn: string;

  /** Address to send requests to, without a path. */
  public readonly url: string;

  /** Its listener. */
  public readonly listener: elbv2.IApplicationListener;

  private readonly targetGroups = new Map<string, elbv2.ApplicationTargetGroup>();

  constructor(scope: Construct, id: string, props: WeightedRouterProps) {
    super(scope, id);
    const units = seedUnits(this, props.units);
    const latencySeconds = positive(
      this,
      'latencyObjective',
      seconds(this, 'latencyObjective', props.latencyObjective ?? Duration.seconds(10)),
    );
    const loadBalancer = this.createLoadBalancer(props, latencySeconds);
    this.loadBalancer = loadBalancer;
    for (const unit of units) this.targetGroups.set(unit.name, this.createTargetGroup(unit, props, latencySeconds));
    const listener = this.createListener(loadBalancer, props);
    this.listener = listener;
    this.url = `${props.certificates ? 'https' : 'http'}://${loadBalancer.loadBalancerDnsName}${this.portSuffix(props)}`;
    this.listenerRuleArn = new elbv2.ApplicationListenerRule(this, 'Weights', {
      listener,
      priority: 1,
      conditions: [elbv2.ListenerCondition.pathPatterns(['/*'])],
      action: elbv2.ListenerAction.weightedForward(units.map(({ name, weight }) => ({ targetGroup: this.ownTargetGroup(name), weight }))),
    }).listenerRuleArn;
    if (props.webAclArn !== undefined) {
      new wafv2.CfnWebACLAssociation(this, 'WebAcl', { resourceArn: loadBalancer.loadBalancerArn, webAclArn: props.webAclArn });
    }
  }

  public targetGroup(unitName: string): elbv2.IApplicationTargetGroup {
    return this.ownTargetGroup(unitName);
  }

  /**
   * Requests that a unit was sent.
   *
   * @param unitName the unit's name
   * @param options period and the like; by default the sum of five minutes
   */
  public metricRequestCount(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownTargetGroup(unitName).metrics.requestCount(options);
  }

  /**
   * Time from sending a request to a unit until its answer begins, in seconds.
   *
   * @param unitName the unit's name
   * @param options statistic and the like; by default the average of five minutes
   */
  public metricTargetResponseTime(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownTargetGroup(unitName).metrics.targetResponseTime(options);
  }

  /**
   * Answers of a unit with a status of 500 to 599.
   *
   * @param unitName the unit's name
   * @param options period and the like; by default the sum of five minutes
   */
  public metricTargetErrors(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownTargetGroup(unitName).metrics.httpCodeTarget(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, options);
  }

  /**
   * Requests that the load balancer itself answered with a status of 500 to 599, for want of a healthy pod among others.
   *
   * @param options period and the like; by default the sum of five minutes
   */
  public metricLoadBalancerErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.loadBalancer.metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, options);
  }

  private ownTargetGroup(unitName: string): elbv2.ApplicationTargetGroup {
    const found = this.targetGroups.get(unitName);
    if (found !== undefined) return found;
    return complain(this, {
      wrong: 'the router has no target group for a unit',
      given: unitName,
      expected: `one of ${[...this.targetGroups.keys()].join(', ')}`,
      fix: 'Name the unit among `units` of the router.',
    });
  }

  private createLoadBalancer(props: WeightedRouterProps, latencySeconds: number): elbv2.ApplicationLoadBalancer {
    const internetFacing = props.internetFacing ?? false;
    const idle = props.idleTimeout ?? Duration.seconds(Math.min(4000, Math.max(60, Math.ceil(3 * latencySeconds))));
    secondsBetween(this, 'idleTimeout', idle, 1, 4000);
    this.checkSubnets(props);
    const loadBalancer = new elbv2.ApplicationLoadBalancer(
      this,
      'Resource',
      defined({
        vpc: props.vpc,
        internetFacing,
        vpcSubnets: props.subnets,
        idleTimeout: idle,
        dropInvalidHeaderFields: true,
        securityGroup: new ec2.SecurityGroup(this, 'SecurityGroup', {
          vpc: props.vpc,
          description: 'Clients of a weighted router',
          allowAllOutbound: false,
        }),
      }),
    );
    if (props.accessLogs) {
      if (Token.isUnresolved(Stack.of(this).region)) {
        complain(this, {
          wrong: '`accessLogs` need to know which account of AWS delivers them, which depends on the region',
          given: 'a stack of any region',
          expected: 'a stack with `env: { region }`',
          fix: 'Name the region of the stack, or leave the logs out.',
        });
      }
      loadBalancer.logAccessLogs(props.accessLogs, props.accessLogsPrefix);
    } else {
      acknowledge(loadBalancer, { ELB2: 'Access logs cost by the request; users who want them name a bucket.' });
    }
    acknowledge(this, { EC23: 'A router faces everyone only where its user says so; else the addresses of its VPC.' });
    return loadBalancer;
  }

  private checkSubnets({ vpc, subnets, internetFacing }: WeightedRouterProps): void {
    const selected = vpc.selectSubnets(
      subnets ?? { subnetType: internetFacing ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS },
    );
    if (!Token.isUnresolved(selected.subnetIds) && selected.subnetIds.length < 2) {
      complain(this, {
        wrong: 'a load balancer needs subnets in two zones',
        given: selected.subnetIds.length,
        expected: '2 or more subnets',
        fix: internetFacing ? 'Select public subnets of the VPC.' : 'Select private subnets of the VPC.',
      });
    }
  }

  private createTargetGroup(
    { name, healthPath }: SeededUnit,
    { vpc, deregistrationDelay }: WeightedRouterProps,
    latencySeconds: number,
  ): elbv2.ApplicationTargetGroup {
    const delay = deregistrationDelay ?? Duration.seconds(Math.min(MAX_DRAIN_SECONDS, Math.max(30, Math.ceil(3 * latencySeconds))));
    secondsBetween(this, 'deregistrationDelay', delay, 0, 3600);
    return new elbv2.ApplicationTargetGroup(this, `Unit-${name}`, {
      vpc,
      targetType: elbv2.TargetType.IP,
      protocol: elbv2.ApplicationProtocol.HTTP,
      // Pods are registered with the port of their server. A target group cannot change its own, so it is the same for all.
      port: 80,
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: delay,
      healthCheck: {
        path: healthPath,
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
        healthyHttpCodes: '200-299',
      },
    });
  }

  private createListener(loadBalancer: elbv2.ApplicationLoadBalancer, props: WeightedRouterProps): elbv2.ApplicationListener {
    nonEmpty(this, 'certificates', props.certificates);
    const secure = props.certificates !== undefined;
    const port = this.port(props);
    const listener = loadBalancer.addListener(
      'Listener',
      defined({
        port,
        protocol: secure ? elbv2.ApplicationProtocol.HTTPS : elbv2.ApplicationProtocol.HTTP,
        certificates: props.certificates,
        sslPolicy: secure ? elbv2.SslPolicy.RECOMMENDED_TLS : undefined,
        open: false,
        // What the rule does not match: nothing, as long as the rule stands.
        defaultAction: elbv2.ListenerAction.fixedResponse(503, { contentType: 'text/plain', messageBody: 'no unit' }),
      }),
    );
    for (const client of this.clients(props)) loadBalancer.connections.allowFrom(client, ec2.Port.tcp(port), 'Clients of the fleet');
    return listener;
  }

  private port({ port, certificates }: WeightedRouterProps): number {
    return integerBetween(this, 'port', literal(this, 'port', port ?? (certificates ? 443 : 80)), 1, 65_535);
  }

  private portSuffix(props: WeightedRouterProps): string {
    const port = this.port(props);
    return port === (props.certificates ? 443 : 80) ? '' : `:${port}`;
  }

  private clients({ clients, internetFacing, vpc }: WeightedRouterProps): readonly ec2.IPeer[] {
    nonEmpty(this, 'clients', clients);
    if (clients) return clients;
    if (internetFacing) return [ec2.Peer.anyIpv4()];
    try {
      return [ec2.Peer.ipv4(vpc.vpcCidrBlock)];
    } catch {
      return complain(this, {
        wrong: 'the addresses of the imported VPC are not known, so that nobody could be let in',
        expected: '`clients`, or `vpcCidrBlock` among the attributes of Vpc.fromVpcAttributes()',
        fix: "Name who may ask, for example `clients: [ec2.Peer.ipv4('10.0.0.0/16')]`.",
      });
    }
  }
}
