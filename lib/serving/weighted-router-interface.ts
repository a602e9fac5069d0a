import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IConstruct } from 'constructs';

/** A load balancer that spreads one fleet's traffic over its units by weight, made here or brought along. */
export interface IWeightedRouter extends IConstruct {
  /** The load balancer. */
  readonly loadBalancer: elbv2.IApplicationLoadBalancer;

  /** ARN of the one rule that carries the weights. */
  readonly listenerRuleArn: string;

  /**
   * The target group of a unit.
   *
   * @param unitName the unit's name
   * @throws where the router has no target group for it
   */
  targetGroup(unitName: string): elbv2.IApplicationTargetGroup;
}
