import type { KarpenterPolicy } from './karpenter-policy';

/*
 * What Karpenter 1.14 needs of IAM, as its maintainers publish it for that version:
 * https://karpenter.sh/v1.14/getting-started/getting-started-with-karpenter/cloudformation.yaml
 * A test compares every statement with that publication.
 */

const arn = (resource: string): string => `arn:\${AWS::Partition}:ec2:\${AWS::Region}:${resource}`;
const iamArn = (resource: string): string => `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${resource}`;
// biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of Fn::Sub
const CLUSTER_ARN = 'arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/${ClusterName}';
// biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of Fn::Sub
const [CLUSTER, REGION] = ['${ClusterName}', '${AWS::Region}'];

const launched = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'].map((kind) =>
  arn(`*:${kind}/*`),
);
const owned = (tag: 'ResourceTag' | 'RequestTag') => ({ [`aws:${tag}/kubernetes.io/cluster/${CLUSTER}`]: 'owned' });
const named = { 'aws:RequestTag/eks:eks-cluster-name': CLUSTER };
const ofRegion = (tag: 'ResourceTag' | 'RequestTag') => ({ [`aws:${tag}/topology.kubernetes.io/region`]: REGION });
const ofAnyPool = (tag: 'ResourceTag' | 'RequestTag') => ({ [`aws:${tag}/karpenter.sh/nodepool`]: '*' });
const ofAnyClass = (tag: 'ResourceTag' | 'RequestTag') => ({ [`aws:${tag}/karpenter.k8s.aws/ec2nodeclass`]: '*' });

const launch = ['ec2:RunInstances', 'ec2:CreateFleet'];
const instanceProfiles = iamArn('instance-profile/*');

export const POLICIES_V1_14_1: readonly KarpenterPolicy[] = [
  {
    id: 'NodeLifecycle',
    statements: [
      {
        Sid: 'AllowScopedEC2InstanceAccessActions',
        Effect: 'Allow',
        Action: launch,
        Resource: [
          arn(':image/*'),
          arn(':snapshot/*'),
          arn('*:security-group/*'),
          arn('*:subnet/*'),
          arn('*:capacity-reservation/*'),
          arn('*:placement-group/*'),
        ],
      },
      {
        Sid: 'AllowScopedEC2LaunchTemplateAccessActions',
        Effect: 'Allow',
        Action: launch,
        Resource: arn('*:launch-template/*'),
        Condition: { StringEquals: owned('ResourceTag'), StringLike: ofAnyPool('ResourceTag') },
      },
      {
        Sid: 'AllowScopedEC2InstanceActionsWithTags',
        Effect: 'Allow',
        Action: [...launch, 'ec2:CreateLaunchTemplate'],
        Resource: launched,
        Condition: { StringEquals: { ...owned('RequestTag'), ...named }, StringLike: ofAnyPool('RequestTag') },
      },
      {
        Sid: 'AllowScopedResourceCreationTagging',
        Effect: 'Allow',
        Action: 'ec2:CreateTags',
        Resource: launched,
        Condition: {
          StringEquals: {
            ...owned('RequestTag'),
            ...named,
            'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'],
          },
          StringLike: ofAnyPool('RequestTag'),
        },
      },
      {
        Sid: 'AllowScopedResourceTagging',
        Effect: 'Allow',
        Action: 'ec2:CreateTags',
        Resource: arn('*:instance/*'),
        Condition: {
          StringEquals: owned('ResourceTag'),
          StringLike: ofAnyPool('ResourceTag'),
          StringEqualsIfExists: named,
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'] },
        },
      },
      {
        Sid: 'AllowScopedDeletion',
        Effect: 'Allow',
        Action: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
        Resource: [arn('*:instance/*'), arn('*:launch-template/*')],
        Condition: { StringEquals: owned('ResourceTag'), StringLike: ofAnyPool('ResourceTag') },
      },
    ],
  },
  {
    id: 'IamIntegration',
    statements: [
      {
        Sid: 'AllowPassingInstanceRole',
        Effect: 'Allow',
        Action: 'iam:PassRole',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholder of Fn::Sub
        Resource: '${NodeRoleArn}',
        Condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
      },
    ],
    roleStatements: [
      {
        Sid: 'AllowScopedInstanceProfileCreationActions',
        Effect: 'Allow',
        Action: ['iam:CreateInstanceProfile'],
        Resource: instanceProfiles,
        Condition: {
          StringEquals: { ...owned('RequestTag'), ...named, ...ofRegion('RequestTag') },
          StringLike: ofAnyClass('RequestTag'),
        },
      },
      {
        Sid: 'AllowScopedInstanceProfileTagActions',
        Effect: 'Allow',
        Action: ['iam:TagInstanceProfile'],
        Resource: instanceProfiles,
        Condition: {
          StringEquals: {
            ...owned('ResourceTag'),
            ...ofRegion('ResourceTag'),
            ...owned('RequestTag'),
            ...named,
            ...ofRegion('RequestTag'),
          },
          StringLike: { ...ofAnyClass('ResourceTag'), ...ofAnyClass('RequestTag') },
        },
      },
      {
        Sid: 'AllowScopedInstanceProfileActions',
        Effect: 'Allow',
        Action: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
        Resource: instanceProfiles,
        Condition: { StringEquals: { ...owned('ResourceTag'), ...ofRegion('ResourceTag') }, StringLike: ofAnyClass('ResourceTag') },
      },
    ],
  },
  {
    id: 'EksIntegration',
    statements: [{ Sid: 'AllowAPIServerEndpointDiscovery', Effect: 'Allow', Action: 'eks:DescribeCluster', Resource: CLUSTER_ARN }],
  },
  {
    id: 'Interruption',
    statements: [
      {
        Sid: 'AllowInterruptionQueueActions',
        Effect: 'Allow',
        Action: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholder of Fn::Sub
        Resource: '${InterruptionQueueArn}',
      },
    ],
  },
  {
    id: 'ZonalShift',
    statements: [
      {
        Sid: 'AllowZonalShiftStatusReadOnly',
        Effect: 'Allow',
        Action: ['arc-zonal-shift:GetManagedResource'],
        Resource: '*',
        Condition: { StringEquals: { 'arc-zonal-shift:ResourceIdentifier': CLUSTER_ARN } },
      },
    ],
  },
  {
    id: 'ResourceDiscovery',
    statements: [
      {
        Sid: 'AllowRegionalReadActions',
        Effect: 'Allow',
        Action: [
          'ec2:DescribeCapacityReservations',
          'ec2:DescribeImages',
          'ec2:DescribeInstances',
          'ec2:DescribeInstanceStatus',
          'ec2:DescribeInstanceTypeOfferings',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeLaunchTemplates',
          'ec2:DescribePlacementGroups',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSpotPriceHistory',
          'ec2:DescribeSubnets',
        ],
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': REGION } },
      },
      {
        Sid: 'AllowSSMReadActions',
        Effect: 'Allow',
        Action: 'ssm:GetParameter',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of Fn::Sub
        Resource: 'arn:${AWS::Partition}:ssm:${AWS::Region}::parameter/aws/service/*',
      },
      { Sid: 'AllowPricingReadActions', Effect: 'Allow', Action: 'pricing:GetProducts', Resource: '*' },
      { Sid: 'AllowUnscopedInstanceProfileListAction', Effect: 'Allow', Action: 'iam:ListInstanceProfiles', Resource: '*' },
      { Sid: 'AllowInstanceProfileReadActions', Effect: 'Allow', Action: 'iam:GetInstanceProfile', Resource: instanceProfiles },
    ],
  },
];
