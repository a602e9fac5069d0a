import { Fn, Token } from 'aws-cdk-lib';

/** The end of an ARN after a word, which is how CloudWatch names load balancers and target groups. */
const after = (arn: string, word: string): string =>
  Token.isUnresolved(arn) ? Fn.select(1, Fn.split(word, arn)) : (arn.split(word)[1] ?? arn);

/**
 * Dimensions of a target group's metrics, in the order LoadBalancer, TargetGroup.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export const targetGroupDimensions = (loadBalancerArn: string, targetGroupArn: string): readonly [string, string] => [
  after(loadBalancerArn, ':loadbalancer/'),
  `targetgroup/${after(targetGroupArn, ':targetgroup/')}`,
];
