import { describe, expect, it } from 'vitest';
import { blockersOf } from '../../../scripts/changes/blockers';
import { hazardsOf } from '../../../scripts/changes/hazards';
import { applied, difference, type Template } from './templates';

const BALANCING = 'AWS::ElasticLoadBalancingV2';

/** The levels of what endangers requests, with what it is about. */
const hazards = (before: Template, after: Template) => hazardsOf(difference(before, after)).map(({ level, about }) => [level, ...about]);

const blockers = (before: Template, after: Template) => blockersOf(difference(before, after)).map(({ by, about }) => [by, ...about]);

const group = { type: `${BALANCING}::TargetGroup`, properties: { Port: 80 } };
const binding = (name: string, arn: string) => applied('TargetGroupBinding', name, { targetGroupARN: arn, targetType: 'ip' });

describe('requests are lost', () => {
  it('when a load balancer, its listener or its rule goes', () => {
    const before = { Balancer: { type: `${BALANCING}::LoadBalancer` }, Listener: { type: `${BALANCING}::Listener` } };
    expect(hazards(before, {})).toEqual([['loss', 'Balancer', 'Listener']]);
  });

  it('when the listener moves to another port', () => {
    const listener = (port: number) => ({ Listener: { type: `${BALANCING}::Listener`, properties: { Port: port } } });
    expect(hazards(listener(80), listener(443))).toEqual([['loss', 'Listener']]);
  });

  it('when a port of the load balancer is closed, and not when one is opened', () => {
    const balancer: Template = {
      Group: { type: 'AWS::EC2::SecurityGroup' },
      Other: { type: 'AWS::EC2::SecurityGroup' },
      Balancer: { type: `${BALANCING}::LoadBalancer`, properties: { SecurityGroups: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }] } },
    };
    const egress = (of: string) => ({ type: 'AWS::EC2::SecurityGroupEgress', properties: { GroupId: { 'Fn::GetAtt': [of, 'GroupId'] } } });
    expect(hazards({ ...balancer, Pods: egress('Group') }, balancer)).toEqual([['loss', 'Pods']]);
    expect(hazards({ ...balancer, Pods: egress('Other') }, balancer)).toEqual([]);
    expect(hazards(balancer, { ...balancer, Pods: egress('Group') })).toEqual([]);
  });

  it('when a unit goes, unless the loop has taken its traffic before its objects are deleted', () => {
    const target = (dependsOn: readonly string[]) => ({
      type: 'Custom::AdaptiveInferenceRuleTarget',
      properties: { TargetGroupArn: { Ref: 'Group' } },
      dependsOn,
    });
    const unit = { Group: group, Deployment: applied('Deployment', 'default/chat-g5'), Service: applied('Service', 'default/chat-g5') };
    expect(hazards(unit, {})).toEqual([
      ['loss', 'Group'],
      ['loss', 'Deployment default/chat-g5', 'Service default/chat-g5'],
    ]);
    expect(hazards({ ...unit, Target: target(['Deployment', 'Service']) }, {})).toEqual([]);
    // The Service may be deleted while the loop still takes the traffic.
    expect(hazards({ ...unit, Target: target(['Deployment']) }, {})).toEqual([['loss', 'Service default/chat-g5']]);
  });

  it('when a pool goes that a remaining unit uses, and not when one goes with its unit', () => {
    const fleet = (units: readonly string[]) =>
      applied('InferenceFleet', 'default/chat', { units: units.map((name) => ({ name, pools: [`${name}-spot`] })) });
    const pool = { Pool: applied('NodePool', 'g5-spot') };
    expect(hazards({ ...pool, Fleet: fleet(['g5']) }, { Fleet: fleet(['g5']) })).toEqual([['loss', 'NodePool g5-spot']]);
    expect(hazards({ ...pool, Fleet: fleet(['g5', 'inf2']) }, { Fleet: fleet(['inf2']) })).toEqual([]);
  });
});

describe('requests may be lost', () => {
  const pool = (types: readonly string[], expireAfter = '720h', consolidateAfter = '600s') => ({
    Pool: applied('NodePool', 'g5-spot', {
      template: { spec: { requirements: [{ key: 'node.kubernetes.io/instance-type', values: types }], expireAfter } },
      disruption: { consolidateAfter },
    }),
  });

  it('when nodes drift from their pool: an age, a type that goes, and not a type that comes or how empty nodes end', () => {
    const before = pool(['g5.xlarge']);
    expect(hazards(before, pool(['g5.xlarge'], '336h'))).toEqual([['risk', 'NodePool g5-spot']]);
    expect(hazards(before, pool(['g5.2xlarge']))).toEqual([['risk', 'NodePool g5-spot']]);
    expect(hazards(before, pool(['g5.xlarge', 'g5.2xlarge']))).toEqual([]);
    expect(hazards(before, pool(['g5.xlarge'], '720h', '60s'))).toEqual([]);
  });

  it('when nodes drift from their node class, or from the AMI of another version of Kubernetes', () => {
    const nodeClass = (tag: string, version: string) => ({
      Class: applied('EC2NodeClass', 'g5-spot', { tags: { team: tag } }),
      Cluster: { type: 'AWS::EKS::Cluster', properties: { Version: version } },
    });
    expect(hazards(nodeClass('a', '1.35'), nodeClass('b', '1.35'))).toEqual([['risk', 'EC2NodeClass g5-spot']]);
    expect(hazards(nodeClass('a', '1.35'), nodeClass('a', '1.36'))).toEqual([['risk', 'EC2NodeClass g5-spot']]);
  });

  it('when the maximum of replicas falls, and not when it rises', () => {
    const scaler = (maximum: number) => ({
      Patch: {
        type: 'Custom::AWSCDK-EKS-KubernetesPatch',
        properties: {
          ResourceName: 'scaledobjects.keda.sh/chat-g5',
          ResourceNamespace: 'default',
          ApplyPatchJson: JSON.stringify([{ op: 'add', path: '/spec/maxReplicaCount', value: maximum }]),
        },
      },
    });
    expect(hazards(scaler(64), scaler(20))).toEqual([['risk', 'ScaledObject default/chat-g5']]);
    expect(hazards(scaler(20), scaler(64))).toEqual([]);
  });
});

describe('no request is in danger', () => {
  it('when pods change in a rolling update', () => {
    const deployment = (image: string) => ({ Deployment: applied('Deployment', 'default/chat-g5', { template: { image } }) });
    expect(hazards(deployment('a:1'), deployment('a:2'))).toEqual([]);
  });
});

describe('a deployment fails', () => {
  it('when the function behind a custom resource changes', () => {
    const by = (id: string) => ({
      Chart: { type: 'Custom::AWSCDK-EKS-HelmChart', properties: { ServiceToken: { Ref: id }, Namespace: 'a', Release: 'b' } },
    });
    expect(blockers(by('Kubectl'), by('OtherKubectl'))).toEqual([['CloudFormation', 'Chart']]);
  });

  it('when a resource with a name is replaced, unless it gets another name', () => {
    const cluster = (name: string, role: string) => ({
      Cluster: { type: 'AWS::EKS::Cluster', properties: { Name: name, RoleArn: role } },
    });
    expect(blockers(cluster('a', 'r1'), cluster('a', 'r2'))).toEqual([['CloudFormation', 'Cluster']]);
    expect(blockers(cluster('a', 'r1'), cluster('b', 'r2'))).toEqual([]);
  });

  it('when a name moves to another resource', () => {
    const group = { type: 'AWS::Logs::LogGroup', properties: { LogGroupName: '/a' } };
    expect(blockers({ Old: group }, { New: group })).toEqual([['CloudFormation', 'New']]);
  });

  it('when an object moves to another resource', () => {
    const service = applied('Service', 'default/chat');
    expect(blockers({ Old: service }, { New: service })).toEqual([['Kubernetes', 'Service default/chat']]);
  });

  it('when a target group gets a second binding, and when a binding gets another target group', () => {
    expect(blockers({ Old: binding('default/a', 'arn:1') }, { New: binding('default/b', 'arn:1') })).toEqual([
      ['Kubernetes', 'TargetGroupBinding default/b'],
    ]);
    expect(blockers({ Same: binding('default/a', 'arn:1') }, { Same: binding('default/a', 'arn:2') })).toEqual([
      ['Kubernetes', 'TargetGroupBinding default/a'],
    ]);
  });

  it('when a rule would hold six target groups for a time', () => {
    const rule = (names: string): Template =>
      Object.fromEntries(
        [...names].map((name) => [
          name,
          { type: 'Custom::AdaptiveInferenceRuleTarget', properties: { RuleArn: 'arn:rule', TargetGroupArn: `arn:${name}` } },
        ]),
      );
    expect(blockers(rule('abcde'), rule('abcdf'))).toEqual([['Elastic Load Balancing', 'f']]);
    expect(blockers(rule('abcd'), rule('abce'))).toEqual([]);
  });

  it('when a load balancer is replaced and its target groups are not', () => {
    const router = (scheme: string): Template => ({
      Group: group,
      Balancer: { type: `${BALANCING}::LoadBalancer`, properties: { Scheme: scheme } },
      Listener: { type: `${BALANCING}::Listener`, properties: { LoadBalancerArn: { Ref: 'Balancer' } } },
      Rule: {
        type: `${BALANCING}::ListenerRule`,
        properties: { ListenerArn: { Ref: 'Listener' }, Actions: [{ TargetGroupArn: { Ref: 'Group' } }] },
      },
    });
    expect(blockers(router('internal'), router('internet-facing'))).toEqual([['Elastic Load Balancing', 'Group']]);
  });
});
