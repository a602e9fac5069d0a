import type { Decision, FleetMemory } from '../model/decision';
import { type Fleet, type FleetSpec, fleetKey } from '../model/fleet';
import type { Observation } from '../model/observation';
import { initialMemory } from './memory';
import type { Policy } from './policy';

export interface DecideOptions {
  /** Seconds since the epoch. */
  nowSeconds: number;
  /** By `fleetKey`: whether the loop may not scale up, may not scale down. */
  paused: Readonly<Record<string, { up: boolean; down: boolean }>>;
  /** Policies to use in place of the built-in ones of the same name. */
  policies?: Partial<Record<FleetSpec['policy']['name'], Policy>>;
}

/** What every fleet and pool should look like. Pure: the same inputs give the same bytes. */
export const decide = (
  fleets: readonly Fleet[],
  _observation: Observation,
  memories: Readonly<Record<string, FleetMemory>>,
  options: DecideOptions,
): Decision => ({
  fleets: fleets.map((fleet) => {
    const memory = memories[fleetKey(fleet)] ?? initialMemory(fleet, options.nowSeconds);
    return { fleet: fleetKey(fleet), mode: memory.mode, modeReason: '', units: {}, remarks: [], memory };
  }),
  pools: {},
});
