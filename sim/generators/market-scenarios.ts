import type { FleetSpecInput } from '../../lambda/control-loop/api';
import type { ScenarioInput } from '../inputs/scenario';
import type { RandomStreams } from '../kernel/random';
import { type DemandOptions, productionRates } from './demand';
import { DAY_SECONDS, type GeneratedScenario, HOUR_SECONDS, type MarketOptions, spotMarket } from './generated-scenario';
import { demandStatistics, scarceSpot } from './trace-statistics';
import { type FleetOptions, fleetOf, openLoop, replicasFor, UNIT_NAMES, ZONES } from './world';

const PEAK_PER_MINUTE = 1500;
/** Left out of the figures, so that all policies begin with what they have bought themselves. */
export const WARM_UP_SECONDS = HOUR_SECONDS;

interface UsualOptions {
  readonly fleet?: Partial<FleetOptions>;
  readonly demand?: Partial<DemandOptions>;
  readonly market?: MarketOptions;
}

/** One fleet of four units under production traffic, on a market of spot. */
export const usual = (
  name: string,
  random: RandomStreams,
  durationSeconds: number,
  { fleet: fleetOptions, demand, market }: UsualOptions = {},
): ReturnType<GeneratedScenario['parts']> & { readonly fleet: FleetSpecInput } => {
  const fleet = fleetOf({ name, ...fleetOptions });
  const rows = productionRates(random('demand'), { days: durationSeconds / DAY_SECONDS, peakPerMinute: PEAK_PER_MINUTE, ...demand });
  return {
    warmUpSeconds: WARM_UP_SECONDS,
    fleet,
    initialReplicas: replicasFor(rows[0]!.value, fleet),
    clients: openLoop(rows),
    ...spotMarket(random, [fleet], durationSeconds, market),
  };
};

/** Everything of `reality` that a scenario states of all units alike. */
const ofAllUnits = (entry: { readonly serviceTimeFactor?: number; readonly coldStartFactor?: number }): ScenarioInput['reality'] => ({
  performance: UNIT_NAMES.map((unit) => ({ unit, ...entry })),
});

/** A day of a working week; the fifth and the sixth are a weekend. */
const weekFactor = (day: number): number => (day % 7 < 5 ? 1 : demandStatistics.lowestTwoDays);

/** A zone that fails takes what runs there, on spot and on demand. */
const zoneLoss = (fleet: FleetSpecInput, zone: string, fromSeconds: number, toSeconds: number) =>
  fleet.pools
    .filter(({ zones }) => zones?.includes(zone))
    .flatMap(({ name: pool }) => [
      { timestampSeconds: fromSeconds, pool, devices: 0 },
      { timestampSeconds: toSeconds, pool, devices: null },
    ])
    .sort((left, right) => left.timestampSeconds - right.timestampSeconds);

export const marketScenarios: readonly GeneratedScenario[] = [
  {
    name: 'typical',
    description: 'Four accelerators for two weeks of production traffic; each spot pool has capacity nine tenths of the time.',
    days: 14,
    parts: (random, seconds) => usual('typical', random, seconds),
  },
  {
    name: 'harsh',
    description: 'The same with spot as scarce as V100s were in 2022: the best pool has capacity half of the time, the worst a fifth.',
    days: 14,
    parts: (random, seconds) =>
      usual('harsh', random, seconds, { market: { statistics: (index) => scarceSpot[index % scarceSpot.length]! } }),
  },
  {
    name: 'on-demand-only',
    description: 'The same without spot.',
    days: 14,
    parts: (random, seconds) => {
      const {
        availability: _,
        spotPrices: __,
        spotReclaimsPerInstanceHour: ___,
        ...parts
      } = usual('on-demand-only', random, seconds, {
        fleet: { capacityTypes: ['on-demand'] },
      });
      return parts;
    },
  },
  {
    name: 'weekend',
    description: 'A week of days alike but for a weekend with three fifths of the traffic.',
    days: 7,
    parts: (random, seconds) => usual('weekend', random, seconds, { demand: { dayFactor: weekFactor } }),
  },
  {
    name: 'price-jump',
    description: 'Three days; on the second one spot inf2 costs six times as much for twelve hours, more than on demand.',
    days: 3,
    parts: (random, seconds) => {
      const fromSeconds = DAY_SECONDS + 6 * HOUR_SECONDS;
      const jump = { instanceType: 'inf2.xlarge', fromSeconds, toSeconds: fromSeconds + 12 * HOUR_SECONDS, factor: 6 } as const;
      return usual('price-jump', random, seconds, { market: { jumps: [jump] } });
    },
  },
  {
    name: 'zone-loss',
    description: 'Two days; each zone has pools of its own, and on the second day one zone is lost for three hours, on demand too.',
    days: 2,
    parts: (random, seconds) => {
      const parts = usual('zone-loss', random, seconds, { fleet: { hasPoolsByZone: true, maximumDevices: 30 } });
      const fromSeconds = DAY_SECONDS + 15 * HOUR_SECONDS;
      const zone = ZONES[Math.floor(random('zone').uniform() * ZONES.length)]!;
      const rows = zoneLoss(parts.fleet, zone, fromSeconds, fromSeconds + 3 * HOUR_SECONDS);
      return { ...parts, availability: { rows, reclaim: 'all' } };
    },
  },
  {
    name: 'slow-cold-start',
    description: 'Three days; pods take twice as long to start as the fleet states.',
    days: 3,
    parts: (random, seconds) => ({ ...usual('slow-cold-start', random, seconds), reality: ofAllUnits({ coldStartFactor: 2 }) }),
  },
  {
    name: 'profile-too-fast',
    description: 'Three days; pods serve 30 % less than the fleet states.',
    days: 3,
    parts: (random, seconds) => ({ ...usual('profile-too-fast', random, seconds), reality: ofAllUnits({ serviceTimeFactor: 1 / 0.7 }) }),
  },
  {
    name: 'profile-too-slow',
    description: 'Three days; pods serve 30 % more than the fleet states.',
    days: 3,
    parts: (random, seconds) => ({ ...usual('profile-too-slow', random, seconds), reality: ofAllUnits({ serviceTimeFactor: 1 / 1.3 }) }),
  },
];
