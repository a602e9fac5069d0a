import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { acknowledge, wildcards } from '../private/acknowledge';

/** What the function calls that AWS lets nobody restrict to resources. */
const UNSCOPED_CALLS = {
  ReadMetrics: ['cloudwatch:GetMetricData'],
  ReadCapacity: [
    'ec2:DescribeCapacityReservations',
    'ec2:DescribeInstanceTypeOfferings',
    'ec2:DescribeSpotPriceHistory',
    'ec2:GetSpotPlacementScores',
  ],
  ReadWeights: ['elasticloadbalancing:DescribeRules'],
};

/** What Lambda does with the role to place a function in a VPC (AWS Lambda developer guide, "Required IAM permissions"). */
const NETWORK_INTERFACE_CALLS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** The role of the loop's function: what a tick calls, its log group, and in a VPC what Lambda needs to place it. */
export function loopRole(scope: Construct, cluster: IInferenceCluster, logGroup: logs.ILogGroup, inVpc: boolean): iam.Role {
  const role = new iam.Role(scope, 'Role', {
    description: 'Control loop of inference fleets',
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  role.addToPolicy(new iam.PolicyStatement({ sid: 'FindCluster', actions: ['eks:DescribeCluster'], resources: [cluster.clusterArn] }));
  for (const [sid, actions] of Object.entries(UNSCOPED_CALLS)) {
    role.addToPolicy(new iam.PolicyStatement({ sid, actions, resources: ['*'] }));
  }
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'WriteLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  if (inVpc) role.addToPolicy(new iam.PolicyStatement({ sid: 'PlaceInVpc', actions: NETWORK_INTERFACE_CALLS, resources: ['*'] }));
  acknowledge(role, wildcards(['*'], 'These calls of CloudWatch, EC2 and Elastic Load Balancing read and take no resource.'));
  return role;
}

/**
 * Takes from the function's own code what only Lambda needs of its role.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export function denyNetworkInterfacesToCode(scope: Construct, role: iam.IRole, functionArn: string): void {
  new iam.Policy(scope, 'PlacedByLambdaOnly', {
    roles: [role],
    statements: [
      new iam.PolicyStatement({
        sid: 'PlacedByLambdaOnly',
        effect: iam.Effect.DENY,
        actions: NETWORK_INTERFACE_CALLS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
      }),
    ],
  });
}

/** Lets the loop write the weights of one listener rule. */
export function grantWeights(scope: Construct, id: string, role: iam.IRole, listenerRuleArn: string): iam.Policy {
  return new iam.Policy(scope, id, {
    roles: [role],
    statements: [
      new iam.PolicyStatement({ sid: 'WriteWeights', actions: ['elasticloadbalancing:ModifyRule'], resources: [listenerRuleArn] }),
    ],
  });
}
