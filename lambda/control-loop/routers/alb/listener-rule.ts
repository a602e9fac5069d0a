import { limits } from '../../contract/limits';
import { WeightsChangedError } from '../../errors';
import type { AlbListenerRule, AlbTargetGroup, Weights } from '../../model/router';
import type { TrafficSplitter } from '../adapter';

/** Elastic Load Balancing as far as one listener rule goes. */
export interface ListenerRulePort {
  /**
   * Weights by target group ARN.
   *
   * @throws {RouterNotFoundError} where the rule does not exist
   */
  describeRule(listenerRuleArn: string): Promise<Readonly<Record<string, number>>>;
  /** Replaces all weights of the rule, by target group ARN. */
  modifyRule(listenerRuleArn: string, weights: Readonly<Record<string, number>>): Promise<void>;
}

/** Splits requests by the weights of the target groups in one listener rule. */
export const listenerRuleSplitter = (rules: ListenerRulePort): TrafficSplitter<AlbListenerRule, AlbTargetGroup> => ({
  maxWeight: limits.routerWeight.max,
  nameOf: ({ listenerRuleArn }) => `ListenerRule ${listenerRuleArn.split(':listener-rule/')[1] ?? listenerRuleArn}`,
  readWeights: async ({ router, backends }) => weightsByUnit(backends, await rules.describeRule(router.listenerRuleArn)),
  writeWeights: async ({ router, backends }, weights, observed) => {
    // ModifyRule has no precondition, so the rule is read again just before.
    const rule = await rules.describeRule(router.listenerRuleArn);
    const present = weightsByUnit(backends, rule);
    for (const unit of Object.keys(backends)) {
      if (present[unit] !== observed[unit]) throw new WeightsChangedError(unit, present[unit], observed[unit]);
    }
    const changed = Object.entries(weights).map(([unit, weight]) => [backends[unit]!.targetGroupArn, weight]);
    await rules.modifyRule(router.listenerRuleArn, { ...rule, ...Object.fromEntries(changed) });
  },
});

const weightsByUnit = (backends: Readonly<Record<string, AlbTargetGroup>>, rule: Readonly<Record<string, number>>): Weights =>
  Object.fromEntries(
    Object.entries(backends).flatMap(([unit, { targetGroupArn }]) => {
      const weight = rule[targetGroupArn];
      return weight === undefined ? [] : [[unit, weight]];
    }),
  );
