import type { Scenario } from './scenario';

/** One fleet of a scenario, with its load. */
export type ScenarioFleet = Scenario['otherFleets'][number];
type Pool = ScenarioFleet['fleet']['pools'][number];
type Unit = ScenarioFleet['fleet']['units'][number];

/** All fleets of a scenario: its own under the scenario's name, then the others. */
export const fleetsOf = ({ name, fleet, clients, initialReplicas, otherFleets }: Scenario): readonly ScenarioFleet[] => [
  { name, fleet, clients, initialReplicas },
  ...otherFleets,
];

/** Units of all fleets; their names differ. */
export const unitsOf = (scenario: Scenario): readonly Unit[] => fleetsOf(scenario).flatMap(({ fleet }) => fleet.units);

/** Pools of all fleets, each once: fleets share pools by name. */
export const poolsOf = (scenario: Scenario): readonly Pool[] => [
  ...new Map(fleetsOf(scenario).flatMap(({ fleet }) => fleet.pools.map((pool) => [pool.name, pool]))).values(),
];
