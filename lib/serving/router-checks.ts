import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { limits } from '../generated/contract';
import { absolutePath, complain, kubernetesName, literal, nonEmpty } from '../private/validation';
import type { RoutedUnit, WeightedRouterProps } from './weighted-router';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html: target groups per action. */
const MAX_TARGET_GROUPS = 5;

/** A unit with the weight its target group begins with. */
export interface SeededUnit {
  readonly name: string;
  readonly healthPath: string;
  readonly weight: number;
}

/** Checks the units of a router and turns their shares into weights, the way the control loop does. */
export function seedUnits(router: IConstruct, units: readonly RoutedUnit[]): readonly SeededUnit[] {
  if (units.length < 1 || units.length > MAX_TARGET_GROUPS) {
    complain(router, {
      wrong: '`units` has a number of units that one rule cannot hold',
      given: units.length,
      expected: `1 to ${MAX_TARGET_GROUPS}, the most target groups of one rule of an Application Load Balancer`,
      fix: 'Serve the model on fewer accelerators, or as two fleets.',
    });
  }
  const names = units.map(({ name }) => kubernetesName(router, 'units.name', name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    complain(router, { wrong: '`units` names a unit twice', given: twice, expected: 'each unit once', fix: 'Remove or rename one.' });
  }
  const shares = initialShares(router, units);
  return units.map(({ name, healthPath }, index) => ({
    name,
    healthPath: absolutePath(router, 'units.healthPath', healthPath ?? '/health'),
    weight: Math.max(1, Math.round((shares[index] ?? 0) * limits.routerWeight.max)),
  }));
}

function initialShares(router: IConstruct, units: readonly RoutedUnit[]): readonly number[] {
  const stated = units.flatMap(({ initialShare }) =>
    initialShare === undefined ? [] : [literal(router, 'units.initialShare', initialShare)],
  );
  if (stated.length === 0) return units.map(() => 1 / units.length);
  if (stated.length < units.length) {
    complain(router, {
      wrong: '`initialShare` is stated for some units only',
      given: Object.fromEntries(units.map(({ name, initialShare }) => [name, initialShare ?? 'nothing'])),
      expected: 'a share for every unit, or for none',
      fix: 'Add the missing shares, or leave all out for equal ones.',
    });
  }
  const wrong = stated.find((share) => !(share > 0 && share <= 1));
  if (wrong !== undefined) {
    complain(router, {
      wrong: '`initialShare` is no share',
      given: wrong,
      expected: 'a number above 0, at most 1',
      fix: 'Write 40 % as 0.4; a unit that shall get nothing is left to the control loop.',
    });
  }
  const sum = stated.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 0.001) {
    complain(router, {
      wrong: 'the initial shares do not sum to 1',
      given: stated,
      expected: `a sum of 1, not ${Number(sum.toFixed(3))}`,
      fix: 'Divide each by the sum.',
    });
  }
  return stated;
}

/** A load balancer takes subnets of two zones at the least. */
export function checkSubnets(router: IConstruct, { vpc, subnets, internetFacing }: WeightedRouterProps): void {
  const selected = vpc.selectSubnets(
    subnets ?? { subnetType: internetFacing ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS },
  );
  if (!Token.isUnresolved(selected.subnetIds) && selected.subnetIds.length < 2) {
    complain(router, {
      wrong: 'a load balancer needs subnets in two zones',
      given: selected.subnetIds.length,
      expected: '2 or more subnets',
      fix: internetFacing ? 'Select public subnets of the VPC.' : 'Select private subnets of the VPC.',
    });
  }
}

/** Who may ask: the clients that were named, everyone where the router faces the internet, else the addresses of the VPC. */
export function clientsOf(router: IConstruct, { clients, internetFacing, vpc }: WeightedRouterProps): readonly ec2.IPeer[] {
  nonEmpty(router, 'clients', clients);
  if (clients) return clients;
  if (internetFacing) return [ec2.Peer.anyIpv4()];
  try {
    return [ec2.Peer.ipv4(vpc.vpcCidrBlock)];
  } catch {
    return complain(router, {
      wrong: 'the addresses of the imported VPC are not known, so that nobody could be let in',
      expected: '`clients`, or `vpcCidrBlock` among the attributes of Vpc.fromVpcAttributes()',
      fix: "Name who may ask, for example `clients: [ec2.Peer.ipv4('10.0.0.0/16')]`.",
    });
  }
}

/** An ARN of Elastic Load Balancing, of the kind that a part of it names. */
export function loadBalancingArn(router: IConstruct, prop: string, arn: string, part: string): string {
  if (!Token.isUnresolved(arn) && !(arn.startsWith('arn:') && arn.includes(part))) {
    complain(router, {
      wrong: `\`${prop}\` is no ARN of an Application Load Balancer's`,
      given: arn,
      expected: `an ARN with \`${part}\``,
      fix: 'Pass the ARN as Elastic Load Balancing shows it.',
    });
  }
  return arn;
}
