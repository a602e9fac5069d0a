import { describe, expect, it } from 'vitest';
import { validate } from '../../../lambda/control-loop/api/validate';
import { toProblems } from '../../../lambda/control-loop/model/field-problem';
import { ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';
import { imagesFleet, twoFleets } from '../worlds/two-fleets';

type OtherFleet = ReturnType<typeof imagesFleet>;

/** What is wrong with a second fleet, as `where: given ..., expected ...`. */
const problemsOf = (change: (fleet: OtherFleet) => unknown): string[] => {
  const parsed = validate(ScenarioSchema, twoFleets(change(imagesFleet()) as OtherFleet));
  const problems = toProblems(parsed.ok ? checkScenario(parsed.value) : parsed.problems);
  return problems.map(({ where, given, expected }) => `${where}: given ${given}, expected ${expected}`);
};

describe('A further fleet of a scenario', () => {
  it('may share pools with the first', () => {
    expect(problemsOf((fleet) => fleet)).toEqual([]);
  });

  it('has a name, a listener rule, units and objects of its own', () => {
    const [unit] = imagesFleet().fleet.units;
    expect(problemsOf((fleet) => ({ ...fleet, name: 'smoke' }))).toEqual([
      'otherFleets[0].name: given "smoke" (text), as fleet smoke has, expected a name that no other fleet of the scenario has',
    ]);
    expect(problemsOf((fleet) => ({ ...fleet, fleet: { ...fleet.fleet, router: twoFleets().fleet.router } }))).toEqual([
      expect.stringMatching(
        /^otherFleets\[0\]\.fleet\.router\.listenerRuleArn: given .*, as fleet smoke has, expected a listener rule that no other/,
      ),
    ]);
    expect(
      problemsOf((fleet) => ({
        ...fleet,
        initialReplicas: {},
        fleet: { ...fleet.fleet, units: [{ ...unit!, name: 'inf2' }, fleet.fleet.units[1]!] },
      })),
    ).toEqual([
      'otherFleets[0].fleet.units[0].name: given "inf2" (text), as fleet smoke has, expected a unit name that no other fleet of the scenario has',
    ]);
  });

  it('states shared pools as the first does', () => {
    expect(
      problemsOf((fleet) => ({
        ...fleet,
        fleet: { ...fleet.fleet, pools: fleet.fleet.pools.map((pool, index) => (index === 2 ? { ...pool, maximumDevices: 3 } : pool)) },
      })),
    ).toEqual([
      'otherFleets[0].fleet.pools[2]: given pool g5-spot otherwise than an earlier fleet states it, expected the same pool: fleets share pools by name',
    ]);
  });

  it('has its load in the scenario', () => {
    expect(problemsOf((fleet) => ({ ...fleet, clients: { kind: 'open-loop', arrivalsFile: 'load.csv' } }))).toEqual([
      'otherFleets[0].clients.arrivalsFile: given "load.csv" (text), expected requestsPerMinute: only the load of the first fleet can come from a file',
    ]);
  });

  it('is checked like the first: objective, units, initial replicas, load', () => {
    expect(problemsOf((fleet) => ({ ...fleet, initialReplicas: { g5: 1 } }))).toEqual([
      expect.stringMatching(
        /^otherFleets\[0\]\.initialReplicas\.g5: given .*, expected the names of units of the fleet: images-inf2, images-g5/,
      ),
    ]);
    expect(
      problemsOf((fleet) => ({ ...fleet, clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 0 } } })),
    ).toEqual([expect.stringMatching(/^otherFleets\[0\]\.clients\.requestsPerMinute: given a curve that is 0 throughout/)]);
    expect(
      problemsOf((fleet) => ({ ...fleet, clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 1e8 } } })),
    ).toEqual([
      expect.stringMatching(/^otherFleets\[0\]\.clients\.requestsPerMinute\.value: given 100000000 \(number\), expected at most 1 million/),
    ]);
  });
});
