import type { Groups, Tags } from './ports';
import type { TargetProperties } from './request';
import { type Retiring, retiringOf } from './retiring';

/** The state of a target group that is to leave its rule. */
export interface RetirementView {
  /** The groups of the rule; `undefined` if there is no such rule. */
  readonly groups: Groups | undefined;
  readonly tags: Tags;
  /** Targets that the group has: none means that no request is in flight. `undefined` as long as nothing depends on it. */
  readonly registeredTargets: number | undefined;
  readonly nowSeconds: number;
}

/** The next thing to do about it. */
export type RetirementStep =
  /** CloudFormation may go on. `unmark` says whether the rule has a mark of it that is no longer true. */
  | { readonly kind: 'done'; readonly reason: string; readonly unmark: boolean }
  | { readonly kind: 'wait'; readonly reason: string }
  /** The rule must say so, then the next step follows. */
  | { readonly kind: 'mark'; readonly retiring: Retiring }
  /** It is taken out of the rule. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'fail'; readonly reason: string };

/**
 * How a target group leaves its rule: the control loop drains it, requests in flight finish, then it goes. Pure.
 *
 * A group goes at once when nothing is left to take its traffic: then it is the whole router that is deleted.
 */
export const retirementStep = (properties: TargetProperties, view: RetirementView): RetirementStep => {
  const { targetGroupArn, drainSeconds } = properties;
  const { groups, tags, nowSeconds } = view;
  if (groups === undefined) return { kind: 'done', reason: 'its listener rule is gone', unmark: false };
  const weight = groups[targetGroupArn];
  const mark = retiringOf(tags, targetGroupArn);
  if (weight === undefined) return { kind: 'done', reason: 'its listener rule has no such target group', unmark: mark !== undefined };
  if (mark === undefined) return { kind: 'mark', retiring: { sinceSeconds: nowSeconds, drainedSinceSeconds: undefined } };
  const staying = Object.keys(groups).filter((group) => group !== targetGroupArn && retiringOf(tags, group) === undefined);
  // The marks stay: requests about the other groups read them.
  if (staying.length === 0) return { kind: 'done', reason: 'every target group of the rule is being removed', unmark: false };
  if (weight > 0) {
    if (nowSeconds - mark.sinceSeconds >= properties.deadlineSeconds) return { kind: 'fail', reason: lateReason(properties, groups, mark) };
    if (mark.drainedSinceSeconds !== undefined) return { kind: 'mark', retiring: { ...mark, drainedSinceSeconds: undefined } };
    return { kind: 'wait', reason: `it still has weight ${weight} of ${totalOf(groups)}` };
  }
  if (view.registeredTargets === 0) return { kind: 'leave' };
  if (mark.drainedSinceSeconds === undefined) return { kind: 'mark', retiring: { ...mark, drainedSinceSeconds: nowSeconds } };
  if (nowSeconds - mark.drainedSinceSeconds < drainSeconds) return { kind: 'wait', reason: 'its last requests may still be in flight' };
  return { kind: 'leave' };
};

/** The groups of a rule without one; `undefined` if it is not there, has traffic again, or is the last, which a rule cannot be without. */
export const withoutGroup = (groups: Groups, targetGroupArn: string): Groups | undefined => {
  const { [targetGroupArn]: weight, ...others } = groups;
  return weight === 0 && Object.keys(others).length > 0 ? others : undefined;
};

const totalOf = (groups: Groups): number => Object.values(groups).reduce((sum, weight) => sum + weight, 0);

const lateReason = ({ unit, fleet, targetGroupArn, ruleArn }: TargetProperties, groups: Groups, { sinceSeconds }: Retiring): string => {
  const [namespace, name] = fleet.split('/');
  const status = name ? `npx cdk-adaptive-inference status ${name} --namespace ${namespace}` : 'npx cdk-adaptive-inference status';
  return [
    `unit ${unit} still has weight ${groups[targetGroupArn]} of ${totalOf(groups)} in listener rule ${ruleArn}, and has been waiting since ${new Date(sinceSeconds * 1000).toISOString()} for the control loop to take its traffic.`,
    `Look at \`${status}\`: the fleet may be paused or not enforced, its shares may be contested, or the other units may lack capacity.`,
    `To keep the unit, deploy it again. To go on without it, set the weight of target group ${targetGroupArn} to 0 once the others can take its traffic, then deploy the change again, or take the target group out of the rule and delete what the stack left behind.`,
  ].join(' ');
};
