import type { AvailabilityRow, ScenarioSpotPrice } from '../inputs/loaded-scenario';
import type { RandomStream, RandomStreams } from '../kernel/random';
import { AVAILABILITY_STEP_SECONDS, type AvailabilityStatistics, type InstanceTypeName, prices, spotCorrelation } from './trace-statistics';

/** A pool and how much of the time EC2 grants it anything. */
export interface SpotPool {
  readonly name: string;
  readonly statistics: AvailabilityStatistics;
}

/** The least persistence that the part in common may have: the processes of the pools then add what each lacks. */
const commonPersistence = (pools: readonly SpotPool[]): number => {
  const { commonPart } = spotCorrelation;
  const highest = Math.max(...pools.map(({ statistics }) => statistics.persistence));
  // The own part of the most persistent pool may be as persistent as itself, not more.
  const least = Math.max(0, (highest - (1 - commonPart) * MOST_PERSISTENT) / commonPart);
  const mean = pools.reduce((sum, { statistics }) => sum + statistics.persistence, 0) / pools.length;
  return Math.max(least, mean);
};

const MOST_PERSISTENT = 0.995;

/**
 * Which spot pools have capacity over time, in steps of ten minutes: a pool has some while a normal process of order one is below a
 * threshold. A part of the process is common to all pools, as shortages of one region are. Nothing or any number is granted: the traces
 * do not say how many.
 */
export const spotAvailability = (random: RandomStreams, pools: readonly SpotPool[], durationSeconds: number): AvailabilityRow[] => {
  const { commonPart } = spotCorrelation;
  const together = commonPersistence(pools);
  const common = normalProcess(random('spot/common'), together);
  const processes = pools.map(({ name, statistics: { persistence } }) =>
    normalProcess(random(`spot/${name}`), Math.max(0, (persistence - commonPart * together) / (1 - commonPart))),
  );
  const has = pools.map(() => true);
  const rows: AvailabilityRow[] = [];
  for (let timestampSeconds = 0; timestampSeconds < durationSeconds; timestampSeconds += AVAILABILITY_STEP_SECONDS) {
    const shared = Math.sqrt(commonPart) * common();
    for (const [index, { name, statistics }] of pools.entries()) {
      const isFree = shared + Math.sqrt(1 - commonPart) * processes[index]!() < statistics.threshold;
      if (isFree !== has[index]) rows.push({ timestampSeconds, pool: name, devices: isFree ? null : 0 });
      has[index] = isFree;
    }
  }
  return rows;
};

/** Standard normal values, each correlated with the one before it. */
const normalProcess = (stream: RandomStream, persistence: number): (() => number) => {
  let value: number | undefined;
  return () => {
    value = value === undefined ? stream.normal() : persistence * value + Math.sqrt(1 - persistence ** 2) * stream.normal();
    return value;
  };
};

/** When spot of a type costs a multiple of what it usually costs. */
export interface PriceJump {
  readonly instanceType: InstanceTypeName;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly factor: number;
}

/** Spot prices by type and zone. They stand still, as those of accelerators do for months, but for the jumps. */
export const spotPrices = (
  random: RandomStreams,
  types: readonly InstanceTypeName[],
  zones: readonly string[],
  jumps: readonly PriceJump[] = [],
): ScenarioSpotPrice[] =>
  types
    .flatMap((instanceType) => {
      const { spot, zoneDeviation } = prices[instanceType];
      const own = jumps.filter((jump) => jump.instanceType === instanceType);
      return zones.flatMap((zone) => {
        const usual = random(`price/${instanceType}/${zone}`).logNormal(spot, zoneDeviation);
        const at = (timestampSeconds: number, usd: number) => ({
          instanceType,
          zone,
          timestampSeconds,
          priceUsdPerHour: Math.round(usd * 1e4) / 1e4,
        });
        return [
          at(0, usual),
          ...own.flatMap(({ fromSeconds, toSeconds, factor }) => [at(fromSeconds, usual * factor), at(toSeconds, usual)]),
        ];
      });
    })
    .sort((left, right) => left.timestampSeconds - right.timestampSeconds);
