import { type FieldPath, type FieldProblem, shown, under } from '../../lambda/control-loop/model/field-problem';
import { fleetsOf, type ScenarioFleet, unitsOf } from './fleets';
import type { Curve, Scenario } from './scenario';

/** Bounds of what a run can simulate: each request is simulated by itself, so beyond them a run takes days or does not fit in memory. */
const MAX_REQUESTS = 1_000_000_000;
const MAX_REQUESTS_PER_MINUTE = 1_000_000;
const MAX_USERS = 100_000;
const MAX_CONCURRENT_REQUESTS_PER_POD = 10_000;

const SMALLER = 'scale the load and the maximum replicas of the fleet down by the same factor';

/** Problems of a scenario that is larger than a run can simulate. */
export const checkSize = (scenario: Scenario): readonly FieldProblem[] =>
  fleetsOf(scenario)
    .flatMap((own, index) => {
      const at = index === 0 ? [] : ['otherFleets', index - 1];
      const load = checkLoad(own, scenario.durationSeconds).map((problem) =>
        problem.path[0] === 'durationSeconds' ? problem : { ...problem, path: [...at, ...problem.path] },
      );
      return [...under(at, checkPods(own)), ...load];
    })
    .concat(checkRealPods(scenario));

const checkPods = ({ fleet }: ScenarioFleet): readonly FieldProblem[] =>
  fleet.units.flatMap(({ profile }, index) => checkProfile(profile, ['fleet', 'units', index, 'profile']));

const checkRealPods = (scenario: Scenario): readonly FieldProblem[] =>
  scenario.reality.performance.flatMap(({ unit: name, throughputPerMinute, latencySeconds }, index) => {
    const stated = unitsOf(scenario).find((unit) => unit.name === name)?.profile;
    if (stated === undefined || (throughputPerMinute === undefined && latencySeconds === undefined)) return [];
    const profile = {
      throughputPerMinute: throughputPerMinute ?? stated.throughputPerMinute,
      latencySeconds: latencySeconds ?? stated.latencySeconds,
    };
    return checkProfile(profile, ['reality', 'performance', index]);
  });

const checkProfile = (
  { throughputPerMinute, latencySeconds }: { readonly throughputPerMinute: number; readonly latencySeconds: number },
  path: FieldPath,
): readonly FieldProblem[] => {
  // Little's law: what a pod works on at once.
  if ((throughputPerMinute * latencySeconds) / 60 <= MAX_CONCURRENT_REQUESTS_PER_POD) return [];
  return [
    {
      path: [...path, 'throughputPerMinute'],
      given: shown(throughputPerMinute),
      expected:
        `at most ${Math.floor((MAX_CONCURRENT_REQUESTS_PER_POD * 60) / latencySeconds)} at a latency of ${latencySeconds} s: ` +
        `a pod serves at most ${MAX_CONCURRENT_REQUESTS_PER_POD} requests at once`,
    },
  ];
};

const checkLoad = ({ clients, fleet }: ScenarioFleet, durationSeconds: number): readonly FieldProblem[] => {
  if (clients.kind === 'closed-loop') {
    const tooMany = checkValues(clients.users, ['clients', 'users'], `at most ${MAX_USERS} users`, MAX_USERS);
    if (tooMany.length > 0) return tooMany;
    const fastestSeconds = Math.min(...fleet.units.map(({ profile }) => profile.latencySeconds), clients.pauseAfterFailureSeconds);
    const userSeconds = integral(clients.users, durationSeconds);
    return checkRequests(userSeconds / (clients.thinkSeconds + fastestSeconds));
  }
  const { requestsPerMinute } = clients;
  if (requestsPerMinute === undefined) return [];
  const path = ['clients', 'requestsPerMinute'];
  const tooMany = checkValues(requestsPerMinute, path, rateExpected, MAX_REQUESTS_PER_MINUTE);
  return tooMany.length > 0 ? tooMany : checkRequests(integral(requestsPerMinute, durationSeconds) / 60);
};

const millions = (value: number): string => `${Number((value / 1e6).toPrecision(2))} million`;

const rateExpected = `at most ${millions(MAX_REQUESTS_PER_MINUTE)} requests per minute`;

const checkRequests = (requests: number): readonly FieldProblem[] => {
  const problem = requestsProblem(requests);
  return problem === undefined ? [] : [{ path: ['durationSeconds'], ...problem }];
};

type SizeProblem = Pick<FieldProblem, 'given' | 'expected' | 'fix'>;

/** What is wrong with the number of requests of a run. */
export const requestsProblem = (requests: number): SizeProblem | undefined =>
  requests <= MAX_REQUESTS
    ? undefined
    : {
        given: `a load of about ${millions(requests)} requests`,
        expected: `at most ${millions(MAX_REQUESTS)} requests in a run`,
        fix: 'shorten the scenario or lower the load',
      };

/** What is wrong with a rate of an arrivals file. */
export const rateProblem = (requestsPerMinute: number): SizeProblem | undefined =>
  requestsPerMinute <= MAX_REQUESTS_PER_MINUTE ? undefined : { given: String(requestsPerMinute), expected: rateExpected, fix: SMALLER };

const checkValues = (curve: Curve, path: FieldPath, expected: string, maximum: number): readonly FieldProblem[] =>
  valuesOf(curve, path)
    .filter(({ value }) => value > maximum)
    .map(({ path: at, value }) => ({ path: at, given: shown(value), expected, fix: SMALLER }));

/** The stated values of a curve, among them its highest. */
const valuesOf = (curve: Curve, path: FieldPath): readonly { readonly path: FieldPath; readonly value: number }[] => {
  switch (curve.kind) {
    case 'constant':
      return [{ path: [...path, 'value'], value: curve.value }];
    case 'cosine':
      return [{ path: [...path, 'maximum'], value: curve.maximum }];
    case 'steps':
      return curve.rows.map(({ value }, index) => ({ path: [...path, 'rows', index, 'value'], value }));
  }
};

/** The integral of a curve over the scenario, in its unit times seconds; of a cosine that of its mean. */
const integral = (curve: Curve, durationSeconds: number): number => {
  switch (curve.kind) {
    case 'constant':
      return curve.value * durationSeconds;
    case 'cosine':
      return ((curve.minimum + curve.maximum) / 2) * durationSeconds;
    case 'steps':
      return stepsIntegral(curve.rows, durationSeconds);
  }
};

/** The same of values that each hold until the next row. */
export const stepsIntegral = (
  rows: readonly { readonly timestampSeconds: number; readonly value: number }[],
  durationSeconds: number,
): number =>
  rows.reduce((sum, { timestampSeconds, value }, index) => {
    const endSeconds = Math.min(rows[index + 1]?.timestampSeconds ?? durationSeconds, durationSeconds);
    return sum + value * Math.max(0, endSeconds - timestampSeconds);
  }, 0);
