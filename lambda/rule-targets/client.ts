import {
  type Action,
  AddTagsCommand,
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RemoveTagsCommand,
  type Rule as SdkRule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ruleDefaults } from '../control-loop/contract/defaults';
import type { Groups, Rule, RulePort, Tags } from './ports';

interface Options {
  /** Aborts after some seconds. Injected for tests. */
  readonly timeout?: (seconds: number) => AbortSignal;
}

/** Listener rules by the API of Elastic Load Balancing. */
export const rulePort = (
  client: ElasticLoadBalancingV2Client,
  { timeout = (seconds) => AbortSignal.timeout(seconds * 1000) }: Options = {},
): RulePort => {
  const find = async (arn: string, abortSignal?: AbortSignal): Promise<SdkRule | undefined> => {
    const answer = await orWithoutRule(client.send(new DescribeRulesCommand({ RuleArns: [arn] }), abortSignal ? { abortSignal } : {}));
    return answer?.Rules?.find(({ RuleArn }) => RuleArn === arn);
  };

  const readRulesOfListener = async (listenerArn: string): Promise<readonly Rule[]> => {
    const found: SdkRule[] = [];
    let marker: string | undefined;
    do {
      const page = await client.send(new DescribeRulesCommand({ ListenerArn: listenerArn, ...(marker && { Marker: marker }) }));
      found.push(...(page.Rules ?? []));
      marker = page.NextMarker;
    } while (marker);
    return found.map(ruleOf);
  };

  const listenersOf = async (loadBalancerArn: string): Promise<readonly string[]> => {
    const found: string[] = [];
    let marker: string | undefined;
    do {
      const page = await client.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn, ...(marker && { Marker: marker }) }));
      found.push(...(page.Listeners ?? []).flatMap(({ ListenerArn }) => (ListenerArn === undefined ? [] : [ListenerArn])));
      marker = page.NextMarker;
    } while (marker);
    return found;
  };

  return {
    readRulesOfListener,
    readRule: async (arn) => {
      const found = await find(arn);
      return found && ruleOf(found);
    },
    changeGroups: async (arn, change) => {
      const abortSignal = timeout(ruleDefaults.maxWriteAgeSeconds);
      const found = await find(arn, abortSignal);
      if (found === undefined) return false;
      const groups = change(groupsOf(found));
      if (groups === undefined) return false;
      await client.send(new ModifyRuleCommand({ RuleArn: arn, Actions: actionsWith(found, groups) }), { abortSignal });
      return true;
    },
    readRulesOfLoadBalancer: async (arn) => {
      const rules: Rule[] = [];
      for (const listener of await listenersOf(loadBalancerOf(arn))) rules.push(...(await readRulesOfListener(listener)));
      return rules;
    },
    createRule: async ({ listenerArn, priority, tags }) => {
      const { Rules } = await client.send(
        new CreateRuleCommand({
          ListenerArn: listenerArn,
          Priority: priority,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
          Actions: [
            { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503', ContentType: 'text/plain', MessageBody: 'no unit' } },
          ],
          Tags: listOf(tags),
        }),
      );
      const arn = Rules?.[0]?.RuleArn;
      if (arn === undefined) throw new Error(`listener ${listenerArn}: given no rule in the answer to CreateRule, expected one`);
      return arn;
    },
    deleteRule: async (arn) => {
      await orWithoutRule(client.send(new DeleteRuleCommand({ RuleArn: arn })));
    },
    readTags: async (arn) => {
      const answer = await orWithoutRule(client.send(new DescribeTagsCommand({ ResourceArns: [arn] })));
      const tags = answer?.TagDescriptions?.find(({ ResourceArn }) => ResourceArn === arn)?.Tags ?? [];
      return Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
    },
    addTags: async (arn, tags) => {
      if (Object.keys(tags).length === 0) return;
      await orWithoutRule(client.send(new AddTagsCommand({ ResourceArns: [arn], Tags: listOf(tags) })));
    },
    removeTags: async (arn, keys) => {
      await orWithoutRule(client.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys: [...keys] })));
    },
    countTargets: async (targetGroupArn) => {
      const { TargetHealthDescriptions = [] } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
      return {
        registered: TargetHealthDescriptions.length,
        healthy: TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length,
      };
    },
  };
};

/** An answer; `undefined` if there is no such rule, or if its listener or load balancer is gone. */
const orWithoutRule = async <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof Error && /^(Rule|Listener|LoadBalancer)NotFound/.test(error.name)) return undefined;
    throw error;
  });

const listOf = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const ruleOf = (rule: SdkRule): Rule => {
  const priority = Number(rule.Priority);
  return { arn: rule.RuleArn ?? '', priority: Number.isInteger(priority) ? priority : undefined, groups: groupsOf(rule) };
};

const groupsOf = ({ Actions = [] }: SdkRule): Groups => {
  const forward = Actions.find(({ Type }) => Type === 'forward');
  const tuples = forward?.ForwardConfig?.TargetGroups ?? (forward?.TargetGroupArn ? [{ TargetGroupArn: forward.TargetGroupArn }] : []);
  return Object.fromEntries(
    tuples.flatMap(({ TargetGroupArn, Weight = 1 }: { TargetGroupArn?: string | undefined; Weight?: number | undefined }) =>
      TargetGroupArn === undefined ? [] : [[TargetGroupArn, Weight]],
    ),
  );
};

/** The actions of the router's own rule with other groups: it forwards to them, whatever it did before, and keeps its stickiness. */
const actionsWith = ({ Actions = [] }: SdkRule, groups: Groups): Action[] => {
  const forward = Actions.find(({ Type }) => Type === 'forward');
  const targetGroups = Object.entries(groups).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
  return [{ Type: 'forward', ForwardConfig: { ...forward?.ForwardConfig, TargetGroups: targetGroups } }];
};

/** `arn:...:listener-rule/app/name/id/listener/rule` -> `arn:...:loadbalancer/app/name/id`. */
const loadBalancerOf = (ruleArn: string): string => {
  const found = /^(.*):listener-rule\/(app\/[^/]+\/[^/]+)\//.exec(ruleArn);
  if (!found) throw new Error(`given ${ruleArn}, expected the ARN of a listener rule of an Application Load Balancer`);
  return `${found[1]}:loadbalancer/${found[2]}`;
};
