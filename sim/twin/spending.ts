import { holdsPod } from '../../lambda/control-loop/model/fleet';
import type { Ec2 } from './aws/ec2';
import type { SpotMarket } from './aws/spot-market';
import type { TwinPod, World } from './kubernetes/world';

/** What is paid for at a moment, in US dollars per hour. */
export interface SpendingRate {
  /** Devices of ready pods, by unit index over all fleets. */
  readonly readyByUnit: readonly number[];
  /** Devices of pods that are not ready yet, and of nodes that are not. */
  readonly starting: number;
  /** Instances that EC2 gave notice of, whatever runs on them. */
  readonly reclaimed: number;
  /** Devices without a pod, or whose pod ends. */
  readonly empty: number;
  /** What ready pods cost more than they would in a cheaper pool of their unit that has capacity. */
  readonly dearer: number;
}

/** Reads what all instances are paid for. */
export const spendingRate = (world: World, ec2: Ec2, market: SpotMarket): SpendingRate => {
  const { nodes, units, kernel } = world;
  const readyByUnit = units.map(() => 0);
  let starting = 0;
  let reclaimed = 0;
  let empty = 0;
  let dearer = 0;
  const cheapest = cheapestFree(world, ec2, market);
  for (const { instance, pool, pods, phase } of nodes.values()) {
    if (instance === undefined) continue;
    const usdPerHour = market.price(pool, instance.type.name, instance.zone, kernel.now);
    if (instance.noticeSeconds !== undefined) {
      reclaimed += usdPerHour;
      continue;
    }
    const perDevice = usdPerHour / instance.type.devices;
    let left = instance.type.devices;
    for (const pod of pods) {
      const { devicesPerPod } = pod.unit;
      left -= devicesPerPod;
      const usd = perDevice * devicesPerPod;
      if (pod.phase === 'ready') {
        readyByUnit[pod.unitIndex]! += usd;
        dearer += Math.max(0, usd - cheapest(pod));
      } else if (pod.phase === 'terminating') empty += usd;
      else starting += usd;
    }
    if (phase === 'launched') starting += perDevice * left;
    else empty += perDevice * left;
  }
  return { readyByUnit, starting, reclaimed, empty, dearer };
};

/** What a pod of a unit would cost in the cheapest of its pools that grants one more, in US dollars per hour. */
const cheapestFree = (world: World, ec2: Ec2, market: SpotMarket): ((pod: TwinPod) => number) => {
  const known = new Map<number, number>();
  return ({ unit, unitIndex, fleet }) => {
    const before = known.get(unitIndex);
    if (before !== undefined) return before;
    const usd = fleet.pools
      .filter(({ name, maximumDevices }) => {
        const room = Math.min(maximumDevices, ec2.grantedDevices(name)) - ec2.runningDevices(name);
        return unit.pools.includes(name) && room >= unit.devicesPerPod;
      })
      .flatMap((pool) =>
        pool.instanceTypes
          .filter((type) => holdsPod(unit, type))
          .flatMap((type) =>
            market
              .zones(pool, type.name)
              .map((zone) => (market.price(pool, type.name, zone, world.kernel.now) * unit.devicesPerPod) / type.devices),
          ),
      );
    const least = Math.min(...usd, Number.POSITIVE_INFINITY);
    known.set(unitIndex, least);
    return least;
  };
};
