import type { Construct } from 'constructs';
import type { AdaptiveInferenceUnit } from './adaptive-inference';
import type { IAcceleratorPool } from './capacity/accelerator-pool';
import { CapacityType } from './capacity/capacity-type';
import type { IInferenceCluster } from './cluster/inference-cluster';
import { complain, nonEmpty } from './private/validation';
import { sharedPool } from './shared-parts';

/** Capacity types of a unit by default: one is cheap, the other is not reclaimed. */
const DEFAULT_CAPACITY_TYPES = [CapacityType.SPOT, CapacityType.ON_DEMAND];

/** The pools of each unit: those passed in for its accelerator, and those that the fleets of the cluster share. */
export function choosePools(
  fleet: Construct,
  cluster: IInferenceCluster,
  units: readonly AdaptiveInferenceUnit[],
  passedIn: readonly IAcceleratorPool[],
): IAcceleratorPool[][] {
  const chosen = units.map((unit, index) => {
    nonEmpty(fleet, `units[${index}].capacityTypes`, unit.capacityTypes);
    const existing = passedIn.filter(({ accelerator }) => accelerator.name === unit.accelerator.name);
    if (unit.capacityTypes === undefined && existing.length > 0) return existing;
    const capacityTypes = new Set(unit.capacityTypes ?? DEFAULT_CAPACITY_TYPES);
    return [...capacityTypes].flatMap((capacityType) => {
      const ofType = existing.filter((pool) => pool.capacityType === capacityType);
      if (ofType.length > 0) return ofType;
      if (capacityType === CapacityType.RESERVED) refuseReservedWithoutPool(fleet, index, unit.accelerator.name);
      return sharedPool(cluster, unit.accelerator, capacityType);
    });
  });
  refuseUnusedPools(fleet, units, passedIn, chosen.flat());
  return chosen;
}

function refuseReservedWithoutPool(fleet: Construct, index: number, accelerator: string): never {
  complain(fleet, {
    code: 'ReservedCapacityWithoutPool',
    wrong: `\`units[${index}].capacityTypes\` contains reserved capacity, but no capacity reservation is known`,
    given: CapacityType.RESERVED,
    expected: `a reserved pool of ${accelerator} in \`pools\``,
    fix: 'Create an AcceleratorPool with `capacityReservationIds` and add it to `pools`.',
  });
}

function refuseUnusedPools(
  fleet: Construct,
  units: readonly AdaptiveInferenceUnit[],
  passedIn: readonly IAcceleratorPool[],
  used: readonly IAcceleratorPool[],
): void {
  const unused = passedIn.find((pool) => !used.includes(pool));
  if (unused === undefined) return;
  complain(fleet, {
    code: 'UnusedPool',
    wrong: '`pools` contains a pool that no unit can run on',
    given: `${unused.poolName} (${unused.accelerator.name}, ${unused.capacityType})`,
    expected: `pools of ${units.map(({ accelerator }) => accelerator.name).join(' or ')} with a capacity type that a unit lists`,
    fix: 'Remove it, or add a unit with its accelerator.',
  });
}
