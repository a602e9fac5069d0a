import type { Decision, FleetDecision, FleetMemory, Remark, Shortage } from '../model/decision';
import { type Fleet, type FleetSpec, fleetKey, unitKey } from '../model/fleet';
import { type Observation, type PoolObservation, type UnitObservation, unknown } from '../model/observation';
import { type FleetOverrides, NO_OVERRIDES } from '../model/overrides';
import { estimateDemand } from './demand';
import type { Pause } from './field-state';
import { initialMemory } from './memory';
import { forcedModeOf, liveOverrides, wishesRecord, withOverrides } from './overrides';
import type { Policy, PolicyContext, Wishes } from './policy';
import { guardUnits } from './safeguard';
import { guardPools } from './safeguard-pools';
import { isBlocked, mergeShortages, poolState, updateShortages } from './shortages';
import { staticPolicy } from './static';
import { twoMode } from './two-mode';

export interface DecideOptions {
  /** Seconds since the epoch. */
  nowSeconds: number;
  /** By `fleetKey`: whether the loop may not scale up, may not scale down. */
  paused: Readonly<Record<string, { up: boolean; down: boolean }>>;
  /** By `fleetKey`: what people want in place of the policy; default: nothing. */
  overrides?: Readonly<Record<string, FleetOverrides>>;
  /** Policies to use in place of the built-in ones of the same name. */
  policies?: Partial<Record<FleetSpec['policy']['name'], Policy>>;
}

const builtInPolicies: Readonly<Record<FleetSpec['policy']['name'], Policy>> = { TwoMode: twoMode, Static: staticPolicy };
const NOT_PAUSED: Pause = { up: false, down: false };

/**
 * What every fleet and pool should look like: each fleet's policy wishes, the safeguard decides.
 *
 * Pure: the same inputs give the same bytes, whatever the order of keys in the observation. A fleet without memory starts
 * from `initialMemory`. The memory of what was written is passed on as it is: whoever writes keeps it.
 */
export const decide = (
  fleets: readonly Fleet[],
  observation: Observation,
  memories: Readonly<Record<string, FleetMemory>>,
  options: DecideOptions,
): Decision => {
  const { nowSeconds } = options;
  const remembered = fleets.map((fleet) => memories[fleetKey(fleet)] ?? initialMemory(fleet, nowSeconds));
  const shortages = shortagesByPool(fleets, remembered, observation, nowSeconds);
  const stateOf = (pool: string) => poolState(pool, shortages.get(pool) ?? [], nowSeconds);

  const voices = fleets.map((fleet, index) => {
    const overrides = liveOverrides(fleet, options.overrides?.[fleetKey(fleet)] ?? NO_OVERRIDES, nowSeconds);
    const forcedMode = forcedModeOf(overrides);
    const seen = contextOf(fleet, observation, remembered[index]!, shortages, nowSeconds);
    const context = forcedMode === undefined ? seen : { ...seen, forcedMode };
    const policy = options.policies?.[fleet.policy.name] ?? builtInPolicies[fleet.policy.name];
    const wishes = withOverrides(fleet, policy(context), overrides);
    const remarks: Remark[] = [];
    return { fleet, context, memory: context.memory, wishes, pause: options.paused[fleetKey(fleet)] ?? NOT_PAUSED, remarks };
  });
  const pools = guardPools(voices, observation.pools, stateOf, nowSeconds);
  return {
    fleets: voices.map(({ context, wishes, pause, remarks }): FleetDecision => {
      const guarded = guardUnits(context, wishes, pause);
      return {
        fleet: fleetKey(context.fleet),
        mode: wishes.mode,
        modeReason: wishes.modeReason,
        units: guarded.units,
        remarks: [...modeRemarks(context, wishes), ...wishes.remarks, ...guarded.remarks, ...remarks],
        wishes: wishesRecord(context.fleet, wishes),
        memory: nextMemory(context, wishes),
      };
    }),
    pools,
  };
};

/** One shortage memory for all fleets, brought up to date. */
const shortagesByPool = (
  fleets: readonly Fleet[],
  memories: readonly FleetMemory[],
  observation: Observation,
  nowSeconds: number,
): ReadonlyMap<string, readonly Shortage[]> => {
  const poolNames = [...new Set(fleets.flatMap(({ pools }) => pools.map(({ name }) => name)))];
  const previous = mergeShortages(memories.map(({ shortages }) => shortages));
  const byPool = new Map<string, Shortage[]>();
  for (const shortage of updateShortages(previous, poolNames, observation.pools, nowSeconds)) {
    const others = byPool.get(shortage.pool);
    if (others) others.push(shortage);
    else byPool.set(shortage.pool, [shortage]);
  }
  return byPool;
};

const contextOf = (
  fleet: Fleet,
  observation: Observation,
  memory: FleetMemory,
  shortagesOf: ReadonlyMap<string, readonly Shortage[]>,
  nowSeconds: number,
): PolicyContext => {
  const units: Record<string, UnitObservation> = {};
  for (const { name } of fleet.units) {
    const unit = observation.units[unitKey(fleet, name)];
    if (unit !== undefined) units[name] = unit;
  }
  const pools: Record<string, PoolObservation> = {};
  for (const { name } of fleet.pools) {
    const pool = observation.pools[name];
    if (pool !== undefined) pools[name] = pool;
  }
  const shortages = fleet.pools.flatMap(({ name }) => shortagesOf.get(name) ?? []);
  // The mirror of the rule that leaves cost-optimized mode: a unit with one pool to go to is not short.
  const isClear = fleet.units.every((unit) => unit.pools.some((name) => !isBlocked(poolState(name, shortages, nowSeconds))));
  const routerWeights = observation.routerWeights[fleetKey(fleet)] ?? unknown('router not observed');
  return {
    fleet,
    nowSeconds,
    units,
    pools,
    routerWeights,
    memory,
    shortages,
    ...(isClear && { clearSinceSeconds: memory.clearSinceSeconds ?? nowSeconds }),
    demand: estimateDemand(fleet, units, routerWeights, nowSeconds),
  };
};

const modeRemarks = ({ fleet, memory }: PolicyContext, wishes: Wishes): readonly Remark[] =>
  memory.mode === wishes.mode
    ? []
    : [{ code: 'Mode', subject: fleet.name, message: `${memory.mode} to ${wishes.mode}: ${wishes.modeReason}` }];

const nextMemory = ({ memory, nowSeconds, shortages, clearSinceSeconds }: PolicyContext, wishes: Wishes): FleetMemory => {
  const switched = memory.mode !== wishes.mode;
  return {
    mode: wishes.mode,
    modeSinceSeconds: switched ? nowSeconds : memory.modeSinceSeconds,
    ...(clearSinceSeconds !== undefined && { clearSinceSeconds }),
    switches: memory.switches + (switched ? 1 : 0),
    shortages,
    written: memory.written,
  };
};
