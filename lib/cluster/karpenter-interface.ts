import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Karpenter on a cluster. */
export interface IKarpenter extends IConstruct {
  /** The role of the nodes it launches. */
  readonly nodeRole: iam.IRole;

  /** Name of the instance profile that carries that role. */
  readonly nodeInstanceProfileName: string;
}
