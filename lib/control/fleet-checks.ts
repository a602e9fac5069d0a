import type { IConstruct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { COST_SHARE_TOLERANCE, limits } from '../generated/contract';
import { complain, integerBetween, literal, nonEmpty, positive, secondsBetween, seconds as secondsOf } from '../private/validation';
import type { IDeploymentUnit } from '../serving/deployment-unit';
import type { InferenceFleetProps } from './inference-fleet';

/** What the units of a fleet agree on. */
export interface CheckedFleet {
  readonly fleetName: string;
  readonly namespace: string;
  /** The pools of all units, each once, in the order of the units. */
  readonly pools: IAcceleratorPool[];
}

/** Refuses at synthesis what the loop would refuse in the cluster. */
export function checkFleet(fleet: IConstruct, props: InferenceFleetProps): CheckedFleet {
  const { units } = props;
  nonEmpty(fleet, 'units', units);
  integerBetween(fleet, 'units.length', units.length, limits.units.min, limits.units.max);
  const { fleetName, namespace } = units[0]!;
  for (const unit of units) checkMembership(fleet, unit, fleetName, namespace);
  checkNames(fleet, units);
  checkObjective(fleet, props);
  checkPolicy(fleet, props);
  checkCostShares(fleet, units);
  checkRouter(fleet, props);
  for (const unit of units) checkRoom(fleet, unit);
  return { fleetName, namespace, pools: poolsOf(fleet, units) };
}

function checkMembership(fleet: IConstruct, unit: IDeploymentUnit, fleetName: string, namespace: string): void {
  if (unit.fleetName === fleetName && unit.namespace === namespace) return;
  complain(fleet, {
    wrong: `unit ${unit.unitName} belongs to another fleet than the first unit`,
    given: `${unit.namespace}/${unit.fleetName}`,
    expected: `${namespace}/${fleetName}`,
    fix: 'Give all units of a fleet one `fleetName` and one `namespace`.',
  });
}

function checkNames(fleet: IConstruct, units: readonly IDeploymentUnit[]): void {
  for (const [what, names] of [
    ['name', units.map(({ unitName }) => unitName)],
    ['Deployment', units.map(({ deploymentName }) => deploymentName)],
    ['scaler', units.map(({ scaler, scalerName }) => `${scaler}/${scalerName}`)],
  ] as const) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) continue;
    complain(fleet, {
      wrong: `two units of the fleet have one ${what}`,
      given: twice,
      expected: `a ${what} of its own for each unit`,
      fix: 'Rename one, or name it once.',
    });
  }
}

function checkObjective(fleet: IConstruct, { objective, units }: InferenceFleetProps): void {
  const latencySeconds = positive(fleet, 'objective.latency', secondsOf(fleet, 'objective.latency', objective.latency));
  within(fleet, 'objective.latency', latencySeconds, limits.latencySeconds, 'at most an hour, in seconds');
  within(
    fleet,
    'objective.percentile',
    objective.percentile,
    limits.percentile,
    'a percentile of at least 1 and below 100, for example 95',
  );
  within(fleet, 'objective.attainment', objective.attainment, limits.attainment, 'a part of 1 above 0, for example 0.99');
  const latencies = units.map(({ profile }) => profile.latency.toSeconds({ integral: false }));
  const fastest = Math.min(...latencies);
  if (latencySeconds < fastest) {
    complain(fleet, {
      wrong: '`objective.latency` is below the latency of every profile, so that no unit can meet it',
      given: `${latencySeconds} s`,
      expected: `at least ${fastest} s, the latency of the fastest unit`,
      fix: 'Raise the objective, or add a unit that is faster.',
    });
  }
}

function checkPolicy(fleet: IConstruct, { policy, resilience }: InferenceFleetProps): void {
  within(fleet, 'resilience', resilience, limits.resilience, 'a part of the demand, from 0 to 1');
  within(fleet, 'policy.targetUtilization', policy?.targetUtilization, limits.targetUtilization, 'a part of 1 above 0, for example 0.8');
  if (policy?.returnAfter)
    secondsBetween(fleet, 'policy.returnAfter', policy.returnAfter, limits.returnAfterSeconds.min, limits.returnAfterSeconds.max);
}

/** Both ends of `min` and `max` are allowed; `above` and `below` are not. */
interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

function within(fleet: IConstruct, prop: string, value: number | undefined, bounds: Bounds, expected: string): void {
  if (value === undefined) return;
  literal(fleet, prop, value);
  const { min = value, above = Number.NEGATIVE_INFINITY, max = value, below = Number.POSITIVE_INFINITY } = bounds;
  if (value >= min && value > above && value <= max && value < below) return;
  complain(fleet, {
    wrong: `\`${prop}\` is out of range`,
    given: Number.isFinite(value) ? value : String(value),
    expected,
    fix: `Set \`${prop}\` within that range, or leave it out.`,
  });
}

function checkCostShares(fleet: IConstruct, units: readonly IDeploymentUnit[]): void {
  const without = units.filter(({ costShare }) => costShare === undefined).map(({ unitName }) => unitName);
  if (without.length === units.length) return;
  if (without.length > 0) {
    complain(fleet, {
      wrong: `units ${without.join(', ')} state no \`costShare\`, others do`,
      given: `${units.length - without.length} of ${units.length}`,
      expected: 'a cost share of every unit, or of none',
      fix: 'State all or none; where none is stated they are computed from profiles and prices.',
    });
  }
  const sum = units.reduce((total, { costShare }) => total + (costShare ?? 0), 0);
  if (Math.abs(sum - 1) <= COST_SHARE_TOLERANCE + Number.EPSILON) return;
  complain(fleet, {
    wrong: 'the cost shares of the units do not sum to 1',
    given: Number(sum.toFixed(9)),
    expected: '1',
    fix: 'Correct `costShare` of the units, or leave it out of all.',
  });
}

function checkRouter(fleet: IConstruct, { router, units }: InferenceFleetProps): void {
  const routed = units.filter(({ targetGroup }) => targetGroup !== undefined);
  if (router === undefined && routed.length > 0) {
    complain(fleet, {
      wrong: `units ${routed.map(({ unitName }) => unitName).join(', ')} have target groups, but the fleet has no router`,
      expected: 'the router of those target groups',
      fix: 'Pass `router`, or make the units without one.',
    });
  }
  const bare = units.find(({ targetGroup }) => targetGroup === undefined);
  if (router !== undefined && bare !== undefined) {
    complain(fleet, {
      wrong: `unit ${bare.unitName} has no target group, though the fleet has a router`,
      expected: 'a target group of every unit',
      fix: 'Pass the router to the unit too.',
    });
  }
}

/** A floor that no pools could hold would never be reached. */
function checkRoom(fleet: IConstruct, { unitName, pools, devicesPerPod, minimumReplicas }: IDeploymentUnit): void {
  const devices = pools.reduce((sum, { maximumDevices }) => sum + maximumDevices, 0);
  const pods = Math.floor(devices / devicesPerPod);
  if (pods >= Math.max(1, minimumReplicas)) return;
  complain(fleet, {
    wrong: `the pools of unit ${unitName} cannot hold its least replicas`,
    given: `${devices} devices in all, ${devicesPerPod} a pod`,
    expected: `room for ${Math.max(1, minimumReplicas)} pods`,
    fix: 'Raise `maximumDevices` of a pool, or lower `minimumReplicas` of the unit.',
  });
}

function poolsOf(fleet: IConstruct, units: readonly IDeploymentUnit[]): IAcceleratorPool[] {
  const pools = [...new Set(units.flatMap((unit) => unit.pools))];
  const names = pools.map(({ poolName }) => poolName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    complain(fleet, {
      wrong: 'two pools of the fleet have one name',
      given: twice,
      expected: 'a name of its own for each pool',
      fix: 'Import a pool once, and share it between units.',
    });
  }
  integerBetween(fleet, 'pools.length', pools.length, limits.pools.min, limits.pools.max);
  for (const pool of pools) checkPrices(fleet, pool);
  return pools;
}

function checkPrices(fleet: IConstruct, { poolName, instanceTypes }: IAcceleratorPool): void {
  const unpriced = instanceTypes.find(({ priceUsdPerHour }) => priceUsdPerHour === undefined);
  if (instanceTypes.length > 0 && unpriced === undefined) return;
  complain(fleet, {
    wrong: `the loop cannot tell what pool ${poolName} costs`,
    given: unpriced ? `${unpriced.name} without a price` : 'no instance types',
    expected: 'an on-demand price of each of its instance types',
    fix: 'Give the pool `prices`, or leave that instance type out.',
  });
}
