import { checkFleetSpec } from '../../lambda/control-loop/api';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { type FieldPath, type FieldProblem, rounded, shown, under } from '../../lambda/control-loop/model/field-problem';
import { unknownPool } from './availability';
import { checkDeployments } from './deployment-checks';
import { checkOtherFleets } from './fleet-checks';
import { fleetsOf, poolsOf, type ScenarioFleet } from './fleets';
import { epochSecondsOf } from './instant';
import { checkReality } from './reality-checks';
import type { Curve, Scenario } from './scenario';
import { checkSize } from './size-checks';

/** Longest scenario, in seconds: a year. More is a duration in milliseconds. */
const MAX_SECONDS = 31_536_000;

/** Problems of a scenario whose fields are each well-formed but do not fit together. */
export const checkScenario = (scenario: Scenario): readonly FieldProblem[] => [
  ...checkTime(scenario),
  ...fleetsOf(scenario).flatMap((fleet, index) => under(index === 0 ? [] : ['otherFleets', index - 1], checkFleet(fleet))),
  ...checkOtherFleets(scenario),
  ...checkAvailability(scenario),
  ...checkDeployments(scenario),
  ...checkReality(scenario),
  ...checkSize(scenario),
];

const checkTime = ({ startTime, durationSeconds, warmUpSeconds }: Scenario): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (epochSecondsOf(startTime) === undefined) {
    problems.push({ path: ['startTime'], given: shown(startTime), expected: 'an RFC 3339 instant, for example 2026-01-01T00:00:00Z' });
  }
  if (durationSeconds > MAX_SECONDS) {
    problems.push({
      path: ['durationSeconds'],
      given: shown(durationSeconds),
      expected: `at most ${MAX_SECONDS}, a year in seconds`,
      fix: `seconds, not milliseconds: ${rounded(durationSeconds / 1000)}?`,
    });
  }
  if (warmUpSeconds >= durationSeconds) {
    problems.push({ path: ['warmUpSeconds'], given: shown(warmUpSeconds), expected: `less than durationSeconds, ${durationSeconds}` });
  }
  return problems;
};

const checkFleet = (own: ScenarioFleet): readonly FieldProblem[] => [
  ...under(['fleet'], checkFleetSpec(own.fleet)),
  ...checkInitialReplicas(own),
  ...checkClients(own.clients),
];

const checkInitialReplicas = ({ initialReplicas, fleet }: ScenarioFleet): readonly FieldProblem[] =>
  Object.entries(initialReplicas).flatMap(([name, replicas]): readonly FieldProblem[] => {
    const path = ['initialReplicas', name];
    const unit = fleet.units.find((candidate) => candidate.name === name);
    if (unit === undefined) {
      const names = fleet.units.map((candidate) => candidate.name);
      const fix = didYouMean(name, names);
      const given = 'a field of this name';
      return [{ path, given, expected: `the names of units of the fleet: ${names.join(', ')}`, ...(fix === undefined ? {} : { fix }) }];
    }
    if (replicas > unit.maximumReplicas) {
      return [{ path, given: shown(replicas), expected: `at most maximumReplicas of the unit, ${unit.maximumReplicas}` }];
    }
    return [];
  });

const checkClients = (clients: Scenario['clients']): readonly FieldProblem[] => {
  if (clients.kind === 'closed-loop') return checkCurve(clients.users, ['clients', 'users']);
  const { requestsPerMinute, arrivalsFile } = clients;
  if (requestsPerMinute !== undefined && arrivalsFile !== undefined) {
    return [
      {
        path: ['clients', 'arrivalsFile'],
        given: `${shown(arrivalsFile)} beside requestsPerMinute`,
        expected: 'one of requestsPerMinute and arrivalsFile',
        fix: 'remove one of them',
      },
    ];
  }
  if (requestsPerMinute !== undefined) return checkCurve(requestsPerMinute, ['clients', 'requestsPerMinute']);
  if (arrivalsFile !== undefined) return [];
  return [
    { path: ['clients'], given: 'neither requestsPerMinute nor arrivalsFile', expected: 'one of requestsPerMinute and arrivalsFile' },
  ];
};

const checkCurve = (curve: Curve, path: FieldPath): readonly FieldProblem[] => {
  const silent: FieldProblem = { path, given: 'a curve that is 0 throughout', expected: 'some load' };
  switch (curve.kind) {
    case 'constant':
      return curve.value > 0 ? [] : [silent];
    case 'cosine': {
      const problems: FieldProblem[] = [];
      if (curve.minimum > curve.maximum) {
        problems.push({ path: [...path, 'minimum'], given: shown(curve.minimum), expected: `at most maximum, ${curve.maximum}` });
      }
      if (curve.stepSeconds > curve.periodSeconds) {
        problems.push({
          path: [...path, 'stepSeconds'],
          given: shown(curve.stepSeconds),
          expected: `at most periodSeconds, ${curve.periodSeconds}`,
        });
      }
      if (problems.length === 0 && curve.maximum === 0) problems.push(silent);
      return problems;
    }
    case 'steps': {
      const problems = ascending(curve.rows, [...path, 'rows'], true);
      const first = curve.rows[0]!.timestampSeconds;
      if (first !== 0)
        problems.unshift({
          path: [...path, 'rows', 0, 'timestampSeconds'],
          given: shown(first),
          expected: '0: the first value holds from the start',
        });
      if (problems.length === 0 && curve.rows.every((row) => row.value === 0)) problems.push(silent);
      return problems;
    }
  }
};

const ascending = (rows: readonly { readonly timestampSeconds: number }[], path: FieldPath, strictly: boolean): FieldProblem[] =>
  rows.flatMap(({ timestampSeconds }, index) => {
    const previous = rows[index - 1]?.timestampSeconds;
    if (previous === undefined || timestampSeconds > previous || (!strictly && timestampSeconds === previous)) return [];
    return [
      {
        path: [...path, index, 'timestampSeconds'],
        given: shown(timestampSeconds),
        expected: `${strictly ? 'more than' : 'at least'} ${previous}, the timestamp before it`,
        fix: 'sort the rows by time',
      },
    ];
  });

const checkAvailability = (scenario: Scenario): readonly FieldProblem[] => {
  const { availability, durationSeconds } = scenario;
  const rows = availability.rows ?? [];
  const at = ['availability', 'rows'];
  const poolNames = poolsOf(scenario).map((pool) => pool.name);
  const problems = ascending(rows, at, false);
  const seen = new Set<string>();
  rows.forEach(({ pool, timestampSeconds }, index) => {
    if (!poolNames.includes(pool)) problems.push({ path: [...at, index, 'pool'], ...unknownPool(pool, poolNames) });
    if (timestampSeconds >= durationSeconds) {
      problems.push({
        path: [...at, index, 'timestampSeconds'],
        given: shown(timestampSeconds),
        expected: `less than durationSeconds, ${durationSeconds}`,
      });
    }
    const key = `${timestampSeconds} ${pool}`;
    if (seen.has(key)) {
      problems.push({ path: [...at, index], given: `pool ${pool} at ${timestampSeconds} again`, expected: 'one row for a pool and time' });
    }
    seen.add(key);
  });
  return problems;
};
