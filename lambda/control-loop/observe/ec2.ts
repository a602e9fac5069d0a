import { mapLimit } from '../concurrency';
import { type Fleet, holdsPod, type Pool, poolsOf } from '../model/fleet';
import { groupBy } from '../model/group-by';
import { known, type PoolObservation, type PriceSignal, type Signal, unknown } from '../model/observation';
import type { Ec2Port, SpotPrice } from '../ports';
import { cachedSignal, type Freshness } from './cached';
import type { TickCaches } from './caches';
import type { Deadline } from './deadline';
import { allPages } from './pages';

export type PoolMarket = Pick<PoolObservation, 'priceUsdPerDeviceHour' | 'offeredZones' | 'reservedDevices'>;

const SPOT_PRICES: Freshness = { refreshSeconds: 300, retrySeconds: 60, maximumAgeSeconds: 3600 };
const OFFERINGS: Freshness = { refreshSeconds: 3600, retrySeconds: 300, maximumAgeSeconds: 86_400 };
const RESERVATIONS: Freshness = { refreshSeconds: 60, retrySeconds: 60, maximumAgeSeconds: 300 };

/** Instance types or ids in one call: below the 200 filter values that EC2 takes. */
const NAMES_PER_CALL = 100;
const CALLS_AT_ONCE = 4;

/** How far back the spot price history starts; EC2 adds the price that was in effect then. */
const PRICE_HISTORY_SECONDS = 300;

interface Market {
  /** By instance type: the newest sound price of each zone. */
  readonly prices: Signal<ReadonlyMap<string, readonly SpotPrice[]>>;
  /** By instance type. */
  readonly offerings: Signal<ReadonlyMap<string, readonly { readonly zone: string }[]>>;
  readonly reservations: Signal<readonly { readonly id: string; readonly instanceType: string; readonly availableInstances: number }[]>;
}

/** Observes prices, offerings and reservations of all pools, by pool name. */
export const observeEc2 = async (
  ec2: Ec2Port,
  caches: TickCaches,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<ReadonlyMap<string, PoolMarket>> => {
  const pools = hostingPools(fleets);
  const at = { nowSeconds, deadline };
  const spotTypes = typesOf(pools.filter((pool) => pool.capacityType === 'spot'));
  const allTypes = typesOf(pools);
  const reservationIds = unique(pools.flatMap((pool) => pool.capacityReservationIds ?? []));

  const prices = cachedSignal(caches, `spot prices of ${spotTypes.join()}`, 'EC2 DescribeSpotPriceHistory', SPOT_PRICES, at, () =>
    inChunks(spotTypes, (instanceTypes) =>
      allPages(deadline, async (nextToken) => {
        const input = { instanceTypes, startSeconds: nowSeconds - PRICE_HISTORY_SECONDS };
        const answer = await ec2.describeSpotPriceHistory(nextToken === undefined ? input : { ...input, nextToken });
        return { items: answer.prices, next: answer.nextToken };
      }),
    ).then(latestPrices),
  );
  const offerings = cachedSignal(caches, `offerings of ${allTypes.join()}`, 'EC2 DescribeInstanceTypeOfferings', OFFERINGS, at, () =>
    inChunks(allTypes, (instanceTypes) =>
      allPages(deadline, async (nextToken) => {
        const answer = await ec2.describeInstanceTypeOfferings(nextToken === undefined ? { instanceTypes } : { instanceTypes, nextToken });
        return { items: answer.offerings, next: answer.nextToken };
      }),
    ).then((offers) => groupBy(offers, ({ instanceType }) => instanceType)),
  );
  const reservations = cachedSignal(
    caches,
    `reservations ${reservationIds.join()}`,
    'EC2 DescribeCapacityReservations',
    RESERVATIONS,
    at,
    () =>
      inChunks(reservationIds, (ids) =>
        allPages(deadline, async (nextToken) => {
          const answer = await ec2.describeCapacityReservations(nextToken === undefined ? { ids } : { ids, nextToken });
          return { items: answer.reservations, next: answer.nextToken };
        }),
      ),
  );
  const market: Market = { prices: await prices, offerings: await offerings, reservations: await reservations };
  return new Map(
    pools.map((pool) => [
      pool.name,
      {
        priceUsdPerDeviceHour: devicePrice(pool, market.prices, nowSeconds),
        offeredZones: offeredZones(pool, market.offerings),
        reservedDevices: reservedDevices(pool, market.reservations),
      },
    ]),
  );
};

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

const typesOf = (pools: readonly Pool[]): readonly string[] => unique(pools.flatMap((pool) => pool.instanceTypes.map((type) => type.name)));

const inChunks = async <T>(names: readonly string[], ask: (chunk: readonly string[]) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const chunks = Array.from({ length: Math.ceil(names.length / NAMES_PER_CALL) }, (_, index) =>
    names.slice(index * NAMES_PER_CALL, (index + 1) * NAMES_PER_CALL),
  );
  return (await mapLimit(chunks, CALLS_AT_ONCE, ask)).flat();
};

/** The newest sound price of each instance type and zone, by instance type. */
const latestPrices = (history: readonly SpotPrice[]): ReadonlyMap<string, readonly SpotPrice[]> => {
  const latest = new Map<string, SpotPrice>();
  for (const price of history) {
    if (!(Number.isFinite(price.priceUsdPerHour) && price.priceUsdPerHour > 0)) continue;
    const key = `${price.instanceType} ${price.zone}`;
    const other = latest.get(key);
    if (other === undefined || price.atSeconds > other.atSeconds) latest.set(key, price);
  }
  return groupBy(latest.values(), ({ instanceType }) => instanceType);
};

/** A zone counts unless the pool names its zones and leaves this one out. */
const inZones = (pool: Pool, zone: string): boolean => pool.zones === undefined || pool.zones.length === 0 || pool.zones.includes(zone);

/** Spot: the cheapest zone of the market for each instance type. Otherwise the prices that the fleet states. */
const devicePrice = (pool: Pool, prices: Market['prices'], nowSeconds: number): PriceSignal => {
  const byType: Record<string, number> = {};
  for (const { name, devices, priceUsdPerHour } of pool.instanceTypes) {
    if (pool.capacityType !== 'spot') byType[name] = priceUsdPerHour / devices;
    else if (prices.known) {
      const inPool = (prices.value.get(name) ?? []).filter(({ zone }) => inZones(pool, zone));
      if (inPool.length > 0) byType[name] = Math.min(...inPool.map((price) => price.priceUsdPerHour)) / devices;
    }
  }
  if (pool.capacityType === 'spot' && !prices.known) return prices;
  const cheapest = Math.min(...Object.values(byType));
  if (cheapest < Number.POSITIVE_INFINITY)
    return { ...known(cheapest, prices.known && pool.capacityType === 'spot' ? prices.atSeconds : nowSeconds), byType };
  const types = pool.instanceTypes.map(({ name }) => name).join(', ');
  return unknown(`EC2 DescribeSpotPriceHistory has no price of ${types} in the zones of the pool`);
};

/**
 * The pools of all fleets, each with the instance types that hold a pod of some unit on it: Karpenter launches no other. A fleet describes a
 * pool by all of its types, of which another fleet may use others.
 */
const hostingPools = (fleets: readonly Fleet[]): readonly Pool[] => {
  const typesOf = new Map<string, Map<string, Pool['instanceTypes'][number]>>();
  for (const { pools, units } of fleets) {
    for (const { name: pool, instanceTypes } of pools) {
      const users = units.filter((unit) => unit.pools.includes(pool));
      const types = typesOf.get(pool) ?? new Map<string, Pool['instanceTypes'][number]>();
      for (const type of instanceTypes) if (users.some((unit) => holdsPod(unit, type))) types.set(type.name, type);
      typesOf.set(pool, types);
    }
  }
  return poolsOf(fleets).map((pool) => {
    const types = [...typesOf.get(pool.name)!.values()];
    return types.length === 0 ? pool : { ...pool, instanceTypes: types };
  });
};

const offeredZones = (pool: Pool, offerings: Market['offerings']): Signal<readonly string[]> => {
  if (!offerings.known) return offerings;
  const zones = new Set<string>();
  for (const { name } of pool.instanceTypes) {
    for (const { zone } of offerings.value.get(name) ?? []) if (inZones(pool, zone)) zones.add(zone);
  }
  return known([...zones].sort(), offerings.atSeconds);
};

const reservedDevices = (pool: Pool, reservations: Market['reservations']): Signal<number> => {
  const ids = pool.capacityReservationIds ?? [];
  if (ids.length === 0) return unknown('the pool names no capacity reservation');
  if (!reservations.known) return reservations;
  const devices = new Map(pool.instanceTypes.map((type) => [type.name, type.devices]));
  let free = 0;
  for (const id of ids) {
    const reservation = reservations.value.find((one) => one.id === id);
    const perInstance = reservation && devices.get(reservation.instanceType);
    if (reservation === undefined) return unknown(`EC2 DescribeCapacityReservations does not know ${id}`);
    if (perInstance === undefined) return unknown(`${id} reserves ${reservation.instanceType}, which is not an instance type of the pool`);
    free += reservation.availableInstances * perInstance;
  }
  return known(free, reservations.atSeconds);
};
