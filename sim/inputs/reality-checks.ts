import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { type FieldPath, type FieldProblem, shown } from '../../lambda/control-loop/model/field-problem';
import { fleetsOf, unitsOf } from './fleets';
import type { Reality } from './reality';
import type { Scenario } from './scenario';
import { isKindOfObject, namesOf } from './scenario-objects';

/** Problems of the reality of a scenario: names that the fleet does not have, windows that never are, fields that exclude each other. */
export const checkReality = (scenario: Scenario): readonly FieldProblem[] => {
  const { performance, failingRequests, slowDependencies, unhealthyTargets, failingStarts, stuckScaling } = scenario.reality;
  const { refusedWrites, otherWriters, silentSignals } = scenario.reality;
  return [
    ...checkEntries('performance', performance, scenario),
    ...performance.flatMap((entry, index) => checkPerformance(entry, ['reality', 'performance', index])),
    ...checkEntries('failingRequests', failingRequests, scenario),
    ...checkEntries('slowDependencies', slowDependencies, scenario),
    ...checkEntries('unhealthyTargets', unhealthyTargets, scenario),
    ...checkEntries('failingStarts', failingStarts, scenario),
    ...checkEntries('stuckScaling', stuckScaling, scenario),
    ...checkObjects('refusedWrites', refusedWrites, scenario),
    ...checkObjects('otherWriters', otherWriters, scenario),
    ...otherWriters.flatMap((entry, index) => checkWriter(entry, ['reality', 'otherWriters', index], scenario)),
    ...silentSignals.flatMap((entry, index) => checkSignal(entry, ['reality', 'silentSignals', index], scenario)),
  ];
};

/** The window, unit and pool of each entry. */
const checkEntries = (
  list: keyof Reality,
  entries: readonly (Window & { readonly unit: string; readonly pool?: string | undefined })[],
  scenario: Scenario,
): readonly FieldProblem[] =>
  entries.flatMap((entry, index) => {
    const path = ['reality', list, index];
    return [...checkWindow(entry, path, scenario.durationSeconds), ...checkUnitAndPool(entry, path, unitsOf(scenario))];
  });

/** The window of each entry, and the name of its object. */
const checkObjects = (
  list: keyof Reality,
  entries: readonly (Window & { readonly kind: string; readonly name?: string | undefined })[],
  scenario: Scenario,
): readonly FieldProblem[] =>
  entries.flatMap((entry, index) => {
    const path = ['reality', list, index];
    const names = isKindOfObject(entry.kind) ? namesOf(entry.kind, scenario) : undefined;
    const isKnown = entry.name === undefined || names === undefined || names.includes(entry.name);
    return [
      ...checkWindow(entry, path, scenario.durationSeconds),
      ...(isKnown ? [] : [unknownName(entry.name!, names, [...path, 'name'], `the name of a ${entry.kind} of the scenario`)]),
    ];
  });

const WHEN = ['everySeconds', 'secondsAfterWrite', 'atSeconds'] as const;

const checkWriter = (entry: Reality['otherWriters'][number], path: FieldPath, scenario: Scenario): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const stated = WHEN.filter((field) => entry[field] !== undefined);
  if (stated.length !== 1) {
    problems.push({
      path,
      given: stated.length === 0 ? `none of ${WHEN.join(', ')}` : `${stated.join(' and ')} together`,
      expected: 'one of them: when the writer sets its value',
    });
  }
  if (entry.atSeconds !== undefined && entry.atSeconds >= scenario.durationSeconds) {
    problems.push({
      path: [...path, 'atSeconds'],
      given: shown(entry.atSeconds),
      expected: `less than durationSeconds, ${scenario.durationSeconds}`,
    });
  }
  if (entry.kind === 'ListenerRule') problems.push(...checkWeights(Object.keys(entry.weights), [...path, 'weights'], scenario));
  return problems;
};

/** Weights are of the units of one fleet, as the listener rule is. */
const checkWeights = (weighted: readonly string[], path: FieldPath, scenario: Scenario): readonly FieldProblem[] => {
  const fleets = fleetsOf(scenario);
  const own = fleets.find(({ fleet }) => fleet.units.some(({ name }) => name === weighted[0])) ?? fleets[0]!;
  const units = own.fleet.units.map(({ name }) => name);
  const unknown = weighted.filter((unit) => !units.includes(unit));
  return unknown.map((unit) => unknownName(unit, units, [...path, unit], 'the name of a unit of the fleet'));
};

const checkSignal = (entry: Reality['silentSignals'][number], path: FieldPath, { durationSeconds }: Scenario): readonly FieldProblem[] => [
  ...checkWindow(entry, path, durationSeconds),
  ...(entry.signal === 'cloudwatch' && entry.metric !== undefined && entry.answer === 'throttled'
    ? [
        {
          path: [...path, 'answer'],
          given: `${shown(entry.answer)} beside metric`,
          expected: '"error" or "empty": CloudWatch throttles calls, not metrics',
          fix: 'remove metric, or state another answer',
        },
      ]
    : []),
];

interface Window {
  readonly fromSeconds: number;
  readonly toSeconds?: number | undefined;
}

const checkWindow = ({ fromSeconds, toSeconds }: Window, path: FieldPath, durationSeconds: number): readonly FieldProblem[] => {
  if (fromSeconds >= durationSeconds) {
    return [{ path: [...path, 'fromSeconds'], given: shown(fromSeconds), expected: `less than durationSeconds, ${durationSeconds}` }];
  }
  if (toSeconds !== undefined && toSeconds <= fromSeconds) {
    return [{ path: [...path, 'toSeconds'], given: shown(toSeconds), expected: `more than fromSeconds, ${fromSeconds}` }];
  }
  return [];
};

const checkUnitAndPool = (
  entry: { readonly unit: string; readonly pool?: string | undefined },
  path: FieldPath,
  units: ReturnType<typeof unitsOf>,
): readonly FieldProblem[] => {
  const unit = units.find(({ name }) => name === entry.unit);
  if (unit === undefined) {
    return [
      unknownName(
        entry.unit,
        units.map(({ name }) => name),
        [...path, 'unit'],
        'the name of a unit of the fleet',
      ),
    ];
  }
  if (entry.pool === undefined || unit.pools.includes(entry.pool)) return [];
  return [unknownName(entry.pool, unit.pools, [...path, 'pool'], `the name of a pool of unit ${unit.name}`)];
};

const unknownName = (given: string, names: readonly string[], path: FieldPath, what: string): FieldProblem => {
  const fix = didYouMean(given, names);
  const known = names.length === 0 ? 'there is none' : names.join(', ');
  return { path, given: shown(given), expected: `${what}: ${known}`, ...(fix === undefined ? {} : { fix }) };
};

const PERFORMANCE_FIELDS = ['serviceTimeFactor', 'throughputPerMinute', 'latencySeconds', 'coldStartFactor'] as const;

const checkPerformance = (entry: Reality['performance'][number], path: FieldPath): readonly FieldProblem[] => {
  const stated = PERFORMANCE_FIELDS.filter((field) => entry[field] !== undefined);
  if (stated.length === 0) {
    return [{ path, given: 'an entry that changes nothing', expected: `at least one of ${PERFORMANCE_FIELDS.join(', ')}` }];
  }
  const measured = stated.find((field) => field === 'throughputPerMinute' || field === 'latencySeconds');
  if (entry.serviceTimeFactor === undefined || measured === undefined) return [];
  return [
    {
      path: [...path, 'serviceTimeFactor'],
      given: `${shown(entry.serviceTimeFactor)} beside ${measured}`,
      expected: 'a factor on the service time, or the profile that a measurement would give (throughputPerMinute, latencySeconds)',
      fix: 'remove one of them',
    },
  ];
};
