import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { failure, fleetOf, inputOf, NOW, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

/** A pool for pods of one and of four devices; EC2 refused its last launch, and three devices run. */
const pool = poolOf('g5', {
  instanceTypes: [
    { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 },
    { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.6 },
    { name: 'g5.48xlarge', devices: 8, priceUsdPerHour: 16 },
  ],
});
const small = unitOf('small', { pools: ['g5'], devicesPerPod: 1 });
const large = unitOf('large', { pools: ['g5'], devicesPerPod: 4 });

const limitOf = (units: Record<string, UnitState>, running = 3): number | undefined => {
  const fleet = fleetOf({ units: [small, large], pools: [pool] });
  const observation = observationOf(fleet, units, { g5: { running, failures: [failure(NOW - 30, 'unknown')] } });
  return decide([inputOf(fleet)], observation).pools.g5!.limitDevices.value;
};

describe('the probe of a pool for pods of one and of four devices', () => {
  it('has room for the smallest instance that holds the largest pod that waits', () => {
    expect(limitOf({ small: { pending: 0 }, large: { pending: 1 } })).toBe(3 + 4);
    expect(limitOf({ small: { pending: 2 }, large: { pending: 1 } })).toBe(3 + 4);
    expect(limitOf({ small: { pending: 2 }, large: { pending: 0 } })).toBe(3 + 1);
  });

  it('has room for the largest pod that may use the pool where none is known to wait', () => {
    expect(limitOf({ small: { pending: 0 }, large: { pending: 0 } })).toBe(3 + 4);
    expect(limitOf({ small: { pending: 1 }, large: { pending: undefined } })).toBe(3 + 4);
  });

  it('has room for the pods of another fleet that shares the pool', () => {
    const [one, other] = [fleetOf({ units: [small], pools: [pool] }, 'one'), fleetOf({ units: [large], pools: [pool] }, 'other')];
    const [first, second] = [
      observationOf(one, { small: { pending: 0 } }, { g5: { running: 3, failures: [failure(NOW - 30, 'unknown')] } }),
      observationOf(other, { large: { pending: 1 } }),
    ];
    const observation = { ...first, units: { ...first.units, ...second.units } };
    expect(decide([inputOf(one), inputOf(other)], observation).pools.g5!.limitDevices.value).toBe(3 + 4);
  });
});
