import { limits } from '../control-loop/contract/limits';
import type { Groups, Rule, TargetCounts } from './ports';
import type { TargetProperties } from './request';

/** What decides the weight of a target group that enters a rule. */
export interface PlacementView {
  /** Every rule of the load balancer. */
  readonly rules: readonly Rule[];
  /** Targets of the target groups that have traffic. */
  readonly targets: Readonly<Record<string, TargetCounts>>;
}

/** Target groups of a load balancer that get requests, apart from one. */
export const groupsWithTraffic = (rules: readonly Rule[], apart: string): readonly string[] =>
  [...new Set(rules.flatMap(({ groups }) => Object.keys(groups).filter((group) => group !== apart && groups[group]! > 0)))].sort();

/**
 * The weight with which a target group enters a rule. Pure.
 *
 * It keeps the weight that it has in another rule of the load balancer, from which it moves. Otherwise it gets its initial part while nobody
 * is served, and nothing as soon as anybody is: the control loop raises it when its pods are healthy.
 */
export const placedWeight = ({ targetGroupArn, ruleArn, initialWeight }: TargetProperties, { rules, targets }: PlacementView): number => {
  const [elsewhere] = rules
    .filter(({ arn, groups }) => arn !== ruleArn && groups[targetGroupArn] !== undefined)
    // The first rule that matches a request serves it.
    .sort((one, other) => (one.priority ?? Number.POSITIVE_INFINITY) - (other.priority ?? Number.POSITIVE_INFINITY));
  if (elsewhere !== undefined) return elsewhere.groups[targetGroupArn]!;
  return isServed(targetGroupArn, { rules, targets }) ? 0 : initialWeight;
};

/** Whether requests reach a healthy target of another group. */
const isServed = (targetGroupArn: string, { rules, targets }: PlacementView): boolean =>
  groupsWithTraffic(rules, targetGroupArn).some((group) => (targets[group]?.healthy ?? 0) > 0);

/** The weight that Elastic Load Balancing shows for a group that is alone in its rule and needs none. */
const WEIGHT_OF_ONE_GROUP = 1;

/** Whether a group that is no longer alone in its rule may have lost its initial weight. */
export const mayHaveLostWeight = ({ targetGroupArn, initialWeight }: TargetProperties, groups: Groups): boolean =>
  groups[targetGroupArn] === WEIGHT_OF_ONE_GROUP && initialWeight !== WEIGHT_OF_ONE_GROUP && Object.keys(groups).length > 1;

/** The groups of a rule with the initial weight that one has lost; `undefined` if there is nothing to restore, or if anybody is served. */
export const withInitialWeight = (properties: TargetProperties, groups: Groups, view: PlacementView): Groups | undefined =>
  mayHaveLostWeight(properties, groups) && !isServed(properties.targetGroupArn, view)
    ? { ...groups, [properties.targetGroupArn]: properties.initialWeight }
    : undefined;

/**
 * The groups of a rule with one more; `undefined` if it is there already.
 *
 * @throws if the rule has no place for it
 */
export const withGroup = (groups: Groups, { targetGroupArn, unit }: TargetProperties, weight: number): Groups | undefined => {
  if (groups[targetGroupArn] !== undefined) return undefined;
  const present = Object.keys(groups);
  if (present.length >= limits.targetGroupsPerRule.max) {
    throw new Error(
      `unit ${unit}: given a listener rule with ${present.length} target groups (${present.join(', ')}), expected at most ${limits.targetGroupsPerRule.max - 1}, because a rule holds ${limits.targetGroupsPerRule.max}; a removed unit leaves the rule at the end of a deployment, so remove one first, and add this one in a later deployment`,
    );
  }
  return { ...groups, [targetGroupArn]: weight };
};
