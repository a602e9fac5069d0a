import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as s3 from 'aws-cdk-lib/aws-s3';

/** A unit that a router sends requests to. */
export interface RoutedUnit {
  /** Name of the unit. */
  readonly name: string;

  /**
   * Path that answers 200 while the unit can serve requests.
   *
   * @default /health
   */
  readonly healthPath?: string;

  /**
   * Share of the traffic until the control loop writes its own, above 0, at most 1. Set it for all units or for none. A unit that is added
   * while others are served starts at 0.
   *
   * @default - equal shares
   */
  readonly initialShare?: number;
}

/** Options of a router, independent of its units. */
export interface WeightedRouterOptions {
  /**
   * Whether the load balancer can be reached from the internet.
   *
   * @default false
   */
  readonly internetFacing?: boolean;

  /**
   * Who may send requests: address ranges or security groups.
   *
   * @default - the addresses of the VPC; everyone if the router faces the internet
   */
  readonly clients?: ec2.IPeer[];

  /**
   * Certificates of the HTTPS listener.
   *
   * @default - none; the listener speaks plain HTTP
   */
  readonly certificates?: elbv2.IListenerCertificate[];

  /**
   * Port on which it listens.
   *
   * @default - 443 with certificates, 80 without
   */
  readonly port?: number;

  /**
   * Whether port 80 redirects to HTTPS. Only with certificates.
   *
   * @default - true with certificates and the default port
   */
  readonly redirectHttp?: boolean;

  /**
   * Subnets of the load balancer, in two zones or more.
   *
   * @default - the private subnets of the VPC; the public ones if the router faces the internet
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Bucket for access logs, encrypted with keys of S3 (not KMS); the stack must have a region.
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
   * Latency that a request should not exceed; the defaults of `idleTimeout` and `deregistrationDelay` depend on it.
   *
   * @default Duration.seconds(10)
   */
  readonly latencyObjective?: Duration;

  /**
   * How long a connection may be idle, 1 to 4000 seconds. A server that computes without sending leaves its connection idle.
   *
   * @default - three times the latency objective, at least 60 seconds
   */
  readonly idleTimeout?: Duration;

  /**
   * How long requests in flight may take on a terminating pod, 0 to 3600 seconds.
   *
   * @default - three times the latency objective, 30 to 95 seconds, so that it fits the notice of a spot interruption
   */
  readonly deregistrationDelay?: Duration;

  /**
   * How long a deployment waits until the control loop has taken the traffic from a removed unit, 5 to 55 minutes. After that the deletion
   * of the unit fails, with what it waited for.
   *
   * @default Duration.minutes(50)
   */
  readonly retirementDeadline?: Duration;
}

/** Properties of a `WeightedRouter`. */
export interface WeightedRouterProps extends WeightedRouterOptions {
  /** The VPC of the cluster. */
  readonly vpc: ec2.IVpc;

  /** The units of the fleet, 1 to 5: a listener rule holds no more target groups. */
  readonly units: RoutedUnit[];
}
