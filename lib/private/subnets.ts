import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { complain } from './validation';

/** The subnets of a VPC that a selection names; CDK throws an error of its own where the VPC has none of the kind. */
export function subnetsOf(
  scope: IConstruct,
  what: string,
  vpc: ec2.IVpc,
  selection: ec2.SubnetSelection,
  fix: string,
): ec2.SelectedSubnets {
  try {
    return vpc.selectSubnets(selection);
  } catch (error) {
    return complain(scope, {
      code: 'NoSuchSubnets',
      wrong: `the VPC has no subnets for ${what}`,
      given: kindsIn(vpc),
      expected: `subnets as selected: ${error instanceof Error ? error.message : String(error)}`,
      fix,
    });
  }
}

/** The kinds of subnets that a VPC has, in words. */
const kindsIn = ({ privateSubnets, isolatedSubnets, publicSubnets }: ec2.IVpc): string =>
  [`${privateSubnets.length} private with a way out`, `${isolatedSubnets.length} isolated`, `${publicSubnets.length} public`].join(', ');

/** What to do without subnets that have a way out. */
export const NEEDS_PRIVATE_SUBNETS =
  'Nodes and functions need private subnets with a way to the APIs of AWS and to image registries: add such subnets (a NAT gateway, or endpoints), or import the VPC with `privateSubnetIds`.';
