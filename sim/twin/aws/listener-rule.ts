import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { RouterPort } from '../../../lambda/control-loop/ports';
import type { Kernel } from '../../kernel/kernel';
import type { Traffic } from '../traffic/port';

/** ALB weights are integers from 0 to 999 (Elastic Load Balancing API, `TargetGroupTuple`). */
const MAX_WEIGHT = 999;

/** An error as Elastic Load Balancing names them. */
const routerError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The fleet's cost shares where every unit states one, else equal ones. */
const initialWeights = (fleet: Fleet): number[] => {
  const shares = fleet.units.map((unit) => unit.costShare);
  return fleet.units.map((_unit, index) => {
    const share = shares.every((value) => value !== undefined) ? shares[index]! : 1 / fleet.units.length;
    return share > 0 ? Math.max(1, Math.round(share * MAX_WEIGHT)) : 0;
  });
};

/** The listener rule that spreads the requests over the units' target groups. Its weights take effect at once. */
export class ListenerRule implements RouterPort {
  private weights: readonly number[];

  constructor(
    private readonly fleet: Fleet,
    private readonly traffic: Traffic,
    private readonly kernel: Kernel,
  ) {
    this.weights = initialWeights(fleet);
    traffic.setWeights(this.weights);
  }

  /** Weights by unit index. */
  get current(): readonly number[] {
    return this.weights;
  }

  async describeRule(listenerRuleArn: string): Promise<Readonly<Record<string, number>>> {
    this.check(listenerRuleArn);
    return Object.fromEntries(
      this.fleet.units.flatMap((unit, index) => (unit.targetGroupArn ? [[unit.targetGroupArn, this.weights[index]!]] : [])),
    );
  }

  async modifyRule(listenerRuleArn: string, weights: Readonly<Record<string, number>>): Promise<void> {
    this.check(listenerRuleArn);
    const known = new Set(this.fleet.units.map((unit) => unit.targetGroupArn));
    for (const [targetGroupArn, weight] of Object.entries(weights)) {
      if (!known.has(targetGroupArn)) throw routerError('TargetGroupNotFoundException', `Target group not found: given ${targetGroupArn}`);
      if (!Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
        throw routerError('ValidationError', `Weight of ${targetGroupArn}: given ${weight}, expected an integer from 0 to ${MAX_WEIGHT}`);
      }
    }
    this.weights = this.fleet.units.map((unit) => (unit.targetGroupArn === undefined ? 0 : (weights[unit.targetGroupArn] ?? 0)));
    this.traffic.runUntil(this.kernel.now);
    this.traffic.setWeights(this.weights);
  }

  private check(listenerRuleArn: string): void {
    const expected = this.fleet.router?.listenerRuleArn;
    if (listenerRuleArn !== expected) {
      throw routerError(
        'RuleNotFoundException',
        `One or more rules not found: given ${listenerRuleArn}, this load balancer has ${expected ?? 'none'}`,
      );
    }
  }
}
