import { describe, expect, it } from 'vitest';
import { policies, policyNames, strategies } from '../../../../../lambda/control-loop/contract/policies';
import { decide } from '../../../../../lambda/control-loop/decide/decide';
import { fleetOf, inputOf, observationOf, poolOf, unitOf } from '../fixtures';

const fleetUnder = (name: (typeof policyNames)[number]) => fleetOf({ policy: { name }, units: [unitOf('a')], pools: [poolOf('a')] });

describe.each(policyNames)('policy %s', (name) => {
  const facts: {
    readonly strategies: readonly string[];
    readonly initialStrategy: string;
    readonly overridableStrategies: readonly string[];
  } = policies[name];

  it('starts in a strategy of its own, and can be held in no other', () => {
    expect(facts.strategies).toContain(facts.initialStrategy);
    for (const strategy of facts.overridableStrategies) expect(facts.strategies).toContain(strategy);
  });

  it('decides on a new fleet in one of its strategies', () => {
    const fleet = fleetUnder(name);
    const [decided] = decide([inputOf(fleet)], observationOf(fleet)).fleets;
    expect(facts.strategies).toContain(decided!.strategy);
    expect(decided!.units.a!.floor.value).toBeGreaterThanOrEqual(0);
  });
});

describe('the policies', () => {
  it('have names of their own on the command line, in lower case with hyphens', () => {
    const names = policyNames.map((name) => policies[name].commandLineName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('have all strategies that there are', () => {
    expect(new Set(strategies)).toEqual(new Set(policyNames.flatMap((name) => policies[name].strategies)));
  });
});
