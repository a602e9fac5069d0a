import type { Finding } from '../model/decision';
import type { Unit } from '../model/fleet';
import { freshQuantity, readyPods, readyPodsOn } from '../model/signals';
import { type CircuitState, isBlocked } from './circuits';
import type { DesiredValue, PolicyContext } from './policies/policy';
import { obtainableDevices } from './pools';
import { sizingObjective } from './profiles/slow';
import { podsFor, UTILIZATION_CEILING } from './queueing';

export interface FloorsInput {
  readonly context: PolicyContext;
  readonly states: Readonly<Record<string, CircuitState>>;
  /** Pool names in the order in which they are tried. */
  readonly order: readonly string[];
  /** Wanted shares in the order of the units. */
  readonly shares: readonly number[];
}

export interface Floors {
  /** By unit name; a unit without entry keeps its floor. */
  readonly desired: Readonly<Record<string, DesiredValue<number>>>;
  readonly findings: readonly Finding[];
}

/**
 * The floor of each unit.
 *
 * A floor holds the unit's desired share of the planned demand within the objective (`podsFor`); it is raised so that
 * `resilience` of the demand survives the loss of any one pool, and so that an open probe has a pod to launch for.
 * Without known demand only probes raise floors.
 *
 * Demand that no pool has room for is asked for all the same, and no floor falls meanwhile: the pods that wait are those
 * that run first when capacity is back.
 */
export const sizeFloors = (input: FloorsInput): Floors => {
  const { context } = input;
  const { fleet } = context;
  const findings: Finding[] = [];
  const sized = new Map<string, DesiredValue<number>>();
  if (context.demand.known) {
    const ratePerMinute = context.demand.value.plannedPerMinute;
    const maximumPods = fleet.units.map((unit) => mostPods(unit, input, input.states));
    const base = spread(ratePerMinute, input, input.shares, maximumPods);
    for (const [index, unit] of fleet.units.entries()) {
      const pods = base.pods[index]!;
      sized.set(unit.name, {
        value: Math.max(pods, unit.minimumReplicas),
        reason: pods >= unit.minimumReplicas ? `${Math.round(base.rates[index]!)} requests/min within the objective` : 'minimumReplicas',
      });
    }
    if (base.unservedPerMinute > 0) {
      const missing = `no unit has room for ${Math.round(base.unservedPerMinute)} of ${Math.round(ratePerMinute)} requests/min`;
      findings.push(rejected(context, missing));
      askForMissing(ratePerMinute, missing, input, sized);
    }
    if (fleet.resilience > 0) {
      for (const { name } of fleet.pools) {
        if (!isBlocked(input.states[name] ?? 'Closed')) surviveLossOf(name, ratePerMinute, input, maximumPods, sized, findings);
      }
    }
  }
  for (const unit of fleet.units) probe(unit, input, sized);
  return { desired: Object.fromEntries(sized), findings };
};

/** Raises floors to what the fleet would have if no pool were in a shortage, and keeps those that are higher. */
const askForMissing = (ratePerMinute: number, missing: string, input: FloorsInput, sized: Map<string, DesiredValue<number>>): void => {
  const { fleet, units, nowSeconds } = input.context;
  const maximumPods = fleet.units.map((unit) => mostPods(unit, input, {}));
  const { pods } = spread(ratePerMinute, input, input.shares, maximumPods);
  for (const [index, unit] of fleet.units.entries()) {
    const present = freshQuantity(units[unit.name]?.floor, nowSeconds) ?? 0;
    const value = Math.max(pods[index]!, Math.min(present, unit.maximumReplicas));
    if (value > sized.get(unit.name)!.value) sized.set(unit.name, { value, reason: missing });
  }
};

/**
 * The most pods that a unit's pools can hold: all of a pool whose breaker is closed, what runs in any other, and its probe. Where no state
 * is given, as many as if there were no shortage.
 */
const mostPods = (unit: Unit, { context }: FloorsInput, states: FloorsInput['states']): number => {
  let pods = 0;
  for (const pool of context.fleet.pools) {
    if (!unit.pools.includes(pool.name)) continue;
    const state = states[pool.name] ?? 'Closed';
    const running = freshQuantity(context.pools[pool.name]?.runningDevices, context.nowSeconds);
    const most = obtainableDevices(pool, context.pools[pool.name], context.nowSeconds);
    const devices =
      state === 'Closed' || running === undefined ? most : running + (state === 'Open' ? 0 : (context.probeDevices[pool.name] ?? 1));
    pods += Math.floor(Math.min(devices, most) / unit.devicesPerPod);
  }
  return Math.min(unit.maximumReplicas, pods);
};

interface Spread {
  readonly pods: readonly number[];
  readonly rates: readonly number[];
  readonly unservedPerMinute: number;
}

/**
 * Divides a rate by weight and gives what a full unit cannot serve to those with room, first to those with a weight, then
 * to those whose weight is zero, by throughput. A unit whose weight is `undefined` takes no part.
 */
const spread = (
  ratePerMinute: number,
  { context }: FloorsInput,
  weights: readonly (number | undefined)[],
  maximumPods: readonly number[],
): Spread => {
  const { units, objective } = context.fleet;
  const objectiveOf = ({ name }: Unit) => sizingObjective(objective, context.slowUnits.has(name));
  const pods = units.map(() => 0);
  const rates = units.map(() => 0);
  let left = ratePerMinute;
  const fill = (weightOf: (index: number) => number): void => {
    let open = units.map((_, index) => index).filter((index) => weightOf(index) > 0 && maximumPods[index]! > 0);
    while (open.length > 0 && left > 0) {
      const sum = open.reduce((total, index) => total + weightOf(index), 0);
      const full: number[] = [];
      for (const index of open) {
        rates[index] = (left * weightOf(index)) / sum;
        pods[index] = podsFor(rates[index]!, units[index]!.profile, objectiveOf(units[index]!), maximumPods[index]! + 1);
        if (pods[index]! > maximumPods[index]!) full.push(index);
      }
      if (full.length === 0) left = 0;
      for (const index of full) {
        pods[index] = maximumPods[index]!;
        rates[index] = Math.min(rates[index]!, pods[index]! * units[index]!.profile.throughputPerMinute * UTILIZATION_CEILING);
        left -= rates[index]!;
      }
      open = open.filter((index) => !full.includes(index));
    }
  };
  fill((index) => weights[index] ?? 0);
  fill((index) => (weights[index] === 0 ? units[index]!.profile.throughputPerMinute : 0));
  return { pods, rates, unservedPerMinute: Math.max(0, left) };
};

/**
 * Raises the floors of the units that do not depend on a pool so that they carry `resilience` of the demand without it.
 *
 * A unit of that pool alone is lost as a whole. A unit with other pools keeps the ready pods it has there, and is not
 * raised itself: its further pods would be launched in the same first pool.
 */
const surviveLossOf = (
  pool: string,
  ratePerMinute: number,
  input: FloorsInput,
  maximumPods: readonly number[],
  sized: Map<string, DesiredValue<number>>,
  findings: Finding[],
): void => {
  const { fleet } = input.context;
  let rate = ratePerMinute * fleet.resilience;
  if (rate <= 0 || !fleet.units.some(({ pools }) => pools.includes(pool))) return;
  const weights = fleet.units.map((unit, index) => {
    if (!unit.pools.includes(pool)) return input.shares[index]!;
    rate -= keptPods(unit, pool, input) * unit.profile.throughputPerMinute * UTILIZATION_CEILING;
    return undefined;
  });
  const { pods, unservedPerMinute } = spread(Math.max(0, rate), input, weights, maximumPods);
  for (const [index, unit] of fleet.units.entries()) {
    const floor = sized.get(unit.name);
    if (floor !== undefined && pods[index]! > floor.value) {
      sized.set(unit.name, { value: pods[index]!, reason: `carries its part of ${fleet.resilience} of the demand without pool ${pool}` });
    }
  }
  if (unservedPerMinute > 0) {
    findings.push(
      rejected(
        input.context,
        `resilience ${fleet.resilience} cannot be had: without pool ${pool} there is no room for ${Math.round(unservedPerMinute)} of ${Math.round(ratePerMinute)} requests/min`,
      ),
    );
  }
};

const keptPods = (unit: Unit, lostPool: string, { context, order }: FloorsInput): number => {
  if (unit.pools.length === 1) return 0;
  const ready = readyPods(context.units[unit.name], context.nowSeconds);
  const lost = readyPodsOn(context.units[unit.name], lostPool, context.nowSeconds);
  if (ready !== undefined && lost !== undefined) return ready - lost;
  // Where pods are is unknown: assume them all where they are tried first.
  return order.find((name) => unit.pools.includes(name)) === lostPool ? 0 : unit.minimumReplicas;
};

/** Raises a floor to one pod above the ready ones while a pool of the unit that is tried before any free one has an open probe. */
const probe = (unit: Unit, { context, states, order }: FloorsInput, sized: Map<string, DesiredValue<number>>): void => {
  const first = order.find((name) => unit.pools.includes(name) && states[name] !== 'Open');
  const ready = readyPods(context.units[unit.name], context.nowSeconds);
  if (first === undefined || states[first] !== 'HalfOpen' || ready === undefined) return;
  const floor = sized.get(unit.name)?.value ?? freshQuantity(context.units[unit.name]?.floor, context.nowSeconds);
  const value = Math.min(ready + 1, unit.maximumReplicas);
  if (floor !== undefined && value > floor) sized.set(unit.name, { value, reason: `one pod more to probe pool ${first}` });
};

const rejected = (context: PolicyContext, message: string): Finding => ({ code: 'Rejected', subject: context.fleet.name, message });
