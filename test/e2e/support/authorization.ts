import type { Input } from '../aws/call';
import type { Instance } from '../aws/instances';
import { ACCOUNT, REGION } from '../aws/moto-client';
import type { RecordedCall } from '../aws/proxy';
import type { AccessRequest } from './iam';

/** What must be known of the account to tell what a call asked for. */
export interface CallWorld {
  readonly calls: readonly RecordedCall[];
  readonly instances: readonly Instance[];
  readonly nodeRoleArn: string;
}

type Tags = Readonly<Record<string, string>>;

const ec2Arn = (resource: string): string => `arn:aws:ec2:${REGION}:${ACCOUNT}:${resource}`;
/** Images belong to no account. */
const imageArn = (id: string): string => `arn:aws:ec2:${REGION}::image/${id}`;

const tagsOf = (list: readonly Input[] | undefined): Tags =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, String(Value ?? '')]));

/** Tags that a request puts on resources of a type. */
const requestedTags = (specifications: readonly Input[] | undefined, type: string): Tags | undefined => {
  const found = (specifications ?? []).find(({ ResourceType }) => ResourceType === type);
  return found === undefined ? undefined : tagsOf(found.Tag);
};

const asRequestTags = (tags: Tags | undefined): AccessRequest['context'] =>
  tags === undefined
    ? {}
    : {
        'aws:TagKeys': Object.keys(tags),
        ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      };

const asResourceTags = (tags: Tags | undefined): AccessRequest['context'] =>
  Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

/** IAM's prefix of a service that signs by another name. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Calls that take one resource, by what they name. */
const NAMED: Readonly<Record<string, (input: Input) => string | readonly string[]>> = {
  'iam:GetInstanceProfile': ({ InstanceProfileName }) => `arn:aws:iam::${ACCOUNT}:instance-profile/${InstanceProfileName}`,
  'ssm:GetParameter': ({ Name }) => `arn:aws:ssm:${REGION}::parameter${Name}`,
  'sqs:GetQueueUrl': ({ QueueName }) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`,
  'sqs:ReceiveMessage': ({ QueueUrl }) => queueArn(QueueUrl),
  'sqs:DeleteMessage': ({ QueueUrl }) => queueArn(QueueUrl),
  'elasticloadbalancing:ModifyRule': ({ RuleArn }) => String(RuleArn),
};

const queueArn = (url: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${String(url).split('/').at(-1)}`;

/** Calls that AWS lets nobody restrict to resources (Service Authorization Reference). */
const WITHOUT_RESOURCE = /^(ec2:Describe\w+|cloudwatch:GetMetricData|elasticloadbalancing:Describe(Rules|Tags)|iam:ListInstanceProfiles)$/;

/** Everything that AWS asks IAM when a call comes in: the action itself, on each resource, and what it implies. */
export const accessRequestsOf = (call: RecordedCall, world: CallWorld): readonly AccessRequest[] =>
  requestsOf(call, world).map((request) => ({ ...request, context: { ...request.context, 'aws:RequestedRegion': REGION } }));

const requestsOf = (call: RecordedCall, world: CallWorld): readonly AccessRequest[] => {
  const action = `${PREFIXES[call.service] ?? call.service}:${call.action}`;
  const { input } = call;
  const cluster = /^eks:GET \/clusters\/([^/]+)$/.exec(action)?.[1];
  if (cluster !== undefined) {
    return [{ action: 'eks:DescribeCluster', resource: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${cluster}`, context: {} }];
  }
  if (WITHOUT_RESOURCE.test(action)) return [{ action, resource: '*', context: {} }];
  const named = NAMED[action]?.(input);
  if (named !== undefined) return [named].flat().map((resource) => ({ action, resource, context: {} }));
  switch (action) {
    case 'ec2:CreateLaunchTemplate':
      return createLaunchTemplate(input, world);
    case 'ec2:CreateFleet':
      return createFleet(input, world);
    case 'ec2:RunInstances':
      return runInstances(input, world);
    case 'ec2:CreateTags':
      return (input.ResourceId as string[]).map((id) => ({
        action,
        resource: ec2Arn(`instance/${id}`),
        context: { ...asRequestTags(tagsOf(input.Tag)), ...asResourceTags(instanceTags(world, id)) },
      }));
    case 'ec2:TerminateInstances':
      return (input.InstanceId as string[]).map((id) => ({
        action,
        resource: ec2Arn(`instance/${id}`),
        context: asResourceTags(instanceTags(world, id)),
      }));
    case 'ec2:DeleteLaunchTemplate':
      return [{ action, ...launchTemplate(launchTemplateName(input, world.calls), world) }];
    default:
      throw new Error(`${action}: it is not known here what it asks of IAM`);
  }
};

const instanceTags = ({ instances }: CallWorld, id: string): Tags => {
  const instance = instances.find((one) => one.id === id);
  if (instance === undefined) throw new Error(`there was no instance ${id}`);
  return instance.tags;
};

/** Name of a launch template that is created or deleted. Karpenter deletes by name, or by id once its cache has let go of the name. */
export const launchTemplateName = (input: Input, calls: CallWorld['calls']): string =>
  String(input.LaunchTemplateName ?? calls.find((call) => call.launchTemplateId === input.LaunchTemplateId)?.input.LaunchTemplateName);

const templateCall = ({ calls }: CallWorld, name: string): Input | undefined =>
  calls.find((call) => call.action === 'CreateLaunchTemplate' && call.input.LaunchTemplateName === name)?.input;

const launchTemplate = (name: string, world: CallWorld): Pick<AccessRequest, 'resource' | 'context'> => ({
  resource: ec2Arn(`launch-template/${name}`),
  context: asResourceTags(requestedTags(templateCall(world, name)?.TagSpecification, 'launch-template')),
});

/** Tags that are put on when something is made are a `CreateTags` of their own. */
const tagging = (specifications: readonly Input[] | undefined, createAction: string): readonly AccessRequest[] =>
  (specifications ?? []).map(({ ResourceType, Tag }) => ({
    action: 'ec2:CreateTags',
    resource: ec2Arn(`${ResourceType}/*`),
    context: { ...asRequestTags(tagsOf(Tag)), 'ec2:CreateAction': createAction },
  }));

const createLaunchTemplate = (input: Input, { nodeRoleArn }: CallWorld): readonly AccessRequest[] => [
  {
    action: 'ec2:CreateLaunchTemplate',
    resource: ec2Arn('launch-template/*'),
    context: asRequestTags(requestedTags(input.TagSpecification, 'launch-template')),
  },
  ...tagging(input.TagSpecification, 'CreateLaunchTemplate'),
  ...(input.LaunchTemplateData?.IamInstanceProfile ? [passRole(nodeRoleArn)] : []),
];

const passRole = (resource: string): AccessRequest => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
});

/** What an instance is made of that the request names: template data under what the request itself says. */
const launched = (action: string, specifications: readonly Input[], spot: boolean): readonly AccessRequest[] =>
  ['instance', 'volume', 'network-interface', ...(spot ? ['spot-instances-request'] : [])].map((type) => ({
    action,
    resource: ec2Arn(`${type}/*`),
    context: asRequestTags(requestedTags(specifications, type)),
  }));

const createFleet = (input: Input, world: CallWorld): readonly AccessRequest[] => {
  const own: readonly Input[] = input.TagSpecification ?? [];
  const configs: readonly Input[] = input.LaunchTemplateConfigs ?? [];
  const names = configs.map((config) => String(config.LaunchTemplateSpecification?.LaunchTemplateName));
  const data = names.map((name) => templateCall(world, name)?.LaunchTemplateData as Input | undefined);
  const ofTemplates = data.flatMap((one) => (one?.TagSpecification ?? []) as Input[]);
  const specifications = [...own, ...ofTemplates];
  const spot = input.TargetCapacitySpecification?.DefaultTargetCapacityType === 'spot';
  const overrides = configs.flatMap((config) => (config.Overrides ?? []) as Input[]);
  const groups = data.flatMap((one) => securityGroups(one));
  const used = (action: string): readonly AccessRequest[] => [
    ...names.map((name) => ({ action, ...launchTemplate(name, world) })),
    ...unique(
      overrides.map(({ SubnetId }) => ec2Arn(`subnet/${SubnetId}`)),
      overrides.map(({ ImageId }) => imageArn(ImageId)),
      groups,
    ).map((resource) => ({ action, resource, context: {} })),
    ...launched(action, specifications, spot),
  ];
  return [
    { action: 'ec2:CreateFleet', resource: ec2Arn('fleet/*'), context: asRequestTags(requestedTags(own, 'fleet')) },
    ...used('ec2:CreateFleet'),
    // EC2 launches what a fleet of type `instant` asks for in the name of the caller.
    ...used('ec2:RunInstances'),
    ...tagging(own, 'CreateFleet'),
    ...tagging(ofTemplates, 'RunInstances'),
    passRole(world.nodeRoleArn),
  ];
};

const runInstances = (input: Input, world: CallWorld): readonly AccessRequest[] => {
  const name = input.LaunchTemplate?.LaunchTemplateName as string | undefined;
  const data = name === undefined ? undefined : (templateCall(world, name)?.LaunchTemplateData as Input | undefined);
  const specifications: readonly Input[] = [...(input.TagSpecification ?? []), ...((data?.TagSpecification ?? []) as Input[])];
  const action = 'ec2:RunInstances';
  const subnets = [input.SubnetId, ...((input.NetworkInterface ?? []) as Input[]).map(({ SubnetId }) => SubnetId)].filter(Boolean);
  return [
    ...(name === undefined ? [] : [{ action, ...launchTemplate(name, world) }]),
    ...unique(
      subnets.map((id) => ec2Arn(`subnet/${id}`)),
      input.ImageId ? [imageArn(input.ImageId)] : [],
      securityGroups(input),
      securityGroups(data),
    ).map((resource) => ({ action, resource, context: {} })),
    ...launched(action, specifications, input.InstanceMarketOptions?.MarketType === 'spot'),
    ...tagging(specifications, 'RunInstances'),
    passRole(world.nodeRoleArn),
  ];
};

const securityGroups = (data: Input | undefined): readonly string[] => {
  const ofInterfaces = ((data?.NetworkInterface ?? []) as Input[]).flatMap((one) => (one.SecurityGroupId ?? []) as string[]);
  return [...((data?.SecurityGroupId ?? []) as string[]), ...ofInterfaces].map((id) => ec2Arn(`security-group/${id}`));
};

const unique = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())];
