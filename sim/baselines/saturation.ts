import type { Unit } from '../../lambda/control-loop/model/fleet';
import { type FleetView, type Rule, sharesByCapacity, spotFirst, type WantedUnit } from './rule';

/** How long a pod is kept that was wanted, in seconds. */
const KEEP_SECONDS = 600;

/**
 * While the pods that are there and on their way would be busier than a limit, one more of the unit that is cheapest per request; while
 * they would be below it without it, one less of the unit that is dearest.
 *
 * The saturation analyzer of llm-d's workload variant autoscaler (llm-d-incubation/workload-variant-autoscaler, Apache-2.0,
 * `docs/saturation-analyzer.md`): adds the cheapest variant, removes the most expensive, and counts what is pending so that it does not add twice.
 * It reads KV cache and queue length of the servers; here, where requests are alike, requests per throughput are the same thing.
 */
export const saturation = (limit: number): Rule => {
  const pods = new Map<string, number>();
  let grownSeconds = Number.NEGATIVE_INFINITY;
  return (view) => {
    const { fleet, demandPerMinute, nowSeconds } = view;
    const byPrice = fleet.units.toSorted((left, right) => usdPerRequest(view, left) - usdPerRequest(view, right));
    for (const { name, minimumReplicas } of fleet.units) {
      if (!pods.has(name)) pods.set(name, Math.max(minimumReplicas, presentPods(view, name)));
    }
    const capacity = (): number => fleet.units.reduce((sum, { name, profile }) => sum + pods.get(name)! * profile.throughputPerMinute, 0);
    if (demandPerMinute !== undefined) {
      while (demandPerMinute > limit * capacity()) {
        const cheapest = byPrice.find(({ name, maximumReplicas }) => pods.get(name)! < maximumReplicas);
        if (cheapest === undefined) break;
        pods.set(cheapest.name, pods.get(cheapest.name)! + 1);
        grownSeconds = nowSeconds;
      }
      const dearest = byPrice.findLast(({ name, minimumReplicas }) => pods.get(name)! > minimumReplicas);
      if (dearest !== undefined && nowSeconds - grownSeconds >= KEEP_SECONDS) {
        const left = capacity() - dearest.profile.throughputPerMinute;
        if (demandPerMinute <= limit * left && left > 0) pods.set(dearest.name, pods.get(dearest.name)! - 1);
      }
    }
    const shares = sharesByCapacity(view);
    return {
      units: Object.fromEntries(
        fleet.units.map(({ name, profile }): [string, WantedUnit] => [
          name,
          { floor: pods.get(name)!, targetPerMinute: profile.throughputPerMinute, share: shares[name]! },
        ]),
      ),
      poolOrder: spotFirst(view),
      removesDearest: true,
    };
  };
};

const presentPods = ({ readyPods, startingPods }: FleetView, unit: string): number =>
  Object.values(readyPods[unit] ?? {}).reduce((sum, count) => sum + count, startingPods[unit] ?? 0);

const usdPerRequest = ({ priceUsdPerDeviceHour }: FleetView, { pools, devicesPerPod, profile }: Unit): number =>
  (Math.min(...pools.map((pool) => priceUsdPerDeviceHour[pool]!)) * devicesPerPod) / profile.throughputPerMinute;
