import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';
import { ruleDefaults } from '../generated/contract';
import { acknowledge, acknowledgeProviders, wildcards } from '../private/acknowledge';
import { lambdaCode } from '../private/lambda-code';
import { manageLogGroups, removedLogGroups } from '../private/log-groups';
import { sharedChild } from '../private/shared-child';

/** The function of a stack that handles its listener rules and their target groups. */
export interface RuleProvider {
  readonly serviceToken: string;
  /** Its role, which may read rules; permissions to write one come from the router. */
  readonly role: iam.IRole;
  /** What must be deleted after every custom resource that it serves. */
  readonly needs: readonly IDependable[];
}

const PROVIDER_ID = 'AdaptiveInferenceRuleTargets';

/** The provider that serves every router of a stack. */
export function ruleProvider(scope: Construct): RuleProvider {
  const stack = Stack.of(scope);
  const shared = sharedChild(stack, PROVIDER_ID, () => createProvider(stack));
  return {
    serviceToken: (shared.node.findChild('Provider') as cr.Provider).serviceToken,
    role: shared.node.findChild('Role') as iam.Role,
    needs: removedLogGroups(shared),
  };
}

/** Calls of Elastic Load Balancing that only read. */
const READS = ['DescribeListeners', 'DescribeRules', 'DescribeTags', 'DescribeTargetHealth'];

function createProvider(stack: Stack): Construct {
  const scope = new Construct(stack, PROVIDER_ID);
  manageLogGroups(scope);
  const logGroup = new logs.LogGroup(scope, 'Log', {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, 'Role', {
    description: 'Puts target groups into listener rules of inference fleets, and takes them out',
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'WriteLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  const actions = READS.map((call) => `elasticloadbalancing:${call}`);
  role.addToPolicy(new iam.PolicyStatement({ sid: 'ReadRules', actions, resources: ['*'] }));
  const handler = new lambda.Function(scope, 'Function', {
    description: 'Puts target groups into listener rules of inference fleets, and takes them out',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    code: lambdaCode(scope, 'rule-targets'),
    handler: 'index.handler',
    memorySize: 256,
    timeout: Duration.minutes(1),
    logGroup,
    role,
  });
  new cr.Provider(scope, 'Provider', {
    onEventHandler: handler,
    isCompleteHandler: handler,
    queryInterval: Duration.seconds(ruleDefaults.pollSeconds),
    // The function itself fails earlier, with what it waits for. CloudFormation stops waiting after an hour.
    totalTimeout: Duration.minutes(59),
  });
  acknowledgeProviders(scope);
  acknowledge(role, wildcards(['*'], 'These calls of Elastic Load Balancing only read, and take no resource.'));
  return scope;
}
