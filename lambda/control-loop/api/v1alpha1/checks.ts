import { COST_SHARE_TOLERANCE, limits } from '../../contract/limits';
import { didYouMean } from '../../model/did-you-mean';
import { type FieldPath, type FieldProblem, rounded, shown } from '../../model/field-problem';
import { holdsPod } from '../../model/fleet';
import type { FleetSpec, Pool, Unit } from './schema';

/** Everything in a fleet that is well-formed field by field and yet makes no sense as a whole. */
export const checkFleet = (spec: FleetSpec): readonly FieldProblem[] => [
  ...checkObjective(spec),
  ...checkNames(spec),
  ...spec.units.flatMap((unit, index) => checkUnit(spec, unit, ['units', index])),
  ...spec.pools.flatMap((pool, index) => checkPool(spec, pool, ['pools', index])),
  ...checkCostShares(spec),
  ...checkCanaries(spec),
  ...checkRouter(spec),
];

const problem = (path: FieldPath, given: string, expected: string, fix?: string): FieldProblem => ({
  path,
  given,
  expected,
  ...(fix === undefined ? {} : { fix }),
});

const checkObjective = ({ objective, units }: FleetSpec): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const fastest = Math.min(...units.map((unit) => unit.profile.latencySeconds));
  if (fastest > objective.latencySeconds) {
    problems.push(
      problem(
        ['objective', 'latencySeconds'],
        shown(objective.latencySeconds),
        `at least ${fastest}, the latency of the fastest unit's profile in seconds`,
        'raise the objective or add a unit that can meet it',
      ),
    );
  }
  if (objective.percentile < limits.percentile.min) {
    problems.push(
      problem(
        ['objective', 'percentile'],
        shown(objective.percentile),
        `a percentile between ${limits.percentile.min} and ${limits.percentile.below}, for example 95`,
        `a percentage, not a part of 1: ${rounded(objective.percentile * 100)}?`,
      ),
    );
  }
  return problems;
};

const checkNames = ({ units, pools }: FleetSpec): readonly FieldProblem[] => [
  ...repeated(
    units.map((unit) => unit.name),
    (index) => ['units', index, 'name'],
    'a name that no other unit of the fleet has',
  ),
  ...repeated(
    pools.map((pool) => pool.name),
    (index) => ['pools', index, 'name'],
    'a name that no other pool of the fleet has',
  ),
  ...repeated(
    units.map((unit) => unit.deployment),
    (index) => ['units', index, 'deployment'],
    'a Deployment of its own for each unit',
  ),
  ...repeated(
    units.map((unit) => `${unit.scaler.kind}/${unit.scaler.name}`),
    (index) => ['units', index, 'scaler'],
    'a scaler of its own for each unit',
  ),
  ...repeated(
    units.map((unit) => unit.targetGroupArn),
    (index) => ['units', index, 'targetGroupArn'],
    'a target group of its own for each unit',
  ),
];

/** Every entry that an earlier one already has. */
const repeated = (values: readonly (string | undefined)[], at: (index: number) => FieldPath, expected: string): readonly FieldProblem[] =>
  values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (value === undefined || first === index) return [];
    return [problem(at(index), `${shown(value)}, as ${firstWords(at(first))}`, expected)];
  });

const firstWords = (path: FieldPath): string => `${path[0]}[${path[1]}]${path.length > 3 ? `.${path[2]}[${path[3]}]` : ''} has`;

const checkUnit = (spec: FleetSpec, unit: Unit, at: FieldPath): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const hosts = unit.pools.map((name) => spec.pools.find((pool) => pool.name === name));
  const poolNames = spec.pools.map((pool) => pool.name);
  hosts.forEach((pool, index) => {
    const where = [...at, 'pools', index];
    const name = unit.pools[index]!;
    if (pool === undefined) {
      problems.push(problem(where, shown(name), `the name of a pool of the fleet: ${poolNames.join(', ')}`, didYouMean(name, poolNames)));
      return;
    }
    if (pool.accelerator !== unit.accelerator) {
      problems.push(
        problem(
          where,
          `${shown(name)}, a pool of ${pool.accelerator}`,
          `a pool of the unit's accelerator ${unit.accelerator}`,
          `make accelerator of unit and pool equal, or name another pool`,
        ),
      );
    }
    if (largestInstance(pool) < unit.devicesPerPod) {
      problems.push(
        problem(
          [...at, 'devicesPerPod'],
          shown(unit.devicesPerPod),
          `at most ${largestInstance(pool)}, the devices of the largest instance type of pool ${name}`,
          'add a larger instance type to the pool',
        ),
      );
    }
    if (largestInstance(pool) >= unit.devicesPerPod && !pool.instanceTypes.some((type) => holdsPod(unit, type))) {
      problems.push(
        problem(
          [...at, 'instanceTypes'],
          shown(unit.instanceTypes),
          `an instance type of pool ${name} with ${unit.devicesPerPod} devices or more among them`,
          'name the instance types of its pools that hold a pod, or leave it out',
        ),
      );
    }
  });
  problems.push(...repeated(unit.pools, (index) => [...at, 'pools', index], 'each pool once'));
  problems.push(...checkDeviceResource(unit, hosts, at), ...checkReplicas(unit, hosts, at));
  return problems;
};

/** A pod asks for one extended resource, so every pool that hosts it must have that one. */
const checkDeviceResource = (unit: Unit, hosts: readonly (Pool | undefined)[], at: FieldPath): readonly FieldProblem[] => {
  const first = hosts.find((pool) => pool !== undefined);
  return hosts.flatMap((pool, index) =>
    first === undefined || pool === undefined || pool.deviceResource === first.deviceResource
      ? []
      : [
          problem(
            [...at, 'pools', index],
            `${shown(unit.pools[index])}, a pool with ${pool.deviceResource}`,
            `a pool with ${first.deviceResource}, as pool ${first.name} has: a pod asks for one device resource`,
          ),
        ],
  );
};

const checkReplicas = (unit: Unit, hosts: readonly (Pool | undefined)[], at: FieldPath): readonly FieldProblem[] => {
  if (unit.minimumReplicas > unit.maximumReplicas) {
    return [
      problem([...at, 'minimumReplicas'], shown(unit.minimumReplicas), `at most maximumReplicas of the unit, ${unit.maximumReplicas}`),
    ];
  }
  if (hosts.includes(undefined)) return [];
  const devices = hosts.reduce((sum, pool) => sum + (pool?.maximumDevices ?? 0), 0);
  const pods = Math.floor(devices / unit.devicesPerPod);
  if (pods >= Math.max(1, unit.minimumReplicas)) return [];
  return [
    problem(
      [...at, unit.minimumReplicas > 1 ? 'minimumReplicas' : 'pools'],
      unit.minimumReplicas > 1 ? shown(unit.minimumReplicas) : `pools with ${devices} devices in all`,
      unit.minimumReplicas > 1
        ? `at most ${pods}, the pods that fit the maximumDevices of the unit's pools`
        : `pools whose maximumDevices hold at least one pod of ${unit.devicesPerPod} devices`,
      'raise maximumDevices of a pool',
    ),
  ];
};

const checkPool = (spec: FleetSpec, pool: Pool, at: FieldPath): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (pool.capacityType === 'reserved' && (pool.capacityReservationIds ?? []).length === 0) {
    problems.push(
      problem(
        [...at, 'capacityReservationIds'],
        shown(pool.capacityReservationIds),
        'at least one capacity reservation, as capacityType is reserved',
        'name the reservations, or make capacityType spot or on-demand',
      ),
    );
  }
  problems.push(
    ...repeated(
      pool.instanceTypes.map((type) => type.name),
      (index) => [...at, 'instanceTypes', index],
      'each instance type once',
    ),
    ...repeated(pool.zones ?? [], (index) => [...at, 'zones', index], 'each zone once'),
  );
  for (const unit of spec.units.filter(({ pools }) => pools.includes(pool.name))) {
    const fitting = pool.instanceTypes.filter((type) => holdsPod(unit, type)).map((type) => type.devices);
    // Zero closes a pool on purpose; a limit between zero and one instance never launches anything.
    if (fitting.length === 0 || pool.maximumDevices === 0 || pool.maximumDevices >= Math.min(...fitting)) continue;
    problems.push(
      problem(
        [...at, 'maximumDevices'],
        shown(pool.maximumDevices),
        `at least ${Math.min(...fitting)}, the devices of the smallest instance that holds a pod of unit ${unit.name}, or 0 to close the pool`,
      ),
    );
    break;
  }
  return problems;
};

const largestInstance = (pool: Pool): number => Math.max(...pool.instanceTypes.map((type) => type.devices));

/** A canary gets its part of a traffic that other units could serve without it. */
const checkCanaries = ({ units, router }: FleetSpec): readonly FieldProblem[] => {
  const canaries = units.filter(({ maximumShare }) => maximumShare !== undefined);
  if (canaries.length === 0) return [];
  const sum = rounded(canaries.reduce((total, { maximumShare = 0 }) => total + maximumShare, 0));
  return [
    ...(canaries.length === units.length
      ? [problem(['units'], 'a maximumShare on every unit', 'at least one unit without it, which serves what canaries do not')]
      : []),
    ...(sum >= 1 ? [problem(['units'], `maximum shares that sum to ${sum}`, 'maximum shares that sum to less than 1')] : []),
    ...units.flatMap(({ maximumShare, costShare }, index) =>
      maximumShare === undefined || costShare === undefined
        ? []
        : [
            problem(
              ['units', index, 'costShare'],
              shown(costShare),
              'no cost share beside maximumShare, which is the share of a canary',
              'remove one of them',
            ),
          ],
    ),
    ...(router === undefined
      ? units.flatMap(({ maximumShare }, index) =>
          maximumShare === undefined
            ? []
            : [problem(['units', index, 'maximumShare'], shown(maximumShare), 'a fleet with a router, which divides the traffic')],
        )
      : []),
  ];
};

const checkCostShares = ({ units: all }: FleetSpec): readonly FieldProblem[] => {
  const units = all.filter(({ maximumShare }) => maximumShare === undefined);
  const stated = units.filter((unit) => unit.costShare !== undefined);
  if (stated.length === 0) return [];
  if (stated.length < units.length) {
    return all.flatMap((unit, index) =>
      unit.costShare === undefined && unit.maximumShare === undefined
        ? [problem(['units', index, 'costShare'], shown(undefined), 'a cost share, as other units of the fleet state one', 'all or none')]
        : [],
    );
  }
  const sum = units.reduce((total, unit) => total + (unit.costShare ?? 0), 0);
  // Rounded, so that the digits binary fractions add do not decide at the edge.
  if (rounded(Math.abs(sum - 1)) <= COST_SHARE_TOLERANCE) return [];
  return [problem(['units'], `cost shares that sum to ${rounded(sum)}`, 'cost shares that sum to 1')];
};

const checkRouter = ({ router, units }: FleetSpec): readonly FieldProblem[] => {
  if (router !== undefined) {
    return units.flatMap((unit, index) =>
      unit.targetGroupArn === undefined
        ? [problem(['units', index, 'targetGroupArn'], shown(undefined), 'the target group of the unit, as the fleet has a router')]
        : [],
    );
  }
  const routed = units.filter((unit) => unit.targetGroupArn !== undefined).map((unit) => unit.name);
  if (routed.length === 0) return [];
  return [
    problem(
      ['router'],
      shown(undefined),
      `the router of the target groups that units ${routed.join(', ')} name`,
      'add router.listenerRuleArn, or leave targetGroupArn out of every unit',
    ),
  ];
};
