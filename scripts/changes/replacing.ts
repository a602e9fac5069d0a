/**
 * Which change of a property replaces a resource: CloudFormation creates a new one, points everything at it, and deletes the old one.
 *
 * From the resource schemas of CloudFormation (`createOnlyProperties`), as the database that the CDK command line ships has them; a test
 * compares the two. The reference pages say "Update requires: Replacement".
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
export const replacingProperties: Readonly<Record<string, readonly string[]>> = {
  'AWS::CertificateManager::Certificate': [
    'CertificateAuthorityArn',
    'CertificateExport',
    'DomainName',
    'DomainValidationOptions',
    'KeyAlgorithm',
    'SubjectAlternativeNames',
    'ValidationMethod',
  ],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::EC2::EIP': ['Address', 'Domain', 'IpamPoolId', 'NetworkBorderGroup', 'TransferAddress'],
  'AWS::EC2::InternetGateway': [],
  'AWS::EC2::LaunchTemplate': ['LaunchTemplateName'],
  'AWS::EC2::NatGateway': ['AllocationId', 'AvailabilityMode', 'ConnectivityType', 'PrivateIpAddress', 'SubnetId', 'VpcId'],
  'AWS::EC2::Route': ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId', 'RouteTableId'],
  'AWS::EC2::RouteTable': ['VpcId'],
  'AWS::EC2::SecurityGroup': ['GroupDescription', 'GroupName', 'VpcId'],
  'AWS::EC2::SecurityGroupEgress': [
    'CidrIp',
    'CidrIpv6',
    'DestinationPrefixListId',
    'DestinationSecurityGroupId',
    'FromPort',
    'GroupId',
    'IpProtocol',
    'ToPort',
  ],
  'AWS::EC2::SecurityGroupIngress': [
    'CidrIp',
    'CidrIpv6',
    'FromPort',
    'GroupId',
    'GroupName',
    'IpProtocol',
    'SourcePrefixListId',
    'SourceSecurityGroupId',
    'SourceSecurityGroupName',
    'SourceSecurityGroupOwnerId',
    'ToPort',
  ],
  'AWS::EC2::Subnet': [
    'AvailabilityZone',
    'AvailabilityZoneId',
    'CidrBlock',
    'Ipv4IpamPoolId',
    'Ipv4NetmaskLength',
    'Ipv6IpamPoolId',
    'Ipv6Native',
    'Ipv6NetmaskLength',
    'OutpostArn',
    'VpcId',
    'Ipv6CidrBlock',
  ],
  'AWS::EC2::SubnetRouteTableAssociation': ['RouteTableId', 'SubnetId'],
  'AWS::EC2::VPC': ['CidrBlock', 'Ipv4IpamPoolId', 'Ipv4NetmaskLength', 'VpcEncryptionControl', 'InstanceTenancy'],
  'AWS::EC2::VPCEndpoint': [
    'DnsOptions.PrivateDnsPreference',
    'DnsOptions.PrivateDnsSpecifiedDomains',
    'ResourceConfigurationArn',
    'ServiceName',
    'ServiceNetworkArn',
    'ServiceRegion',
    'VpcEndpointType',
    'VpcId',
  ],
  'AWS::EC2::VPCGatewayAttachment': ['VpcId'],
  'AWS::EKS::AccessEntry': ['ClusterName', 'PrincipalArn', 'Type'],
  'AWS::EKS::Addon': ['AddonName', 'ClusterName', 'NamespaceConfig'],
  'AWS::EKS::Cluster': [
    'AccessConfig.BootstrapClusterCreatorAdminPermissions',
    'BootstrapSelfManagedAddons',
    'EncryptionConfig',
    'KubernetesNetworkConfig',
    'Name',
    'OutpostConfig',
    'ResourcesVpcConfig.SecurityGroupIds',
    'ResourcesVpcConfig.SubnetIds',
    'RoleArn',
  ],
  'AWS::EKS::Nodegroup': [
    'AmiType',
    'CapacityType',
    'ClusterName',
    'DiskSize',
    'InstanceTypes',
    'NodeRole',
    'NodegroupName',
    'RemoteAccess',
    'Subnets',
  ],
  'AWS::EKS::PodIdentityAssociation': ['ClusterName', 'Namespace', 'ServiceAccount'],
  'AWS::ElasticLoadBalancingV2::Listener': ['LoadBalancerArn'],
  'AWS::ElasticLoadBalancingV2::ListenerRule': ['ListenerArn'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['Name', 'Scheme', 'Type'],
  'AWS::ElasticLoadBalancingV2::TargetGroup': ['IpAddressType', 'Name', 'Port', 'Protocol', 'ProtocolVersion', 'TargetType', 'VpcId'],
  'AWS::Events::Rule': ['EventBusName', 'Name'],
  'AWS::IAM::InstanceProfile': ['InstanceProfileName', 'Path'],
  'AWS::IAM::ManagedPolicy': ['Description', 'ManagedPolicyName', 'Path'],
  'AWS::IAM::Policy': [],
  'AWS::IAM::Role': ['Path', 'RoleName'],
  'AWS::KMS::Key': [],
  'AWS::Lambda::EventInvokeConfig': ['FunctionName', 'Qualifier'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType', 'TenancyConfig'],
  'AWS::Lambda::LayerVersion': ['CompatibleArchitectures', 'CompatibleRuntimes', 'Content', 'Description', 'LayerName', 'LicenseInfo'],
  'AWS::Lambda::Permission': [
    'Action',
    'EventSourceToken',
    'FunctionName',
    'FunctionUrlAuthType',
    'InvokedViaFunctionUrl',
    'Principal',
    'PrincipalOrgID',
    'SourceAccount',
    'SourceArn',
  ],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::SQS::Queue': ['FifoQueue', 'QueueName'],
  'AWS::SQS::QueuePolicy': [],
  'AWS::SSM::Parameter': ['Name'],
  'AWS::Scheduler::Schedule': ['Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
  'AWS::WAFv2::WebACLAssociation': ['ResourceArn', 'WebACLArn'],
};

/** What a change of a custom resource does: its function says by the physical id that it answers. */
interface CustomResourceKind {
  /** Properties that the physical id is made of: a change replaces the resource. */
  readonly replacing: readonly string[];
  /** Where this can be read. */
  readonly source: string;
}

const KUBECTL =
  "`kubectl-handler` of `aws-cdk-lib`: it answers no physical id, so CDK's provider keeps the one it gave at creation; an update is `kubectl apply`, `kubectl patch` or `helm upgrade`";

/** Every custom resource of this library. */
export const customResources: Readonly<Record<string, CustomResourceKind>> = {
  'Custom::AWSCDK-EKS-KubernetesResource': { replacing: [], source: KUBECTL },
  'Custom::AWSCDK-EKS-KubernetesPatch': { replacing: [], source: KUBECTL },
  'Custom::AWSCDK-EKS-HelmChart': { replacing: [], source: KUBECTL },
  'Custom::AdaptiveInferenceListenerRule': { replacing: ['ListenerArn'], source: '`lambda/rule-targets/handle.ts`' },
  'Custom::AdaptiveInferenceRuleTarget': { replacing: ['TargetGroupArn'], source: '`lambda/rule-targets/handle.ts`' },
  'Custom::AdaptiveInferenceNodeDrain': { replacing: ['ClusterName', 'NodePool'], source: '`lib/capacity/node-drain-handler.ts`' },
};

/** Which change of a resource type replaces it; throws for a type that neither table has. */
export const replacingOf = (type: string): readonly string[] => {
  const known = replacingProperties[type] ?? customResources[type]?.replacing;
  if (known === undefined) throw new Error(`${type} is in no table of scripts/changes/replacing.ts`);
  return known;
};

/** Names that a user or a construct may give a resource, and that no other resource of the account and Region may have. */
export const nameProperties: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::EKS::Cluster': 'Name',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Name',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
};
