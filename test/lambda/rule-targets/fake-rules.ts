import type { Groups, Rule, RulePort, Tags, TargetCounts } from '../../../lambda/rule-targets/ports';

export const LISTENER = 'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener/app/chat/1111111111111111/2222222222222222';
export const RULE = `${LISTENER.replace(':listener/', ':listener-rule/')}/3333333333333333`;

/** ARN of the target group of a unit. */
export const groupOf = (unit: string): string => `arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/${unit}/aaaaaaaaaaaaaaaa`;

/** The key of the tag that says that a unit is being retired. */
export const retiringKey = (unit: string): string => `adaptive-inference.dev/retiring/${unit}/aaaaaaaaaaaaaaaa`;

interface StoredRule {
  listenerArn: string;
  priority: number;
  groups: Record<string, number>;
  tags: Record<string, string>;
}

/** The rules of one load balancer, in memory. Each call is one step, unless `pause` stretches it. */
export class FakeRules implements RulePort {
  readonly rules = new Map<string, StoredRule>();
  readonly targets = new Map<string, TargetCounts>();
  /** Calls that write, in their order. */
  readonly writes: string[] = [];
  /** Called before and after each access to the store. */
  pause: () => Promise<void> = async () => undefined;
  /** Called when the groups of a rule have changed. */
  onWrite: (before: Groups, after: Groups) => void = () => undefined;

  private created = 0;

  /** A rule as a test wants it, by the names of units. */
  put(weights: Groups, { arn = RULE, priority = 10_000, tags = {} }: { arn?: string; priority?: number; tags?: Tags } = {}): void {
    const groups = Object.fromEntries(Object.entries(weights).map(([unit, weight]) => [groupOf(unit), weight]));
    this.rules.set(arn, { listenerArn: LISTENER, priority, groups, tags: { ...tags } });
  }

  /** Weights of a rule by unit. */
  weights(arn = RULE): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.rules.get(arn)?.groups ?? {}).map(([group, weight]) => [group.split('/').at(-2) ?? group, weight]),
    );
  }

  tagsOf(arn = RULE): Tags {
    return this.rules.get(arn)?.tags ?? {};
  }

  /** Says how many targets of a unit there are. */
  serve(unit: string, registered: number, healthy = registered): void {
    this.targets.set(groupOf(unit), { registered, healthy });
  }

  /** Writes a rule's groups at once, as the API does. */
  overwrite(arn: string, groups: Groups): void {
    const rule = this.rules.get(arn);
    if (rule === undefined) throw new Error(`no rule ${arn}`);
    const before = rule.groups;
    rule.groups = { ...groups };
    this.onWrite(before, rule.groups);
  }

  async readRule(arn: string): Promise<Rule | undefined> {
    return this.step(() => this.shown(arn));
  }

  async changeGroups(arn: string, change: (groups: Groups) => Groups | undefined): Promise<boolean> {
    const read = await this.step(() => this.shown(arn));
    const groups = read && change(read.groups);
    if (groups === undefined) return false;
    await this.step(() => {
      this.writes.push(`ModifyRule ${JSON.stringify(groups).replaceAll(/arn:[^"]*targetgroup\/([^/]+)\/a+/g, '$1')}`);
      this.overwrite(arn, groups);
    });
    return true;
  }

  async readRulesOfLoadBalancer(): Promise<readonly Rule[]> {
    return this.step(() => [...this.rules.keys()].map((arn) => this.shown(arn)!));
  }

  async readRulesOfListener(listenerArn: string): Promise<readonly Rule[]> {
    return this.step(() => [...this.rules].filter(([, rule]) => rule.listenerArn === listenerArn).map(([arn]) => this.shown(arn)!));
  }

  async createRule({ listenerArn, priority, tags }: Parameters<RulePort['createRule']>[0]): Promise<string> {
    this.created += 1;
    const arn = `${listenerArn.replace(':listener/', ':listener-rule/')}/${this.created}`;
    this.writes.push('CreateRule');
    this.rules.set(arn, { listenerArn, priority, groups: {}, tags: { ...tags } });
    return arn;
  }

  async deleteRule(arn: string): Promise<void> {
    this.writes.push('DeleteRule');
    this.rules.delete(arn);
  }

  async readTags(arn: string): Promise<Tags> {
    return this.step(() => ({ ...this.rules.get(arn)?.tags }));
  }

  async addTags(arn: string, tags: Tags): Promise<void> {
    await this.step(() => void Object.assign(this.rules.get(arn)?.tags ?? {}, tags));
  }

  async removeTags(arn: string, keys: readonly string[]): Promise<void> {
    await this.step(() => {
      for (const key of keys) delete this.rules.get(arn)?.tags[key];
    });
  }

  async countTargets(group: string): Promise<TargetCounts> {
    return this.step(() => this.targets.get(group) ?? { registered: 0, healthy: 0 });
  }

  private shown(arn: string): Rule | undefined {
    const rule = this.rules.get(arn);
    return rule && { arn, priority: rule.priority, groups: { ...rule.groups } };
  }

  private async step<T>(access: () => T): Promise<T> {
    await this.pause();
    const answer = access();
    await this.pause();
    return answer;
  }
}
