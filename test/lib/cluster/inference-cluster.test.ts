import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ClusterAddon, EndpointVisibility, InferenceCluster, type InferenceClusterProps, Karpenter } from '../../../lib';
import { helmCharts } from '../../../lib/assertions';
import { built, complaint, ENV, idOf, idsOf, kubectlLayer, newCluster, newStack } from '../support/fixture';
import { importedCluster, importedVpc } from '../support/imported-cluster';

describe('a new cluster', () => {
  const { template } = built((stack) => newCluster(stack));

  it('has a private endpoint, every control-plane log and encrypted secrets', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', {
      Version: '1.35',
      AccessConfig: { AuthenticationMode: 'API' },
      ResourcesVpcConfig: Match.objectLike({ EndpointPrivateAccess: true, EndpointPublicAccess: false }),
      Logging: {
        ClusterLogging: {
          EnabledTypes: [
            { Type: 'api' },
            { Type: 'audit' },
            { Type: 'authenticator' },
            { Type: 'controllerManager' },
            { Type: 'scheduler' },
          ],
        },
      },
      EncryptionConfig: [{ Resources: ['secrets'], Provider: { KeyArn: { 'Fn::GetAtt': [idOf(template, 'AWS::KMS::Key'), 'Arn'] } } }],
      ComputeConfig: { Enabled: false },
    });
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('leaves no log group behind: it has the name that EKS would give it', () => {
    const name = template.findResources('AWS::EKS::Cluster')[idOf(template, 'AWS::EKS::Cluster')]?.Properties.Name;
    expect(name).toMatch(/^[A-Za-z0-9-]+$/);
    template.hasResource('AWS::Logs::LogGroup', { Properties: { LogGroupName: `/aws/eks/${name}/cluster` }, DeletionPolicy: 'Delete' });
  });

  it('reaches its private endpoint from inside the VPC', () => {
    const handler = template.findResources('AWS::Lambda::Function', {
      Properties: { Description: Match.stringLikeRegexp('^onEvent handler for EKS kubectl') },
    });
    for (const { Properties } of Object.values(handler)) expect(Properties.VpcConfig.SubnetIds).toHaveLength(3);
    expect(Object.keys(handler)).toHaveLength(1);
  });

  it('runs system pods on two nodes with Amazon Linux 2023, in private subnets', () => {
    template.hasResourceProperties('AWS::EKS::Nodegroup', {
      AmiType: 'AL2023_x86_64_STANDARD',
      InstanceTypes: ['m6i.large'],
      ScalingConfig: { MinSize: 2, DesiredSize: 2, MaxSize: 3 },
      Subnets: [Match.anyValue(), Match.anyValue(), Match.anyValue()],
    });
  });

  it('lets no pod of the system nodes reach the instance metadata, and encrypts their volumes', () => {
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: Match.objectLike({ Encrypted: true, VolumeType: 'gp3' }) }],
      },
    });
    const [id] = idsOf(template, 'AWS::EC2::LaunchTemplate');
    template.hasResourceProperties('AWS::EKS::Nodegroup', { LaunchTemplate: { Id: { Ref: id } } });
  });

  it('upgrades the system nodes with the cluster', () => {
    const versionsOf = (version?: eks.KubernetesVersion) => {
      const { Resources } = built((stack) => newCluster(stack, version ? { version } : {})).template.toJSON();
      const resources = Object.values(Resources) as { Type: string; Properties: { Version?: string } }[];
      return ['AWS::EKS::Cluster', 'AWS::EKS::Nodegroup'].map(
        (type) => resources.find((resource) => resource.Type === type)?.Properties.Version,
      );
    };
    expect(versionsOf()).toEqual(['1.35', '1.35']);
    expect(versionsOf(eks.KubernetesVersion.V1_36)).toEqual(['1.36', '1.36']);
  });

  it('spreads over three zones with one NAT gateway, and reads S3 past it', () => {
    expect(idsOf(template, 'AWS::EC2::Subnet')).toHaveLength(6);
    expect(idsOf(template, 'AWS::EC2::NatGateway')).toHaveLength(1);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
  });

  it('retains nothing', () => {
    const retained = Object.entries(template.toJSON().Resources).filter(
      ([, resource]) => (resource as { DeletionPolicy?: string }).DeletionPolicy === 'Retain',
    );
    expect(retained.map(([id]) => id)).toEqual([]);
  });

  it('can have a public endpoint for some addresses, and administrators', () => {
    const open = built((stack) => {
      newCluster(stack, {
        clusterName: 'chat',
        version: eks.KubernetesVersion.V1_36,
        endpointVisibility: EndpointVisibility.PUBLIC,
        publicAccessCidrs: ['203.0.113.0/24'],
        admins: [iam.Role.fromRoleArn(stack, 'Admins', 'arn:aws:iam::123456789012:role/admins')],
        systemNodes: { instanceType: new ec2.InstanceType('m7g.large'), count: 3 },
        clusterLogging: [eks.ClusterLoggingTypes.AUDIT],
      });
    }).template;
    open.hasResourceProperties('AWS::EKS::Cluster', {
      Name: 'chat',
      Version: '1.36',
      ResourcesVpcConfig: Match.objectLike({ EndpointPublicAccess: true, PublicAccessCidrs: ['203.0.113.0/24'] }),
      Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'audit' }] } },
    });
    open.hasResourceProperties('AWS::EKS::AccessEntry', { PrincipalArn: 'arn:aws:iam::123456789012:role/admins' });
    open.hasResourceProperties('AWS::EKS::Nodegroup', { AmiType: 'AL2023_ARM_64_STANDARD', ScalingConfig: { MinSize: 3 } });
  });

  it('has KEDA read no Secrets outside of its own namespace, unless its user wants that', () => {
    const permissionsOf = (values?: { [key: string]: unknown }) => {
      const { template: with_ } = built((stack) => newCluster(stack, { addons: { keda: ClusterAddon.install(values && { values }) } }));
      const [keda] = helmCharts(with_).filter(({ body }) => body.Chart === 'keda');
      return (keda!.body.Values as { permissions?: unknown }).permissions;
    };
    const restricted = { restrict: { secret: true } };
    expect(permissionsOf()).toEqual({ operator: restricted, metricServer: restricted });
    expect(permissionsOf({ permissions: { operator: { restrict: { secret: false } } } })).toEqual({
      operator: { restrict: { secret: false } },
      metricServer: restricted,
    });
  });

  it('uses the VPC of the user', () => {
    const theirs = built((stack) => newCluster(stack, { vpc: importedVpc(stack) })).template;
    theirs.resourceCountIs('AWS::EC2::VPC', 0);
    theirs.hasResourceProperties('AWS::EKS::Cluster', {
      ResourcesVpcConfig: Match.objectLike({ SubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'] }),
    });
  });

  it('does not clash with another of the app, in one stack or in two', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((name) => new Stack(app, name, { env: ENV }));
    for (const stack of stacks) newCluster(stack);
    const [first] = stacks as [Stack, Stack];
    newCluster(first, {}, 'Second');
    const names = stacks.flatMap((stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::EKS::Cluster')).map(({ Properties }) => Properties.Name),
    );
    expect(new Set(names).size).toBe(3);
    for (const stack of stacks) expect(Template.fromStack(stack).toJSON().Outputs).toBeUndefined();
  });
});

describe('a cluster refuses', () => {
  it.each<[string, (stack: Stack) => InferenceClusterProps, string]>([
    [
      'a Kubernetes that Karpenter does not support',
      () => ({ version: eks.KubernetesVersion.V1_37 }),
      "this `version` of Kubernetes is not supported; given '1.37', expected 1.33 to 1.36, which Karpenter 1.14.1 and the kubectl layers support. Use for example KubernetesVersion.V1_36.",
    ],
    ['a Kubernetes without Amazon Linux 2023 drivers', () => ({ version: eks.KubernetesVersion.V1_30 }), "given '1.30'"],
    ['what is no version', () => ({ version: eks.KubernetesVersion.of('latest') }), "given 'latest'"],
    ['a name with a dot', () => ({ clusterName: 'my.cluster' }), "`clusterName` is not a valid name of an EKS cluster; given 'my.cluster'"],
    [
      'a token for its name',
      (stack) => ({ clusterName: new CfnParameter(stack, 'Name').valueAsString }),
      '`clusterName` is not known at synthesis; given a token',
    ],
    [
      'address ranges for a private endpoint',
      () => ({ publicAccessCidrs: ['203.0.113.0/24'] }),
      '`publicAccessCidrs` have no effect on a private endpoint; given ["203.0.113.0/24"], expected no `publicAccessCidrs`. Remove them, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
    ],
    [
      'an address for a range',
      () => ({ endpointVisibility: EndpointVisibility.PUBLIC, publicAccessCidrs: ['203.0.113.7'] }),
      "given '203.0.113.7', expected a range such as 203.0.113.0/24",
    ],
    ['no ranges', () => ({ endpointVisibility: EndpointVisibility.PUBLIC, publicAccessCidrs: [] }), '`publicAccessCidrs` is empty'],
    [
      'a single system node',
      () => ({ systemNodes: { count: 1 } }),
      '`systemNodes.count` is out of range; given 1, expected an integer from 2 to 100',
    ],
  ])('%s', (_, props, message) => {
    const stack = newStack();
    expect(complaint(() => newCluster(stack, props(stack)))).toContain(message);
  });

  it('to go without a layer for kubectl, and says which to install', () => {
    expect(complaint(() => new InferenceCluster(newStack(), 'Cluster', { version: eks.KubernetesVersion.V1_33 }))).toBe(
      "Test/Cluster: there is no layer with kubectl, so the deployment could not reach the cluster; given 'no package @aws-cdk/lambda-layer-kubectl-v33', expected that package, or `kubectlLayer`. " +
        "Install it (npm install @aws-cdk/lambda-layer-kubectl-v33), or pass `kubectlLayer: new KubectlV33Layer(this, 'Kubectl')` with the class of that package. [MissingKubectlLayer]",
    );
  });
});

describe('an existing cluster', () => {
  const { template } = built((stack) => {
    InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack), kubectlLayer: kubectlLayer(stack) });
  });

  it('gets Karpenter and add-ons, and no cluster or VPC', () => {
    for (const type of ['AWS::EKS::Cluster', 'AWS::EC2::VPC', 'AWS::EKS::Nodegroup']) template.resourceCountIs(type, 0);
    expect(helmCharts(template).map(({ body }) => body.Chart)).toEqual([
      'aws-load-balancer-controller',
      'keda',
      'nvidia-device-plugin',
      'neuron-helm-chart',
      'metrics-server',
      'karpenter-crd',
      'karpenter',
    ]);
  });

  it('gets a kubectl that may administer it, inside the VPC', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      ClusterName: 'theirs',
      PrincipalArn: { 'Fn::GetAtt': [idOf(template, 'AWS::IAM::Role', /KubectlProviderHandler/), 'Arn'] },
      AccessPolicies: [Match.objectLike({ AccessScope: { Type: 'cluster' } })],
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('^onEvent handler for EKS kubectl'),
      VpcConfig: { SubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'], SecurityGroupIds: ['sg-0123456789abcdef0'] },
    });
  });

  it('is called from outside the VPC where its endpoint is public', () => {
    const open = built((stack) => {
      InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
        endpointVisibility: EndpointVisibility.PUBLIC,
      });
    }).template;
    for (const { Properties } of Object.values(open.findResources('AWS::Lambda::Function')))
      expect(Properties).not.toHaveProperty('VpcConfig');
  });

  it('keeps the kubectl it came with', () => {
    const own = built((stack) => {
      const bare = importedCluster(stack);
      const kubectlProvider = new eks.KubectlProvider(stack, 'Provider', { cluster: bare, kubectlLayer: kubectlLayer(stack) });
      const cluster = eks.Cluster.fromClusterAttributes(stack, 'Again', {
        clusterName: 'theirs',
        vpc: bare.vpc,
        clusterSecurityGroupId: 'sg-0123456789abcdef0',
        kubectlProvider,
      });
      InferenceCluster.fromCluster(stack, 'Cluster', { cluster });
    }).template;
    expect(idsOf(own, 'AWS::Lambda::Function', /framework/)).toHaveLength(1);
    expect(idsOf(own, 'AWS::EKS::AccessEntry')).toHaveLength(1);
  });

  it('keeps the add-ons it has', () => {
    const existing = ClusterAddon.existing();
    const own = built((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
        addons: {
          podIdentityAgent: existing,
          loadBalancerController: existing,
          keda: existing,
          nvidiaDevicePlugin: existing,
          neuronDevicePlugin: existing,
          metricsServer: existing,
        },
      });
      expect(cluster.addons.keda).toMatchObject({ available: true, installed: false });
    }).template;
    expect(helmCharts(own).map(({ body }) => body.Chart)).toEqual(['karpenter-crd', 'karpenter']);
    own.resourceCountIs('AWS::EKS::Addon', 0);
  });

  it.each<[string, Partial<eks.ClusterAttributes>, string]>([
    [
      'its VPC',
      { vpc: undefined },
      'the imported cluster has no `vpc`; given nothing, expected `vpc` among the attributes of Cluster.fromClusterAttributes(). Import the cluster with `vpc`.',
    ],
    [
      'its security group',
      { clusterSecurityGroupId: undefined },
      'the imported cluster has no `clusterSecurityGroup`; given nothing, expected `clusterSecurityGroupId` among the attributes',
    ],
  ])('must be imported with %s', (_, attributes, message) => {
    const stack = newStack();
    const cluster = importedCluster(stack, attributes);
    expect(complaint(() => InferenceCluster.fromCluster(stack, 'Cluster', { cluster, kubectlLayer: kubectlLayer(stack) }))).toContain(
      message,
    );
  });

  it('must have private subnets to be reached from where its endpoint is private', () => {
    const stack = newStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Bare', { vpcId: 'vpc-1', availabilityZones: ['us-west-2a'] });
    expect(
      complaint(() =>
        InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack, { vpc }), kubectlLayer: kubectlLayer(stack) }),
      ),
    ).toContain('the Kubernetes API is private, and the VPC has no private subnets to reach it from');
  });

  it('has Karpenter or gets it, not both', () => {
    const stack = newStack();
    const nodeRole = iam.Role.fromRoleArn(stack, 'Nodes', 'arn:aws:iam::123456789012:role/nodes');
    const existingKarpenter = Karpenter.fromKarpenterAttributes(stack, 'Karpenter', { nodeRole, nodeInstanceProfileName: 'nodes' });
    expect(
      complaint(() =>
        InferenceCluster.fromCluster(stack, 'Cluster', {
          cluster: importedCluster(stack),
          kubectlLayer: kubectlLayer(stack),
          existingKarpenter,
          karpenter: {},
        }),
      ),
    ).toContain('`karpenter` and `existingKarpenter` contradict each other');
  });
});
