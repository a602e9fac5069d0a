import { setTimeout as delay } from 'node:timers/promises';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsClientProps } from '../../../lambda/control-loop/client/aws';
import { FLEET_TAG, ruleResourceTypes } from '../../../lambda/control-loop/contract/names';
import { rulePort } from '../../../lambda/rule-targets/client';
import { createHandler } from '../../../lambda/rule-targets/provider';
import { ACCESS_KEYS } from '../aws/aws-side';
import { REGION } from '../aws/moto-client';
import { itemsAt, textAt } from '../aws/xml';
import type { TestCluster } from '../cluster/test-bed';
import type { Router } from './router';

/** Time between two looks, in seconds: calls on the test bed take milliseconds, so that no write is older. */
const POLL_SECONDS = 1;

/** The rule of a router and the target groups in it, as CloudFormation has the function behind them handle these. */
export interface RuleStack {
  /** Creates the rule; returns its ARN. */
  createRule(): Promise<string>;
  /** Puts the target group of a unit into the rule. */
  add(unit: string): Promise<void>;
  /** Takes it out, in the cleanup of a deployment. */
  remove(unit: string): Promise<void>;
  /** What the function logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** How long the last requests of a removed unit may take, in seconds. */
const DRAIN_SECONDS = 5;

/** `existingRuleArn`: the rule, where there is one already. */
export const createRuleStack = (
  bed: TestCluster,
  listenerArn: string,
  groupOf: (unit: string) => string,
  existingRuleArn = '',
): RuleStack => {
  const client = new ElasticLoadBalancingV2Client({ ...awsClientProps(REGION, ACCESS_KEYS.loop), endpoint: bed.aws.url });
  const log: Readonly<Record<string, unknown>>[] = [];
  const handler = createHandler(() => ({
    rules: rulePort(client),
    nowSeconds: () => Date.now() / 1000,
    sleep: (seconds) => delay(seconds * 1000),
    log: (record) => log.push(record),
  }));
  let ruleArn = existingRuleArn;
  /** What CDK's provider framework does: a first call, then looks until the request is done. */
  const handle = async (event: { readonly [key: string]: unknown }): Promise<string> => {
    const started = { ...event, ...(await handler(event)) } as { readonly PhysicalResourceId: string };
    for (;;) {
      const answer = await handler(started);
      if ('IsComplete' in answer && answer.IsComplete) return started.PhysicalResourceId;
      await delay(POLL_SECONDS * 1000);
    }
  };
  const StackId = 'arn:aws:cloudformation:us-west-2:123456789012:stack/chat/1';
  const target = (RequestType: 'Create' | 'Delete', unit: string) =>
    handle({
      RequestType,
      StackId,
      ResourceType: ruleResourceTypes.target,
      LogicalResourceId: `Target${unit}`,
      ...(RequestType === 'Delete' && { PhysicalResourceId: groupOf(unit) }),
      ResourceProperties: {
        RuleArn: ruleArn,
        TargetGroupArn: groupOf(unit),
        Unit: unit,
        Fleet: 'default/chat',
        InitialWeight: '199',
        DrainSeconds: String(DRAIN_SECONDS),
        DeadlineSeconds: '3000',
      },
    });
  return {
    log,
    createRule: async () => {
      ruleArn = await handle({
        RequestType: 'Create',
        StackId,
        ResourceType: ruleResourceTypes.rule,
        LogicalResourceId: 'Rule',
        ResourceProperties: { ListenerArn: listenerArn, Priority: '10000', Tags: { [FLEET_TAG]: 'default/chat' } },
      });
      return ruleArn;
    },
    add: async (unit) => void (await target('Create', unit)),
    remove: async (unit) => void (await target('Delete', unit)),
  };
};

/** Weights of a rule as it stands, by unit. */
export const weightsOf = async (bed: TestCluster, ruleArn: string, router: Router): Promise<Readonly<Record<string, number>>> => {
  const described = await bed.aws.moto('elasticloadbalancing', 'DescribeRules', { 'RuleArns.member.1': ruleArn });
  const [found] = itemsAt(described, 'DescribeRulesResult/Rules');
  const units = new Map(Object.entries(router.targetGroupArns).map(([unit, arn]) => [arn, unit]));
  return Object.fromEntries(
    itemsAt(itemsAt(found, 'Actions')[0], 'ForwardConfig/TargetGroups').map((group) => {
      const arn = textAt(group, 'TargetGroupArn') ?? '';
      return [units.get(arn) ?? arn, Number(textAt(group, 'Weight'))];
    }),
  );
};
