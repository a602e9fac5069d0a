import { FLEET_TAG } from '../../../lambda/control-loop/contract/names';
import { itemsAt, textAt, type XmlNode } from '../aws/xml';
import type { TestCluster } from '../cluster/test-bed';

/** A load balancer with one target group for each unit and one rule with their weights. */
export interface Router {
  readonly listenerRuleArn: string;
  /** By unit. */
  readonly targetGroupArns: Readonly<Record<string, string>>;
  /** Makes the target group of one more unit; the rule does not have it yet. Gives its ARN. */
  addTargetGroup(unit: string): Promise<string>;
  /** Registers a pod with the target group of a unit, as the load balancer controller does. */
  register(unit: string, privateIp: string): Promise<void>;
  /** Weights of the rule as they stand, by unit. */
  weights(): Promise<Readonly<Record<string, number>>>;
}

/** Makes what `WeightedRouter` makes for a fleet of this name in namespace `default`, by the same API that CloudFormation uses. */
export const addRouter = async (bed: TestCluster, name: string, weights: Readonly<Record<string, number>>): Promise<Router> => {
  const { moto, account } = bed.aws;
  const call = (action: string, parameters: Record<string, string>) => moto('elasticloadbalancing', action, parameters);
  const balancer = await call('CreateLoadBalancer', {
    Name: name,
    Scheme: 'internal',
    ...Object.fromEntries(account.subnetIds.map((id, index) => [`Subnets.member.${index + 1}`, id])),
  });
  const loadBalancerArn = first(balancer, 'CreateLoadBalancerResult/LoadBalancers', 'LoadBalancerArn');
  const targetGroupArns: Record<string, string> = {};
  const addTargetGroup = async (unit: string): Promise<string> => {
    const group = await call('CreateTargetGroup', {
      Name: `${name}-${unit}`,
      Protocol: 'HTTP',
      Port: '80',
      VpcId: account.vpcId,
      TargetType: 'ip',
    });
    const arn = first(group, 'CreateTargetGroupResult/TargetGroups', 'TargetGroupArn');
    targetGroupArns[unit] = arn;
    return arn;
  };
  for (const unit of Object.keys(weights)) await addTargetGroup(unit);
  const listener = await call('CreateListener', {
    LoadBalancerArn: loadBalancerArn,
    Protocol: 'HTTP',
    Port: '80',
    'DefaultActions.member.1.Type': 'fixed-response',
    'DefaultActions.member.1.FixedResponseConfig.StatusCode': '404',
  });
  const rule: Record<string, string> = {
    ListenerArn: first(listener, 'CreateListenerResult/Listeners', 'ListenerArn'),
    Priority: '1',
    'Conditions.member.1.Field': 'path-pattern',
    'Conditions.member.1.Values.member.1': '/*',
    'Actions.member.1.Type': 'forward',
    'Tags.member.1.Key': FLEET_TAG,
    'Tags.member.1.Value': `default/${name}`,
  };
  Object.entries(weights).forEach(([unit, weight], index) => {
    const prefix = `Actions.member.1.ForwardConfig.TargetGroups.member.${index + 1}`;
    rule[`${prefix}.TargetGroupArn`] = targetGroupArns[unit] ?? '';
    rule[`${prefix}.Weight`] = String(weight);
  });
  const listenerRuleArn = first(await call('CreateRule', rule), 'CreateRuleResult/Rules', 'RuleArn');
  return {
    listenerRuleArn,
    targetGroupArns,
    addTargetGroup,
    register: async (unit, privateIp) => {
      await call('RegisterTargets', { TargetGroupArn: targetGroupArns[unit] ?? '', 'Targets.member.1.Id': privateIp });
    },
    weights: async () => {
      const described = await call('DescribeRules', { 'RuleArns.member.1': listenerRuleArn });
      const [found] = itemsAt(described, 'DescribeRulesResult/Rules');
      const [action] = itemsAt(found, 'Actions');
      const byArn = new Map(
        itemsAt(action, 'ForwardConfig/TargetGroups').map((group) => [textAt(group, 'TargetGroupArn'), Number(textAt(group, 'Weight'))]),
      );
      return Object.fromEntries(Object.entries(targetGroupArns).map(([unit, arn]) => [unit, byArn.get(arn) ?? Number.NaN]));
    },
  };
};

const first = (answer: XmlNode, list: string, field: string): string => {
  const value = textAt(itemsAt(answer, list)[0], field);
  if (!value) throw new Error(`moto answered no ${field} under ${list}`);
  return value;
};
