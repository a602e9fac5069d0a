import { toFleetSpec } from '../../lambda/control-loop/api';
import { type Fleet, holdsPod, type Pool, type Unit } from '../../lambda/control-loop/model/fleet';
import { curveValue, nextCurveChange } from '../inputs/curve';
import { fleetsOf, poolsOf, type ScenarioFleet } from '../inputs/fleets';
import type { Arrivals, AvailabilityRow, LoadedScenario } from '../inputs/loaded-scenario';
import type { Curve } from '../inputs/scenario';
import { SpotMarket } from '../twin/aws/spot-market';
import { performanceOf } from '../twin/reality/performance';
import { type Steps, stepsOf } from './steps';

/** A pod of a unit on a pool: what may be bought. Prices and starts are the least, service is the best, of any moment of the scenario. */
export interface Offer {
  readonly fleet: number;
  readonly unit: string;
  /** Index in `pools`. */
  readonly pool: number;
  readonly devices: number;
  readonly station: { readonly servers: number; readonly serviceSeconds: number };
  /** Requests per minute that a pod serves when it never idles. */
  readonly throughputPerMinute: number;
  readonly coldStartSeconds: number;
  /** By step, in US dollars per hour and pod. */
  readonly priceUsdPerHour: Float64Array;
}

interface BoundedPool {
  readonly name: string;
  readonly isSpot: boolean;
  /** By step: the devices that can be had at most, whether they were just launched or not. */
  readonly devices: Float64Array;
  /** By step: whether EC2 grants nothing, and takes nothing away either. */
  readonly isClosed: readonly boolean[];
}

interface BoundedFleet {
  readonly name: string;
  readonly resilience: number;
  readonly objective: Fleet['objective'];
  /** Whether requests arrive at random times, at least as irregularly as those of a Poisson process. */
  readonly hasRandomArrivals: boolean;
  /** By step, in requests per minute. */
  readonly demandPerMinute: Float64Array;
}

/** What a clairvoyant buyer of capacity knows of a scenario, after its warm-up. */
export interface BoundsInput {
  readonly steps: Steps;
  readonly fleets: readonly BoundedFleet[];
  readonly pools: readonly BoundedPool[];
  readonly offers: readonly Offer[];
}

/** Reads from a scenario what its bounds follow from; random reclaims are left out, which only lowers the bounds. */
export const boundsInputOf = (loaded: LoadedScenario): BoundsInput => {
  const { scenario } = loaded;
  const owners = fleetsOf(scenario);
  const fleets = owners.map(({ name, fleet }): Fleet => ({ ...toFleetSpec(fleet), name, namespace: 'default' }));
  const pools = [...new Map(fleets.flatMap((fleet) => fleet.pools.map((pool) => [pool.name, pool]))).values()];
  const offered = fleets.reduce((sum, fleet) => sum + fleet.units.reduce((all, unit) => all + unit.pools.length, 0), 0);
  const steps = stepsOf(scenario.warmUpSeconds, scenario.durationSeconds, offered);
  const market = new SpotMarket(poolsOf(scenario) as readonly Pool[], scenario.spotPriceFraction, loaded.spotPrices);
  return {
    steps,
    fleets: fleets.map((fleet, index) => ({
      name: fleet.name,
      resilience: fleet.resilience,
      objective: fleet.objective,
      hasRandomArrivals: isRandom(owners[index]!, index === 0 ? loaded.arrivals : undefined),
      demandPerMinute: demandOf(owners[index]!, index === 0 ? loaded.arrivals : undefined, fleet, steps),
    })),
    pools: pools.map((pool) => boundedPool(pool, loaded, steps)),
    offers: fleets.flatMap((fleet, index) =>
      fleet.units.flatMap((unit) =>
        unit.pools.map((name): Offer => {
          const pool = pools.find((candidate) => candidate.name === name)!;
          return {
            fleet: index,
            pool: pools.indexOf(pool),
            ...podOf(unit, pool, loaded),
            priceUsdPerHour: pricesOf(unit, pool, market, steps),
          };
        }),
      ),
    ),
  };
};

const podOf = (unit: Unit, pool: Pool, { scenario }: LoadedScenario) => {
  const performance = performanceOf(scenario.reality);
  const times = [0, ...performance.changesSeconds, ...scenario.reality.performance.map(({ fromSeconds }) => fromSeconds)];
  const stations = times.map((time) => performance.serving(unit, pool.name, time));
  const throughput = ({ servers, serviceSeconds }: Offer['station']): number => (servers * 60) / serviceSeconds;
  const station = stations.reduce((best, candidate) => (throughput(candidate) > throughput(best) ? candidate : best));
  return {
    unit: unit.name,
    devices: unit.devicesPerPod,
    station: { servers: station.servers, serviceSeconds: station.serviceSeconds },
    throughputPerMinute: throughput(station),
    coldStartSeconds: unit.profile.coldStartSeconds * Math.min(...times.map((time) => performance.coldStartFactor(unit, pool.name, time))),
  };
};

/** A pod pays for its part of an instance: no node is emptier than it must be. */
const pricesOf = (unit: Unit, pool: Pool, market: SpotMarket, { startsSeconds, stepSeconds }: Steps): Float64Array => {
  const types = pool.instanceTypes.filter((type) => holdsPod(unit, type));
  return startsSeconds.map((from) => {
    const changes = types.flatMap(({ name }) =>
      market.zones(pool, name).flatMap((zone) => market.spotSteps(name, zone).map(({ sinceSeconds }) => sinceSeconds)),
    );
    const times = [from, ...changes.filter((time) => time > from && time < from + stepSeconds)];
    const prices = types.flatMap((type) =>
      market
        .zones(pool, type.name)
        .flatMap((zone) => times.map((time) => (market.price(pool, type.name, zone, time) * unit.devicesPerPod) / type.devices)),
    );
    return Math.min(...prices);
  });
};

const boundedPool = (pool: Pool, { availability, scenario }: LoadedScenario, { startsSeconds, stepSeconds }: Steps): BoundedPool => {
  const rows = availability.filter((row) => row.pool === pool.name);
  const { reclaim } = scenario.availability;
  const isTaken = reclaim === 'all' || (reclaim === 'spot' && pool.capacityType === 'spot');
  const granted = startsSeconds.map((from) => Math.min(pool.maximumDevices, mostGranted(rows, from, from + stepSeconds)));
  // What runs stays where EC2 takes nothing back, so that what was granted once may still run.
  const devices = isTaken ? granted : granted.map((_, index) => Math.max(...granted.subarray(0, index + 1)));
  return {
    name: pool.name,
    isSpot: pool.capacityType === 'spot',
    devices,
    isClosed: Array.from(granted, (value) => !isTaken && value === 0),
  };
};

const mostGranted = (rows: readonly AvailabilityRow[], fromSeconds: number, toSeconds: number): number => {
  const at = rows.findLast(({ timestampSeconds }) => timestampSeconds <= fromSeconds);
  const inside = rows.filter(({ timestampSeconds }) => timestampSeconds > fromSeconds && timestampSeconds < toSeconds);
  const amounts = [at, ...inside].map((row) => row?.devices ?? Number.POSITIVE_INFINITY);
  return Math.max(...amounts);
};

const isRandom = ({ clients }: ScenarioFleet, arrivals: Arrivals | undefined): boolean =>
  clients.kind === 'open-loop' && arrivals?.kind !== 'timestamps' && clients.burstiness >= 1;

const demandOf = ({ clients }: ScenarioFleet, arrivals: Arrivals | undefined, { objective }: Fleet, steps: Steps): Float64Array => {
  const { startsSeconds, stepSeconds } = steps;
  if (clients.kind === 'closed-loop') {
    // Each user is answered within the objective, and no sooner than it allows: the fewest requests.
    const cycleSeconds = clients.thinkSeconds + objective.latencySeconds;
    return startsSeconds.map((from) => (60 * meanOf(clients.users, from, from + stepSeconds)) / cycleSeconds);
  }
  if (arrivals?.kind === 'timestamps') {
    const counts = startsSeconds.map(() => 0);
    for (const time of arrivals.timestampsSeconds) {
      const index = Math.floor((time - startsSeconds[0]!) / stepSeconds);
      if (index >= 0 && index < counts.length) counts[index]! += 60 / stepSeconds;
    }
    return counts;
  }
  const curve: Curve | undefined =
    arrivals?.kind === 'rates'
      ? { kind: 'steps', rows: arrivals.rows.map((row) => ({ timestampSeconds: row.timestampSeconds, value: row.requestsPerMinute })) }
      : clients.requestsPerMinute;
  return startsSeconds.map((from) => (curve === undefined ? 0 : meanOf(curve, from, from + stepSeconds)));
};

/** The mean of a curve over a time. */
const meanOf = (curve: Curve, fromSeconds: number, toSeconds: number): number => {
  let sum = 0;
  for (let time = fromSeconds; time < toSeconds; ) {
    const until = Math.min(toSeconds, nextCurveChange(curve, time));
    sum += curveValue(curve, time) * (until - time);
    time = until;
  }
  return sum / (toSeconds - fromSeconds);
};
