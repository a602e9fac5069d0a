import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';

/** How a control loop runs. */
export interface ControlLoopOptions {
  /**
   * Time between two ticks, 1 to 5 minutes. Events start others in between.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * Whether ticks come by themselves. Without it the loop is deployed and rests; floors, targets, shares, weights and limits stay.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Memory of the function in MiB, 256 to 10240; more memory is more CPU too.
   *
   * @default 512 - enough for a hundred units
   */
  readonly memorySize?: number;

  /**
   * Whether one of the account's concurrent executions is reserved, so that no two ticks run at once.
   *
   * An account with a Lambda quota of 10 cannot reserve any. Two ticks at once do no harm: one wins and one stops.
   *
   * @default true
   */
  readonly reserveConcurrency?: boolean;

  /**
   * How long decision records are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Subnets of the function, where the cluster's endpoint is private.
   *
   * @default - the private subnets of the VPC; its isolated ones where it has no others
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Whether interface endpoints for the APIs that the loop calls are made in the VPC, where the cluster's endpoint is private. A VPC can
   * have each only once.
   *
   * @default - only where the subnets have no route out
   */
  readonly vpcEndpoints?: boolean;
}

/** Properties of a `ControlLoop`. */
export interface ControlLoopProps extends ControlLoopOptions {
  /** The cluster whose fleets it looks after; one loop a cluster. */
  readonly cluster: IInferenceCluster;
}

/** What a control loop is that was made elsewhere. */
export interface ControlLoopAttributes {
  /** ARN of its function. */
  readonly functionArn: string;

  /** ARN of its role. */
  readonly roleArn: string;
}
