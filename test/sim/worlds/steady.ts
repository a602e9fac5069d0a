import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toFleetSpec } from '../../../lambda/control-loop/api';
import { validate } from '../../../lambda/control-loop/api/validate';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import { type ScenarioInput, ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';
import { scenariosDirectory } from '../../../sim/inputs/shipped-scenarios';

/** The fleet of a world, as `run` makes it. */
export const fleetOf = ({ scenario }: LoadedScenario): Fleet => ({
  ...toFleetSpec(scenario.fleet),
  name: scenario.name,
  namespace: 'default',
});

export interface SteadyWorld {
  /** Load in requests per minute; constant 400 where not stated. */
  readonly requestsPerMinute?: number | Curve;
  /** Of the fleet; 1 where not stated. */
  readonly resilience?: number;
  /** Percentile of latency that is watched; 95 where not stated. */
  readonly percentile?: number;
  readonly reality?: ScenarioInput['reality'];
  /** Two and a half hours where not stated. */
  readonly durationSeconds?: number;
  /** Left out of every figure, in seconds before the duration; half an hour where not stated, so that the fleet is in its steady state. */
  readonly warmUpSeconds?: number;
  /** Units beside the two of the scenario `smoke`, each like its `g5` on pools of its own. */
  readonly furtherUnits?: readonly string[];
  /** The most of the traffic of a unit `canary` beside them, like `g5` and on its pools; there is none where not stated. */
  readonly canaryShare?: number;
  readonly deployments?: ScenarioInput['deployments'];
  /** `maximumDevices` of pools, by name; as in the scenario `smoke` where not stated. */
  readonly maximumDevices?: Readonly<Record<string, number>>;
  /** Pods at second 0; where not stated 3 and 2, too few for 400 requests a minute. */
  readonly initialReplicas?: ScenarioInput['initialReplicas'];
  /** Stated cold starts, as a multiple of those of the scenario `smoke`. */
  readonly coldStartFactor?: number;
  /** Stated time for a request, as a multiple of that of the scenario `smoke`, with as many fewer requests a minute. */
  readonly serviceTimeFactor?: number;
}

type Curve = Extract<ScenarioInput['clients'], { kind: 'open-loop' }>['requestsPerMinute'];

/**
 * The two units of the scenario `smoke` under a steady load, on pools with room and without shortages.
 * What happens to the fleet comes from its reality alone.
 */
export const steadyWorld = ({
  requestsPerMinute = 400,
  resilience = 1,
  percentile = 95,
  reality = {},
  durationSeconds = 9000,
  warmUpSeconds = 1800,
  coldStartFactor = 1,
  furtherUnits = [],
  canaryShare,
  deployments = [],
  maximumDevices = {},
  serviceTimeFactor = 1,
  initialReplicas,
}: SteadyWorld): LoadedScenario => {
  const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as ScenarioInput;
  const likeG5 = <T>(part: T, name: string): T => JSON.parse(JSON.stringify(part).replaceAll('g5', name)) as T;
  const g5 = smoke.fleet.units.find(({ name }) => name === 'g5')!;
  const further = furtherUnits.map((name) => ({ ...likeG5(g5, name), accelerator: g5.accelerator }));
  const furtherPools = furtherUnits.flatMap((name) =>
    smoke.fleet.pools
      .filter((pool) => g5.pools.includes(pool.name))
      .map((pool) => ({ ...likeG5(pool, name), instanceTypes: pool.instanceTypes })),
  );
  const canary =
    canaryShare === undefined ? [] : [{ ...likeG5(g5, 'canary'), accelerator: g5.accelerator, pools: g5.pools, maximumShare: canaryShare }];
  const units = [...smoke.fleet.units, ...further, ...canary].map(({ profile, ...unit }) => ({
    ...unit,
    profile: {
      throughputPerMinute: profile.throughputPerMinute / serviceTimeFactor,
      latencySeconds: profile.latencySeconds * serviceTimeFactor,
      coldStartSeconds: coldStartFactor * profile.coldStartSeconds,
    },
  }));
  const parsed = validate(ScenarioSchema, {
    ...smoke,
    name: 'steady',
    description: 'Two units under a steady load.',
    durationSeconds: warmUpSeconds + durationSeconds,
    warmUpSeconds,
    fleet: {
      ...smoke.fleet,
      objective: { ...smoke.fleet.objective, percentile },
      resilience,
      units,
      pools: [...smoke.fleet.pools, ...furtherPools].map((pool) => ({
        ...pool,
        maximumDevices: maximumDevices[pool.name] ?? pool.maximumDevices,
      })),
    },
    deployments,
    ...(initialReplicas && { initialReplicas }),
    clients: {
      kind: 'open-loop',
      requestsPerMinute: typeof requestsPerMinute === 'number' ? { kind: 'constant', value: requestsPerMinute } : requestsPerMinute,
    },
    availability: {},
    reality,
  });
  const problems = parsed.ok ? checkScenario(parsed.value) : parsed.problems;
  if (!parsed.ok || problems.length > 0) throw new Error(JSON.stringify(problems));
  return { scenario: parsed.value, availability: [], baseDirectory: scenariosDirectory() };
};
