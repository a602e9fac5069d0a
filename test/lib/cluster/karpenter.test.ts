/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation */
import type { Template } from 'aws-cdk-lib/assertions';
import { Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, ClusterAddon, InferenceCluster, Karpenter, KarpenterVersion } from '../../../lib';
import { helmCharts, kubernetesObjects } from '../../../lib/assertions';
import { built, complaint, idOf, idsOf, kubectlLayer, newCluster, newStack } from '../support/fixture';
import { importedCluster } from '../support/imported-cluster';
import { PUBLISHED_STATEMENTS, type PublishedStatement } from './karpenter-1-14-published';

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const flattened = (
  policy: string,
  { Sid, Action, Resource, Condition }: Statement,
  text: (value: unknown) => string,
): PublishedStatement => ({
  policy,
  sid: Sid,
  actions: list(Action).map(String),
  resources: list(Resource).map(text),
  conditions: Object.entries(Condition ?? {}).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, value]) => `${operator} ${key} = ${list(value).map(text).join(' | ')}`),
  ),
});

const sorted = (statements: readonly PublishedStatement[]) =>
  statements.map((statement) => ({ ...statement, conditions: [...statement.conditions].sort() }));

/** Policy documents as deployed: text with placeholders where the cluster's name is a token, objects otherwise. */
const deployed = (template: Template, text: (value: unknown) => string): PublishedStatement[] =>
  Object.entries(template.findResources('AWS::IAM::ManagedPolicy')).flatMap(([id, { Properties }]) => {
    const policy = /Karpenter(\w+)Policy[0-9A-F]{8}$/.exec(id)?.[1] ?? id;
    const sub = Properties.PolicyDocument['Fn::Sub'];
    const document = sub === undefined ? Properties.PolicyDocument : JSON.parse(Array.isArray(sub) ? sub[0] : sub);
    return (document.Statement as Statement[]).map((statement) => flattened(policy, statement, text));
  });

/** For node classes that name a role, which those of pools do not. */
const FOR_ROLES = [
  'AllowScopedInstanceProfileCreationActions',
  'AllowScopedInstanceProfileTagActions',
  'AllowScopedInstanceProfileActions',
];
const FOR_POOLS = PUBLISHED_STATEMENTS.filter(({ sid }) => !FOR_ROLES.includes(sid));

describe('Karpenter', () => {
  let template: Template;
  beforeAll(() => {
    ({ template } = built((stack) => newCluster(stack)));
  });

  it('gives its controller the permissions that are published for its version, statement by statement, but those to write instance profiles', () => {
    const names: Record<string, string> = { '${NodeRoleArn}': 'NodeRole', '${InterruptionQueueArn}': 'Queue' };
    const text = (value: unknown): string => {
      const sub = typeof value === 'string' ? value : (value as Record<string, string | [string]>)['Fn::Sub'];
      const plain = String(Array.isArray(sub) ? sub[0] : sub);
      return names[plain] ?? plain;
    };
    expect(sorted(deployed(template, text))).toEqual(sorted(FOR_POOLS));
    expect(FOR_POOLS).toHaveLength(15);
    // Node classes of others that name a role need all of them.
    const all = built((stack) => newCluster(stack, { karpenter: { instanceProfiles: true } })).template;
    expect(sorted(deployed(all, text))).toEqual(sorted(PUBLISHED_STATEMENTS));
    expect(PUBLISHED_STATEMENTS).toHaveLength(18);
  });

  it('gives the same permissions on a cluster whose name is known, with the name in the condition keys', () => {
    const imported = built((stack) => {
      InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack), kubectlLayer: kubectlLayer(stack) });
    }).template;
    const text = (value: unknown): string => {
      if (typeof value === 'string') return value;
      const { 'Fn::Sub': sub, 'Fn::GetAtt': att } = value as { 'Fn::Sub'?: string | [string, unknown]; 'Fn::GetAtt'?: [string] };
      if (att) return att[0].includes('NodeRole') ? 'NodeRole' : 'Queue';
      return Array.isArray(sub) ? ({ '${NodeRoleArn}': 'NodeRole', '${InterruptionQueueArn}': 'Queue' }[sub[0]] ?? sub[0]) : String(sub);
    };
    const expected = FOR_POOLS.map((statement) => ({
      ...statement,
      resources: statement.resources.map((resource) => resource.replaceAll('${ClusterName}', 'theirs')),
      conditions: statement.conditions.map((condition) => condition.replaceAll('${ClusterName}', 'theirs')),
    }));
    // The region is known too: conditions on it hold its placeholder as a value of its own.
    expect(sorted(deployed(imported, text))).toEqual(sorted(expected));
  });

  it('attaches every policy to the role of its controller, within the size IAM allows for the longest names', () => {
    const role = idOf(template, 'AWS::IAM::Role', /KarpenterControllerRole/);
    const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
    expect(policies).toHaveLength(6);
    const longest: Record<string, string> = {
      'AWS::Region': 'ap-southeast-1',
      'AWS::Partition': 'aws-us-gov',
      ClusterName: 'x'.repeat(100),
    };
    for (const { Properties } of policies) {
      expect(Properties.Roles).toEqual([{ Ref: role }]);
      const sub = Properties.PolicyDocument['Fn::Sub'];
      const text = sub === undefined ? JSON.stringify(Properties.PolicyDocument) : String(sub[0]);
      // IAM counts no white space; there is none in these documents.
      expect(text.replace(/\$\{([^}]+)\}/g, (_, name: string) => longest[name] ?? 'x'.repeat(90)).length).toBeLessThanOrEqual(6144);
    }
  });

  it('writes no instance profile for a pool: its node class names the one that CloudFormation made', () => {
    const { template: withPool } = built((stack) => {
      new AcceleratorPool(stack, 'Pool', { cluster: newCluster(stack), accelerator: Accelerator.A10G });
    });
    const [nodeClass, ...others] = kubernetesObjects(withPool, 'EC2NodeClass').map(({ body }) => body.spec as Record<string, unknown>);
    expect(others).toEqual([]);
    expect(nodeClass).toHaveProperty('instanceProfile');
    expect(nodeClass).not.toHaveProperty('role');
  });

  it("may have EC2's role for spot instances created, and no other", () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: idOf(template, 'AWS::IAM::Role', /KarpenterControllerRole/) }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'CreateSpotServiceLinkedRole',
            Effect: 'Allow',
            Action: 'iam:CreateServiceLinkedRole',
            Resource: {
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, ':iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot'],
              ],
            },
            Condition: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
          },
        ],
      },
    });
  });

  it('hands the role to the service account of the chart through Pod Identity', () => {
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      Namespace: 'kube-system',
      ServiceAccount: 'karpenter',
      RoleArn: { 'Fn::GetAtt': [idOf(template, 'AWS::IAM::Role', /KarpenterControllerRole/), 'Arn'] },
    });
    const { AssumeRolePolicyDocument } =
      template.findResources('AWS::IAM::Role')[idOf(template, 'AWS::IAM::Role', /KarpenterControllerRole/)]!.Properties;
    expect(AssumeRolePolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    ]);
  });

  it.each([
    ['aws.health', 'AWS Health Event'],
    ['aws.ec2', 'EC2 Spot Instance Interruption Warning'],
    ['aws.ec2', 'EC2 Instance Rebalance Recommendation'],
    ['aws.ec2', 'EC2 Instance State-change Notification'],
    ['aws.ec2', 'EC2 Capacity Reservation Instance Interruption Warning'],
  ])('hears of %s: %s', (source, detailType) => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: [source], 'detail-type': [detailType] },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [idOf(template, 'AWS::SQS::Queue'), 'Arn'] } })],
    });
    expect(idsOf(template, 'AWS::Events::Rule')).toHaveLength(5);
  });

  it('keeps warnings for five minutes, encrypted, and refuses plain HTTP', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 300, SqsManagedSseEnabled: true });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    });
  });

  it('lets its nodes join, with the four policies of a node and an instance profile of the stack', () => {
    const role = idOf(template, 'AWS::IAM::Role', /KarpenterNodeRole/);
    template.hasResourceProperties('AWS::EKS::AccessEntry', { Type: 'EC2_LINUX', PrincipalArn: { 'Fn::GetAtt': [role, 'Arn'] } });
    template.hasResourceProperties('AWS::IAM::InstanceProfile', { Roles: [{ Ref: role }] });
    const { ManagedPolicyArns } = template.findResources('AWS::IAM::Role')[role]!.Properties;
    const names = (ManagedPolicyArns as { 'Fn::Join': [string, string[]] }[]).map((arn) => arn['Fn::Join'][1].at(-1));
    expect(names).toEqual([
      ':iam::aws:policy/AmazonEKS_CNI_Policy',
      ':iam::aws:policy/AmazonEKSWorkerNodePolicy',
      ':iam::aws:policy/AmazonEC2ContainerRegistryPullOnly',
      ':iam::aws:policy/AmazonSSMManagedInstanceCore',
    ]);
  });

  it('installs the chart of CRDs before the chart, both of one version', () => {
    const charts = helmCharts(template).filter(({ body }) => String(body.Repository).includes('/karpenter/'));
    expect(charts.map(({ body }) => [body.Chart, body.Version, body.Namespace])).toEqual([
      ['karpenter-crd', '1.14.1', 'kube-system'],
      ['karpenter', '1.14.1', 'kube-system'],
    ]);
    const [crds, chart] = charts;
    expect(template.toJSON().Resources[chart!.logicalId].DependsOn).toContain(crds!.logicalId);
    expect(chart!.body.Values).toMatchObject({ settings: { clusterName: '<token>', interruptionQueue: '<token>' } });
  });

  it('merges values of the user over its own', () => {
    const { template: custom } = built((stack) => {
      newCluster(stack, {
        karpenter: { version: KarpenterVersion.of('1.14.2'), values: { settings: { isolatedVPC: true }, replicas: 3 } },
      });
    });
    const chart = helmCharts(custom).find(({ body }) => body.Chart === 'karpenter');
    expect(chart?.body).toMatchObject({
      Version: '1.14.2',
      Values: {
        replicas: 3,
        settings: { clusterName: '<token>', isolatedVPC: true },
        controller: { resources: { requests: { cpu: '500m' } } },
      },
    });
  });

  it('can be one that is on the cluster already', () => {
    const { template: theirs } = built((stack) => {
      const cluster = importedCluster(stack);
      const nodeRole = iam.Role.fromRoleArn(stack, 'NodeRole', 'arn:aws:iam::123456789012:role/their-nodes');
      InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster,
        kubectlLayer: kubectlLayer(stack),
        existingKarpenter: Karpenter.fromKarpenterAttributes(stack, 'Karpenter', { nodeRole, nodeInstanceProfileName: 'theirs' }),
      });
    });
    expect(idsOf(theirs, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    expect(helmCharts(theirs).map(({ body }) => body.Chart)).not.toContain('karpenter');
  });

  it.each([
    ['v1.14.1', "given 'v1.14.1', expected major.minor.patch of 1.0.0 or later, without a `v`"],
    ['0.37.0', "given '0.37.0', expected major.minor.patch of 1.0.0 or later"],
    ['latest', "given 'latest'"],
  ])('refuses version %s', (version, message) => {
    expect(complaint(() => KarpenterVersion.of(version))).toContain(message);
  });

  it('refuses to be installed without a Pod Identity agent', () => {
    expect(complaint(() => newCluster(newStack(), { addons: { podIdentityAgent: ClusterAddon.none(), keda: ClusterAddon.none() } }))).toBe(
      "Test/Cluster/Karpenter: Karpenter would have no credentials; given 'a cluster without the EKS Pod Identity agent', expected the agent, which gives the controller the credentials of its role. " +
        'Leave `podIdentityAgent` at its default, or set it to ClusterAddon.existing() if the cluster already has the agent. [MissingPodIdentityAgent]',
    );
  });
});
