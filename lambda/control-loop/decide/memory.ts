import type { FleetMemory } from '../model/decision';
import type { Fleet } from '../model/fleet';

/** What a fleet remembers before its first tick. */
export const initialMemory = (fleet: Pick<Fleet, 'policy'>, nowSeconds: number): FleetMemory => ({
  strategy: fleet.policy.name === 'Static' ? 'Static' : 'CostOptimized',
  strategySinceSeconds: nowSeconds,
  clearSinceSeconds: nowSeconds,
  switches: 0,
  shortages: [],
  written: {},
});
