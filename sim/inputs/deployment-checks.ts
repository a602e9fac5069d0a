import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { type FieldPath, type FieldProblem, shown } from '../../lambda/control-loop/model/field-problem';
import { unitsToCome } from './deployments';
import { fleetsOf, poolsOf, unitsOf } from './fleets';
import type { Scenario } from './scenario';
import { namesOf } from './scenario-objects';

/** Problems of the deployments of a scenario: times out of order, units that are not there to be added or removed, fleets left without one. */
export const checkDeployments = (scenario: Scenario): readonly FieldProblem[] => {
  const { deployments, durationSeconds } = scenario;
  const problems: FieldProblem[] = [];
  const fleets = fleetsOf(scenario).map(({ name, fleet }) => ({ name, units: fleet.units.map((unit) => unit.name) }));
  const all = fleets.flatMap(({ units }) => units);
  const canaries = new Set(unitsOf(scenario).flatMap(({ name, maximumShare }) => (maximumShare === undefined ? [] : [name])));
  const pools = poolsOf(scenario).map(({ name }) => name);
  const removed = new Set<string>();
  const toCome = unitsToCome(deployments);
  const deployed = new Set(all.filter((name) => !toCome.has(name)));
  const complainOf = (path: FieldPath, given: string, expected: string, fix?: string): void => {
    problems.push({ path: ['deployments', ...path], given, expected, ...(fix !== undefined && { fix }) });
  };
  const checkEmpty = (path: FieldPath): void => {
    for (const { name, units } of fleets) {
      if (units.every((unit) => !deployed.has(unit))) complainOf(path, `fleet ${name} without a unit`, 'at least one unit at all times');
    }
  };
  if (deployments.length > 0) checkEmpty([]);
  deployments.forEach(({ atSeconds, addUnits, removeUnits, promoteUnits, newImages, newNodes, removePools, madeAnew }, index) => {
    const previous = deployments[index - 1]?.atSeconds;
    if (previous !== undefined && atSeconds <= previous) {
      complainOf([index, 'atSeconds'], shown(atSeconds), `more than ${previous}, the time of the one before it`, 'sort them by time');
    }
    if (atSeconds >= durationSeconds) complainOf([index, 'atSeconds'], shown(atSeconds), `less than durationSeconds, ${durationSeconds}`);
    if (
      addUnits.length +
        removeUnits.length +
        promoteUnits.length +
        newImages.length +
        newNodes.length +
        removePools.length +
        madeAnew.length ===
      0
    ) {
      complainOf(
        [index],
        'a deployment that changes nothing',
        'addUnits, removeUnits, promoteUnits, newImages, newNodes, removePools or madeAnew',
      );
    }
    const check = (
      list: 'addUnits' | 'removeUnits' | 'promoteUnits' | 'newImages',
      names: readonly string[],
      isWanted: (name: string) => boolean,
      expected: string,
    ): void => {
      names.forEach((name, position) => {
        const path = [index, list, position];
        if (!all.includes(name))
          complainOf(path, shown(name), `the name of a unit of the scenario: ${all.join(', ')}`, didYouMean(name, all));
        else if (!isWanted(name) || names.indexOf(name) < position) complainOf(path, shown(name), expected);
      });
    };
    check('removeUnits', removeUnits, (name) => deployed.has(name) && !addUnits.includes(name), 'a unit that is deployed by then');
    check('promoteUnits', promoteUnits, (name) => deployed.has(name) && canaries.has(name), 'a canary that is deployed by then');
    for (const name of promoteUnits) canaries.delete(name);
    const checkPool = (list: 'newNodes' | 'removePools', name: string, position: number): void => {
      if (!pools.includes(name))
        complainOf(
          [index, list, position],
          shown(name),
          `the name of a pool of the scenario: ${pools.join(', ')}`,
          didYouMean(name, pools),
        );
      else if (removed.has(name)) complainOf([index, list, position], shown(name), 'a pool that no deployment before has removed');
    };
    for (const [position, name] of newNodes.entries()) checkPool('newNodes', name, position);
    for (const [position, name] of removePools.entries()) checkPool('removePools', name, position);
    for (const name of removePools) removed.add(name);
    for (const unit of unitsOf(scenario)) {
      if (removePools.length > 0 && unit.pools.every((name) => removed.has(name)))
        complainOf([index, 'removePools'], `unit ${unit.name} without a pool`, 'at least one pool for every unit');
    }
    madeAnew.forEach(({ kind, name }, position) => {
      const known = namesOf(kind, scenario);
      if (!known.includes(name))
        complainOf(
          [index, 'madeAnew', position, 'name'],
          shown(name),
          kind === 'ListenerRule'
            ? `the name of a fleet with a listener rule: ${known.join(', ')}`
            : `the name of a ${kind} of the scenario: ${known.join(', ') || 'there is none'}`,
          didYouMean(name, known),
        );
    });
    check('newImages', newImages, (name) => deployed.has(name), 'a unit that is deployed by then');
    check('addUnits', addUnits, (name) => !deployed.has(name), 'a unit that is not deployed by then');
    for (const name of addUnits) deployed.add(name);
    for (const name of removeUnits) deployed.delete(name);
    checkEmpty([index]);
  });
  return problems;
};
