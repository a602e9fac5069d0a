import { fleetsOf, type ScenarioFleet } from '../inputs/fleets';
import type { Scenario } from '../inputs/scenario';

type Fleet = ScenarioFleet['fleet'];
type CapacityType = Fleet['pools'][number]['capacityType'];

const all: readonly CapacityType[] = ['reserved', 'spot', 'on-demand'];

/**
 * The scenario of somebody who deploys one unit of each fleet, the one whose requests cost least by the prices of second 0, and only its
 * pools of these capacity types. What `reality` says of other units is left out.
 */
export const withCheapestUnit = (scenario: Scenario, capacityTypes: readonly CapacityType[] = all): Scenario => {
  const kept = fleetsOf(scenario).map((own) => onlyCheapest(own, scenario, capacityTypes));
  const [{ name: _, ...first }, ...otherFleets] = kept as [ScenarioFleet, ...ScenarioFleet[]];
  const units = new Set(kept.flatMap(({ fleet }) => fleet.units.map(({ name }) => name)));
  const reality = Object.fromEntries(
    Object.entries(scenario.reality).map(([list, entries]) => [
      list,
      (entries as readonly { readonly unit?: string }[]).filter(({ unit }) => unit === undefined || units.has(unit)),
    ]),
  ) as unknown as Scenario['reality'];
  return { ...scenario, ...first, otherFleets, reality };
};

const onlyCheapest = (own: ScenarioFleet, scenario: Scenario, capacityTypes: readonly CapacityType[]): ScenarioFleet => {
  const { fleet, initialReplicas } = own;
  const pools = fleet.pools.filter(({ capacityType }) => capacityTypes.includes(capacityType));
  const priced = fleet.units.flatMap((unit) => {
    const unitPools = unit.pools.filter((name) => pools.some((pool) => pool.name === name));
    const prices = pools.filter(({ name }) => unitPools.includes(name)).map((pool) => podPrice(unit, pool, scenario));
    return prices.length === 0
      ? []
      : [{ unit: { ...unit, pools: unitPools }, usd: Math.min(...prices) / unit.profile.throughputPerMinute }];
  });
  if (priced.length === 0) return own;
  const { unit } = priced.reduce((best, candidate) => (candidate.usd < best.usd ? candidate : best));
  // Its first load is that of all units.
  const served = (name: string): number =>
    (initialReplicas[name] ?? 0) * (fleet.units.find((one) => one.name === name)?.profile.throughputPerMinute ?? 0);
  const rate = fleet.units.reduce((sum, { name }) => sum + served(name), 0);
  const replicas = Math.min(unit.maximumReplicas, Math.ceil(rate / unit.profile.throughputPerMinute));
  return {
    ...own,
    fleet: { ...fleet, units: [{ ...unit, costShare: undefined }], pools: pools.filter(({ name }) => unit.pools.includes(name)) },
    initialReplicas: replicas === 0 ? {} : { [unit.name]: replicas },
  };
};

const podPrice = ({ devicesPerPod }: Fleet['units'][number], pool: Fleet['pools'][number], scenario: Scenario): number =>
  Math.min(
    ...pool.instanceTypes.map(({ name, devices, priceUsdPerHour }) => {
      const spot = (scenario.spotPrices ?? []).filter(
        ({ instanceType, timestampSeconds }) => instanceType === name && timestampSeconds <= 0,
      );
      const spotUsd =
        spot.length === 0 ? priceUsdPerHour * scenario.spotPriceFraction : Math.min(...spot.map((price) => price.priceUsdPerHour));
      return ((pool.capacityType === 'spot' ? spotUsd : priceUsdPerHour) * devicesPerPod) / devices;
    }),
  );
