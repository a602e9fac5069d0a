import { Token } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { complain, literal } from '../../private/validation';
import type { IWeightedRouter } from '../weighted-router-interface';
import type { WeightedRouterAttributes } from '../weighted-router-props';

/** A router that was there before, see `WeightedRouter.fromAttributes()`. */
export class ImportedWeightedRouter extends Construct implements IWeightedRouter {
  public readonly loadBalancer: elbv2.IApplicationLoadBalancer;
  public readonly listenerRuleArn: string;

  private readonly targetGroups: ReadonlyMap<string, elbv2.IApplicationTargetGroup>;

  constructor(scope: Construct, id: string, attributes: WeightedRouterAttributes) {
    super(scope, id);
    const loadBalancerArn = this.arn('loadBalancerArn', attributes.loadBalancerArn, ':loadbalancer/app/');
    this.listenerRuleArn = this.arn('listenerRuleArn', attributes.listenerRuleArn, ':listener-rule/app/');
    this.loadBalancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(this, 'LoadBalancer', {
      loadBalancerArn,
      securityGroupId: attributes.securityGroupId,
    });
    this.targetGroups = new Map(
      Object.entries(attributes.targetGroupArns).map(([unit, targetGroupArn]) => [
        literal(this, 'targetGroupArns', unit),
        elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(this, `Unit-${unit}`, {
          targetGroupArn: this.arn(`targetGroupArns['${unit}']`, targetGroupArn, ':targetgroup/'),
          loadBalancerArns: loadBalancerArn,
        }),
      ]),
    );
  }

  public targetGroup(unitName: string): elbv2.IApplicationTargetGroup {
    const found = this.targetGroups.get(unitName);
    if (found !== undefined) return found;
    return complain(this, {
      wrong: 'the router has no target group for a unit',
      given: unitName,
      expected: `one of ${[...this.targetGroups.keys()].join(', ')}`,
      fix: 'Add its ARN to `targetGroupArns`.',
    });
  }

  private arn(prop: string, arn: string, part: string): string {
    if (!Token.isUnresolved(arn) && !(arn.startsWith('arn:') && arn.includes(part))) {
      complain(this, {
        wrong: `\`${prop}\` is no ARN of an Application Load Balancer's`,
        given: arn,
        expected: `an ARN with \`${part}\``,
        fix: 'Pass the ARN as Elastic Load Balancing shows it.',
      });
    }
    return arn;
  }
}
