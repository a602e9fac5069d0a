import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../../lambda/control-loop/api/validate';
import { toProblems } from '../../../lambda/control-loop/model/field-problem';
import { type ScenarioInput, ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';
import { scenariosDirectory } from '../../../sim/inputs/shipped-scenarios';

const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as ScenarioInput;

/** What `validate` finds wrong with a reality of the scenario `smoke`, as `where: given ..., expected ...; fix`. */
const problemsOf = (reality: unknown): string[] => {
  const parsed = validate(ScenarioSchema, { ...smoke, reality });
  const problems = toProblems(parsed.ok ? checkScenario(parsed.value) : parsed.problems);
  return problems.map(
    ({ where, given, expected, fix }) => `${where}: given ${given}, expected ${expected}${fix === undefined ? '' : `; ${fix}`}`,
  );
};

describe('A reality', () => {
  it('may be left out, or say nothing', () => {
    expect(problemsOf(undefined)).toEqual([]);
    expect(problemsOf({})).toEqual([]);
  });

  it('is accepted as the documentation shows it', () => {
    const page = readFileSync(join(scenariosDirectory(), '../../docs/scenarios.md'), 'utf8');
    const [, example] = /```json\n([\s\S]*?)```/.exec(page)!;
    expect(problemsOf(JSON.parse(example!))).toEqual([]);
  });

  it('must name fields that exist', () => {
    expect(problemsOf({ perfomance: [] })).toEqual([
      expect.stringMatching(/^reality\.perfomance: given a field of this name, expected only the fields performance.*performance/),
    ]);
  });
});

describe('The failing requests of a reality', () => {
  it('are a part of the requests of a unit in a window', () => {
    expect(problemsOf({ failingRequests: [{ unit: 'g5', part: 0 }] })).toEqual([
      expect.stringMatching(/^reality\.failingRequests\[0\]\.part: given 0 \(number\), expected a number above 0 and at most 1/),
    ]);
    expect(problemsOf({ failingRequests: [{ unit: 'g6' }, { unit: 'g5', fromSeconds: 9, toSeconds: 3 }] })).toEqual([
      expect.stringMatching(
        /^reality\.failingRequests\[0\]\.unit: given "g6" \(text\), expected the name of a unit of the fleet: inf2, g5/,
      ),
      'reality.failingRequests[1].toSeconds: given 3 (number), expected more than fromSeconds, 9',
    ]);
  });
});

describe('The slow dependencies of a reality', () => {
  it('add a latency to a part of the requests of a unit', () => {
    expect(problemsOf({ slowDependencies: [{ unit: 'g5' }, { unit: 'g6', latencySeconds: 1 }] })).toEqual([
      expect.stringMatching(/^reality\.slowDependencies\[0\]\.latencySeconds: .*expected a number above 0/),
    ]);
    expect(problemsOf({ slowDependencies: [{ unit: 'g6', latencySeconds: 1 }] })).toEqual([
      expect.stringMatching(
        /^reality\.slowDependencies\[0\]\.unit: given "g6" \(text\), expected the name of a unit of the fleet: inf2, g5/,
      ),
    ]);
  });
});

describe('The unhealthy targets of a reality', () => {
  it('have one of three causes', () => {
    expect(problemsOf({ unhealthyTargets: [{ unit: 'g5', cause: 'failing-check' }] })).toEqual([
      expect.stringMatching(
        /^reality\.unhealthyTargets\[0\]\.cause: given "failing-check" \(text\), expected one of "unreachable", "failing-checks", "unregistered".*; .*failing-checks/,
      ),
    ]);
  });

  it('are of a unit and a pool of it, in a window', () => {
    expect(problemsOf({ unhealthyTargets: [{ unit: 'g5', pool: 'g5', fromSeconds: 5000 }] })).toEqual([
      'reality.unhealthyTargets[0].fromSeconds: given 5000 (number), expected less than durationSeconds, 3600',
      expect.stringMatching(
        /^reality\.unhealthyTargets\[0\]\.pool: given "g5" \(text\), expected the name of a pool of unit g5: g5-spot, g5-od/,
      ),
    ]);
  });
});

describe('The refused writes of a reality', () => {
  it('name a kind that the loop writes and an object of the fleet', () => {
    expect(problemsOf({ refusedWrites: [{ kind: 'NodePol' }] })).toEqual([
      expect.stringMatching(
        /^reality\.refusedWrites\[0\]\.kind: given "NodePol" \(text\), expected one of "NodePool", "ScaledObject".*"ListenerRule"/,
      ),
    ]);
    expect(
      problemsOf({
        refusedWrites: [
          { kind: 'ScaledObject', name: 'g5' },
          { kind: 'HorizontalPodAutoscaler', name: 'sd21-g5' },
        ],
      }),
    ).toEqual([
      expect.stringMatching(
        /^reality\.refusedWrites\[0\]\.name: given "g5" \(text\), expected the name of a ScaledObject of the scenario: sd21-inf2, sd21-g5/,
      ),
      'reality.refusedWrites[1].name: given "sd21-g5" (text), expected the name of a HorizontalPodAutoscaler of the scenario: there is none',
    ]);
  });

  it('have the status of an error and the pointer of a field', () => {
    expect(problemsOf({ refusedWrites: [{ kind: 'NodePool', status: 200, field: 'spec.weight' }] })).toEqual([
      expect.stringMatching(/^reality\.refusedWrites\[0\]\.field: given "spec.weight" \(text\), expected a JSON pointer, for example/),
      expect.stringMatching(/^reality\.refusedWrites\[0\]\.status: given 200 \(number\), expected an integer from 400 to 599/),
    ]);
    expect(problemsOf({ refusedWrites: [{ kind: 'ListenerRule', field: '/spec' }] })).toEqual([
      expect.stringMatching(/^reality\.refusedWrites\[0\]\.field: given a field of this name, expected only the fields kind, status/),
    ]);
  });
});

describe('The other writers of a reality', () => {
  const writer = { kind: 'ScaledObject', name: 'sd21-g5', field: '/spec/minReplicaCount', value: 1 };

  it('name an object of the fleet, or weights of its units', () => {
    expect(problemsOf({ otherWriters: [{ ...writer, name: 'sd21-g6', everySeconds: 60 }] })).toEqual([
      expect.stringMatching(
        /^reality\.otherWriters\[0\]\.name: given "sd21-g6" \(text\), expected the name of a ScaledObject .* sd21-inf2, sd21-g5/,
      ),
    ]);
    expect(problemsOf({ otherWriters: [{ kind: 'ListenerRule', weights: { inf2: 500, g6: 499 }, everySeconds: 60 }] })).toEqual([
      expect.stringMatching(
        /^reality\.otherWriters\[0\]\.weights\.g6: given "g6" \(text\), expected the name of a unit of the fleet: inf2, g5/,
      ),
    ]);
    expect(problemsOf({ otherWriters: [{ ...writer, kind: 'InferenceFleet', everySeconds: 60 }] })).toEqual([
      expect.stringMatching(/^reality\.otherWriters\[0\]\.kind: given "InferenceFleet" \(text\), expected one of "NodePool"/),
    ]);
  });

  it('write at intervals, or after the loop, not both and not never', () => {
    expect(problemsOf({ otherWriters: [writer, { ...writer, everySeconds: 60, secondsAfterWrite: 1 }] })).toEqual([
      'reality.otherWriters[0]: given none of everySeconds, secondsAfterWrite, atSeconds, expected one of them: when the writer sets its value',
      'reality.otherWriters[1]: given everySeconds and secondsAfterWrite together, expected one of them: when the writer sets its value',
    ]);
  });
});

describe('The silent signals of a reality', () => {
  it('are one of four, with an answer that it can give', () => {
    expect(problemsOf({ silentSignals: [{ signal: 'clouwatch' }] })).toEqual([
      expect.stringMatching(
        /^reality\.silentSignals\[0\]\.signal: given "clouwatch" \(text\), expected one of "cloudwatch", "spot-prices", "kubernetes", "router"/,
      ),
    ]);
    expect(problemsOf({ silentSignals: [{ signal: 'router', answer: 'silence' }] })).toEqual([
      expect.stringMatching(
        /^reality\.silentSignals\[0\]\.answer: given "silence" \(text\), expected one of "error", "throttled", "empty"/,
      ),
    ]);
    expect(problemsOf({ silentSignals: [{ signal: 'cloudwatch', metric: 'RequestCount', answer: 'throttled' }] })).toEqual([
      'reality.silentSignals[0].answer: given "throttled" (text) beside metric, expected "error" or "empty": CloudWatch throttles calls, not metrics; remove metric, or state another answer',
    ]);
    expect(problemsOf({ silentSignals: [{ signal: 'kubernetes', kind: 'pods' }] })).toEqual([
      expect.stringMatching(/^reality\.silentSignals\[0\]\.kind: given "pods" \(text\), expected one of "InferenceFleet"/),
    ]);
    expect(problemsOf({ silentSignals: [{ signal: 'spot-prices', toSeconds: 10, fromSeconds: 20 }] })).toEqual([
      'reality.silentSignals[0].toSeconds: given 10 (number), expected more than fromSeconds, 20',
    ]);
  });
});

describe('The failing starts of a reality', () => {
  it('have one of the reasons that kubelet gives, and are of a unit', () => {
    expect(problemsOf({ failingStarts: [{ unit: 'g5', reason: 'CrashLoop' }] })).toEqual([
      expect.stringMatching(
        /^reality\.failingStarts\[0\]\.reason: given "CrashLoop" \(text\), expected one of "CrashLoopBackOff", "ImagePullBackOff"/,
      ),
    ]);
    expect(problemsOf({ failingStarts: [{ unit: 'g5', pool: 'inf2-spot', crashAfterSeconds: 0 }] })).toEqual([
      expect.stringMatching(/^reality\.failingStarts\[0\]\.crashAfterSeconds: given 0 \(number\), expected a number above 0/),
    ]);
  });
});

describe('The performance of a reality', () => {
  it('names a unit of the fleet and a pool of the unit', () => {
    expect(problemsOf({ performance: [{ unit: 'inf', serviceTimeFactor: 2 }] })).toEqual([
      expect.stringMatching(
        /^reality\.performance\[0\]\.unit: given "inf" \(text\), expected the name of a unit of the fleet: inf2, g5; .*inf2/,
      ),
    ]);
    expect(problemsOf({ performance: [{ unit: 'g5', pool: 'inf2-od', serviceTimeFactor: 2 }] })).toEqual([
      'reality.performance[0].pool: given "inf2-od" (text), expected the name of a pool of unit g5: g5-spot, g5-od',
    ]);
  });

  it('changes something', () => {
    expect(problemsOf({ performance: [{ unit: 'g5' }] })).toEqual([
      'reality.performance[0]: given an entry that changes nothing, expected at least one of serviceTimeFactor, throughputPerMinute, latencySeconds, coldStartFactor',
    ]);
  });

  it('is a factor or a measured profile, not both', () => {
    expect(problemsOf({ performance: [{ unit: 'g5', serviceTimeFactor: 2, latencySeconds: 1 }] })).toEqual([
      'reality.performance[0].serviceTimeFactor: given 2 (number) beside latencySeconds, expected a factor on the service time, or the profile that a measurement would give (throughputPerMinute, latencySeconds); remove one of them',
    ]);
  });

  it('has no pod that serves more requests at once than a run can simulate', () => {
    expect(problemsOf({ performance: [{ unit: 'g5', throughputPerMinute: 90, latencySeconds: 10_000 }] })).toEqual([
      expect.stringMatching(
        /^reality\.performance\[0\]\.throughputPerMinute: given 90 \(number\), expected at most 60 at a latency of 10000 s/,
      ),
    ]);
  });

  it('holds in a window within the scenario', () => {
    const entry = { unit: 'g5', serviceTimeFactor: 2 };
    expect(problemsOf({ performance: [{ ...entry, fromSeconds: 3600 }] })).toEqual([
      'reality.performance[0].fromSeconds: given 3600 (number), expected less than durationSeconds, 3600',
    ]);
    expect(problemsOf({ performance: [{ ...entry, fromSeconds: 60, toSeconds: 60 }] })).toEqual([
      'reality.performance[0].toSeconds: given 60 (number), expected more than fromSeconds, 60',
    ]);
    expect(problemsOf({ performance: [{ ...entry, serviceTimeFactor: 0 }] })).toEqual([
      expect.stringMatching(/^reality\.performance\[0\]\.serviceTimeFactor: given 0 \(number\), expected a number above 0/),
    ]);
  });
});
