import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';

export const importedVpc = (stack: Stack): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(stack, 'TheirVpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-west-2a', 'us-west-2b'],
    privateSubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
    privateSubnetRouteTableIds: ['rtb-0000000000000000a', 'rtb-0000000000000000b'],
  });

/** A cluster that another team made, imported as a user would. */
export const importedCluster = (stack: Stack, attributes: Partial<eks.ClusterAttributes> = {}): eks.ICluster =>
  eks.Cluster.fromClusterAttributes(stack, 'Theirs', {
    clusterName: 'theirs',
    vpc: importedVpc(stack),
    clusterSecurityGroupId: 'sg-0123456789abcdef0',
    ...attributes,
  });
