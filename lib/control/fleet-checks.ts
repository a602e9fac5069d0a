import type { IConstruct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { COST_SHARE_TOLERANCE, limits } from '../generated/contract';
import { complain, firstDuplicate, integerWithin, nonEmpty, numberWithin, seconds, secondsWithin } from '../private/validation';
import type { IDeploymentUnit } from '../serving/deployment-unit';
import type { InferenceFleetProps } from './inference-fleet';

/** What the units of a fleet have in common. */
export interface CheckedFleet {
  readonly fleetName: string;
  readonly namespace: string;
  /** The pools of all units, each once, in the order of the units. */
  readonly pools: IAcceleratorPool[];
}

/** Refuses at synthesis what the control loop would refuse in the cluster. */
export function checkFleet(fleet: IConstruct, props: InferenceFleetProps): CheckedFleet {
  const { units } = props;
  nonEmpty(fleet, 'units', units);
  integerWithin(fleet, 'units.length', units.length, limits.units);
  const { fleetName, namespace } = units[0]!;
  for (const unit of units) checkMembership(fleet, unit, fleetName, namespace);
  checkNames(fleet, units);
  checkObjective(fleet, props);
  checkPolicy(fleet, props);
  checkLearning(fleet, props);
  checkCanaries(fleet, props);
  checkCostShares(
    fleet,
    units.filter(({ maximumShare }) => maximumShare === undefined),
  );
  checkRouter(fleet, props);
  for (const unit of units) checkRoom(fleet, unit);
  return { fleetName, namespace, pools: poolsOf(fleet, units) };
}

function checkMembership(fleet: IConstruct, unit: IDeploymentUnit, fleetName: string, namespace: string): void {
  if (unit.fleetName === fleetName && unit.namespace === namespace) return;
  complain(fleet, {
    code: 'UnitOfOtherFleet',
    wrong: `unit ${unit.unitName} belongs to another fleet than the first unit`,
    given: `${unit.namespace}/${unit.fleetName}`,
    expected: `${namespace}/${fleetName}`,
    fix: 'Use the same `fleetName` and `namespace` for all units of a fleet.',
  });
}

function checkNames(fleet: IConstruct, units: readonly IDeploymentUnit[]): void {
  for (const [what, names] of [
    ['name', units.map(({ unitName }) => unitName)],
    ['Deployment', units.map(({ deploymentName }) => deploymentName)],
    ['scaler', units.map(({ scaler, scalerName }) => `${scaler}/${scalerName}`)],
  ] as const) {
    const twice = firstDuplicate(names);
    if (twice === undefined) continue;
    complain(fleet, {
      code: 'UnitsShareObject',
      wrong: `two units of the fleet have the same ${what}`,
      given: twice,
      expected: `a different ${what} for each unit`,
      fix: 'Rename one of them, or remove the repeated unit.',
    });
  }
}

function checkObjective(fleet: IConstruct, { objective, units }: InferenceFleetProps): void {
  const { percentile, attainment } = objective;
  const latencySeconds = seconds(fleet, 'objective.latency', objective.latency);
  numberWithin(fleet, 'objective.latency', latencySeconds, limits.latencySeconds, 'a latency above 0, at most an hour, in seconds');
  if (percentile !== undefined) {
    numberWithin(fleet, 'objective.percentile', percentile, limits.percentile, 'a percentile from 1 to below 100, for example 95');
  }
  if (attainment !== undefined) {
    numberWithin(fleet, 'objective.attainment', attainment, limits.attainment, 'a number above 0, at most 1, for example 0.99');
  }
  const fastest = Math.min(...units.map(({ profile }) => profile.latency.toSeconds({ integral: false })));
  if (latencySeconds < fastest) {
    complain(fleet, {
      code: 'UnreachableObjective',
      wrong: '`objective.latency` is below the latency of every profile, so no unit can meet it',
      given: `${latencySeconds} s`,
      expected: `at least ${fastest} s, the latency of the fastest unit`,
      fix: 'Raise the objective, or add a faster unit.',
    });
  }
}

function checkPolicy(fleet: IConstruct, { policy, resilience, contestedRetryAfter }: InferenceFleetProps): void {
  if (resilience !== undefined) numberWithin(fleet, 'resilience', resilience, limits.resilience, 'a part of the demand, from 0 to 1');
  if (contestedRetryAfter) secondsWithin(fleet, 'contestedRetryAfter', contestedRetryAfter, limits.contestedRetryAfterSeconds);
  if (policy?.targetUtilization !== undefined) {
    const expected = 'a number above 0, at most 1, for example 0.8';
    numberWithin(fleet, 'policy.targetUtilization', policy.targetUtilization, limits.targetUtilization, expected);
  }
  if (policy?.returnAfter) secondsWithin(fleet, 'policy.returnAfter', policy.returnAfter, limits.returnAfterSeconds);
}

function checkLearning(fleet: IConstruct, { learning: { minimumFactor, maximumFactor } = {} }: InferenceFleetProps): void {
  if (minimumFactor !== undefined) {
    const expected = 'a factor of the stated throughput above 0, at most 1, for example 0.2';
    numberWithin(fleet, 'learning.minimumFactor', minimumFactor, limits.minimumFactor, expected);
  }
  if (maximumFactor !== undefined) {
    const expected = 'a factor of the stated throughput from 1 to 10, for example 1.5';
    numberWithin(fleet, 'learning.maximumFactor', maximumFactor, limits.maximumFactor, expected);
  }
}

function checkCanaries(fleet: IConstruct, { units, router }: InferenceFleetProps): void {
  const canaries = units.filter(({ maximumShare }) => maximumShare !== undefined);
  if (canaries.length === 0) return;
  const names = canaries.map(({ unitName }) => unitName).join(', ');
  if (router === undefined) {
    complain(fleet, {
      code: 'CanaryWithoutRouter',
      wrong: `\`maximumShare\` is set on ${names}, and the fleet has no router that divides its traffic`,
      expected: 'a fleet with a router',
      fix: 'Pass `router`, or remove `maximumShare`.',
    });
  }
  const sum = canaries.reduce((total, { maximumShare = 0 }) => total + maximumShare, 0);
  if (canaries.length === units.length || sum >= 1) {
    complain(fleet, {
      code: 'OnlyCanaries',
      wrong: `canaries (${names}) leave nothing for other units`,
      given: Number(sum.toFixed(9)),
      expected: 'at least one unit without `maximumShare`, and maximum shares that sum to less than 1',
      fix: 'Remove `maximumShare` from a unit, or lower it.',
    });
  }
  const both = canaries.filter(({ costShare }) => costShare !== undefined);
  if (both.length > 0) {
    complain(fleet, {
      code: 'CanaryWithCostShare',
      wrong: `\`costShare\` is set beside \`maximumShare\` on units ${both.map(({ unitName }) => unitName).join(', ')}`,
      expected: 'one of them: `maximumShare` is the share of a canary',
      fix: 'Remove one of them.',
    });
  }
}

function checkCostShares(fleet: IConstruct, units: readonly IDeploymentUnit[]): void {
  const without = units.filter(({ costShare }) => costShare === undefined).map(({ unitName }) => unitName);
  if (without.length === units.length) return;
  if (without.length > 0) {
    complain(fleet, {
      code: 'IncompleteCostShares',
      wrong: `\`costShare\` is missing on units ${without.join(', ')}, but set on others`,
      given: `${units.length - without.length} of ${units.length}`,
      expected: 'a cost share on every unit, or on none',
      fix: 'Add the missing ones, or remove all; then they are computed from profiles and prices.',
    });
  }
  const sum = units.reduce((total, { costShare }) => total + (costShare ?? 0), 0);
  if (Math.abs(sum - 1) <= COST_SHARE_TOLERANCE + Number.EPSILON) return;
  complain(fleet, {
    code: 'CostSharesSum',
    wrong: 'the cost shares of the units do not sum to 1',
    given: Number(sum.toFixed(9)),
    expected: '1',
    fix: 'Correct `costShare` of the units, or remove it from all of them.',
  });
}

function checkRouter(fleet: IConstruct, { router, units }: InferenceFleetProps): void {
  if (router === undefined) {
    const routed = units.filter((unit) => unit.router !== undefined);
    if (routed.length === 0) return;
    complain(fleet, {
      code: 'FleetWithoutRouter',
      wrong: `units ${routed.map(({ unitName }) => unitName).join(', ')} have a router, but the fleet has none`,
      expected: 'the router of the units',
      fix: 'Pass `router`, or create the units without one.',
    });
  }
  const other = units.find((unit) => unit.router !== router);
  if (other === undefined) return;
  complain(fleet, {
    code: 'UnitOfAnotherRouter',
    wrong: `unit ${other.unitName} does not have the router of the fleet`,
    given: other.router?.node.path,
    expected: router.node.path,
    fix: 'Pass one router to the fleet and to every unit.',
  });
}

/** The floor could never reach a minimum that the pools cannot hold. */
function checkRoom(fleet: IConstruct, { unitName, pools, devicesPerPod, minimumReplicas }: IDeploymentUnit): void {
  const devices = pools.reduce((sum, { maximumDevices }) => sum + maximumDevices, 0);
  const pods = Math.floor(devices / devicesPerPod);
  if (pods >= Math.max(1, minimumReplicas)) return;
  complain(fleet, {
    code: 'PoolsTooSmall',
    wrong: `the pools of unit ${unitName} cannot hold its minimum of replicas`,
    given: `${devices} devices in all, ${devicesPerPod} for each pod`,
    expected: `room for ${Math.max(1, minimumReplicas)} pods`,
    fix: 'Raise `maximumDevices` of a pool, or lower `minimumReplicas` of the unit.',
  });
}

function poolsOf(fleet: IConstruct, units: readonly IDeploymentUnit[]): IAcceleratorPool[] {
  const pools = [...new Set(units.flatMap((unit) => unit.pools))];
  const twice = firstDuplicate(pools.map(({ poolName }) => poolName));
  if (twice !== undefined) {
    complain(fleet, {
      code: 'PoolsShareName',
      wrong: 'two pools of the fleet have the same name',
      given: twice,
      expected: 'a different name for each pool',
      fix: 'Import a pool only once, and share it between units.',
    });
  }
  integerWithin(fleet, 'pools.length', pools.length, limits.pools);
  for (const pool of pools) checkPrices(fleet, pool);
  return pools;
}

function checkPrices(fleet: IConstruct, { poolName, instanceTypes }: IAcceleratorPool): void {
  const unpriced = instanceTypes.find(({ priceUsdPerHour }) => priceUsdPerHour === undefined);
  if (instanceTypes.length > 0 && unpriced === undefined) return;
  complain(fleet, {
    code: 'UnknownPoolPrice',
    wrong: `the price of pool ${poolName} is not known`,
    given: unpriced ? `${unpriced.name} without a price` : 'no instance types',
    expected: 'an on-demand price for each of its instance types',
    fix: 'Set `prices` of the pool, or leave that instance type out.',
  });
}
