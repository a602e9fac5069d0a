import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, InferenceCluster } from '../../../lib';
import { helmCharts, prerequisitesOf } from '../../../lib/assertions';
import { built, idOf, idsOf, kubectlLayer, newCluster, newStack } from '../support/fixture';
import { importedCluster } from '../support/imported-cluster';

const KUBERNETES = 'Custom::AWSCDK-EKS-KubernetesResource';

const chartId = (template: Template, name: string): string => {
  const chart = helmCharts(template).find(({ body }) => body.Chart === name);
  if (!chart) throw new Error(`no chart ${name}`);
  return chart.logicalId;
};

describe('a stack that is destroyed', () => {
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.INFERENTIA2 });
    const unit = cluster.addManifest(stack, 'Unit', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'unit' } });
    unit.node.addDependency(pool, cluster.addons.keda, cluster.addons.podIdentityAgent);
  });
  const outlivedBy = (id: string) => new Set(prerequisitesOf(template, id));
  const nodePool = idOf(template, KUBERNETES, /NodePool/);
  const drain = idOf(template, 'Custom::AdaptiveInferenceNodeDrain');
  const nodeClass = idOf(template, KUBERNETES, /NodeClass/);
  const karpenter = chartId(template, 'karpenter');

  it('removes units first, then the pool, its nodes, its class, Karpenter and its CRDs', () => {
    const order = [idOf(template, KUBERNETES, /^Unit/), nodePool, drain, nodeClass, karpenter, chartId(template, 'karpenter-crd')];
    for (const [index, id] of order.entries()) {
      for (const later of order.slice(index + 1)) expect(outlivedBy(id), `${id} before ${later}`).toContain(later);
      for (const earlier of order.slice(0, index)) expect(outlivedBy(id), `${id} not after ${earlier}`).not.toContain(earlier);
    }
  });

  it.each([
    ['its policies', 'AWS::IAM::ManagedPolicy', 6],
    ['its queue', 'AWS::SQS::Queue', 1],
    ['the permission of events to fill it', 'AWS::SQS::QueuePolicy', 1],
    ['the rules that do', 'AWS::Events::Rule', 5],
    ['the instance profile of its nodes', 'AWS::IAM::InstanceProfile', 1],
    ['the system nodes it runs on', 'AWS::EKS::Nodegroup', 1],
    ['the Pod Identity agent', 'AWS::EKS::Addon', 1],
    ['every access entry', 'AWS::EKS::AccessEntry', 2],
    ['the NAT gateway', 'AWS::EC2::NatGateway', 1],
    ['the way out of every private subnet', 'AWS::EC2::Route', 6],
    ['the cluster', 'AWS::EKS::Cluster', 1],
  ])('removes Karpenter before %s', (_, type, count) => {
    const ids = idsOf(template, type);
    expect(ids).toHaveLength(count);
    for (const id of ids) expect(outlivedBy(karpenter)).toContain(id);
  });

  it('removes every log group, after whatever makes its function log', () => {
    const groups = template.findResources('AWS::Logs::LogGroup');
    expect(Object.values(groups).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(1 + 2 + 5).fill('Delete'));
    const ofKubectl = idsOf(template, 'AWS::Logs::LogGroup', /Kubectl/);
    const ofDrain = idsOf(template, 'AWS::Logs::LogGroup', /NodeDrain/);
    expect([ofKubectl.length, ofDrain.length]).toEqual([2, 5]);
    for (const id of [nodePool, nodeClass, karpenter]) for (const group of ofKubectl) expect(outlivedBy(id)).toContain(group);
    for (const group of ofDrain) expect(outlivedBy(drain)).toContain(group);
    expect(outlivedBy(karpenter)).toContain(idOf(template, 'AWS::Logs::LogGroup', /ControlPlane/));
  });

  it('removes Karpenter before its identity', () => {
    expect(outlivedBy(karpenter)).toContain(idOf(template, 'AWS::EKS::PodIdentityAssociation', /Karpenter/));
    expect(outlivedBy(karpenter)).toContain(idOf(template, 'AWS::IAM::Role', /KarpenterController/));
    expect(outlivedBy(karpenter)).toContain(idOf(template, 'AWS::IAM::Role', /KarpenterNodeRole/));
  });

  it('removes the node class before the profile and the access entry of its nodes', () => {
    expect(outlivedBy(nodeClass)).toContain(idOf(template, 'AWS::IAM::InstanceProfile'));
    expect(outlivedBy(nodeClass)).toContain(idOf(template, 'AWS::EKS::AccessEntry', /NodeAccess/));
  });

  it('reaches the API to the end: every object and chart goes before the access of what removes it', () => {
    const everything = [...idsOf(template, KUBERNETES), ...idsOf(template, 'Custom::AWSCDK-EKS-HelmChart')];
    expect(everything).toHaveLength(3 + 7);
    for (const id of everything) {
      expect(outlivedBy(id)).toContain(idOf(template, 'AWS::EKS::AccessEntry', /ClusterAdmin/));
      expect(outlivedBy(id)).toContain(idOf(template, 'AWS::SSM::Parameter'));
    }
  });

  it('removes what depends on an add-on before the add-on and its identity', () => {
    const unit = idOf(template, KUBERNETES, /^Unit/);
    expect(outlivedBy(unit)).toContain(chartId(template, 'keda'));
    expect(outlivedBy(unit)).toContain(idOf(template, 'AWS::EKS::PodIdentityAssociation', /Keda/));
    expect(outlivedBy(unit)).toContain(idOf(template, 'AWS::EKS::Addon'));
  });

  it('has no circle', () => {
    for (const id of Object.keys(template.toJSON().Resources)) expect(outlivedBy(id)).not.toContain(id);
  });
});

describe('an existing cluster', () => {
  it('is reached to the end through the access entry that was made for it', () => {
    const { template } = built((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
    });
    const access = idOf(template, 'AWS::EKS::AccessEntry', /KubectlAccess/);
    for (const id of [...idsOf(template, KUBERNETES), ...idsOf(template, 'Custom::AWSCDK-EKS-HelmChart')]) {
      expect(prerequisitesOf(template, id)).toContain(access);
    }
  });

  it('made by another stack of the app is destroyed after what is put on it', () => {
    const base = newStack('Base');
    const cluster = new eks.Cluster(base, 'Cluster', {
      version: eks.KubernetesVersion.V1_35,
      vpc: new ec2.Vpc(base, 'Vpc'),
      kubectlProviderOptions: { kubectlLayer: kubectlLayer(base) },
    });
    const top = new Stack(base.node.root, 'Top', { env: { account: base.account, region: base.region } });
    const ours = InferenceCluster.fromCluster(top, 'Cluster', { cluster });
    new AcceleratorPool(top, 'Pool', { cluster: ours, accelerator: Accelerator.A10G });
    const template = Template.fromStack(top);
    expect(top.dependencies).toContain(base);
    expect(base.dependencies).toEqual([]);
    expect(idsOf(template, KUBERNETES)).toHaveLength(2);
    expect(idsOf(template, 'AWS::EKS::Addon')).toHaveLength(0);
    expect(idsOf(Template.fromStack(base), 'AWS::EKS::Addon')).toHaveLength(1);
  });
});
