import { limits } from '../../contract/limits';
import { FLEET_TAG } from '../../contract/names';
import { WeightsChangedError } from '../../errors';
import { type AlbListenerRule, type AlbTargetGroup, backendId, type Weights } from '../../model/router';
import type { TrafficSplitter } from '../adapter';

/** Elastic Load Balancing as far as one listener rule goes. */
export interface ListenerRulePort {
  /**
   * Weights by target group ARN.
   *
   * @throws {RouterNotFoundError} where the rule does not exist
   */
  describeRule(listenerRuleArn: string): Promise<Readonly<Record<string, number>>>;
  /** Tags of the rule, by their keys. */
  describeTags(listenerRuleArn: string): Promise<Readonly<Record<string, string>>>;
  /** Replaces all weights of the rule, by target group ARN. */
  modifyRule(listenerRuleArn: string, weights: Readonly<Record<string, number>>): Promise<void>;
}

/** Splits requests by the weights of the target groups in one listener rule. */
export const listenerRuleSplitter = (rules: ListenerRulePort): TrafficSplitter<AlbListenerRule, AlbTargetGroup> => ({
  maxWeight: limits.routerWeight.max,
  resourcesOf: ({ router, backends }) => [router.listenerRuleArn, ...Object.values(backends).map(({ targetGroupArn }) => targetGroupArn)],
  readOwner: async ({ listenerRuleArn }) => (await rules.describeTags(listenerRuleArn))[FLEET_TAG],
  nameOf: ({ listenerRuleArn }) => `ListenerRule ${listenerRuleArn.split(':listener-rule/')[1] ?? listenerRuleArn}`,
  readWeights: async ({ router, backends }) => weightsByUnit(backends, await rules.describeRule(router.listenerRuleArn)),
  writeWeights: async ({ router, backends }, weights, observed) => {
    // ModifyRule has no precondition, so the rule is read again just before.
    const rule = await rules.describeRule(router.listenerRuleArn);
    const present = weightsByUnit(backends, rule);
    for (const name of new Set([...Object.keys(backends), ...Object.keys(weights)])) {
      if (present[name] !== observed[name]) throw new WeightsChangedError(name, present[name], observed[name]);
    }
    const changed = Object.entries(weights).map(([name, weight]) => [backends[name]?.targetGroupArn ?? name, weight]);
    await rules.modifyRule(router.listenerRuleArn, { ...rule, ...Object.fromEntries(changed) });
  },
});

const weightsByUnit = (backends: Readonly<Record<string, AlbTargetGroup>>, rule: Readonly<Record<string, number>>): Weights => {
  const units = new Map(Object.entries(backends).map(([unit, backend]) => [backendId(backend), unit]));
  return Object.fromEntries(Object.entries(rule).map(([targetGroupArn, weight]) => [units.get(targetGroupArn) ?? targetGroupArn, weight]));
};
