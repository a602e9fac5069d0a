import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IInferenceFleet } from './inference-fleet-interface';

/** The control loop of a cluster, made here or brought along. It serves every fleet of the cluster. */
export interface IControlLoop extends IConstruct {
  /** ARN of the function that is one tick. */
  readonly functionArn: string;

  /** What the function may do. */
  readonly role: iam.IRole;

  /**
   * Lets the loop write the weights of a fleet's router. The loop finds the fleet itself in the cluster.
   *
   * @param fleet a fleet of the loop's cluster
   */
  addFleet(fleet: IInferenceFleet): void;

  /**
   * Lets an alarm start a tick at once when its state changes.
   *
   * @param alarm an alarm of the loop's account and region
   */
  tickOnAlarm(alarm: cloudwatch.IAlarm): void;

  /**
   * Lets somebody start a tick.
   *
   * @param grantee who may
   */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;
}
