/** Weights by target group ARN. */
export type Groups = Readonly<Record<string, number>>;

/** A listener rule of a load balancer. */
export interface Rule {
  readonly arn: string;
  /** Lower ones come first; `undefined` for the default rule of a listener. */
  readonly priority: number | undefined;
  /** Empty for a rule that does not forward. */
  readonly groups: Groups;
}

/** The targets of a target group. */
export interface TargetCounts {
  readonly registered: number;
  readonly healthy: number;
}

/** Elastic Load Balancing as far as listener rules go. */
export interface RulePort {
  /** The rule; `undefined` if there is none. */
  readRule(ruleArn: string): Promise<Rule | undefined>;

  /**
   * Reads a rule, and writes the groups that `change` makes of it. `undefined` writes nothing.
   *
   * The write ends at most `maxWriteAgeSeconds` after the read began, or fails.
   *
   * @returns whether it wrote
   */
  changeGroups(ruleArn: string, change: (groups: Groups) => Groups | undefined): Promise<boolean>;

  /** Every rule of every listener of the load balancer that a rule belongs to. */
  readRulesOfLoadBalancer(ruleArn: string): Promise<readonly Rule[]>;

  /** Every rule of a listener. */
  readRulesOfListener(listenerArn: string): Promise<readonly Rule[]>;

  /** Creates a rule for every path that answers 503; returns its ARN. */
  createRule(rule: { readonly listenerArn: string; readonly priority: number; readonly tags: Tags }): Promise<string>;

  /** Deletes a rule, if there is one. */
  deleteRule(ruleArn: string): Promise<void>;

  /** Tags of a rule; none if there is no such rule. */
  readTags(ruleArn: string): Promise<Tags>;

  addTags(ruleArn: string, tags: Tags): Promise<void>;

  removeTags(ruleArn: string, keys: readonly string[]): Promise<void>;

  countTargets(targetGroupArn: string): Promise<TargetCounts>;
}

export type Tags = Readonly<Record<string, string>>;

/** What a request is handled with. */
export interface World {
  readonly rules: RulePort;
  readonly nowSeconds: () => number;
  readonly sleep: (seconds: number) => Promise<void>;
  readonly log: (record: Readonly<Record<string, unknown>>) => void;
}
