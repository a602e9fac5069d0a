import type { FleetSpecInput } from '../../lambda/control-loop/api';
import type { ScenarioInput } from '../inputs/scenario';
import type { RandomStreams } from '../kernel/random';
import { type PriceJump, type SpotPool, spotAvailability, spotPrices } from './spot';
import { type AvailabilityStatistics, type InstanceTypeName, RECLAIMS_PER_INSTANCE_HOUR, typicalSpot } from './trace-statistics';
import { ZONES } from './world';

/** A scenario that is drawn from a seed. */
export interface GeneratedScenario {
  readonly name: string;
  readonly description: string;
  readonly days: number;
  /** All that the generator makes, but for what every scenario has. */
  readonly parts: (random: RandomStreams, durationSeconds: number) => ScenarioParts;
}

type ScenarioParts = Omit<ScenarioInput, 'name' | 'description' | 'startTime' | 'durationSeconds'>;

/** A Monday. */
const START_TIME = '2026-01-05T00:00:00Z';
export const DAY_SECONDS = 86_400;
export const HOUR_SECONDS = 3600;

/**
 * The scenario of a seed. The same seed gives the same bytes, and the same demand in scenarios that differ in their market alone.
 */
export const generate = ({ name, description, days, parts }: GeneratedScenario, random: RandomStreams): ScenarioInput => {
  const durationSeconds = days * DAY_SECONDS;
  return {
    name,
    description,
    startTime: START_TIME,
    durationSeconds,
    ...parts((purpose) => random(`generated/${purpose}`), durationSeconds),
  };
};

export interface MarketOptions {
  /** By spot pool, in the order of the pools. */
  readonly statistics?: (index: number) => AvailabilityStatistics;
  readonly jumps?: readonly PriceJump[];
}

/** Availability, reclaims and prices of the spot pools of fleets. */
export const spotMarket = (
  random: RandomStreams,
  fleets: readonly FleetSpecInput[],
  durationSeconds: number,
  { statistics = () => typicalSpot, jumps = [] }: MarketOptions = {},
): Pick<ScenarioParts, 'availability' | 'spotPrices' | 'spotReclaimsPerInstanceHour'> => {
  const pools = new Map(
    fleets.flatMap((fleet) => fleet.pools.filter(({ capacityType }) => capacityType === 'spot').map((pool) => [pool.name, pool])),
  );
  const spotPools = [...pools.keys()].map((name, index): SpotPool => ({ name, statistics: statistics(index) }));
  const types = [...new Set([...pools.values()].flatMap(({ instanceTypes }) => instanceTypes.map((type) => type.name)))];
  return {
    availability: { rows: spotAvailability(random, spotPools, durationSeconds) },
    spotPrices: spotPrices(random, types as InstanceTypeName[], ZONES, jumps),
    spotReclaimsPerInstanceHour: RECLAIMS_PER_INSTANCE_HOUR,
  };
};
