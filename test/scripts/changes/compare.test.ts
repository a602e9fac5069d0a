import { describe, expect, it } from 'vitest';
import { applied, difference, type Template } from './templates';

const BALANCING = 'AWS::ElasticLoadBalancingV2';
const balancer = (scheme: string): Template => ({
  Balancer: { type: `${BALANCING}::LoadBalancer`, properties: { Scheme: scheme } },
  Listener: { type: `${BALANCING}::Listener`, properties: { LoadBalancerArn: { Ref: 'Balancer' }, Port: 80 } },
  Rule: { type: `${BALANCING}::ListenerRule`, properties: { ListenerArn: { Ref: 'Listener' }, Priority: 1 } },
  Alarm: { type: 'AWS::CloudWatch::Alarm', properties: { Dimension: { 'Fn::GetAtt': ['Balancer', 'LoadBalancerFullName'] } } },
});

const kinds = (before: Template, after: Template) => {
  const { added, removed, changed } = difference(before, after);
  return {
    added: added.map(({ id }) => id),
    removed: removed.map(({ id }) => id),
    replaced: changed.filter(({ replacing }) => replacing.length > 0).map(({ resource }) => resource.id),
    updated: changed.filter(({ replacing }) => replacing.length === 0).map(({ resource }) => resource.id),
  };
};

describe('a resource', () => {
  it('is left alone where nothing but the order of resources changes', () => {
    const { Alarm, ...rest } = balancer('internal');
    expect(kinds(balancer('internal'), { Alarm: Alarm!, ...rest })).toEqual({ added: [], removed: [], replaced: [], updated: [] });
  });

  it('is updated in place where a property changes that the schema lets change', () => {
    const after = balancer('internal');
    const listener = { ...after.Listener!, properties: { ...after.Listener!.properties, Port: 443 } };
    expect(kinds(balancer('internal'), { ...after, Listener: listener })).toMatchObject({ replaced: [], updated: ['Listener'] });
  });

  it('is replaced with everything that refers to it by a replacing property; others that refer to it are updated', () => {
    expect(kinds(balancer('internal'), balancer('internet-facing'))).toEqual({
      added: [],
      removed: [],
      replaced: ['Balancer', 'Listener', 'Rule'],
      updated: ['Alarm'],
    });
  });

  it('is replaced where a member of a replacing property changes, and not where a property with a longer name does', () => {
    const cluster = (subnet: string, name: string): Template => ({
      Cluster: {
        type: 'AWS::EKS::Cluster',
        properties: { ResourcesVpcConfig: { SubnetIds: [subnet], EndpointPublicAccess: name === 'public' } },
      },
      Function: { type: 'AWS::Lambda::Function', properties: { PackageTypeOfMine: name } },
    });
    expect(kinds(cluster('a', 'x'), cluster('b', 'x'))).toMatchObject({ replaced: ['Cluster'], updated: [] });
    expect(kinds(cluster('a', 'x'), cluster('a', 'public'))).toMatchObject({ replaced: [], updated: ['Cluster', 'Function'] });
  });

  it('is added and removed where its logical id changes', () => {
    const queue = { type: 'AWS::SQS::Queue' };
    expect(kinds({ Old: queue }, { New: queue })).toMatchObject({ added: ['New'], removed: ['Old'], replaced: [] });
  });

  it('of a type without a table is an error', () => {
    expect(() => difference({ Bucket: { type: 'AWS::S3::Bucket' } }, { Bucket: { type: 'AWS::S3::Bucket' } })).toThrow('AWS::S3::Bucket');
  });
});

describe('a Kubernetes object', () => {
  it('is told by kind, namespace and name, with the fields that change', () => {
    const before = { D: applied('Deployment', 'default/chat', { containers: [{ name: 'server', image: 'a:1' }], replicas: 1 }) };
    const after = { D: applied('Deployment', 'default/chat', { containers: [{ name: 'server', image: 'a:2' }], replicas: 1 }) };
    const { changed, added, removed } = difference(before, after).objects;
    expect(changed.map(({ object, changes }) => [object.name, changes])).toEqual([
      ['Deployment default/chat', [{ path: 'spec.containers[server].image', before: 'a:1', after: 'a:2' }]],
    ]);
    expect([added, removed]).toEqual([[], []]);
  });

  it('of a namespace without one has its name alone', () => {
    const { objects } = difference({}, { N: applied('NodePool', 'a10g-spot') });
    expect(objects.added.map(({ name }) => name)).toEqual(['NodePool a10g-spot']);
  });

  it('changes where it names a resource that is replaced', () => {
    const group = (port: number): Template => ({
      Group: { type: `${BALANCING}::TargetGroup`, properties: { Port: port } },
      Binding: {
        type: 'Custom::AWSCDK-EKS-KubernetesResource',
        properties: {
          Manifest: {
            'Fn::Join': [
              '',
              ['[{"kind":"TargetGroupBinding","metadata":{"name":"b"},"spec":{"targetGroupARN":"', { Ref: 'Group' }, '"}}]'],
            ],
          },
        },
      },
    });
    expect(difference(group(80), group(81)).objects.changed.map(({ changes }) => changes.map(({ path }) => path))).toEqual([
      ['spec.targetGroupARN'],
    ]);
  });

  it('is removed with the resource that applies it', () => {
    expect(difference({ D: applied('Service', 'default/chat') }, {}).objects.removed.map(({ name }) => name)).toEqual([
      'Service default/chat',
    ]);
  });

  it('is left behind where its resource applies another one', () => {
    const { removed, left, added } = difference({ D: applied('Service', 'a/chat') }, { D: applied('Service', 'b/chat') }).objects;
    expect([removed, left.map(({ name }) => name), added.map(({ name }) => name)]).toEqual([[], ['Service a/chat'], ['Service b/chat']]);
  });

  it('that only changes the order of its named parts says so', () => {
    const fleet = (units: readonly string[]) => applied('InferenceFleet', 'default/chat', { units: units.map((name) => ({ name })) });
    const [changed] = difference({ F: fleet(['a', 'b']) }, { F: fleet(['b', 'a']) }).objects.changed;
    expect(changed?.changes.map(({ path }) => path)).toEqual(['spec.units, the order']);
  });
});
