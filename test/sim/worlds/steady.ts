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
  /** Constant load in requests per minute; 400 where not stated. */
  readonly requestsPerMinute?: number;
  /** Of the fleet; 1 where not stated. */
  readonly resilience?: number;
  readonly reality?: ScenarioInput['reality'];
  /** Two and a half hours where not stated. */
  readonly durationSeconds?: number;
}

/** Left out of every figure, so that the fleet is in its steady state. */
const WARM_UP_SECONDS = 1800;

/**
 * The two units of the scenario `smoke` under a constant load, on pools with room and without shortages.
 * What happens to the fleet comes from its reality alone.
 */
export const steadyWorld = ({
  requestsPerMinute = 400,
  resilience = 1,
  reality = {},
  durationSeconds = 9000,
}: SteadyWorld): LoadedScenario => {
  const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as ScenarioInput;
  const parsed = validate(ScenarioSchema, {
    ...smoke,
    name: 'steady',
    description: 'Two units under a constant load.',
    durationSeconds: WARM_UP_SECONDS + durationSeconds,
    warmUpSeconds: WARM_UP_SECONDS,
    fleet: { ...smoke.fleet, resilience },
    clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: requestsPerMinute } },
    availability: {},
    reality,
  });
  const problems = parsed.ok ? checkScenario(parsed.value) : parsed.problems;
  if (!parsed.ok || problems.length > 0) throw new Error(JSON.stringify(problems));
  return { scenario: parsed.value, availability: [], baseDirectory: scenariosDirectory() };
};
