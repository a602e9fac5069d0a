import { ACCOUNT, REGION } from '../aws/moto-client';
import type { TestCluster } from '../cluster/test-bed';
import type { Router } from './router';
import type { TemplateResources } from './template';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A value of a template with its references and functions in it. */
export type Resolve = (value: unknown) => unknown;

/** Puts what a test bed has in the place of a template's references: what CloudFormation does once the resources are made. */
export const createResolver = (resources: TemplateResources, bed: TestCluster, router: Router): Resolve => {
  const { account } = bed.aws;
  const typeOf = (id: string): string => resources[id]?.Type ?? id;
  const subnets = Object.keys(resources).filter((id) => typeOf(id) === 'AWS::EC2::Subnet' && /Private/.test(id));

  const reference = (id: string): string => {
    switch (typeOf(id)) {
      case 'AWS::EC2::VPC':
        return account.vpcId;
      case 'AWS::EC2::Subnet':
        return required(account.subnetIds[subnets.indexOf(id)], id);
      case 'AWS::EKS::Cluster':
        return bed.clusterName;
      case 'AWS::IAM::InstanceProfile':
        return account.instanceProfileName;
      case 'AWS::IAM::Role':
        return /NodeRole/.test(id) ? account.instanceProfileName : id;
      case 'Custom::AdaptiveInferenceListenerRule':
        return router.listenerRuleArn;
      case 'AWS::ElasticLoadBalancingV2::LoadBalancer':
        return loadBalancerOf(router.listenerRuleArn);
      case 'AWS::ElasticLoadBalancingV2::TargetGroup':
        return required(router.targetGroupArns[/inf2|g5/.exec(id)?.[0] ?? ''], id);
      default:
        return required(PSEUDO[id], id);
    }
  };

  const attribute = (id: string, name: string): string => {
    switch (`${typeOf(id)} ${name}`) {
      case 'AWS::EKS::Cluster Arn':
        return `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${bed.clusterName}`;
      case 'AWS::EKS::Cluster ClusterSecurityGroupId':
        return account.securityGroupId;
      case 'AWS::IAM::Role Arn':
        return `arn:aws:iam::${ACCOUNT}:role/${reference(id)}`;
      case 'AWS::SQS::Queue Arn':
        return `arn:aws:sqs:${REGION}:${ACCOUNT}:${/Interruption/.test(id) ? account.queueName : id}`;
      case 'AWS::Lambda::Function Arn':
        return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`;
      case 'AWS::Logs::LogGroup Arn':
        return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`;
      default:
        return required(undefined, `${id}.${name}`);
    }
  };

  const resolve: Resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, content] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0) {
      if (name === 'Ref') return reference(String(content));
      if (name === 'Fn::GetAtt') return attribute(String(content[0]), String(content[1]));
      if (name === 'Fn::Join') return (resolve(content[1]) as unknown[]).join(content[0]);
      if (name === 'Fn::Split') return String(resolve(content[1])).split(content[0]);
      if (name === 'Fn::Select') return (resolve(content[1]) as unknown[])[Number(content[0])];
      if (name === 'Fn::Sub') return substituted(content);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };

  const substituted = (content: string | [string, Record<string, unknown>]): string => {
    const [text, values] = typeof content === 'string' ? [content, {} as Record<string, unknown>] : content;
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name in values) return String(resolve(values[name]));
      const [id = '', attributeName] = name.split('.');
      return attributeName === undefined ? reference(id) : attribute(id, attributeName);
    });
  };
  return resolve;
};

const loadBalancerOf = (listenerRuleArn: string): string =>
  listenerRuleArn.replace(/:listener-rule\/(app\/[^/]+\/[^/]+)\/.*/, ':loadbalancer/$1');

const required = (value: string | undefined, what: string): string => {
  if (value === undefined) throw new Error(`the test bed has nothing in the place of ${what}`);
  return value;
};
