import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { acknowledge, wildcards } from '../private/acknowledge';
import type { ITrafficRouter } from '../serving/traffic-router';

/** API calls of the function that AWS cannot restrict to resources. */
const UNSCOPED_CALLS = {
  ReadMetrics: ['cloudwatch:GetMetricData'],
  ReadCapacity: ['ec2:DescribeCapacityReservations', 'ec2:DescribeInstanceTypeOfferings', 'ec2:DescribeSpotPriceHistory'],
  ReadWeights: ['elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTags'],
};

/** API calls of Lambda that put a function into a VPC (AWS Lambda developer guide, "Required IAM permissions"). */
const NETWORK_INTERFACE_CALLS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** The role of the loop's function: the calls of a tick, its log group, and in a VPC the calls of Lambda. */
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
  acknowledge(role, wildcards(['*'], 'These calls of CloudWatch, EC2 and Elastic Load Balancing only read, and take no resource.'));
  return role;
}

/**
 * Denies the function's own code the calls that only Lambda itself needs.
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

/** Lets the loop write the weights of a router; nothing where its permissions are not those of IAM. */
export function grantWeights(scope: Construct, id: string, role: iam.IRole, router: ITrafficRouter): readonly iam.Policy[] {
  const statements = router.weightPermissions();
  return statements.length === 0 ? [] : [new iam.Policy(scope, id, { roles: [role], statements })];
}
