import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, type AdaptiveInferenceUnit, CapacityType } from '../../lib';
import { built, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';

const UNITS: AdaptiveInferenceUnit[] = [
  ...TWO_UNITS,
  unitOf({ name: 'g6', accelerator: Accelerator.L4 }),
  // Shares its pools with another unit, for pods of another size.
  unitOf({ name: 'g5-large', devicesPerPod: 4 }),
];

const permutations = <T>(values: readonly T[]): T[][] =>
  values.length < 2
    ? [[...values]]
    : values.flatMap((first, index) => permutations(values.filter((_, other) => other !== index)).map((rest) => [first, ...rest]));

const templateOf = (units: AdaptiveInferenceUnit[], capacityTypes = [CapacityType.SPOT, CapacityType.ON_DEMAND], isReversed = false) =>
  built((stack) => {
    const cluster = newCluster(stack);
    const pools = [CapacityType.SPOT, CapacityType.ON_DEMAND].map(
      (capacityType) => new AcceleratorPool(stack, `L4-${capacityType}`, { cluster, accelerator: Accelerator.L4, capacityType }),
    );
    newFleet(stack, {
      cluster,
      units: units.map((unit) => ({ ...unit, capacityTypes })),
      pools: isReversed ? pools.toReversed() : pools,
    });
  }).template.toJSON();

describe('the template of a fleet', () => {
  const before = templateOf(UNITS);

  it('is the same for every order of its units', () => {
    const orders = permutations(UNITS);
    expect(orders).toHaveLength(24);
    for (const units of orders) {
      const names = units.map(({ name }) => name).join(', ');
      expect(templateOf(units), names).toEqual(before);
    }
  });

  it('is the same for every order of capacity types and of pools', () => {
    expect(templateOf(UNITS, [CapacityType.ON_DEMAND, CapacityType.SPOT])).toEqual(before);
    expect(templateOf(UNITS, undefined, true)).toEqual(before);
    expect(templateOf(UNITS.toReversed(), [CapacityType.ON_DEMAND, CapacityType.SPOT], true)).toEqual(before);
  });
});
