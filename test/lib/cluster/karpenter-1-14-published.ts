/*
 * Statements of the policies that Karpenter's maintainers publish for version 1.14
 * (https://karpenter.sh/v1.14/getting-started/getting-started-with-karpenter/cloudformation.yaml), flattened: a condition is
 * `operator key = value | value`. Placeholders as there, NodeRole and Queue for the ARNs of role and queue.
 */

export interface PublishedStatement {
  readonly policy: string;
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly string[];
}

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation */
export const PUBLISHED_STATEMENTS: readonly PublishedStatement[] = [
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedEC2InstanceAccessActions',
    actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
    resources: [
      'arn:${AWS::Partition}:ec2:${AWS::Region}::image/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}::snapshot/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:security-group/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:subnet/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:capacity-reservation/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:placement-group/*',
    ],
    conditions: [],
  },
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedEC2LaunchTemplateAccessActions',
    actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
    resources: ['arn:${AWS::Partition}:ec2:${AWS::Region}:*:launch-template/*'],
    conditions: [
      'StringEquals aws:ResourceTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringLike aws:ResourceTag/karpenter.sh/nodepool = *',
    ],
  },
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedEC2InstanceActionsWithTags',
    actions: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:CreateLaunchTemplate'],
    resources: [
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:fleet/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:instance/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:volume/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:network-interface/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:launch-template/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:spot-instances-request/*',
    ],
    conditions: [
      'StringEquals aws:RequestTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:RequestTag/eks:eks-cluster-name = ${ClusterName}',
      'StringLike aws:RequestTag/karpenter.sh/nodepool = *',
    ],
  },
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedResourceCreationTagging',
    actions: ['ec2:CreateTags'],
    resources: [
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:fleet/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:instance/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:volume/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:network-interface/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:launch-template/*',
      'arn:${AWS::Partition}:ec2:${AWS::Region}:*:spot-instances-request/*',
    ],
    conditions: [
      'StringEquals aws:RequestTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:RequestTag/eks:eks-cluster-name = ${ClusterName}',
      'StringEquals ec2:CreateAction = RunInstances | CreateFleet | CreateLaunchTemplate',
      'StringLike aws:RequestTag/karpenter.sh/nodepool = *',
    ],
  },
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedResourceTagging',
    actions: ['ec2:CreateTags'],
    resources: ['arn:${AWS::Partition}:ec2:${AWS::Region}:*:instance/*'],
    conditions: [
      'StringEquals aws:ResourceTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringLike aws:ResourceTag/karpenter.sh/nodepool = *',
      'StringEqualsIfExists aws:RequestTag/eks:eks-cluster-name = ${ClusterName}',
      'ForAllValues:StringEquals aws:TagKeys = eks:eks-cluster-name | karpenter.sh/nodeclaim | Name',
    ],
  },
  {
    policy: 'NodeLifecycle',
    sid: 'AllowScopedDeletion',
    actions: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
    resources: ['arn:${AWS::Partition}:ec2:${AWS::Region}:*:instance/*', 'arn:${AWS::Partition}:ec2:${AWS::Region}:*:launch-template/*'],
    conditions: [
      'StringEquals aws:ResourceTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringLike aws:ResourceTag/karpenter.sh/nodepool = *',
    ],
  },
  {
    policy: 'IamIntegration',
    sid: 'AllowPassingInstanceRole',
    actions: ['iam:PassRole'],
    resources: ['NodeRole'],
    conditions: ['StringEquals iam:PassedToService = ec2.amazonaws.com | ec2.amazonaws.com.cn'],
  },
  {
    policy: 'IamIntegration',
    sid: 'AllowScopedInstanceProfileCreationActions',
    actions: ['iam:CreateInstanceProfile'],
    resources: ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
    conditions: [
      'StringEquals aws:RequestTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:RequestTag/eks:eks-cluster-name = ${ClusterName}',
      'StringEquals aws:RequestTag/topology.kubernetes.io/region = ${AWS::Region}',
      'StringLike aws:RequestTag/karpenter.k8s.aws/ec2nodeclass = *',
    ],
  },
  {
    policy: 'IamIntegration',
    sid: 'AllowScopedInstanceProfileTagActions',
    actions: ['iam:TagInstanceProfile'],
    resources: ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
    conditions: [
      'StringEquals aws:ResourceTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:ResourceTag/topology.kubernetes.io/region = ${AWS::Region}',
      'StringEquals aws:RequestTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:RequestTag/eks:eks-cluster-name = ${ClusterName}',
      'StringEquals aws:RequestTag/topology.kubernetes.io/region = ${AWS::Region}',
      'StringLike aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass = *',
      'StringLike aws:RequestTag/karpenter.k8s.aws/ec2nodeclass = *',
    ],
  },
  {
    policy: 'IamIntegration',
    sid: 'AllowScopedInstanceProfileActions',
    actions: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
    resources: ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
    conditions: [
      'StringEquals aws:ResourceTag/kubernetes.io/cluster/${ClusterName} = owned',
      'StringEquals aws:ResourceTag/topology.kubernetes.io/region = ${AWS::Region}',
      'StringLike aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass = *',
    ],
  },
  {
    policy: 'EksIntegration',
    sid: 'AllowAPIServerEndpointDiscovery',
    actions: ['eks:DescribeCluster'],
    resources: ['arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/${ClusterName}'],
    conditions: [],
  },
  {
    policy: 'Interruption',
    sid: 'AllowInterruptionQueueActions',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
    resources: ['Queue'],
    conditions: [],
  },
  {
    policy: 'ZonalShift',
    sid: 'AllowZonalShiftStatusReadOnly',
    actions: ['arc-zonal-shift:GetManagedResource'],
    resources: ['*'],
    conditions: [
      'StringEquals arc-zonal-shift:ResourceIdentifier = arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/${ClusterName}',
    ],
  },
  {
    policy: 'ResourceDiscovery',
    sid: 'AllowRegionalReadActions',
    actions: [
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
    resources: ['*'],
    conditions: ['StringEquals aws:RequestedRegion = ${AWS::Region}'],
  },
  {
    policy: 'ResourceDiscovery',
    sid: 'AllowSSMReadActions',
    actions: ['ssm:GetParameter'],
    resources: ['arn:${AWS::Partition}:ssm:${AWS::Region}::parameter/aws/service/*'],
    conditions: [],
  },
  { policy: 'ResourceDiscovery', sid: 'AllowPricingReadActions', actions: ['pricing:GetProducts'], resources: ['*'], conditions: [] },
  {
    policy: 'ResourceDiscovery',
    sid: 'AllowUnscopedInstanceProfileListAction',
    actions: ['iam:ListInstanceProfiles'],
    resources: ['*'],
    conditions: [],
  },
  {
    policy: 'ResourceDiscovery',
    sid: 'AllowInstanceProfileReadActions',
    actions: ['iam:GetInstanceProfile'],
    resources: ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
    conditions: [],
  },
];
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation */
