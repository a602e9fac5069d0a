import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { ClusterAddon, InferenceCluster } from '../../../lib';
import { kubernetesObjects } from '../../../lib/assertions';
import { complaint, kubectlLayer, newStack } from '../support/fixture';
import { newFleet, unitOf } from '../support/fleet';
import { importedCluster } from '../support/imported-cluster';
import { IMAGE, objectOf, servedFleet } from './served-fleet';

const UNENFORCED = Match.stringLikeRegexp('nothing on the cluster enforces it');

describe('the NetworkPolicy of a unit', () => {
  it('is there only where it is asked for', () => {
    expect(kubernetesObjects(servedFleet().template, 'NetworkPolicy')).toEqual([]);
  });

  it('lets the load balancer in, on the present port and the former ones, and names and HTTPS out', () => {
    const { template } = servedFleet({
      unit: { restrictNetwork: true, container: { image: IMAGE, port: 9000, formerPorts: [8080] } },
    });
    const [policy, ...others] = kubernetesObjects(template, 'NetworkPolicy').map(({ body }) => body);
    expect(others).toEqual([]);
    const { spec } = objectOf<{ spec: { template: { metadata: { labels: Record<string, string> } } } }>(template, 'Deployment');
    const podLabels = spec.template.metadata.labels;
    expect(podLabels).toMatchObject({ 'adaptive-inference.dev/fleet': 'chat', 'adaptive-inference.dev/unit': 'g5' });
    expect(policy?.spec).toEqual({
      podSelector: { matchLabels: podLabels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ ipBlock: { cidr: expect.anything() } }],
          ports: [
            { protocol: 'TCP', port: 9000 },
            { protocol: 'TCP', port: 8080 },
          ],
        },
      ],
      egress: [
        {
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { ports: [{ protocol: 'TCP', port: 443 }] },
      ],
    });
    const { logicalId } = kubernetesObjects(template, 'NetworkPolicy')[0]!;
    const applied = template.findResources('Custom::AWSCDK-EKS-KubernetesResource')[logicalId];
    expect(JSON.stringify(applied?.Properties.Manifest)).toContain('"CidrBlock"');
  });

  it('is warned of where nothing enforces it', () => {
    Annotations.fromStack(servedFleet({ unit: { restrictNetwork: true } }).stack).hasWarning('/Test/Unit', UNENFORCED);
    for (const networkPolicyAgent of [ClusterAddon.install(), ClusterAddon.existing()]) {
      const { stack } = servedFleet({ unit: { restrictNetwork: true }, cluster: { addons: { networkPolicyAgent } } });
      Annotations.fromStack(stack).hasNoWarning('/Test/Unit', UNENFORCED);
    }
  });

  it('needs the addresses of the VPC', () => {
    const stack = newStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Elsewhere', {
      vpcId: 'vpc-1',
      availabilityZones: ['us-west-2a', 'us-west-2b'],
      privateSubnetIds: ['subnet-1', 'subnet-2'],
    });
    const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
      cluster: importedCluster(stack, { vpc }),
      kubectlLayer: kubectlLayer(stack),
    });
    const routerOptions = { clients: [cluster.clusterSecurityGroup] };
    expect(complaint(() => newFleet(stack, { cluster, routerOptions, units: [{ ...unitOf(), restrictNetwork: true }] }))).toContain(
      '[UnknownVpcAddressesOfPods]',
    );
  });
});

describe('the network policy agent', () => {
  it('is switched on in the CNI that EKS installed, and the CNI stays when the add-on goes', () => {
    const { template } = servedFleet({
      cluster: { addons: { networkPolicyAgent: ClusterAddon.install({ version: 'v1.21.1-eksbuild.1' }) } },
    });
    template.hasResourceProperties('AWS::EKS::Addon', {
      AddonName: 'vpc-cni',
      AddonVersion: 'v1.21.1-eksbuild.1',
      ConfigurationValues: '{"enableNetworkPolicy":"true"}',
      ResolveConflicts: 'OVERWRITE',
      PreserveOnDelete: true,
    });
  });
});

describe('the load balancer controller', () => {
  const registering = (addons: { onlyTaggedTargetGroups?: boolean }) => {
    const { template } = servedFleet({ cluster: { addons } });
    return Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Sid: string; Action: string[]; Condition?: unknown }[])
      .filter(({ Sid }) => Sid === 'Register');
  };

  it('registers pods with target groups, and changes nothing else about them', () => {
    const [statement, ...others] = registering({});
    expect(others).toEqual([]);
    expect(statement?.Action).toEqual(['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets']);
    expect(statement).not.toHaveProperty('Condition');
  });

  it('is confined to target groups with the tag of weighted routers, where that is asked for', () => {
    expect(registering({ onlyTaggedTargetGroups: true })[0]?.Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/adaptive-inference.dev/targets': 'pods' },
    });
    servedFleet().template.allResourcesProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      Tags: Match.arrayWith([{ Key: 'adaptive-inference.dev/targets', Value: 'pods' }]),
    });
  });
});
