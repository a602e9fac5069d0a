import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { complain, literal } from '../private/validation';
import { loadBalancingArn } from './router-checks';
import { bindTargetGroup } from './target-groups';
import type { RoutedPods } from './traffic-router';
import type { IWeightedRouter } from './weighted-router';
import { WeightedRouterBase } from './weighted-router-base';

/** Attributes of an imported router, see `WeightedRouter.fromWeightedRouterAttributes()`. */
export interface WeightedRouterAttributes {
  /** ARN of the Application Load Balancer. */
  readonly loadBalancerArn: string;

  /** Security group of the load balancer. */
  readonly securityGroupId: string;

  /**
   * ARN of the listener rule that holds the weights: one forward action over the target groups, without stickiness.
   * The control loop writes its weights, so no other controller may own the rule.
   */
  readonly listenerRuleArn: string;

  /** ARN of the target group of each unit, by the unit's name. Targets are IP addresses. */
  readonly targetGroupArns: { [unitName: string]: string };
}

/** A router whose load balancer, rule and target groups exist already. */
export function importRouter(scope: Construct, id: string, attributes: WeightedRouterAttributes): IWeightedRouter {
  class Import extends WeightedRouterBase {
    public readonly loadBalancer: elbv2.IApplicationLoadBalancer;
    public readonly listenerRuleArn: string;

    private readonly targetGroups: ReadonlyMap<string, elbv2.IApplicationTargetGroup>;

    constructor() {
      super(scope, id);
      const loadBalancerArn = loadBalancingArn(this, 'loadBalancerArn', attributes.loadBalancerArn, ':loadbalancer/app/');
      this.listenerRuleArn = loadBalancingArn(this, 'listenerRuleArn', attributes.listenerRuleArn, ':listener-rule/app/');
      this.loadBalancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(this, 'LoadBalancer', {
        loadBalancerArn,
        securityGroupId: attributes.securityGroupId,
      });
      this.targetGroups = new Map(
        Object.entries(attributes.targetGroupArns).map(([unit, targetGroupArn]) => [
          literal(this, 'targetGroupArns', unit),
          elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(this, `Unit-${unit}`, {
            targetGroupArn: loadBalancingArn(this, `targetGroupArns['${unit}']`, targetGroupArn, ':targetgroup/'),
            loadBalancerArns: loadBalancerArn,
          }),
        ]),
      );
    }

    /** The tags of an imported rule belong to whoever created it. */
    public serveFleet(): void {}

    /** So do its target groups: no deployment of this app adds them or removes them. */
    public bindPods(unit: Construct, pods: RoutedPods): void {
      bindTargetGroup(unit, this, pods);
    }

    public targetGroup(unitName: string): elbv2.IApplicationTargetGroup {
      const found = this.targetGroups.get(unitName);
      if (found !== undefined) return found;
      return complain(this, {
        code: 'UnknownUnitOfImportedRouter',
        wrong: 'the imported router has no target group for a unit',
        given: unitName,
        expected: `one of ${[...this.targetGroups.keys()].join(', ')}`,
        fix: 'Add its ARN to `targetGroupArns`.',
      });
    }
  }
  return new Import();
}
