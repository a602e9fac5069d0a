import type { ScenarioInput } from '../inputs/scenario';
import type { RandomStreams } from '../kernel/random';
import { crowdRates, productionRates } from './demand';
import { DAY_SECONDS, type GeneratedScenario, HOUR_SECONDS, spotMarket } from './generated-scenario';
import { usual, WARM_UP_SECONDS } from './market-scenarios';
import { type FleetOptions, fleetOf, openLoop, replicasFor, type UnitName } from './world';

const CROWD_FACTOR = 4;
const USUAL_PER_MINUTE = 300;

/** A steady load with a crowd at one time of the chosen days, within a quarter of an hour. */
const crowds = (name: string, random: RandomStreams, durationSeconds: number, days: readonly number[]) => {
  const fleet = fleetOf({ name });
  const minute = random('crowds');
  const atSeconds = days.map((day) => day * DAY_SECONDS + 12 * HOUR_SECONDS + Math.floor(minute.uniform() * 15) * 60);
  return {
    warmUpSeconds: WARM_UP_SECONDS,
    fleet,
    initialReplicas: replicasFor(USUAL_PER_MINUTE, fleet),
    clients: openLoop(
      crowdRates(
        USUAL_PER_MINUTE,
        atSeconds.map((at) => ({ atSeconds: at, factor: CROWD_FACTOR })),
      ),
    ),
    ...spotMarket(random, [fleet], durationSeconds),
  };
};

interface SharingFleet {
  readonly name: string;
  readonly units: readonly UnitName[];
  readonly peakPerMinute: number;
}

/** Fleets that share the pools of their accelerators; the first gives the scenario its name. */
const sharing = (
  random: RandomStreams,
  durationSeconds: number,
  own: readonly SharingFleet[],
  shared: Partial<FleetOptions>,
): ReturnType<GeneratedScenario['parts']> => {
  const all = own.map(({ name, units, peakPerMinute }) => {
    const fleet = fleetOf({ name, units, prefix: `${name}-`, ...shared });
    const rows = productionRates(random(`demand/${name}`), { days: durationSeconds / DAY_SECONDS, peakPerMinute });
    return { name, fleet, initialReplicas: replicasFor(rows[0]!.value, fleet), clients: openLoop(rows) };
  });
  const [{ name: _, ...first }, ...others] = all as [(typeof all)[number], ...typeof all];
  return {
    warmUpSeconds: WARM_UP_SECONDS,
    ...first,
    otherFleets: others as NonNullable<ScenarioInput['otherFleets']>,
    ...spotMarket(
      random,
      all.map(({ fleet }) => fleet),
      durationSeconds,
    ),
  };
};

const FLEETS = 100;

export const loadScenarios: readonly GeneratedScenario[] = [
  {
    name: 'flash-crowd',
    description: 'A day with 300 requests a minute, and once, at noon, 1,200 within two minutes, which nobody has seen before.',
    days: 1,
    parts: (random, seconds) => crowds('flash-crowd', random, seconds, [0]),
  },
  {
    name: 'flash-crowd-daily',
    description: 'The same on eight days: the crowd comes every day at noon.',
    days: 8,
    parts: (random, seconds) => crowds('flash-crowd-daily', random, seconds, [0, 1, 2, 3, 4, 5, 6, 7]),
  },
  {
    name: 'new-fleet',
    description: 'The first day of a fleet: no pod runs beyond the minimum, nothing is known of demand and profiles, and all of it counts.',
    days: 1,
    parts: (random, seconds) => {
      const { initialReplicas: _, ...parts } = usual('new-fleet', random, seconds);
      return { ...parts, warmUpSeconds: 0 };
    },
  },
  {
    name: 'small-service',
    description: 'A week of at most 60 requests a minute, none from 0:00 to 6:00: two to four pods are enough, and none at night.',
    days: 7,
    parts: (random, seconds) =>
      usual('small-service', random, seconds, {
        fleet: { maximumDevices: 10, minimumReplicas: 0 },
        demand: { peakPerMinute: 60, hasQuietNights: true },
      }),
  },
  {
    name: 'three-fleets',
    description: 'Three days of three fleets of different size, which share the spot and the on-demand pool of one accelerator.',
    days: 3,
    parts: (random, seconds) =>
      sharing(
        random,
        seconds,
        [
          { name: 'three-fleets', units: ['inf2'], peakPerMinute: 900 },
          { name: 'second', units: ['inf2'], peakPerMinute: 450 },
          { name: 'third', units: ['inf2'], peakPerMinute: 150 },
        ],
        { maximumDevices: 30 },
      ),
  },
  {
    name: 'hundred-fleets',
    description: 'A day of a hundred small fleets of two units each, which share four pools.',
    days: 1,
    parts: (random, seconds) =>
      sharing(
        random,
        seconds,
        Array.from({ length: FLEETS }, (_, index) => ({
          name: index === 0 ? 'hundred-fleets' : `fleet-${index + 1}`,
          units: ['inf2', 'g5'] as const,
          peakPerMinute: 20 + Math.floor(random(`peak/${index}`).uniform() * 100),
        })),
        { maximumDevices: 400 },
      ),
  },
];
