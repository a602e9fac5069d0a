import type { Decide } from '../../lambda/control-loop/decide/decide';
import { estimateDemand } from '../../lambda/control-loop/decide/demand';
import { initialMemory } from '../../lambda/control-loop/decide/memory';
import { deletionCosts, poolsByPrice } from '../../lambda/control-loop/decide/placement';
import { priceUsdPerDeviceHour } from '../../lambda/control-loop/decide/shares';
import type { FleetDecision, PoolDecision, Reasoned, UnitDecision } from '../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey } from '../../lambda/control-loop/model/fleet';
import { type FleetObservation, fleetObservation } from '../../lambda/control-loop/model/observation';
import { fresh, freshQuantity, readyPodsOn } from '../../lambda/control-loop/model/signals';

/** What a baseline looks at: one fleet, in plain numbers. */
export interface FleetView {
  readonly fleet: Fleet;
  readonly nowSeconds: number;
  /** Mean of the last three minutes; undefined while it is unknown. */
  readonly demandPerMinute: number | undefined;
  /** Ready pods by unit and pool. */
  readonly readyPods: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Pods by unit that exist and are not ready. */
  readonly startingPods: Readonly<Record<string, number>>;
  /** Targets by unit that the load balancer finds healthy. */
  readonly healthyHosts: Readonly<Record<string, number>>;
  /** By pool. */
  readonly priceUsdPerDeviceHour: Readonly<Record<string, number>>;
  /** When EC2 last refused a launch, by pool; left out where it refused none that is remembered. */
  readonly refusedSeconds: Readonly<Record<string, number>>;
}

/** What a baseline wants of a unit; what is left out stays as it is. */
export interface WantedUnit {
  readonly floor?: number;
  readonly targetPerMinute?: number;
  readonly share?: number;
}

/** What a baseline wants of a fleet. */
export interface WantedFleet {
  readonly units: Readonly<Record<string, WantedUnit>>;
  /** Pool names, the one that is tried first in front. */
  readonly poolOrder: readonly string[];
  /** Devices that a pool may grow to; `maximumDevices` where left out. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether scale-down takes the pods in the dearest pools first; otherwise the ReplicaSet decides. */
  readonly removesDearest?: boolean;
}

/** Decides on one fleet, and remembers what it must from tick to tick. */
export type Rule = (view: FleetView) => WantedFleet;

/** A rule in the place of the loop's own `decide`, one for each fleet. It has neither guardrails nor memory beside its own. */
export const decideBy = (newRule: () => Rule): Decide => {
  const rules = new Map<string, Rule>();
  return (inputs, observation) => {
    const pools: Record<string, PoolDecision> = {};
    const fleets = inputs.map(({ fleet, memory }): FleetDecision => {
      const key = fleetKey(fleet);
      const seen = fleetObservation(fleet, observation);
      const rule = rules.get(key) ?? newRule();
      rules.set(key, rule);
      const view = viewOf(fleet, seen);
      const wanted = rule(view);
      for (const { name, maximumDevices } of fleet.pools) {
        // Fleets that share a pool state it alike; the first one's wish counts.
        pools[name] ??= {
          weight: wish(weightOf(name, wanted.poolOrder)),
          limitDevices: wish(Math.min(maximumDevices, wanted.limits?.[name] ?? maximumDevices)),
        };
      }
      const { nowSeconds } = view;
      const order = poolsByPrice({ fleet, pools: seen.pools, nowSeconds });
      return {
        fleet: key,
        strategy: 'Static',
        strategyReason: 'a baseline',
        units: Object.fromEntries(fleet.units.map(({ name }) => [name, unitDecision(wanted.units[name])])),
        ...(wanted.removesDearest && { deletionCosts: deletionCosts(fleet, { order }) }),
        findings: [],
        memory: { ...(memory ?? initialMemory(fleet, nowSeconds)), strategy: 'Static' },
      };
    });
    return { fleets, pools };
  };
};

const wish = (value: number | undefined): Reasoned<number> => ({ value, reason: 'a baseline wants it' });

const unitDecision = ({ floor, targetPerMinute, share }: WantedUnit = {}): UnitDecision => ({
  floor: wish(floor),
  targetThroughputPerMinute: wish(targetPerMinute),
  share: wish(share),
});

const HIGHEST_WEIGHT = 100;

const weightOf = (pool: string, order: readonly string[]): number => {
  const place = order.indexOf(pool);
  return place < 0 ? 1 : Math.max(1, HIGHEST_WEIGHT - place);
};

const viewOf = (fleet: Fleet, seen: FleetObservation): FleetView => {
  const { nowSeconds, units, pools } = seen;
  const demand = estimateDemand(fleet, seen);
  const byUnit = <T>(value: (name: string) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(fleet.units.map(({ name }) => [name, value(name)]));
  return {
    fleet,
    nowSeconds,
    demandPerMinute: demand.known ? demand.value.presentPerMinute : undefined,
    readyPods: Object.fromEntries(
      fleet.units.map((unit) => [
        unit.name,
        Object.fromEntries(unit.pools.map((pool) => [pool, readyPodsOn(units[unit.name], pool, nowSeconds) ?? 0])),
      ]),
    ),
    startingPods: byUnit((name) => freshQuantity(units[name]?.startingPods, nowSeconds) ?? 0),
    healthyHosts: byUnit((name) => freshQuantity(units[name]?.healthyHosts, nowSeconds) ?? 0),
    priceUsdPerDeviceHour: Object.fromEntries(fleet.pools.map((pool) => [pool.name, priceUsdPerDeviceHour(pool, pools[pool.name])])),
    refusedSeconds: Object.fromEntries(
      fleet.pools.flatMap(({ name }) => {
        const failures = fresh(pools[name]?.launchFailures, nowSeconds) ?? [];
        return failures.length === 0 ? [] : [[name, Math.max(...failures.map(({ atSeconds }) => atSeconds))]];
      }),
    ),
  };
};

/** Spot before on demand, each by price: what `karpenter.sh/capacity-type In [spot, on-demand]` gives without weights. */
export const spotFirst = ({ fleet, priceUsdPerDeviceHour: prices }: FleetView): readonly string[] =>
  fleet.pools
    .toSorted(
      (left, right) =>
        Number(left.capacityType === 'on-demand') - Number(right.capacityType === 'on-demand') || prices[left.name]! - prices[right.name]!,
    )
    .map(({ name }) => name);

/** Shares in proportion to what the healthy pods of each unit serve; equal ones while none is healthy. */
export const sharesByCapacity = ({ fleet, healthyHosts }: Pick<FleetView, 'fleet' | 'healthyHosts'>): Readonly<Record<string, number>> => {
  const capacities = fleet.units.map(({ name, profile }) => (healthyHosts[name] ?? 0) * profile.throughputPerMinute);
  const all = capacities.reduce((sum, capacity) => sum + capacity, 0);
  return Object.fromEntries(fleet.units.map(({ name }, index) => [name, all === 0 ? 1 / fleet.units.length : capacities[index]! / all]));
};
