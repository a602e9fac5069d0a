import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { EndpointVisibility } from '../cluster/endpoint-visibility';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { subnetsOf } from '../private/subnets';
import { complain } from '../private/validation';
import type { ControlLoopOptions } from './control-loop';

/** VPC, subnets and security group of the function. */
export interface LoopNetwork {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.SecurityGroup;
}

/** The APIs that a tick calls. */
const APIS = {
  Ec2Endpoint: ec2.InterfaceVpcEndpointAwsService.EC2,
  EksEndpoint: ec2.InterfaceVpcEndpointAwsService.EKS,
  CloudWatchEndpoint: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  LoadBalancingEndpoint: ec2.InterfaceVpcEndpointAwsService.ELASTIC_LOAD_BALANCING,
};

/** Puts the function into the VPC if the cluster's endpoint is private; undefined if the endpoint is public. */
export function loopNetwork(scope: Construct, cluster: IInferenceCluster, options: ControlLoopOptions): LoopNetwork | undefined {
  if (cluster.endpointVisibility !== EndpointVisibility.PRIVATE) {
    if (options.subnets !== undefined || options.vpcEndpoints !== undefined) {
      complain(scope, {
        code: 'UnusedLoopNetwork',
        wrong: '`subnets` and `vpcEndpoints` have no effect on a function outside of a VPC',
        given: 'a cluster with a public endpoint',
        expected: 'neither of them, or a private endpoint',
        fix: 'Remove them, or make the endpoint of the cluster private.',
      });
    }
    return undefined;
  }
  const { vpc } = cluster;
  const hasRoute = vpc.privateSubnets.length > 0;
  const vpcSubnets = options.subnets ?? {
    subnetType: hasRoute ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED,
  };
  const fix = 'Select subnets that the VPC has, with `subnets` of the loop.';
  subnetsOf(scope, 'the function of the control loop', vpc, vpcSubnets, fix);
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'Control loop, calling the Kubernetes API and AWS',
    allowAllOutbound: false,
  });
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'Kubernetes API and AWS');
  cluster.clusterSecurityGroup.connections.allowFrom(securityGroup, ec2.Port.tcp(443), 'Control loop to the Kubernetes API');
  if (options.vpcEndpoints ?? !hasRoute) {
    for (const [id, service] of Object.entries(APIS)) {
      const endpoint = new ec2.InterfaceVpcEndpoint(scope, id, { vpc, service, subnets: vpcSubnets, open: false });
      endpoint.connections.allowDefaultPortFrom(securityGroup, 'Control loop');
    }
  }
  return { vpc, vpcSubnets, securityGroup };
}
