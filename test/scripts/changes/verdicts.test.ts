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

/** A fleet that enforces, with units on a pool `<unit>-spot` each, by cold start in seconds. */
const fleet = (coldStartsSeconds: Readonly<Record<string, number>>, enforcement = 'Enforce') =>
  applied('InferenceFleet', 'default/chat', {
    enforcement,
    units: Object.entries(coldStartsSeconds).map(([name, coldStartSeconds]) => ({
      name,
      pools: [`${name}-spot`],
      profile: { coldStartSeconds },
    })),
  });

/** The pool of unit g5. */
const nodePool = ({ drain = '10m', expireAfter = '720h', types = ['g5.xlarge'], consolidateAfter = '10m' }) =>
  applied('NodePool', 'g5-spot', {
    template: {
      spec: {
        requirements: [{ key: 'node.kubernetes.io/instance-type', values: types }],
        expireAfter,
        terminationGracePeriod: drain,
      },
    },
    disruption: { consolidateAfter },
  });

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

  it('when a pool that is in use goes, and its nodes drain for less than successors need; not when it goes with its unit', () => {
    const pool = { Pool: nodePool({ drain: '10m' }) };
    // A cold start of 540 s and the minute until the next tick starts successors are the ten minutes.
    expect(hazards({ ...pool, Fleet: fleet({ g5: 541 }) }, { Fleet: fleet({ g5: 541 }) })).toEqual([['loss', 'NodePool g5-spot']]);
    expect(hazards({ ...pool, Fleet: fleet({ g5: 540 }) }, { Fleet: fleet({ g5: 540 }) })).toEqual([['risk', 'NodePool g5-spot']]);
    expect(hazards({ ...pool, Fleet: fleet({ g5: 541, inf2: 600 }) }, { Fleet: fleet({ inf2: 600 }) })).toEqual([]);
  });
});

describe('requests may be lost', () => {
  it('when nodes drift and drain for less than a cold start, or where no loop starts successors', () => {
    const changed = (coldStartSeconds: number, enforcement?: string) => {
      const rest = { Fleet: fleet({ g5: coldStartSeconds }, enforcement) };
      return hazards({ ...rest, Pool: nodePool({ drain: '10m' }) }, { ...rest, Pool: nodePool({ drain: '10m', expireAfter: '336h' }) });
    };
    expect(changed(601)).toEqual([['risk', 'NodePool g5-spot']]);
    expect(changed(600)).toEqual([]);
    expect(changed(600, 'Recommend')).toEqual([['risk', 'NodePool g5-spot']]);
  });

  it('when nodes drift that drain for less than a cold start as they were launched, whatever the pool says now', () => {
    const rest = { Fleet: fleet({ g5: 900 }) };
    const [short, long] = [nodePool({ drain: '10m' }), nodePool({ drain: '1h' })];
    expect(hazards({ ...rest, Pool: short }, { ...rest, Pool: long })).toEqual([['risk', 'NodePool g5-spot']]);
    expect(hazards({ ...rest, Pool: long }, { ...rest, Pool: short })).toEqual([]);
  });

  it('by drift: of a type that goes, of a node class, of the AMI of another Kubernetes, and by nothing else', () => {
    const rest = { Fleet: fleet({ g5: 900 }) };
    const world = (more: Template) => ({ ...rest, Pool: nodePool({}), ...more });
    const drifts = (before: Template, after: Template) => hazards(world(before), world(after)).length > 0;
    const nodeClass = (team: string) => ({ Class: applied('EC2NodeClass', 'g5-spot', { tags: { team } }) });
    const version = (minor: string) => ({ ...nodeClass('a'), Cluster: { type: 'AWS::EKS::Cluster', properties: { Version: minor } } });
    const pool = (options: Parameters<typeof nodePool>[0]) => ({ Pool: nodePool(options) });
    expect(drifts(pool({ types: ['g5.xlarge'] }), pool({ types: ['g5.2xlarge'] }))).toBe(true);
    expect(drifts(nodeClass('a'), nodeClass('b'))).toBe(true);
    expect(drifts(version('1.35'), version('1.36'))).toBe(true);
    expect(drifts(pool({ types: ['g5.xlarge'] }), pool({ types: ['g5.xlarge', 'g5.2xlarge'] }))).toBe(false);
    expect(drifts(pool({ consolidateAfter: '10m' }), pool({ consolidateAfter: '1m' }))).toBe(false);
    expect(drifts(version('1.35'), version('1.35'))).toBe(false);
  });

  it('when a unit is removed and no loop may take its traffic', () => {
    const target = { Target: { type: 'Custom::AdaptiveInferenceRuleTarget', properties: { RuleArn: 'arn:rule', Fleet: 'default/chat' } } };
    const removedFrom = (enforcement: string) => {
      const rest = { Fleet: fleet({ inf2: 600 }, enforcement) };
      return hazards({ ...rest, ...target }, rest);
    };
    expect(removedFrom('Recommend')).toEqual([['risk', 'Target']]);
    expect(removedFrom('Enforce')).toEqual([]);
    expect(hazards({ ...target, Fleet: fleet({ inf2: 600 }, 'Observe') }, {})).toEqual([]);
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
