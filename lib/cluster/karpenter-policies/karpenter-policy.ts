/** A statement of IAM, with placeholders of `Fn::Sub`. */
export interface KarpenterPolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } };
}

/** One of the policies of Karpenter's controller. They are several because one document may have 6,144 characters. */
export interface KarpenterPolicy {
  readonly id: string;
  readonly statements: readonly KarpenterPolicyStatement[];
  /** Further ones that only node classes with a `role` need. Those of pools name an instance profile, for which Karpenter writes nothing. */
  readonly roleStatements?: readonly KarpenterPolicyStatement[];
}
