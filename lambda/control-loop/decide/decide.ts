import type { Decision, Finding, FleetDecision, FleetMemory, Shortage } from '../model/decision';
import { type Fleet, type FleetSpec, fleetKey, unitKey } from '../model/fleet';
import { type Observation, type PoolObservation, type UnitObservation, unknown } from '../model/observation';
import { type FleetOverrides, NO_OVERRIDES } from '../model/overrides';
import { estimateDemand } from './demand';
import type { Pause } from './field-state';
import { guardPools } from './guardrails/pools';
import { guardUnits } from './guardrails/units';
import { initialMemory } from './memory';
import { desiredRecord, forcedStrategyOf, liveOverrides, withOverrides } from './overrides';
import type { DesiredFleet, Policy, PolicyContext } from './policies/policy';
import { staticPolicy } from './policies/static';
import { twoMode } from './policies/two-mode';
import { circuitState, isBlocked, mergeShortages, updateShortages } from './shortages';

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
  const stateOf = (pool: string) => circuitState(pool, shortages.get(pool) ?? [], nowSeconds);

  const requests = fleets.map((fleet, index) => {
    const overrides = liveOverrides(fleet, options.overrides?.[fleetKey(fleet)] ?? NO_OVERRIDES, nowSeconds);
    const forcedStrategy = forcedStrategyOf(overrides);
    const seen = contextOf(fleet, observation, remembered[index]!, shortages, nowSeconds);
    const context = forcedStrategy === undefined ? seen : { ...seen, forcedStrategy };
    const policy = options.policies?.[fleet.policy.name] ?? builtInPolicies[fleet.policy.name];
    const desired = withOverrides(fleet, policy(context), overrides);
    const findings: Finding[] = [];
    return { fleet, context, memory: context.memory, desired, pause: options.paused[fleetKey(fleet)] ?? NOT_PAUSED, findings };
  });
  const pools = guardPools(requests, observation.pools, stateOf, nowSeconds);
  return {
    fleets: requests.map(({ context, desired, pause, findings }): FleetDecision => {
      const guarded = guardUnits(context, desired, pause);
      return {
        fleet: fleetKey(context.fleet),
        strategy: desired.strategy,
        strategyReason: desired.strategyReason,
        units: guarded.units,
        findings: [...strategyFindings(context, desired), ...desired.findings, ...guarded.findings, ...findings],
        desired: desiredRecord(context.fleet, desired),
        memory: nextMemory(context, desired),
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
  const isClear = fleet.units.every((unit) => unit.pools.some((name) => !isBlocked(circuitState(name, shortages, nowSeconds))));
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

const strategyFindings = ({ fleet, memory }: PolicyContext, desired: DesiredFleet): readonly Finding[] =>
  memory.strategy === desired.strategy
    ? []
    : [{ code: 'Strategy', subject: fleet.name, message: `${memory.strategy} to ${desired.strategy}: ${desired.strategyReason}` }];

const nextMemory = ({ memory, nowSeconds, shortages, clearSinceSeconds }: PolicyContext, desired: DesiredFleet): FleetMemory => {
  const switched = memory.strategy !== desired.strategy;
  return {
    strategy: desired.strategy,
    strategySinceSeconds: switched ? nowSeconds : memory.strategySinceSeconds,
    ...(clearSinceSeconds !== undefined && { clearSinceSeconds }),
    switches: memory.switches + (switched ? 1 : 0),
    shortages,
    written: memory.written,
  };
};
