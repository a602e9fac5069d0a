import {
  type Action,
  DescribeRulesCommand,
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  type Rule,
  type TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ruleDefaults } from '../contract/defaults';
import { RouterNotFoundError } from '../errors';
import type { ListenerRulePort } from '../routers/alb/listener-rule';
import type { CallOptions } from './aws';

type Weights = Readonly<Record<string, number>>;

/** One listener rule's weights. Everything else of the rule stays as it is. */
export const listenerRulePort = (client: ElasticLoadBalancingV2Client, options: CallOptions = {}): ListenerRulePort => {
  const readRule = async (arn: string, call: CallOptions = options): Promise<{ readonly rule: Rule; readonly forward: Action }> => {
    const answer = await client.send(new DescribeRulesCommand({ RuleArns: [arn] }), call).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'RuleNotFoundException') throw goneError(arn, error);
      throw error;
    });
    const rule = answer.Rules?.find((candidate) => candidate.RuleArn === arn);
    if (rule === undefined) throw goneError(arn);
    const forward = rule.Actions?.find((action) => action.Type === 'forward');
    // The rule of a router that has no target groups yet.
    if (forward === undefined && rule.Actions?.some((action) => action.Type === 'fixed-response')) return { rule, forward: NOTHING };
    if (forward === undefined) {
      const given = rule.Actions?.map((action) => action.Type).join(', ') || 'none';
      throw new Error(
        `listener rule ${arn}: given actions ${given}, expected a forward action with weighted target groups; point the fleet at the rule that forwards to its units`,
      );
    }
    return { rule, forward };
  };

  return {
    describeRule: async (arn) => {
      const { forward } = await readRule(arn);
      const groups = groupsOf(forward);
      return Object.fromEntries(
        groups.flatMap(({ TargetGroupArn: group, Weight: weight }) => {
          // A single group gets everything, whatever its weight, which may be left out.
          const known = weight ?? (groups.length === 1 ? 1 : undefined);
          return group === undefined || known === undefined ? [] : [[group, known]];
        }),
      );
    },
    describeTags: async (arn) => {
      const { TagDescriptions = [] } = await client.send(new DescribeTagsCommand({ ResourceArns: [arn] }), options);
      const tags = TagDescriptions.find(({ ResourceArn }) => ResourceArn === arn)?.Tags ?? [];
      return Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
    },
    modifyRule: async (arn, weights) => {
      // The write replaces all groups, so that it must not come long after the rule was read: see `ruleDefaults.maxWriteAgeSeconds`.
      const soon = AbortSignal.timeout(ruleDefaults.maxWriteAgeSeconds * 1000);
      const call = { abortSignal: options.abortSignal ? AbortSignal.any([options.abortSignal, soon]) : soon };
      const { rule, forward } = await readRule(arn, call);
      if (rule.IsDefault) {
        throw new Error(
          `listener rule ${arn}: given the listener's default rule, expected one with a condition: ModifyRule cannot change a default rule; add a rule, for example on path \`/*\``,
        );
      }
      const reweighted = withWeights(arn, forward, weights);
      const actions = (rule.Actions ?? []).map((action) => resendable(action === forward ? reweighted : action));
      await client.send(new ModifyRuleCommand({ RuleArn: arn, Actions: actions }), call);
    },
  };
};

/** In place of a forward action that is not there. */
const NOTHING: Action = { Type: 'forward', ForwardConfig: { TargetGroups: [] } };

const groupsOf = (forward: Action): readonly TargetGroupTuple[] =>
  forward.ForwardConfig?.TargetGroups ?? (forward.TargetGroupArn ? [{ TargetGroupArn: forward.TargetGroupArn }] : []);

/** The forward action with new weights; stickiness and whatever else its configuration holds stay, as do groups that are not named. */
const withWeights = (arn: string, forward: Action, weights: Weights): Action => {
  const groups = groupsOf(forward);
  const unknown = Object.keys(weights).filter((group) => !groups.some(({ TargetGroupArn }) => TargetGroupArn === group));
  if (unknown.length > 0) {
    throw new Error(
      `listener rule ${arn}: given a weight for ${unknown.join(', ')}, expected target groups of the rule (${groups.map((group) => group.TargetGroupArn).join(', ')}); the rule's target groups belong to the stack, add it there`,
    );
  }
  return {
    ...forward,
    ForwardConfig: {
      ...forward.ForwardConfig,
      TargetGroups: groups.map((group) => ({ ...group, Weight: weights[group.TargetGroupArn ?? ''] ?? group.Weight })),
    },
  };
};

/** An action as ModifyRule takes it: DescribeRules keeps the OIDC client's secret to itself, so the existing one is named. */
const resendable = (action: Action): Action =>
  action.AuthenticateOidcConfig
    ? { ...action, AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true } }
    : action;

const goneError = (arn: string, cause?: unknown): RouterNotFoundError =>
  new RouterNotFoundError(
    `listener rule ${arn}: given a rule that does not exist, expected the rule of the fleet; it was deleted or replaced: deploy the stack again, or correct router.listenerRuleArn of the fleet`,
    { cause },
  );
