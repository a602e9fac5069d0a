import { isDeepStrictEqual } from 'node:util';
import { type FieldPath, type FieldProblem, shown } from '../../lambda/control-loop/model/field-problem';
import { fleetsOf, type ScenarioFleet } from './fleets';
import type { Scenario } from './scenario';

/** Problems of fleets that are in one cluster: they share pools, and nothing else. */
export const checkOtherFleets = (scenario: Scenario): readonly FieldProblem[] => {
  const fleets = fleetsOf(scenario);
  return fleets.flatMap((fleet, index) => {
    const earlier = fleets.slice(0, index);
    const at = ['otherFleets', index - 1];
    return index === 0 ? [] : [...checkNames(fleet, earlier, at), ...checkPools(fleet, earlier, at), ...checkArrivals(fleet, at)];
  });
};

/** Everything that is found by its name must have one of its own. */
const checkNames = (own: ScenarioFleet, earlier: readonly ScenarioFleet[], at: FieldPath): readonly FieldProblem[] => {
  const taken = (
    value: string | undefined,
    path: FieldPath,
    what: string,
    of: (fleet: ScenarioFleet) => readonly (string | undefined)[],
  ) => {
    const owner = value === undefined ? undefined : earlier.find((fleet) => of(fleet).includes(value));
    return owner === undefined
      ? []
      : [
          {
            path: [...at, ...path],
            given: `${shown(value)}, as fleet ${owner.name} has`,
            expected: `${what} that no other fleet of the scenario has`,
          },
        ];
  };
  const { units, router } = own.fleet;
  return [
    ...taken(own.name, ['name'], 'a name', ({ name }) => [name]),
    ...taken(router?.listenerRuleArn, ['fleet', 'router', 'listenerRuleArn'], 'a listener rule', ({ fleet }) => [
      fleet.router?.listenerRuleArn,
    ]),
    ...units.flatMap(({ name, deployment, scaler, targetGroupArn }, index) => {
      const path = ['fleet', 'units', index];
      const unitsOf = ({ fleet }: ScenarioFleet) => fleet.units;
      return [
        ...taken(name, [...path, 'name'], 'a unit name', (fleet) => unitsOf(fleet).map((unit) => unit.name)),
        ...taken(deployment, [...path, 'deployment'], 'a Deployment', (fleet) => unitsOf(fleet).map((unit) => unit.deployment)),
        ...taken(scaler.name, [...path, 'scaler', 'name'], 'a scaler', (fleet) => unitsOf(fleet).map((unit) => unit.scaler.name)),
        ...taken(targetGroupArn, [...path, 'targetGroupArn'], 'a target group', (fleet) =>
          unitsOf(fleet).map((unit) => unit.targetGroupArn),
        ),
      ];
    }),
  ];
};

const checkPools = (own: ScenarioFleet, earlier: readonly ScenarioFleet[], at: FieldPath): readonly FieldProblem[] =>
  own.fleet.pools.flatMap((pool, index) => {
    const same = earlier.flatMap(({ fleet }) => fleet.pools).find(({ name }) => name === pool.name);
    if (same === undefined || isDeepStrictEqual(same, pool)) return [];
    return [
      {
        path: [...at, 'fleet', 'pools', index],
        given: `pool ${pool.name} otherwise than an earlier fleet states it`,
        expected: 'the same pool: fleets share pools by name',
        fix: 'state it as the earlier fleet does, or give it another name',
      },
    ];
  });

const checkArrivals = ({ clients }: ScenarioFleet, at: FieldPath): readonly FieldProblem[] =>
  clients.kind === 'open-loop' && clients.arrivalsFile !== undefined
    ? [
        {
          path: [...at, 'clients', 'arrivalsFile'],
          given: shown(clients.arrivalsFile),
          expected: 'requestsPerMinute: only the load of the first fleet can come from a file',
        },
      ]
    : [];
