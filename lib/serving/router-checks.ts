import { Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { limits, ruleDefaults } from '../generated/contract';
import { subnetsOf } from '../private/subnets';
import { absolutePath, complain, firstDuplicate, kubernetesName, literal, nonEmpty } from '../private/validation';
import type { RoutedUnit, WeightedRouterProps } from './router-options';

/** A unit with the weight of its target group while nobody is served yet. */
export interface SeededUnit {
  readonly name: string;
  readonly healthPath: string;
  readonly weight: number;
}

/** Checks the units of a router and converts their shares to weights, as the control loop does; sorted by name. */
export function seedUnits(router: IConstruct, units: readonly RoutedUnit[]): readonly SeededUnit[] {
  const { min, max } = limits.targetGroupsPerRule;
  if (units.length < min || units.length > max) {
    complain(router, {
      code: 'TooManyUnits',
      wrong: '`units` has more or fewer units than one listener rule can hold',
      given: units.length,
      expected: `${min} to ${max}, the maximum of target groups in a rule of an Application Load Balancer`,
      fix: 'Serve the model on fewer accelerators, or split it into two fleets.',
    });
  }
  const names = units.map(({ name }) => kubernetesName(router, 'units.name', name));
  const twice = firstDuplicate(names);
  if (twice !== undefined) {
    complain(router, {
      code: 'RepeatedUnit',
      wrong: '`units` contains a unit twice',
      given: twice,
      expected: 'each unit once',
      fix: 'Remove or rename one of them.',
    });
  }
  checkInitialShares(router, units);
  return units
    .map(({ name, healthPath, initialShare }) => ({
      name,
      healthPath: absolutePath(router, 'units.healthPath', healthPath ?? '/health'),
      weight: initialShare === undefined ? ruleDefaults.initialWeight : Math.max(1, Math.round(initialShare * limits.routerWeight.max)),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function checkInitialShares(router: IConstruct, units: readonly RoutedUnit[]): void {
  const stated = units.flatMap(({ initialShare }) =>
    initialShare === undefined ? [] : [literal(router, 'units.initialShare', initialShare)],
  );
  if (stated.length === 0) return;
  if (stated.length < units.length) {
    complain(router, {
      code: 'IncompleteInitialShares',
      wrong: '`initialShare` is set for some units only',
      given: Object.fromEntries(units.map(({ name, initialShare }) => [name, initialShare ?? 'nothing'])),
      expected: 'a share for every unit, or for none',
      fix: 'Add the missing shares, or remove all of them for equal shares.',
    });
  }
  const wrong = stated.find((share) => !(share > 0 && share <= 1));
  if (wrong !== undefined) {
    complain(router, {
      code: 'InvalidInitialShare',
      wrong: '`initialShare` is not a valid share',
      given: wrong,
      expected: 'a number above 0, at most 1',
      fix: 'Write 40 % as 0.4; the control loop takes traffic off a unit later if it must.',
    });
  }
  const sum = stated.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 0.001) {
    complain(router, {
      code: 'InitialSharesSum',
      wrong: 'the initial shares do not sum to 1',
      given: stated,
      expected: `a sum of 1, not ${Number(sum.toFixed(3))}`,
      fix: 'Divide each by the sum.',
    });
  }
}

/** A load balancer needs subnets in at least two zones. */
export function checkSubnets(router: IConstruct, { vpc, subnets, internetFacing }: WeightedRouterProps): void {
  const selection = subnets ?? { subnetType: internetFacing ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS };
  const selected = subnetsOf(
    router,
    'the load balancer',
    vpc,
    selection,
    internetFacing
      ? 'Add public subnets to the VPC, or leave `internetFacing` out.'
      : 'Add private subnets, or select others with `subnets`.',
  );
  if (!Token.isUnresolved(selected.subnetIds) && selected.subnetIds.length < 2) {
    complain(router, {
      code: 'TooFewSubnets',
      wrong: 'a load balancer needs subnets in two zones',
      given: selected.subnetIds.length,
      expected: '2 or more subnets',
      fix: internetFacing ? 'Select public subnets of the VPC.' : 'Select private subnets of the VPC.',
    });
  }
}

/** Who may send requests: the given clients, everyone if the router faces the internet, otherwise the addresses of the VPC. */
export function clientsOf(router: IConstruct, { clients, internetFacing, vpc }: WeightedRouterProps): readonly ec2.IPeer[] {
  nonEmpty(router, 'clients', clients);
  if (clients) return clients;
  if (internetFacing) return [ec2.Peer.anyIpv4()];
  try {
    return [ec2.Peer.ipv4(vpc.vpcCidrBlock)];
  } catch {
    return complain(router, {
      code: 'UnknownVpcAddresses',
      wrong: 'the addresses of the imported VPC are not known, so no client could be admitted',
      expected: '`clients`, or `vpcCidrBlock` among the attributes of Vpc.fromVpcAttributes()',
      fix: "Set the clients, for example `clients: [ec2.Peer.ipv4('10.0.0.0/16')]`.",
    });
  }
}

/** An ARN of Elastic Load Balancing that contains the given part. */
export function loadBalancingArn(router: IConstruct, prop: string, arn: string, part: string): string {
  if (!Token.isUnresolved(arn) && !(arn.startsWith('arn:') && arn.includes(part))) {
    complain(router, {
      code: 'InvalidLoadBalancingArn',
      wrong: `\`${prop}\` is not a valid ARN of an Application Load Balancer`,
      given: arn,
      expected: `an ARN with \`${part}\``,
      fix: 'Pass the ARN that Elastic Load Balancing shows.',
    });
  }
  return arn;
}

/** The ARN of a web ACL of AWS WAF that a load balancer can have: a regional one, of its own region. */
export function checkWebAcl(router: IConstruct, arn: string): string {
  if (Token.isUnresolved(arn)) return arn;
  const { region } = Stack.of(router);
  const [, ofRegion, scope] = /^arn:[a-z-]+:wafv2:([a-z0-9-]+):\d{12}:(regional|global)\/webacl\/[^/]+\/[^/]+$/.exec(arn) ?? [];
  if (scope === 'regional' && (Token.isUnresolved(region) || ofRegion === region)) return arn;
  const place = Token.isUnresolved(region) ? '<region>' : region;
  return complain(router, {
    code: 'InvalidWebAcl',
    wrong:
      scope === 'global'
        ? '`webAclArn` is a web ACL of CloudFront, which a load balancer cannot have'
        : '`webAclArn` is not a web ACL that the load balancer could have',
    given: arn,
    expected: `arn:aws:wafv2:${place}:<account>:regional/webacl/<name>/<id>`,
    fix: 'Create a web ACL with the scope REGIONAL in the region of the load balancer, and pass its ARN.',
  });
}
