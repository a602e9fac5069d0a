import type { Unit } from '../model/fleet';
import { freshQuantity } from '../model/signals';
import type { CircuitState } from './circuits';
import { type Claim, grantPods } from './grants';
import type { PolicyContext } from './policies/policy';
import { obtainableDevices } from './pools';
import { sizingObjective } from './profiles/slow';
import { podsFor, UTILIZATION_CEILING } from './queueing';
import { withRoomForRollouts } from './rollouts';

/** Devices of each pool that a fleet may count on, by pool name. */
export type Room = ReadonlyMap<string, number>;

/**
 * The room of a fleet: all of a pool whose breaker is closed, what runs in any other, and its probe; of a pool that several fleets share
 * no more than what is promised to this one. Where no state is given, as much as if there were no shortage. Rollouts have theirs set aside.
 */
export const roomOf = (context: PolicyContext, states: Readonly<Record<string, CircuitState>>): Room =>
  withRoomForRollouts(devicesOf(context, states), context);

const devicesOf = (context: PolicyContext, states: Readonly<Record<string, CircuitState>>): Room =>
  new Map(
    context.fleet.pools.map((pool) => {
      const state = states[pool.name] ?? 'Closed';
      const running = freshQuantity(context.pools[pool.name]?.runningDevices, context.nowSeconds);
      const most = obtainableDevices(pool, context.pools[pool.name], context.nowSeconds);
      const devices =
        state === 'Closed' || running === undefined ? most : running + (state === 'Open' ? 0 : (context.probeDevices[pool.name] ?? 1));
      return [pool.name, Math.min(devices, most, context.promisedDevices?.[pool.name] ?? most)];
    }),
  );

/** Pods of a unit that fit, where it has its pools to itself. */
const podsWithin = ({ devicesPerPod, pools }: Unit, room: Room): number =>
  pools.reduce((sum, pool) => sum + Math.floor((room.get(pool) ?? 0) / devicesPerPod), 0);

/** What a unit asks of the pools that can host it. */
export const claimOf = ({ devicesPerPod, pools }: Unit, pods: number): Claim => ({ pods, devicesPerPod, pools });

export interface Spread {
  readonly pods: readonly number[];
  readonly rates: readonly number[];
  /** Rate of each unit that its pods carry within the objective whatever the others do; zero for a unit that is full or shares its pools. */
  readonly carriedPerMinute: readonly number[];
  readonly unservedPerMinute: number;
}

/**
 * Divides a rate by weight, beside canaries, and gives what a full unit cannot serve to those with room, first to those with a weight, then
 * to those whose weight is zero, by throughput. A unit whose weight is `undefined` takes no part. Units that share a pool are full together.
 *
 * A canary gets pods for its own part of the rate and for no more, and the others get theirs for all of it: it may be gone at any time.
 */
export const spread = (
  ratePerMinute: number,
  { fleet: { units, objective }, slowUnits }: PolicyContext,
  weights: readonly (number | undefined)[],
  room: Room,
): Spread => {
  const pods = units.map(() => 0);
  const rates = units.map(() => 0);
  const isFull = units.map(() => false);
  const alone = units.map((unit) => Math.min(unit.maximumReplicas, podsWithin(unit, room)));
  const isShared = sharePools(units);
  let left = ratePerMinute;
  const granted = (wanted: readonly number[]): readonly number[] => {
    const asked = wanted.map((count, index) => Math.min(count, alone[index]!));
    // Each unit has its pools to itself in most fleets, and this is asked for every pool that might be lost.
    if (!isShared) return asked;
    const full = units.flatMap((unit, index) => (isFull[index] ? [claimOf(unit, pods[index]!)] : []));
    const others = full.length === 0 ? room : grantPods(full, room).left;
    return grantPods(
      units.map((unit, index) => claimOf(unit, asked[index]!)),
      others,
    ).pods;
  };
  const fill = (weightOf: (index: number) => number): void => {
    const isOpen = (index: number): boolean => !isFull[index] && weightOf(index) > 0 && alone[index]! > 0;
    let open = units.map((_, index) => index).filter(isOpen);
    while (open.length > 0 && left > 0) {
      const sum = open.reduce((total, index) => total + weightOf(index), 0);
      const wanted = units.map(() => 0);
      for (const index of open) {
        const { name, profile } = units[index]!;
        rates[index] = (left * weightOf(index)) / sum;
        wanted[index] = podsFor(rates[index]!, profile, sizingObjective(objective, slowUnits.has(name)), alone[index]! + 1);
      }
      const had = granted(wanted);
      const filled = open.filter((index) => had[index]! < wanted[index]!);
      for (const index of open) pods[index] = had[index]!;
      if (filled.length === 0) left = 0;
      for (const index of filled) {
        isFull[index] = true;
        rates[index] = Math.min(rates[index]!, pods[index]! * units[index]!.profile.throughputPerMinute * UTILIZATION_CEILING);
        left -= rates[index]!;
      }
      open = open.filter(isOpen);
    }
  };
  units.forEach((unit, index) => {
    const { maximumShare, name, profile } = unit;
    if (maximumShare === undefined || weights[index] === undefined) return;
    rates[index] = ratePerMinute * Math.min(maximumShare, weights[index]);
    const wanted = podsFor(rates[index]!, profile, sizingObjective(objective, slowUnits.has(name)), alone[index]!);
    pods[index] = Math.min(wanted, alone[index]!);
    isFull[index] = true;
  });
  fill((index) => weights[index] ?? 0);
  if (left > 0) fill((index) => (weights[index] === 0 ? units[index]!.profile.throughputPerMinute : 0));
  const carriedPerMinute = rates.map((rate, index) => (isShared || isFull[index] ? 0 : rate));
  return { pods, rates, carriedPerMinute, unservedPerMinute: Math.max(0, left) };
};

/** Whether two units may use one pool. */
const sharePools = (units: readonly Pick<Unit, 'pools'>[]): boolean => {
  const used = new Set<string>();
  for (const { pools } of units) {
    for (const pool of pools) {
      if (used.has(pool)) return true;
      used.add(pool);
    }
  }
  return false;
};
