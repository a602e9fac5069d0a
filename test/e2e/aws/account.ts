import { ACCOUNT, type MotoClient, REGION, ZONES } from './moto-client';
import { at, itemsAt, textAt } from './xml';

/** What an account must have before Karpenter can launch anything in it. */
export interface Account {
  readonly vpcId: string;
  /** One in each zone. */
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly instanceProfileName: string;
  readonly queueName: string;
  readonly queueUrl: string;
  /** Image ids by variant. */
  readonly images: Readonly<Record<string, string>>;
}

/** Makes network, role and queue of a cluster, each tagged as EKS tags them. */
export const createAccount = async (moto: MotoClient, clusterName: string): Promise<Account> => {
  const vpcId = required(textAt(await moto('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }), 'vpc/vpcId'), 'VPC');
  const subnetIds: string[] = [];
  for (const [index, zone] of ZONES.entries()) {
    const made = await moto('ec2', 'CreateSubnet', {
      VpcId: vpcId,
      CidrBlock: `10.0.${index * 64}.0/18`,
      AvailabilityZone: zone,
      ...tags('subnet', { 'karpenter.sh/discovery': clusterName }),
    });
    subnetIds.push(required(textAt(made, 'subnet/subnetId'), 'subnet'));
  }
  const group = await moto('ec2', 'CreateSecurityGroup', {
    VpcId: vpcId,
    GroupName: `eks-cluster-sg-${clusterName}`,
    GroupDescription: 'Nodes and control plane',
    ...tags('security-group', { 'karpenter.sh/discovery': clusterName, [`kubernetes.io/cluster/${clusterName}`]: 'owned' }),
  });
  const instanceProfileName = `${clusterName}-node`;
  await moto('iam', 'CreateRole', { RoleName: instanceProfileName, AssumeRolePolicyDocument: TRUSTS_EC2 });
  await moto('iam', 'CreateInstanceProfile', { InstanceProfileName: instanceProfileName });
  await moto('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: instanceProfileName, RoleName: instanceProfileName });
  const queue = await moto('sqs', 'CreateQueue', { QueueName: clusterName });
  return {
    vpcId,
    subnetIds,
    securityGroupId: required(textAt(group, 'groupId'), 'security group'),
    instanceProfileName,
    queueName: clusterName,
    queueUrl: required(textAt(at(queue, 'CreateQueueResult'), 'QueueUrl'), 'queue'),
    images: await findImages(moto),
  };
};

const TRUSTS_EC2 = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const VARIANTS = ['standard', 'nvidia', 'neuron'] as const;

/** Three of moto's own images stand for the three variants of EKS's: their architecture is known, that of a registered one is not. */
const findImages = async (moto: MotoClient): Promise<Readonly<Record<string, string>>> => {
  const listed = await moto('ec2', 'DescribeImages', {
    'Owner.1': 'amazon',
    'Filter.1.Name': 'architecture',
    'Filter.1.Value.1': 'x86_64',
  });
  const ids = itemsAt(listed, 'imagesSet')
    .filter((image) => textAt(image, 'imageState') === 'available' && !textAt(image, 'platform'))
    .flatMap((image) => textAt(image, 'imageId') ?? [])
    .sort();
  if (ids.length < VARIANTS.length) throw new Error(`moto has ${ids.length} images of x86_64, expected at least ${VARIANTS.length}`);
  return Object.fromEntries(VARIANTS.map((variant, index) => [variant, ids[index] ?? '']));
};

const tags = (resource: string, values: Readonly<Record<string, string>>): Record<string, string> => {
  const parameters: Record<string, string> = { 'TagSpecification.1.ResourceType': resource };
  Object.entries(values).forEach(([key, value], index) => {
    parameters[`TagSpecification.1.Tag.${index + 1}.Key`] = key;
    parameters[`TagSpecification.1.Tag.${index + 1}.Value`] = value;
  });
  return parameters;
};

const required = (value: string | undefined, what: string): string => {
  if (!value) throw new Error(`moto answered no id of the ${what} in account ${ACCOUNT}, ${REGION}`);
  return value;
};
