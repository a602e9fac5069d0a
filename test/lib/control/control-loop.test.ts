import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ControlLoop, EndpointVisibility } from '../../../lib';
import { kubernetesObjects, maskedTemplate, prerequisitesOf } from '../../../lib/assertions';
import { complaint, ENV, idOf, idsOf, newCluster, newStack } from '../support/fixture';
import { addFleet, loopOfTwoFleets, statementsOf } from './loop-template';

const inPrivate = loopOfTwoFleets();
const inPublic = loopOfTwoFleets({}, { endpointVisibility: EndpointVisibility.PUBLIC });

const bodies = (template: Template, kind: string) => kubernetesObjects(template, kind).map(({ body }) => body);

describe('the function of a loop', () => {
  const { template } = inPrivate;

  it('is the bundle of the package on the runtime and time it was made for', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'One tick of the control loop of inference fleets',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      Timeout: 55,
      ReservedConcurrentExecutions: 1,
      Environment: { Variables: { CLUSTER_NAME: { Ref: idOf(template, 'AWS::EKS::Cluster') } } },
    });
  });

  it('runs no event twice, and keeps those that failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    const letters = idOf(template, 'AWS::SQS::Queue', /^LoopDeadLetters/);
    template.hasResourceProperties('AWS::Lambda::Function', { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [letters, 'Arn'] } } });
  });

  it('is started every minute, and a start that failed is not made up for', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } }),
    });
  });

  it.each([
    ['EC2 Spot Instance Interruption Warning', {}],
    ['EC2 Instance Rebalance Recommendation', {}],
    ['EC2 Instance State-change Notification', { detail: { state: ['stopping', 'shutting-down', 'terminated'] } }],
  ])('is started at once by: %s', (detailType, more) => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: { source: ['aws.ec2'], 'detail-type': [detailType], ...more },
      Targets: [Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } })],
    });
  });

  it('is started at once by an alarm that it is told of, beside that alarm', () => {
    const app = new App();
    const stack = new Stack(app, 'Loop', { env: ENV });
    const loop = new ControlLoop(stack, 'Loop', { cluster: newCluster(stack) });
    const other = new Stack(app, 'Alarms', { env: ENV });
    const metric = new cloudwatch.Metric({ namespace: 'Own', metricName: 'Own' });
    const alarm = new cloudwatch.Alarm(other, 'Slow', { metric, threshold: 1, evaluationPeriods: 1 });
    loop.tickOnAlarm(alarm);
    const alarms = Template.fromStack(other);
    const { Arn } = { Arn: { 'Fn::GetAtt': [idOf(alarms, 'AWS::CloudWatch::Alarm'), 'Arn'] } };
    alarms.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'], resources: [Arn] },
    });
  });

  it('rests where it is not enabled', () => {
    const { template: resting } = loopOfTwoFleets({ enabled: false });
    resting.hasResourceProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
    resting.resourcePropertiesCountIs(
      'AWS::Events::Rule',
      { State: 'ENABLED', EventPattern: { 'detail-type': ['EC2 Instance State-change Notification'], detail: Match.anyValue() } },
      0,
    );
  });

  it('goes without reserved concurrency where the account has none to reserve', () => {
    const { template: unreserved } = loopOfTwoFleets({ reserveConcurrency: false });
    unreserved.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'One tick of the control loop of inference fleets',
      ReservedConcurrentExecutions: Match.absent(),
    });
  });
});

describe('the place of a loop', () => {
  const loopFunction = { Description: 'One tick of the control loop of inference fleets' };

  it('is the VPC where the endpoint is private, with a way to the API and to AWS and no other', () => {
    const { template } = inPrivate;
    const group = idOf(template, 'AWS::EC2::SecurityGroup', /^LoopSecurityGroup/);
    const GroupId = { 'Fn::GetAtt': [group, 'GroupId'] };
    template.hasResourceProperties('AWS::Lambda::Function', {
      ...loopFunction,
      VpcConfig: { SecurityGroupIds: [GroupId], SubnetIds: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', Description: 'Kubernetes API and AWS', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }],
      SecurityGroupIngress: Match.absent(),
      GroupDescription: 'Control loop, calling the Kubernetes API and AWS',
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      SourceSecurityGroupId: GroupId,
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
    });
    expect(idsOf(template, 'AWS::EC2::VPCEndpoint', /^Loop/)).toEqual([]);
  });

  it('has endpoints of the four APIs in the VPC where they are asked for, open to the loop alone', () => {
    const { template } = loopOfTwoFleets({ vpcEndpoints: true });
    const services = Object.values(template.findResources('AWS::EC2::VPCEndpoint', { Properties: { VpcEndpointType: 'Interface' } })).map(
      ({ Properties }) => Properties.ServiceName as string,
    );
    expect(services.sort()).toEqual(
      ['ec2', 'eks', 'elasticloadbalancing', 'monitoring'].map((service) => `com.amazonaws.us-west-2.${service}`),
    );
    const group = idOf(template, 'AWS::EC2::SecurityGroup', /^LoopSecurityGroup/);
    template.resourcePropertiesCountIs(
      'AWS::EC2::SecurityGroupIngress',
      { Description: 'Control loop', SourceSecurityGroupId: { 'Fn::GetAtt': [group, 'GroupId'] }, FromPort: 443 },
      4,
    );
  });

  it('is no VPC where the endpoint is public, and then nothing of the network is allowed', () => {
    const { template, roleId } = inPublic;
    template.hasResourceProperties('AWS::Lambda::Function', { ...loopFunction, VpcConfig: Match.absent() });
    expect(idsOf(template, 'AWS::EC2::SecurityGroup', /^Loop/)).toEqual([]);
    const actions = statementsOf(template, roleId).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /NetworkInterface|PrivateIpAddresses|DescribeSubnets/.test(action))).toEqual([]);
  });
});

describe('the way of a loop into the cluster', () => {
  const { template, roleId } = inPrivate;

  it('is an access entry of its role in a group of its own, without any policy of EKS', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: { 'Fn::GetAtt': [roleId, 'Arn'] },
      KubernetesGroups: ['adaptive-inference:control-loop'],
      Type: 'STANDARD',
      AccessPolicies: Match.absent(),
    });
  });

  it('is bound to exactly that group', () => {
    const subjects = [{ kind: 'Group', name: 'adaptive-inference:control-loop', apiGroup: 'rbac.authorization.k8s.io' }];
    const bindings = [...bodies(template, 'ClusterRoleBinding'), ...bodies(template, 'RoleBinding')];
    const own = 'adaptive-inference-control-loop';
    expect(bindings.map(({ kind, metadata, roleRef }) => ({ kind, metadata, roleRef }))).toEqual(
      [
        { kind: 'ClusterRoleBinding', metadata: { name: own }, roleRef: { kind: 'ClusterRole', name: own } },
        { kind: 'RoleBinding', metadata: { name: own, namespace: 'default' }, roleRef: { kind: 'Role', name: own } },
        {
          kind: 'RoleBinding',
          metadata: { name: `${own}-a`, namespace: 'default' },
          roleRef: { kind: 'ClusterRole', name: `${own}-fleets` },
        },
        {
          kind: 'RoleBinding',
          metadata: { name: `${own}-b`, namespace: 'team-b' },
          roleRef: { kind: 'ClusterRole', name: `${own}-fleets` },
        },
      ].map((binding) => expect.objectContaining({ ...binding, roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...binding.roleRef } })),
    );
    for (const binding of bindings) expect(binding.subjects).toEqual(subjects);
  });

  it('is narrowed in an upgrade after the rights in the namespaces of fleets are there, and the code that needs no more', () => {
    const idOfObject = (kind: string, name: string) =>
      kubernetesObjects(template, kind).find(({ body }) => (body.metadata as { name: string }).name === name)?.logicalId ?? '';
    const before = prerequisitesOf(template, idOfObject('ClusterRole', 'adaptive-inference-control-loop'));
    for (const fleet of ['a', 'b']) expect(before).toContain(idOfObject('RoleBinding', `adaptive-inference-control-loop-${fleet}`));
    expect(before).toContain(idOf(template, 'AWS::Lambda::Function', /^LoopFunction/));
  });

  it('into the namespace of a fleet goes after the fleet that it is for', () => {
    const fleetOf = (name: string) =>
      kubernetesObjects(template, 'InferenceFleet').find(({ body }) => (body.metadata as { name: string }).name === name)?.logicalId ?? '';
    for (const fleet of ['a', 'b']) {
      const binding = kubernetesObjects(template, 'RoleBinding').find(
        ({ body }) => (body.metadata as { name: string }).name === `adaptive-inference-control-loop-${fleet}`,
      );
      expect(prerequisitesOf(template, fleetOf(fleet))).toContain(binding?.logicalId);
    }
  });

  it('finds the cluster and no other', () => {
    const find = statementsOf(template, roleId).filter(({ Sid }) => Sid === 'FindCluster');
    expect(find).toEqual([
      {
        Sid: 'FindCluster',
        Effect: 'Allow',
        Action: 'eks:DescribeCluster',
        Resource: { 'Fn::GetAtt': [idOf(template, 'AWS::EKS::Cluster'), 'Arn'] },
      },
    ]);
  });

  it('is denied to the code what only Lambda needs, by the function that calls', () => {
    const deny = statementsOf(template, roleId).find(({ Effect }) => Effect === 'Deny');
    const fn = idOf(template, 'AWS::Lambda::Function', /^LoopFunction/);
    expect(deny?.Condition).toEqual({ ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::GetAtt': [fn, 'Arn'] } } });
  });
});

describe('the admission policy of a loop', () => {
  const { template } = inPrivate;
  const [policy] = kubernetesObjects(template, 'ValidatingAdmissionPolicy');
  const [binding] = kubernetesObjects(template, 'ValidatingAdmissionPolicyBinding');
  type Spec = {
    readonly matchConditions: readonly { readonly expression: string }[];
    readonly matchConstraints: {
      readonly resourceRules: readonly { readonly apiGroups: string[]; readonly apiVersions: string[]; readonly resources: string[] }[];
    };
  };
  const spec = policy?.body.spec as Spec;

  it('denies, where it cannot judge as well, and judges the group of the access entry alone', () => {
    expect(binding?.body.spec).toEqual({ policyName: 'adaptive-inference-control-loop', validationActions: ['Deny'] });
    expect(spec).toMatchObject({ failurePolicy: 'Fail' });
    expect(spec.matchConditions.map(({ expression }) => expression)).toEqual([
      'has(request.userInfo.groups) && "adaptive-inference:control-loop" in request.userInfo.groups',
    ]);
  });

  it('judges every kind of object that the roles of the loop let it write', () => {
    const judged = spec.matchConstraints.resourceRules.flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
    );
    const written = kubernetesObjects(template, 'ClusterRole')
      .map(
        ({ body }) =>
          body as unknown as { metadata: { name: string }; rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] },
      )
      .filter(({ metadata }) => metadata.name.startsWith('adaptive-inference-control-loop'))
      .flatMap(({ rules }) => rules)
      .filter(({ verbs }) => verbs.some((verb) => !['get', 'list'].includes(verb)))
      .flatMap(({ apiGroups, resources }) => apiGroups.flatMap((group) => resources.map((one) => `${group}/${one.split('/')[0]}`)));
    expect([...new Set(written)].sort()).toEqual(judged.filter((one) => !one.endsWith('/*')).sort());
  });

  it('is there before the first tick, and until after the last', () => {
    for (const trigger of idsOf(template, 'AWS::Scheduler::Schedule')) {
      expect(prerequisitesOf(template, trigger)).toEqual(expect.arrayContaining([policy?.logicalId, binding?.logicalId]));
    }
  });
});

describe('the role for tenants', () => {
  it('lets them run fleets and scalers in their namespace, and nothing that belongs to others', () => {
    const roles = kubernetesObjects(inPrivate.template, 'ClusterRole').map(({ body }) => body);
    const tenant = roles.find(({ metadata }) => (metadata as { name: string }).name === 'adaptive-inference-tenant');
    const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
    expect(tenant?.rules).toEqual([
      { apiGroups: ['adaptive-inference.dev'], resources: ['inferencefleets'], verbs: all },
      { apiGroups: ['adaptive-inference.dev'], resources: ['inferencefleets/status'], verbs: ['get'] },
      { apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: all },
    ]);
  });

  it('is bound to nobody', () => {
    const bindings = [
      ...kubernetesObjects(inPrivate.template, 'ClusterRoleBinding'),
      ...kubernetesObjects(inPrivate.template, 'RoleBinding'),
    ];
    expect(bindings.map(({ body }) => (body.roleRef as { name: string }).name)).not.toContain('adaptive-inference-tenant');
  });
});

describe('the end of a loop', () => {
  const { template } = inPrivate;
  const before = (id: string) => prerequisitesOf(template, id);

  it('comes before anything a tick needs goes: fleets, rights, access, and the definition of fleets', () => {
    const triggers = [...idsOf(template, 'AWS::Scheduler::Schedule'), ...idsOf(template, 'AWS::Events::Rule', /^Loop/)];
    expect(triggers).toHaveLength(4);
    const needed = [
      ...idsOf(template, 'AWS::EKS::AccessEntry', /^LoopAccessEntry/),
      ...kubernetesObjects(template)
        .filter(({ body }) =>
          ['CustomResourceDefinition', 'InferenceFleet', 'ScaledObject', 'Deployment', 'NodePool', 'EC2NodeClass'].includes(
            body.kind as string,
          ),
        )
        .map(({ logicalId }) => logicalId),
      ...kubernetesObjects(template)
        .filter(({ body }) => (body.metadata as { name?: string }).name === 'adaptive-inference-control-loop')
        .map(({ logicalId }) => logicalId),
      ...idsOf(template, 'AWS::IAM::Policy', /ControlLoopAccess/),
    ];
    expect(needed.length).toBeGreaterThan(20);
    for (const trigger of triggers) expect(before(trigger)).toEqual(expect.arrayContaining(needed));
  });

  it('leaves a fleet in another stack to go by itself', () => {
    const app = new App();
    const stack = new Stack(app, 'Cluster', { env: ENV });
    const cluster = newCluster(stack);
    const loop = new ControlLoop(stack, 'Loop', { cluster });
    const fleets = new Stack(app, 'Fleets', { env: ENV });
    loop.addFleet(addFleet(fleets, cluster, 'A'));
    app.synth();
    expect(fleets.dependencies).toContain(stack);
    expect(stack.dependencies).not.toContain(fleets);
    expect(idsOf(Template.fromStack(fleets), 'AWS::IAM::Policy', /ControlLoopAccess/)).toHaveLength(1);
  });
});

describe('a fleet in another stack, or on a loop made elsewhere,', () => {
  it('brings its binding with it', () => {
    const app = new App();
    const stack = new Stack(app, 'Cluster', { env: ENV });
    const cluster = newCluster(stack);
    const loop = new ControlLoop(stack, 'Loop', { cluster });
    const fleets = new Stack(app, 'Fleets', { env: ENV });
    loop.addFleet(addFleet(fleets, cluster, 'A', { namespace: 'team-a' }));
    app.synth();
    const inFleets = bodies(Template.fromStack(fleets), 'RoleBinding').map(({ metadata }) => metadata);
    expect(inFleets).toEqual([{ name: 'adaptive-inference-control-loop-a', namespace: 'team-a' }]);
  });
});

describe('a loop made elsewhere', () => {
  it('gets the right to the weights of a fleet', () => {
    const stack = newStack();
    const loop = ControlLoop.fromControlLoopAttributes(stack, 'Loop', {
      functionArn: 'arn:aws:lambda:us-west-2:123456789012:function:loop',
      roleArn: 'arn:aws:iam::123456789012:role/loop',
    });
    loop.addFleet(addFleet(stack, newCluster(stack), 'A'));
    loop.grantInvoke(new iam.User(stack, 'Operator'));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: ['loop'],
      PolicyDocument: Match.objectLike({ Statement: [Match.objectLike({ Action: 'elasticloadbalancing:ModifyRule', Effect: 'Allow' })] }),
    });
  });
});

describe('loops', () => {
  it('of two clusters in one stack have names of their own', () => {
    const stack = newStack();
    for (const id of ['One', 'Two']) {
      const cluster = newCluster(stack, {}, id);
      new ControlLoop(stack, `${id}Loop`, { cluster }).addFleet(addFleet(stack, cluster, `${id}Fleet`));
    }
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Scheduler::Schedule', 2);
    expect(
      bodies(template, 'CustomResourceDefinition').filter(({ metadata }) => /inferencefleets/.test((metadata as { name: string }).name)),
    ).toHaveLength(2);
  });

  it('have no name that could be taken', () => {
    const resources = inPrivate.template.toJSON().Resources as Record<string, { Properties?: Record<string, unknown> }>;
    const names = Object.entries(resources)
      .filter(([id]) => id.startsWith('Loop'))
      .flatMap(([, { Properties }]) =>
        ['FunctionName', 'RoleName', 'QueueName', 'LogGroupName', 'GroupName'].map((key) => Properties?.[key]),
      );
    // A reference to the function is no name.
    expect(names.filter((name) => typeof name === 'string')).toEqual([]);
  });

  it('have resources of their own only', () => {
    const { Resources } = maskedTemplate(inPrivate.template) as { Resources: Record<string, unknown> };
    expect(Object.fromEntries(Object.entries(Resources).filter(([id]) => /^Loop/.test(id)))).toMatchSnapshot();
  });
});

describe('a loop is refused', () => {
  const cases: readonly [what: string, act: () => unknown, words: RegExp][] = [
    [
      'beside another of the cluster',
      () => {
        const stack = newStack();
        const cluster = newCluster(stack);
        new ControlLoop(stack, 'A', { cluster });
        new ControlLoop(stack, 'B', { cluster });
      },
      /already has a control loop.*given 'Test\/A'.*addFleet/,
    ],
    [
      'every ten minutes',
      () => loopOfTwoFleets({ period: Duration.minutes(10) }),
      /`period` is out of range; given '600 s', expected whole seconds from 60 to 300/,
    ],
    [
      'every 90 seconds',
      () => loopOfTwoFleets({ period: Duration.seconds(90) }),
      /`period` is not a whole number of minutes.*given '90 s', expected whole minutes from 1 to 5/,
    ],
    [
      'with little memory',
      () => loopOfTwoFleets({ memorySize: 128 }),
      /`memorySize` is out of range; given 128, expected an integer from 256 to 10240/,
    ],
    [
      'in a VPC where the endpoint is public',
      () => loopOfTwoFleets({ vpcEndpoints: true }, { endpointVisibility: EndpointVisibility.PUBLIC }),
      /outside of a VPC.*public endpoint/,
    ],
  ];
  it.each(cases)('%s', (_what, act, words) => {
    expect(complaint(act)).toMatch(words);
  });

  it('with a period that is not known at synthesis', () => {
    const stack = newStack();
    const minutes = new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber;
    expect(complaint(() => new ControlLoop(stack, 'Loop', { cluster: newCluster(stack), period: Duration.minutes(minutes) }))).toMatch(
      /`period` is not known at synthesis; given a token/,
    );
  });
});
