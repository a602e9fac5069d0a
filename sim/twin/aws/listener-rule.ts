import { limits } from '../../../lambda/control-loop/contract/limits';
import { FLEET_TAG } from '../../../lambda/control-loop/contract/names';
import { RouterNotFoundError } from '../../../lambda/control-loop/errors';
import { type Fleet, fleetKey } from '../../../lambda/control-loop/model/fleet';
import type { ListenerRulePort } from '../../../lambda/control-loop/routers/alb/listener-rule';
import type { Kernel } from '../../kernel/kernel';
import type { TwinRouter, WeightedTraffic } from '../traffic/port';

const { min: MIN_WEIGHT, max: MAX_WEIGHT } = limits.routerWeight;

/** An error as Elastic Load Balancing names them. */
const awsError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The fleet's cost shares where every unit states one, else equal ones. */
const initialWeights = (fleet: Fleet, toCome: ReadonlySet<string>): number[] => {
  const present = fleet.units.filter(({ name }) => !toCome.has(name));
  const hasShares = present.every(({ costShare }) => costShare !== undefined);
  return fleet.units.map((unit) => {
    if (toCome.has(unit.name)) return 0;
    const share = hasShares ? unit.costShare! : 1 / present.length;
    return share > 0 ? Math.max(1, Math.round(share * MAX_WEIGHT)) : 0;
  });
};

/** The listener rule that spreads the requests over the units' target groups. Its weights take effect at once. */
export class ListenerRule implements ListenerRulePort, TwinRouter {
  readonly arn: string | undefined;
  /** By unit index; of a unit behind no load balancer `undefined`. */
  private readonly targetGroupArns: readonly (string | undefined)[];
  private current: readonly number[];
  /** Names of the units whose target groups are in the rule. */
  private readonly members: Set<string>;

  constructor(
    private readonly fleet: Fleet,
    private readonly traffic: WeightedTraffic,
    private readonly kernel: Kernel,
    /** Units that are not deployed yet. */
    toCome: ReadonlySet<string> = new Set(),
  ) {
    const { router, units } = fleet;
    this.arn = router?.kind === 'AlbListenerRule' ? router.listenerRuleArn : undefined;
    this.targetGroupArns = units.map(({ backend }) => (backend?.kind === 'AlbTargetGroup' ? backend.targetGroupArn : undefined));
    this.members = new Set(units.map(({ name }) => name).filter((name) => !toCome.has(name)));
    this.current = initialWeights(fleet, toCome);
    traffic.setWeights(this.current);
  }

  /** By unit index. */
  get weights(): readonly number[] {
    return this.current;
  }

  async describeRule(listenerRuleArn: string): Promise<Readonly<Record<string, number>>> {
    this.check(listenerRuleArn);
    return Object.fromEntries(
      this.targetGroupArns.flatMap((arn, index) => (arn === undefined || !this.has(index) ? [] : [[arn, this.current[index]!]])),
    );
  }

  /** The weight of a unit; `undefined` where its target group is not in the rule. */
  weightOf(unit: string): number | undefined {
    const index = this.fleet.units.findIndex(({ name }) => name === unit);
    return this.members.has(unit) ? this.current[index] : undefined;
  }

  /** Adds the target group of a unit, with weight 0. */
  addTarget(unit: string): void {
    this.members.add(unit);
  }

  /** Takes the target group of a unit out. */
  removeTarget(unit: string): void {
    this.members.delete(unit);
    this.route(this.current.map((weight, index) => (this.fleet.units[index]!.name === unit ? 0 : weight)));
  }

  /** As the constructs tag it. */
  async describeTags(listenerRuleArn: string): Promise<Readonly<Record<string, string>>> {
    this.check(listenerRuleArn);
    return { [FLEET_TAG]: fleetKey(this.fleet) };
  }

  async modifyRule(listenerRuleArn: string, weights: Readonly<Record<string, number>>): Promise<void> {
    this.check(listenerRuleArn);
    for (const [targetGroupArn, weight] of Object.entries(weights)) {
      if (!this.has(this.targetGroupArns.indexOf(targetGroupArn)))
        throw awsError('TargetGroupNotFoundException', `Target group not found: given ${targetGroupArn}`);
      if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > MAX_WEIGHT) {
        throw awsError(
          'ValidationError',
          `Weight of ${targetGroupArn}: given ${weight}, expected an integer from ${MIN_WEIGHT} to ${MAX_WEIGHT}`,
        );
      }
    }
    this.route(this.targetGroupArns.map((arn) => (arn === undefined ? 0 : (weights[arn] ?? 0))));
  }

  private route(weights: readonly number[]): void {
    this.current = weights;
    this.traffic.runUntil(this.kernel.now);
    this.traffic.setWeights(weights);
  }

  private has(index: number): boolean {
    const unit = this.fleet.units[index];
    return unit !== undefined && this.members.has(unit.name);
  }

  private check(listenerRuleArn: string): void {
    if (listenerRuleArn === this.arn) return;
    throw new RouterNotFoundError(`listener rule ${listenerRuleArn}: given a rule that does not exist, expected ${this.arn ?? 'none'}`);
  }
}

/** The rules of several fleets, each found by its ARN. */
export const listenerRules = (rules: readonly ListenerRule[]): ListenerRulePort => {
  const ruleOf = (listenerRuleArn: string): ListenerRule => rules.find(({ arn }) => arn === listenerRuleArn) ?? rules[0]!;
  return {
    describeRule: (listenerRuleArn) => ruleOf(listenerRuleArn).describeRule(listenerRuleArn),
    describeTags: (listenerRuleArn) => ruleOf(listenerRuleArn).describeTags(listenerRuleArn),
    modifyRule: (listenerRuleArn, weights) => ruleOf(listenerRuleArn).modifyRule(listenerRuleArn, weights),
  };
};
