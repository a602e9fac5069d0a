import type { Finding } from '../model/decision';
import type { Unit } from '../model/fleet';
import { freshQuantity, readyPods, readyPodsOn } from '../model/signals';
import { isCanary } from './canaries';
import { type CircuitState, isBlocked } from './circuits';
import { grantPods } from './grants';
import type { DesiredValue, PolicyContext } from './policies/policy';
import { UTILIZATION_CEILING } from './queueing';
import { needsRoomForRollout } from './rollouts';
import { claimOf, type Room, roomOf, spread } from './room';

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
 * A floor falls only where demand larger by so many standard deviations would let it fall as well. Under Poisson arrivals at a constant
 * rate two leave 20 writes of floors a day of 458, for 1.4 % more cost where floors decide it.
 */
export const KEPT_DEVIATIONS = 2;

/**
 * The floor of each unit.
 *
 * A floor holds the unit's desired share of the planned demand within the objective (`podsFor`); it is raised so that
 * `resilience` of the demand survives the loss of any one pool, so that pods that are about to be evicted have successors, and so that an
 * open probe has a pod to launch for.
 * Without known demand only probes raise floors. A floor does not fall while demand merely wavers about a size of the fleet.
 *
 * Demand that no pool has room for is asked for all the same, and no floor falls meanwhile: the pods that wait are those
 * that run first when capacity is back.
 */
export const sizeFloors = (input: FloorsInput): Floors => {
  const { context } = input;
  const findings: Finding[] = [];
  const sized = new Map<string, DesiredValue<number>>();
  if (context.demand.known) {
    const { plannedPerMinute, noisePerMinute } = context.demand.value;
    for (const [name, floor] of sizeFor(plannedPerMinute, input, findings)) sized.set(name, floor);
    keepThroughNoise(plannedPerMinute + KEPT_DEVIATIONS * noisePerMinute, input, sized);
  }
  return finishFloors(sized, input, findings);
};

/** What the floors of any policy need beside the demand: successors of leaving pods, bounds of the room that there is, and pods for probes. */
export const finishFloors = (
  sized: Map<string, DesiredValue<number>>,
  input: Pick<FloorsInput, 'context' | 'states' | 'order'>,
  findings: Finding[],
): Floors => {
  const { units } = input.context.fleet;
  if (sized.size > 0) {
    for (const unit of units) replaceLeaving(unit, input, sized);
    keepToRoom(input, sized, findings);
  }
  for (const unit of units) probe(unit, input, sized);
  return { desired: Object.fromEntries(sized), findings };
};

/** The floors for a rate, by unit. */
const sizeFor = (ratePerMinute: number, input: FloorsInput, findings: Finding[]): Map<string, DesiredValue<number>> => {
  const { context } = input;
  const { fleet } = context;
  const sized = new Map<string, DesiredValue<number>>();
  const room = roomOf(context, input.states);
  const base = spread(ratePerMinute, context, input.shares, room);
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
    const carriedPerMinute = [...base.carriedPerMinute];
    for (const { name } of fleet.pools) {
      if (!isBlocked(input.states[name] ?? 'Closed'))
        surviveLossOf(name, ratePerMinute, input, { room, sized, carriedPerMinute }, findings);
    }
  }
  return sized;
};

/** Keeps floors that would fall, up to what a higher rate asks for. */
const keepThroughNoise = (ratePerMinute: number, input: FloorsInput, sized: Map<string, DesiredValue<number>>): void => {
  const { fleet, units, nowSeconds } = input.context;
  const falls = fleet.units.flatMap(({ name }) => {
    // What was raised for leaving pods is no answer to demand, and comes on top again.
    const leaving = freshQuantity(units[name]?.leavingPods, nowSeconds) ?? 0;
    const live = (freshQuantity(units[name]?.floor, nowSeconds) ?? 0) - leaving;
    return live > sized.get(name)!.value ? [{ name, live }] : [];
  });
  if (falls.length === 0) return;
  const upper = sizeFor(ratePerMinute, input, []);
  for (const { name, live } of falls) {
    const value = Math.min(live, upper.get(name)!.value);
    const floor = sized.get(name)!;
    if (value > floor.value) sized.set(name, { value, reason: `${floor.reason}; not lowered while demand wavers about this size` });
  }
};

/** Raises floors to what the fleet would have if no pool were in a shortage, and keeps those that are higher. */
const askForMissing = (ratePerMinute: number, missing: string, input: FloorsInput, sized: Map<string, DesiredValue<number>>): void => {
  const { fleet, units, nowSeconds } = input.context;
  const { pods } = spread(ratePerMinute, input.context, input.shares, roomOf(input.context, {}));
  for (const [index, unit] of fleet.units.entries()) {
    const present = freshQuantity(units[unit.name]?.floor, nowSeconds) ?? 0;
    const value = Math.max(pods[index]!, Math.min(present, unit.maximumReplicas));
    if (value > sized.get(unit.name)!.value) sized.set(unit.name, { value, reason: missing });
  }
};

/** What the losses of the pools of a fleet are sized with, one after the other. */
interface Sizing {
  readonly room: Room;
  /** Floors by unit so far. */
  readonly sized: Map<string, DesiredValue<number>>;
  /** Rates that these floors are known to carry, in the order of the units. */
  readonly carriedPerMinute: number[];
}

/**
 * Raises the floors of the units that do not depend on a pool so that they carry `resilience` of the demand without it.
 *
 * A unit of that pool alone is lost as a whole. A unit with other pools keeps the ready pods it has there, and is not
 * raised itself: its further pods would be launched in the same first pool. Canaries carry nothing for others.
 */
const surviveLossOf = (
  pool: string,
  ratePerMinute: number,
  input: FloorsInput,
  { room, sized, carriedPerMinute }: Sizing,
  findings: Finding[],
): void => {
  const { fleet } = input.context;
  let rate = ratePerMinute * fleet.resilience;
  if (rate <= 0 || !fleet.units.some(({ pools }) => pools.includes(pool))) return;
  const weights = fleet.units.map((unit, index) => {
    if (isCanary(unit)) return undefined;
    if (!unit.pools.includes(pool)) return input.shares[index]!;
    rate -= keptPods(unit, pool, input) * unit.profile.throughputPerMinute * UTILIZATION_CEILING;
    return undefined;
  });
  if (isCarried(rate, weights, carriedPerMinute)) return;
  const left = spread(Math.max(0, rate), input.context, weights, withoutLost(pool, room, input));
  const { pods, unservedPerMinute } = left;
  for (const [index, unit] of fleet.units.entries()) {
    const floor = sized.get(unit.name);
    carriedPerMinute[index] = Math.max(carriedPerMinute[index]!, left.carriedPerMinute[index]!);
    if (floor !== undefined && pods[index]! > floor.value) {
      sized.set(unit.name, { value: pods[index]!, reason: `carries its part of ${fleet.resilience} of the demand without pool ${pool}` });
    }
  }
  if (unservedPerMinute > 0) {
    findings.push(
      rejected(
        input.context,
        `resilience ${fleet.resilience} cannot be reached: without pool ${pool} there is no room for ${Math.round(unservedPerMinute)} of ${Math.round(ratePerMinute)} requests/min`,
      ),
    );
  }
};

/** Whether floors that were sized for other rates carry this one as well: most pools need no sizing of their own. */
const isCarried = (ratePerMinute: number, weights: readonly (number | undefined)[], carriedPerMinute: readonly number[]): boolean => {
  const sum = weights.reduce<number>((total, weight = 0) => total + weight, 0);
  return sum > 0 && weights.every((weight = 0, index) => (ratePerMinute * weight) / sum <= carriedPerMinute[index]!);
};

/** The room without a pool, and without the devices of those pods that run elsewhere of the units that have lost it. */
const withoutLost = (lostPool: string, room: Room, { context }: FloorsInput): Room => {
  const left = new Map(room);
  left.delete(lostPool);
  for (const { name, pools, devicesPerPod } of context.fleet.units) {
    if (!pools.includes(lostPool)) continue;
    for (const pool of pools) {
      const devices = left.get(pool);
      const pods = readyPodsOn(context.units[name], pool, context.nowSeconds) ?? 0;
      if (devices !== undefined) left.set(pool, Math.max(0, devices - pods * devicesPerPod));
    }
  }
  return left;
};

/**
 * Cuts floors to what the pools hold for all units together: each was sized for one loss, and they may need the same devices. What is
 * asked for during a shortage is measured against the pools without it.
 */
const keepToRoom = ({ context }: Pick<FloorsInput, 'context'>, sized: Map<string, DesiredValue<number>>, findings: Finding[]): void => {
  const { units } = context.fleet;
  const floors = units.map(({ name }) => sized.get(name)!.value);
  const granted = grantPods(
    units.map((unit, index) => claimOf(unit, floors[index]!)),
    roomOf(context, {}),
  ).pods;
  for (const [index, unit] of units.entries()) {
    const value = Math.max(granted[index]!, unit.minimumReplicas);
    if (value >= floors[index]!) continue;
    sized.set(unit.name, { value, reason: `its part of ${unit.pools.join(', ')}` });
    const sharing = units.filter(({ name, pools }) => name !== unit.name && pools.some((pool) => unit.pools.includes(pool)));
    const rollouts = [unit, ...sharing].filter((one) => needsRoomForRollout(context, one)).map(({ name }) => name);
    const shared = sharing.length > 0 ? `shares them with ${sharing.map(({ name }) => name).join(', ')}` : 'has no more room there';
    const why = rollouts.length > 0 ? `${shared}, and a pod of the rollout of ${rollouts.join(', ')} has its place` : shared;
    const message = `${unit.name} needs ${floors[index]} pods and gets ${value} in ${unit.pools.join(', ')}: it ${why}`;
    findings.push(rejected(context, message));
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

/** Raises a floor by the pods that Karpenter is about to evict: their successors start while they still serve. */
const replaceLeaving = (unit: Unit, { context }: Pick<FloorsInput, 'context'>, sized: Map<string, DesiredValue<number>>): void => {
  const leaving = freshQuantity(context.units[unit.name]?.leavingPods, context.nowSeconds) ?? 0;
  const floor = sized.get(unit.name);
  if (leaving === 0 || floor === undefined) return;
  const value = Math.min(unit.maximumReplicas, floor.value + leaving);
  sized.set(unit.name, { value, reason: `${floor.reason}; ${leaving} more while pods leave their nodes` });
};

/** Raises a floor to one pod above the ready ones while a pool of the unit that is tried before any free one has an open probe. */
const probe = (
  unit: Unit,
  { context, states, order }: Pick<FloorsInput, 'context' | 'states' | 'order'>,
  sized: Map<string, DesiredValue<number>>,
): void => {
  const first = order.find((name) => unit.pools.includes(name) && states[name] !== 'Open');
  const ready = readyPods(context.units[unit.name], context.nowSeconds);
  if (first === undefined || states[first] !== 'HalfOpen' || ready === undefined) return;
  const floor = sized.get(unit.name)?.value ?? freshQuantity(context.units[unit.name]?.floor, context.nowSeconds);
  const value = Math.min(ready + 1, unit.maximumReplicas);
  if (floor !== undefined && value > floor) sized.set(unit.name, { value, reason: `one pod more to probe pool ${first}` });
};

const rejected = (context: PolicyContext, message: string): Finding => ({ code: 'Rejected', subject: context.fleet.name, message });
