import { limits } from '../../../lambda/control-loop/contract/limits';
import { CREATOR_TAG, FLEET_TAG } from '../../../lambda/control-loop/contract/names';
import { RouterNotFoundError } from '../../../lambda/control-loop/errors';
import { type Fleet, fleetKey } from '../../../lambda/control-loop/model/fleet';
import type { ListenerRulePort } from '../../../lambda/control-loop/routers/alb/listener-rule';
import type { Groups, Rule, RulePort, Tags, TargetCounts } from '../../../lambda/rule-targets/ports';
import { startShares } from '../../inputs/warm-start';
import type { Kernel } from '../../kernel/kernel';
import type { TwinRouter, WeightedTraffic } from '../traffic/port';

const { min: MIN_WEIGHT, max: MAX_WEIGHT } = limits.routerWeight;

/** An error as Elastic Load Balancing names them. */
const awsError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const initialWeights = (fleet: Fleet, toCome: ReadonlySet<string>): number[] =>
  startShares(fleet.units, toCome).map((share) => (share > 0 ? Math.max(1, Math.round(share * MAX_WEIGHT)) : 0));

/** `arn:...:listener-rule/app/name/id/listener/rule` -> `arn:...:listener/app/name/id/listener`. */
const listenerOf = (ruleArn: string): string => ruleArn.replace(':listener-rule/', ':listener/').split('/').slice(0, -1).join('/');

interface StoredRule {
  readonly listenerArn: string;
  readonly priority: number;
  groups: Groups;
  tags: Tags;
}

export interface ListenerRuleInput {
  readonly fleet: Fleet;
  readonly traffic: WeightedTraffic;
  readonly kernel: Kernel;
  /** Units that are not deployed yet. */
  readonly toCome?: ReadonlySet<string>;
  /** Of the rule at second 0. */
  readonly priority?: number;
  /** The resource that made that rule. */
  readonly creator?: string;
  /** The targets of a unit now. */
  readonly targetsOf?: (unit: string) => TargetCounts;
}

/**
 * The listener rule that spreads the requests over the units' target groups, and one that takes its place: clients come by the former until
 * it is deleted. Weights take effect at once.
 */
export class ListenerRule implements ListenerRulePort, RulePort, TwinRouter {
  private readonly fleet: Fleet;
  private readonly input: ListenerRuleInput;
  /** By unit index; of a unit behind no load balancer `undefined`. */
  private readonly targetGroupArns: readonly (string | undefined)[];
  /** By ARN, in the order of their creation. */
  private readonly rules = new Map<string, StoredRule>();
  private current: readonly number[];
  private created = 0;

  constructor(input: ListenerRuleInput) {
    const { fleet, toCome = new Set<string>(), priority = 1, creator } = input;
    this.input = input;
    this.fleet = fleet;
    this.targetGroupArns = fleet.units.map(({ backend }) => (backend?.kind === 'AlbTargetGroup' ? backend.targetGroupArn : undefined));
    this.current = initialWeights(fleet, toCome);
    if (fleet.router?.kind === 'AlbListenerRule') {
      const { listenerRuleArn } = fleet.router;
      const groups = this.targetGroupArns.flatMap((arn, index) =>
        arn === undefined || toCome.has(fleet.units[index]!.name) ? [] : [[arn, this.current[index]!] as const],
      );
      this.rules.set(listenerRuleArn, {
        listenerArn: listenerOf(listenerRuleArn),
        priority,
        groups: Object.fromEntries(groups),
        tags: { [FLEET_TAG]: fleetKey(fleet), ...(creator !== undefined && { [CREATOR_TAG]: creator }) },
      });
    }
    input.traffic.setWeights(this.current);
  }

  /** The rule by which clients come; `undefined` of a fleet without one. */
  get arn(): string | undefined {
    return this.rules.keys().next().value;
  }

  /** By unit index. */
  get weights(): readonly number[] {
    return this.current;
  }

  has(ruleArn: string): boolean {
    return this.rules.has(ruleArn);
  }

  /** The units whose target groups are in the rule by which clients come. */
  get members(): readonly string[] {
    const groups = this.rules.get(this.arn ?? '')?.groups ?? {};
    return this.fleet.units.flatMap(({ name }, index) => ((this.targetGroupArns[index] ?? '') in groups ? [name] : []));
  }

  async describeRule(listenerRuleArn: string): Promise<Groups> {
    return { ...this.stored(listenerRuleArn).groups };
  }

  /** As the constructs tag it. */
  async describeTags(listenerRuleArn: string): Promise<Tags> {
    return { ...this.stored(listenerRuleArn).tags };
  }

  async modifyRule(listenerRuleArn: string, weights: Groups): Promise<void> {
    const { groups } = this.stored(listenerRuleArn);
    for (const targetGroupArn of Object.keys(weights)) {
      if (groups[targetGroupArn] === undefined)
        throw awsError('TargetGroupNotFoundException', `Target group not found: given ${targetGroupArn}`);
    }
    const silent = Object.fromEntries(Object.keys(groups).map((group) => [group, 0]));
    this.write(listenerRuleArn, { ...silent, ...weights });
  }

  async readRule(ruleArn: string): Promise<Rule | undefined> {
    const rule = this.rules.get(ruleArn);
    return rule && { arn: ruleArn, priority: rule.priority, groups: { ...rule.groups } };
  }

  async changeGroups(ruleArn: string, change: (groups: Groups) => Groups | undefined): Promise<boolean> {
    const rule = this.rules.get(ruleArn);
    const groups = rule && change({ ...rule.groups });
    if (groups === undefined) return false;
    this.write(ruleArn, groups);
    return true;
  }

  async readRulesOfLoadBalancer(): Promise<readonly Rule[]> {
    return [...this.rules].map(([arn, { priority, groups }]) => ({ arn, priority, groups: { ...groups } }));
  }

  async readRulesOfListener(listenerArn: string): Promise<readonly Rule[]> {
    return (await this.readRulesOfLoadBalancer()).filter(({ arn }) => this.stored(arn).listenerArn === listenerArn);
  }

  async createRule({ listenerArn, priority, tags }: Parameters<RulePort['createRule']>[0]): Promise<string> {
    this.created += 1;
    const arn = `${listenerArn.replace(':listener/', ':listener-rule/')}/${this.created.toString(16).padStart(16, '0')}`;
    this.rules.set(arn, { listenerArn, priority, groups: {}, tags: { ...tags } });
    return arn;
  }

  async deleteRule(ruleArn: string): Promise<void> {
    if (this.rules.delete(ruleArn)) this.route();
  }

  async readTags(ruleArn: string): Promise<Tags> {
    return { ...this.rules.get(ruleArn)?.tags };
  }

  async addTags(ruleArn: string, tags: Tags): Promise<void> {
    const rule = this.stored(ruleArn);
    rule.tags = { ...rule.tags, ...tags };
  }

  async removeTags(ruleArn: string, keys: readonly string[]): Promise<void> {
    const rule = this.stored(ruleArn);
    rule.tags = Object.fromEntries(Object.entries(rule.tags).filter(([key]) => !keys.includes(key)));
  }

  async countTargets(targetGroupArn: string): Promise<TargetCounts> {
    const unit = this.fleet.units[this.targetGroupArns.indexOf(targetGroupArn)];
    return (unit && this.input.targetsOf?.(unit.name)) ?? { registered: 0, healthy: 0 };
  }

  private write(ruleArn: string, groups: Groups): void {
    for (const [targetGroupArn, weight] of Object.entries(groups)) {
      if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > MAX_WEIGHT) {
        throw awsError(
          'ValidationError',
          `Weight of ${targetGroupArn}: given ${weight}, expected an integer from ${MIN_WEIGHT} to ${MAX_WEIGHT}`,
        );
      }
    }
    this.stored(ruleArn).groups = groups;
    if (ruleArn === this.arn) this.route();
  }

  private route(): void {
    const groups = this.rules.get(this.arn ?? '')?.groups ?? {};
    this.current = this.targetGroupArns.map((arn) => (arn === undefined ? 0 : (groups[arn] ?? 0)));
    this.input.traffic.runUntil(this.input.kernel.now);
    this.input.traffic.setWeights(this.current);
  }

  private stored(listenerRuleArn: string): StoredRule {
    const rule = this.rules.get(listenerRuleArn);
    if (rule !== undefined) return rule;
    throw new RouterNotFoundError(`listener rule ${listenerRuleArn}: given a rule that does not exist, expected ${this.arn ?? 'none'}`);
  }
}

/** The rules of several fleets, each found by its ARN. */
export const listenerRules = (rules: readonly ListenerRule[]): ListenerRulePort => {
  const ruleOf = (listenerRuleArn: string): ListenerRule => rules.find((rule) => rule.has(listenerRuleArn)) ?? rules[0]!;
  return {
    describeRule: (listenerRuleArn) => ruleOf(listenerRuleArn).describeRule(listenerRuleArn),
    describeTags: (listenerRuleArn) => ruleOf(listenerRuleArn).describeTags(listenerRuleArn),
    modifyRule: (listenerRuleArn, weights) => ruleOf(listenerRuleArn).modifyRule(listenerRuleArn, weights),
  };
};
