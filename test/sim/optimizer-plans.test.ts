import { expect, it } from 'vitest';
import { greedyPlan } from '../../lambda/control-loop/decide/optimizer/greedy';
import { type Problem, shortfalls, usdPerHour } from '../../lambda/control-loop/decide/optimizer/problem';
import { rateFor, UTILIZATION_CEILING } from '../../lambda/control-loop/decide/queueing';
import type { Profile } from '../../lambda/control-loop/model/fleet';
import { cheapestFleet, type UnitChoice } from '../../sim/bounds/cheapest-fleet';

const OBJECTIVE = { latencySeconds: 1.5, percentile: 95, attainment: 0.99 };
const DEVICES = 80;

/** The published accelerators with catalogue prices. */
const UNITS = [
  { name: 'inf2', throughputPerMinute: 105, latencySeconds: 0.67, usd: { 'on-demand': 0.7582, spot: 0.3033 } },
  { name: 'trn1', throughputPerMinute: 130, latencySeconds: 0.51, usd: { 'on-demand': 1.3438, spot: 0.47 } },
  { name: 'g5', throughputPerMinute: 90, latencySeconds: 0.68, usd: { 'on-demand': 1.006, spot: 0.42 } },
  { name: 'g6', throughputPerMinute: 61, latencySeconds: 0.96, usd: { 'on-demand': 0.8048, spot: 0.32 } },
] as const;
type CapacityType = keyof (typeof UNITS)[number]['usd'];

const capacityOf = ({ throughputPerMinute, latencySeconds }: Pick<Profile, 'throughputPerMinute' | 'latencySeconds'>) => {
  const profile = { throughputPerMinute, latencySeconds, coldStartSeconds: 300 };
  const rates: number[] = [];
  const within = (pods: number): number => (rates[pods] ??= rateFor(pods, profile, OBJECTIVE));
  return { within, stable: (pods: number) => Math.max(within(pods), UTILIZATION_CEILING * pods * throughputPerMinute) };
};
const CAPACITIES = UNITS.map(capacityOf);

const problemOf = (capacityTypes: readonly CapacityType[], demandPerMinute: number): Problem => ({
  units: UNITS.map(({ name }, index) => ({
    name,
    minimumPods: 0,
    maximumPods: capacityTypes.length * DEVICES,
    devicesPerPod: 1,
    pools: capacityTypes.map((_, place) => index * capacityTypes.length + place),
    ratePerMinute: CAPACITIES[index]!.within,
    survivingRatePerMinute: CAPACITIES[index]!.stable,
  })),
  pools: UNITS.flatMap(({ name, usd }) =>
    capacityTypes.map((type) => ({ name: `${name}-${type}`, devices: DEVICES, usdPerDeviceHour: usd[type], mayBeLost: true })),
  ),
  demandPerMinute,
  survivingPerMinute: demandPerMinute,
});

const leastUsdPerHour = (capacityTypes: readonly CapacityType[], demandPerMinute: number): number =>
  cheapestFleet(
    UNITS.map(
      ({ throughputPerMinute, usd }, index): UnitChoice => ({
        throughputPerMinute,
        capacity: CAPACITIES[index]!,
        pools: capacityTypes.map((type) => ({ priceUsdPerHour: usd[type], maximumPods: DEVICES })),
      }),
    ),
    { demandPerMinute, resilience: 1, isStrict: false },
  )!;

it.each<readonly [string, readonly CapacityType[]]>([
  ['on demand only', ['on-demand']],
  ['on spot and on demand', ['spot', 'on-demand']],
])('plans of four accelerators %s cost at most 5 %% more than the cheapest of all, from 10 to 3,000 requests a minute', (_, types) => {
  for (let demand = 10; demand < 3000; demand = Math.ceil(demand * 1.17)) {
    const problem = problemOf(types, demand);
    const plan = greedyPlan(problem);
    expect(shortfalls(problem, plan), `${demand} requests/min`).toEqual([]);
    expect(usdPerHour(problem, plan), `${demand} requests/min`).toBeLessThanOrEqual(1.05 * leastUsdPerHour(types, demand));
  }
});
