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
const initialWeights = (fleet: Fleet): number[] => {
  const shares = fleet.units.map((unit) => unit.costShare);
  return fleet.units.map((_unit, index) => {
    const share = shares.every((value) => value !== undefined) ? shares[index]! : 1 / fleet.units.length;
    return share > 0 ? Math.max(1, Math.round(share * MAX_WEIGHT)) : 0;
  });
};

/** The listener rule that spreads the requests over the units' target groups. Its weights take effect at once. */
export class ListenerRule implements ListenerRulePort, TwinRouter {
  readonly arn: string | undefined;
  /** By unit index; of a unit behind no load balancer `undefined`. */
  private readonly targetGroupArns: readonly (string | undefined)[];
  private current: readonly number[];

  constructor(
    private readonly fleet: Fleet,
    private readonly traffic: WeightedTraffic,
    private readonly kernel: Kernel,
  ) {
    const { router, units } = fleet;
    this.arn = router?.kind === 'AlbListenerRule' ? router.listenerRuleArn : undefined;
    this.targetGroupArns = units.map(({ backend }) => (backend?.kind === 'AlbTargetGroup' ? backend.targetGroupArn : undefined));
    this.current = initialWeights(fleet);
    traffic.setWeights(this.current);
  }

  /** By unit index. */
  get weights(): readonly number[] {
    return this.current;
  }

  async describeRule(listenerRuleArn: string): Promise<Readonly<Record<string, number>>> {
    this.check(listenerRuleArn);
    return Object.fromEntries(this.targetGroupArns.flatMap((arn, index) => (arn === undefined ? [] : [[arn, this.current[index]!]])));
  }

  /** As the constructs tag it. */
  async describeTags(listenerRuleArn: string): Promise<Readonly<Record<string, string>>> {
    this.check(listenerRuleArn);
    return { [FLEET_TAG]: fleetKey(this.fleet) };
  }

  async modifyRule(listenerRuleArn: string, weights: Readonly<Record<string, number>>): Promise<void> {
    this.check(listenerRuleArn);
    for (const [targetGroupArn, weight] of Object.entries(weights)) {
      if (!this.targetGroupArns.includes(targetGroupArn))
        throw awsError('TargetGroupNotFoundException', `Target group not found: given ${targetGroupArn}`);
      if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > MAX_WEIGHT) {
        throw awsError(
          'ValidationError',
          `Weight of ${targetGroupArn}: given ${weight}, expected an integer from ${MIN_WEIGHT} to ${MAX_WEIGHT}`,
        );
      }
    }
    this.current = this.targetGroupArns.map((arn) => (arn === undefined ? 0 : (weights[arn] ?? 0)));
    this.traffic.runUntil(this.kernel.now);
    this.traffic.setWeights(this.current);
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
