import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as s3 from 'aws-cdk-lib/aws-s3';

/** A unit that a router sends requests to. */
export interface RoutedUnit {
  /** Name of the unit. */
  readonly name: string;

  /**
   * Path that answers 200 while the unit can be asked.
   *
   * @default /health
   */
  readonly healthPath?: string;

  /**
   * Share of the traffic, above 0 and at most 1, until the control loop writes its own. State it for all units or for none.
   *
   * @default - equal shares
   */
  readonly initialShare?: number;
}

/** What a router is, whichever units it is for. */
export interface WeightedRouterOptions {
  /**
   * Whether it can be reached from the internet.
   *
   * @default false
   */
  readonly internetFacing?: boolean;

  /**
   * Who may ask: address ranges or security groups.
   *
   * @default - the addresses of the VPC; for a router that faces the internet, everyone
   */
  readonly clients?: ec2.IPeer[];

  /**
   * Certificates, with which it speaks HTTPS. Without any it speaks plain HTTP.
   *
   * @default - none
   */
  readonly certificates?: elbv2.IListenerCertificate[];

  /**
   * Port on which it listens.
   *
   * @default - 443 with certificates, else 80
   */
  readonly port?: number;

  /**
   * Subnets of the load balancer, in two zones or more.
   *
   * @default - the private subnets of the VPC; for a router that faces the internet, the public ones
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Bucket for access logs, encrypted with keys of S3 (not KMS); the stack must name its region.
   *
   * @default - no access logs
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Prefix of the access logs in their bucket.
   *
   * @default - none
   */
  readonly accessLogsPrefix?: string;

  /**
   * ARN of a web ACL of AWS WAF, of scope REGIONAL.
   *
   * @default - none
   */
  readonly webAclArn?: string;

  /**
   * Latency that a request should not exceed, to which idle timeout and deregistration delay are fitted.
   *
   * @default Duration.seconds(10)
   */
  readonly latencyObjective?: Duration;

  /**
   * How long a connection may be silent, 1 to 4000 seconds. A server that streams is not silent, one that computes is.
   *
   * @default - three times the latency objective, at least 60 seconds
   */
  readonly idleTimeout?: Duration;

  /**
   * How long requests in flight may take to end on a pod that must go, 0 to 3600 seconds.
   *
   * @default - three times the latency objective, 30 to 95 seconds: no pod outlives spot's notice
   */
  readonly deregistrationDelay?: Duration;
}

/** Properties of a `WeightedRouter`. */
export interface WeightedRouterProps extends WeightedRouterOptions {
  /** The VPC of the cluster. */
  readonly vpc: ec2.IVpc;

  /** The units of the fleet, at most five: a rule of a load balancer holds no more target groups. */
  readonly units: RoutedUnit[];
}

/** What a router is that was made elsewhere, see `WeightedRouter.fromAttributes()`. */
export interface WeightedRouterAttributes {
  /** ARN of the Application Load Balancer. */
  readonly loadBalancerArn: string;

  /** Security group of the load balancer. */
  readonly securityGroupId: string;

  /**
   * ARN of the rule that carries the weights: one forward action over the target groups, stickiness off.
   * The control loop writes its weights, so no other controller may own it.
   */
  readonly listenerRuleArn: string;

  /** ARN of the target group of each unit, by the unit's name. Targets are IP addresses. */
  readonly targetGroupArns: { [unitName: string]: string };
}
