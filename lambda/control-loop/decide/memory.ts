import { policies } from '../contract/policies';
import type { FleetMemory } from '../model/decision';
import type { Fleet } from '../model/fleet';

/** What a fleet remembers before its first tick. */
export const initialMemory = (fleet: Pick<Fleet, 'policy'>, nowSeconds: number): FleetMemory => ({
  strategy: policies[fleet.policy.name].initialStrategy,
  strategySinceSeconds: nowSeconds,
  clearSinceSeconds: nowSeconds,
  switches: 0,
  shortages: [],
  profiles: {},
  written: {},
});
