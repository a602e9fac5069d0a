import { Duration, Stack, Tags, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { healthCheckDefaults, limits, podDefaults, ruleDefaults, TARGETS_TAG } from '../generated/contract';
import { acknowledge } from '../private/acknowledge';
import { defined } from '../private/defined';
import { complain, integerWithin, nonEmpty, positive, seconds, secondsWithin } from '../private/validation';
import { importRouter, type WeightedRouterAttributes } from './imported-router';
import { checkSubnets, checkWebAcl, clientsOf, type SeededUnit, seedUnits } from './router-checks';
import type { WeightedRouterProps } from './router-options';
import { bindTargetGroup } from './target-groups';
import type { ITrafficRouter, RoutedPods } from './traffic-router';
import { WeightedRouterBase } from './weighted-router-base';
import { RuleTarget, WeightedRule } from './weighted-rule';

/** A load balancer that distributes one fleet's traffic over its units by weight, created in this app or imported. */
export interface IWeightedRouter extends ITrafficRouter {
  /** The load balancer. */
  readonly loadBalancer: elbv2.IApplicationLoadBalancer;

  /** ARN of the one listener rule that holds the weights. */
  readonly listenerRuleArn: string;

  /**
   * The target group of a unit.
   *
   * @param unitName the unit's name
   * @throws if the router has no target group for it
   */
  targetGroup(unitName: string): elbv2.IApplicationTargetGroup;
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Maximum of the default deregistration delay: a pod on spot capacity does not drain longer. */
const MAX_DRAIN_SECONDS = podDefaults.maxTerminationSeconds - podDefaults.endingSeconds;

/**
 * An Application Load Balancer that distributes one fleet's requests over its units by weight: a target group for each unit, and one rule.
 *
 * The control loop owns the weights, and no deployment sets them back. A unit that is added enters the rule with weight 0, unless nobody is
 * served yet; the loop raises it when its pods are healthy. A unit that is removed is retired first: the loop moves its traffic to the
 * others, its last requests finish, and then its pods are deleted. Both need a loop that may write: with `Enforcement.OBSERVE` and
 * `Enforcement.RECOMMEND` set the weights yourself.
 *
 * Within a unit, requests go to the pod with the fewest outstanding requests, because requests take long and differ in length. Stickiness
 * is off, because a cookie would outrank the weights. Slow start is off, because it cannot be combined with this algorithm.
 *
 * @example
 * declare const cluster: IInferenceCluster;
 *
 * const router = new WeightedRouter(this, 'Router', {
 *   vpc: cluster.vpc,
 *   units: [{ name: 'inf2' }, { name: 'g5' }],
 *   latencyObjective: Duration.millis(900),
 * });
 */
export class WeightedRouter extends WeightedRouterBase {
  /**
   * Imports an existing load balancer, so that the control loop can write the weights of its rule.
   *
   * @param scope the parent construct
   * @param id id of the imported router in that scope
   * @param attributes attributes of the load balancer
   */
  public static fromWeightedRouterAttributes(scope: Construct, id: string, attributes: WeightedRouterAttributes): IWeightedRouter {
    return importRouter(scope, id, attributes);
  }

  public readonly loadBalancer: elbv2.IApplicationLoadBalancer;
  public readonly listenerRuleArn: string;

  /** Address for requests, without a path. */
  public readonly url: string;

  /** Its listener. */
  public readonly listener: elbv2.IApplicationListener;

  private readonly rule: WeightedRule;

  private readonly targetGroups = new Map<string, elbv2.ApplicationTargetGroup>();

  private readonly targets = new Map<string, RuleTarget>();

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
    this.rule = new WeightedRule(this, 'Rule', { listenerArn: listener.listenerArn });
    this.listenerRuleArn = this.rule.ruleArn;
    for (const unit of units) {
      const target = this.createTarget(unit, props, latencySeconds);
      this.targets.set(unit.name, target);
      // Its metrics have the load balancer as a dimension.
      this.ownTargetGroup(unit.name).registerListener(listener, target);
    }
    if (props.webAclArn !== undefined) {
      new wafv2.CfnWebACLAssociation(this, 'WebAcl', {
        resourceArn: loadBalancer.loadBalancerArn,
        webAclArn: checkWebAcl(this, props.webAclArn),
      });
    }
  }

  public serveFleet(namespace: string, fleetName: string): void {
    this.rule.serve(`${namespace}/${fleetName}`);
  }

  public bindPods(scope: Construct, pods: RoutedPods): void {
    const binding = bindTargetGroup(scope, this, pods);
    const target = this.targets.get(pods.unitName);
    if (target === undefined) return;
    // Stacks can depend on each other in one direction only, and that of the unit needs the target group of this one.
    const placed = Stack.of(scope) === Stack.of(this) ? target : target.moveTo(scope);
    this.targets.set(pods.unitName, placed);
    placed.removeBefore(...pods.workload, binding);
  }

  public targetGroup(unitName: string): elbv2.IApplicationTargetGroup {
    return this.ownTargetGroup(unitName);
  }

  private ownTargetGroup(unitName: string): elbv2.ApplicationTargetGroup {
    const found = this.targetGroups.get(unitName);
    if (found !== undefined) return found;
    return complain(this, {
      code: 'UnknownUnitOfRouter',
      wrong: 'the router has no target group for a unit',
      given: unitName,
      expected: `one of ${[...this.targetGroups.keys()].join(', ')}`,
      fix: 'Add the unit to `units` of the router.',
    });
  }

  private createLoadBalancer(props: WeightedRouterProps, latencySeconds: number): elbv2.ApplicationLoadBalancer {
    const internetFacing = props.internetFacing ?? false;
    const idle = props.idleTimeout ?? Duration.seconds(Math.min(4000, Math.max(60, Math.ceil(3 * latencySeconds))));
    secondsWithin(this, 'idleTimeout', idle, { min: 1, max: 4000 });
    checkSubnets(this, props);
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
          code: 'AccessLogsWithoutRegion',
          wrong: '`accessLogs` depend on the region, which is not known at synthesis',
          given: 'a stack for any region',
          expected: 'a stack with `env: { region }`',
          fix: 'Set the region of the stack, or leave the logs out.',
        });
      }
      loadBalancer.logAccessLogs(props.accessLogs, props.accessLogsPrefix);
    } else {
      acknowledge(loadBalancer, { ELB2: 'Access logs are billed by volume; users who want them pass a bucket.' });
    }
    acknowledge(this, {
      EC23: 'A router admits everyone only if its user makes it face the internet; otherwise the addresses of its VPC.',
    });
    return loadBalancer;
  }

  private createTarget({ name, weight }: SeededUnit, props: WeightedRouterProps, latencySeconds: number): RuleTarget {
    const deadline = props.retirementDeadline ?? Duration.seconds(ruleDefaults.retirementDeadlineSeconds);
    return new RuleTarget(this, `Target-${name}`, {
      rule: this.rule,
      unitName: name,
      targetGroupArn: this.ownTargetGroup(name).targetGroupArn,
      initialWeight: weight,
      drainSeconds: this.deregistrationDelay(props, latencySeconds).toSeconds(),
      deadlineSeconds: secondsWithin(this, 'retirementDeadline', deadline, limits.retirementDeadlineSeconds),
    });
  }

  private deregistrationDelay({ deregistrationDelay }: WeightedRouterProps, latencySeconds: number): Duration {
    const delay = deregistrationDelay ?? Duration.seconds(Math.min(MAX_DRAIN_SECONDS, Math.max(30, Math.ceil(3 * latencySeconds))));
    secondsWithin(this, 'deregistrationDelay', delay, { min: 0, max: 3600 });
    return delay;
  }

  private createTargetGroup(
    { name, healthPath }: SeededUnit,
    props: WeightedRouterProps,
    latencySeconds: number,
  ): elbv2.ApplicationTargetGroup {
    const targetGroup = new elbv2.ApplicationTargetGroup(this, `Unit-${name}`, {
      vpc: props.vpc,
      targetType: elbv2.TargetType.IP,
      protocol: elbv2.ApplicationProtocol.HTTP,
      // Pods are registered with the port of their server. The port of a target group cannot be changed, so all have the same.
      port: 80,
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: this.deregistrationDelay(props, latencySeconds),
      healthCheck: {
        path: healthPath,
        interval: Duration.seconds(healthCheckDefaults.intervalSeconds),
        timeout: Duration.seconds(healthCheckDefaults.timeoutSeconds),
        healthyThresholdCount: healthCheckDefaults.healthyThreshold,
        unhealthyThresholdCount: healthCheckDefaults.unhealthyThreshold,
        healthyHttpCodes: '200-299',
      },
    });
    Tags.of(targetGroup).add(TARGETS_TAG.key, TARGETS_TAG.value);
    return targetGroup;
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
        // Never used while the rule exists, because the rule matches every path.
        defaultAction: elbv2.ListenerAction.fixedResponse(503, { contentType: 'text/plain', messageBody: 'no unit' }),
      }),
    );
    const ports = [port];
    if (this.redirectsHttp(props)) {
      const redirect = loadBalancer.addRedirect({ sourcePort: HTTP_PORT, targetPort: port, open: false });
      // The listener leaves port 80 first when certificates are added to it.
      redirect.node.addDependency(listener);
      ports.push(HTTP_PORT);
    }
    for (const client of clientsOf(this, props)) {
      for (const open of ports) loadBalancer.connections.allowFrom(client, ec2.Port.tcp(open), 'Clients of the fleet');
    }
    return listener;
  }

  private port({ port, certificates }: WeightedRouterProps): number {
    return integerWithin(this, 'port', port ?? (certificates ? HTTPS_PORT : HTTP_PORT), { min: 1, max: 65_535 });
  }

  private redirectsHttp({ certificates, port, redirectHttp }: WeightedRouterProps): boolean {
    if (redirectHttp !== undefined && certificates === undefined) {
      complain(this, {
        code: 'RedirectWithoutCertificates',
        wrong: '`redirectHttp` has no effect without certificates',
        given: redirectHttp,
        expected: '`certificates`',
        fix: 'Add certificates, or remove `redirectHttp`.',
      });
    }
    return certificates !== undefined && (redirectHttp ?? (port ?? HTTPS_PORT) === HTTPS_PORT);
  }

  private portSuffix(props: WeightedRouterProps): string {
    const port = this.port(props);
    return port === (props.certificates ? HTTPS_PORT : HTTP_PORT) ? '' : `:${port}`;
  }
}
