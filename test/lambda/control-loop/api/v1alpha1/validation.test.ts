import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { FleetSpecInput } from '../../../../../lambda/control-loop/api';
import { readFleetObject, validateFleetSpec } from '../../../../../lambda/control-loop/api';
import { validate } from '../../../../../lambda/control-loop/api/validate';
import { nearest } from '../../../../../lambda/control-loop/model/did-you-mean';
import { formatPath, shown } from '../../../../../lambda/control-loop/model/field-problem';

const spec = (): FleetSpecInput => ({
  objective: { latencySeconds: 0.9 },
  units: ['a', 'b', 'c'].map((name) => ({
    name,
    accelerator: 'L4',
    deployment: name,
    scaler: { kind: 'ScaledObject' as const, name },
    pools: ['l4-spot', 'l4-reserved'],
    profile: { throughputPerMinute: 61, latencySeconds: 0.8, coldStartSeconds: 360 },
  })),
  pools: [
    {
      name: 'l4-spot',
      accelerator: 'L4',
      capacityType: 'spot',
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'g6.xlarge', devices: 1, priceUsdPerHour: 0.8048 }],
      maximumDevices: 10,
    },
    {
      name: 'l4-reserved',
      accelerator: 'L4',
      capacityType: 'reserved',
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'g6.xlarge', devices: 1, priceUsdPerHour: 0.8048 }],
      maximumDevices: 0,
      capacityReservationIds: ['cr-0123456789abcdef0'],
    },
  ],
});

const problemsOf = (input: unknown) => {
  const result = validateFleetSpec(input);
  return result.ok ? [] : result.problems.map((problem) => `${formatPath(problem.path)}: ${problem.given}`);
};

describe('A fleet', () => {
  it('is taken with its defaults filled in', () => {
    const result = validateFleetSpec(spec());
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.value.objective).toEqual({ latencySeconds: 0.9, percentile: 95, attainment: 0.99 });
    expect(result.value.policy).toEqual({ name: 'TwoMode', returnAfterSeconds: 600, targetUtilization: 0.8 });
    expect(result.value.learning).toEqual({ enabled: true, minimumFactor: 0.2, maximumFactor: 1 });
    expect(result.value.enforcement).toBe('Enforce');
    expect(result.value.units[0]).toMatchObject({ devicesPerPod: 1, minimumReplicas: 1, maximumReplicas: 100 });
  });

  it('may bound what is learned of its profiles, up to ten times the stated throughput', () => {
    expect(problemsOf({ ...spec(), learning: { minimumFactor: 1, maximumFactor: 10 } })).toEqual([]);
    expect(problemsOf({ ...spec(), learning: { enabled: 'no', minimumFactor: 0, maximumFactor: 0.99 } })).toEqual([
      'learning.enabled: "no" (text)',
      'learning.minimumFactor: 0 (number)',
      'learning.maximumFactor: 0.99 (number)',
    ]);
  });

  it('may say which instance types hold a pod; each pool of the unit has one of them', () => {
    const { units, ...rest } = spec();
    const withTypes = (...instanceTypes: string[]) => ({ ...rest, units: [{ ...units[0], instanceTypes }, ...units.slice(1)] });
    const [own] = rest.pools.find(({ name }) => name === units[0]!.pools[0])!.instanceTypes;
    expect(problemsOf(withTypes(own!.name))).toEqual([]);
    expect(problemsOf(withTypes('p5.48xlarge'))[0]).toMatch(/^units\[0\]\.instanceTypes: \["p5\.48xlarge"\]/);
  });

  it('may close a pool with a maximum of no devices while another hosts the unit', () => {
    expect(problemsOf(spec())).toEqual([]);
  });

  it('may state cost shares as thirds of six digits', () => {
    const { units, ...rest } = spec();
    expect(problemsOf({ ...rest, units: units.map((unit) => ({ ...unit, costShare: 0.333333 })) })).toEqual([]);
    expect(problemsOf({ ...rest, units: units.map((unit) => ({ ...unit, costShare: 0.33333 })) })).toEqual([
      'units: cost shares that sum to 0.99999',
    ]);
  });

  /** The fleet behind a router, each unit with what is stated for it. */
  const routed = (...changes: readonly object[]) => {
    const { units, ...rest } = spec();
    const router = { listenerRuleArn: 'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/x/1/2/3' };
    return { ...rest, router, units: units.map((unit, index) => ({ ...unit, targetGroupArn: `arn:${index}`, ...changes[index] })) };
  };

  it('may have canaries, beside units that serve the rest', () => {
    const maximumShare = 0.05;
    expect(problemsOf(routed({}, { maximumShare }))).toEqual([]);
    expect(problemsOf(routed({ maximumShare }, { maximumShare }, { maximumShare }))).toEqual(['units: a maximumShare on every unit']);
    expect(problemsOf(routed({ maximumShare: 0.5 }, { maximumShare: 0.5 }))).toEqual(['units: maximum shares that sum to 1']);
    expect(problemsOf(routed({ maximumShare: 0 }, { maximumShare: 1 }))).toEqual([
      'units[0].maximumShare: 0 (number)',
      'units[1].maximumShare: 1 (number)',
    ]);
    const { units, ...rest } = spec();
    expect(problemsOf({ ...rest, units: units.map((unit, index) => (index === 0 ? { ...unit, maximumShare } : unit)) })).toEqual([
      'units[0].maximumShare: 0.05 (number)',
    ]);
  });

  it('states no cost share of a canary, and those of the others sum to 1', () => {
    const halves = [{ costShare: 0.5 }, { costShare: 0.5 }];
    expect(problemsOf(routed(...halves, { maximumShare: 0.05 }))).toEqual([]);
    expect(problemsOf(routed(...halves, { maximumShare: 0.05, costShare: 0.1 }))).toEqual(['units[2].costShare: 0.1 (number)']);
    expect(problemsOf(routed({ costShare: 0.5 }, {}, { maximumShare: 0.05 }))).toEqual(['units[1].costShare: nothing']);
  });

  it('needs one unit only that can meet the objective', () => {
    const { units, ...rest } = spec();
    const slow = units.map((unit, index) => ({ ...unit, profile: { ...unit.profile, latencySeconds: index === 0 ? 0.9 : 5 } }));
    expect(problemsOf({ ...rest, units: slow })).toEqual([]);
  });

  it('names every field that is wrong, each once', () => {
    const { units, ...rest } = spec();
    expect(problemsOf({ ...rest, resilience: -1, units: [{ ...units[0], devicesPerPod: -0.5, minimumReplicas: '1' }] })).toEqual([
      'resilience: -1 (number)',
      'units[0].devicesPerPod: -0.5 (number)',
      'units[0].minimumReplicas: "1" (text)',
    ]);
  });

  it.each([undefined, null, 'fleet', 7, [], () => 1])('is refused when it is %s, without throwing', (input) => {
    expect(validateFleetSpec(input).ok).toBe(false);
  });

  it('is not fooled by fields named like those every object has', () => {
    const hostile = JSON.parse('{"__proto__": {"objective": 1}, "constructor": 1, "toString": 2}') as unknown;
    expect(problemsOf(hostile)).toEqual([
      'objective: nothing',
      'units: nothing',
      'pools: nothing',
      '__proto__: a field of this name',
      'constructor: a field of this name',
      'toString: a field of this name',
    ]);
  });
});

describe('An InferenceFleet object', () => {
  const object = { apiVersion: 'adaptive-inference.dev/v1alpha1', kind: 'InferenceFleet', spec: spec(), status: { anything: 1 } };

  it('gives its fleet with name and namespace, whatever else the API server added', () => {
    const { fleet } = readFleetObject({ ...object, metadata: { name: 'sd21', namespace: 'ml', uid: 'u', managedFields: [] } });
    expect(fleet).toMatchObject({ name: 'sd21', namespace: 'ml', objective: { latencySeconds: 0.9 } });
  });

  it('lives in the default namespace where it says nothing', () => {
    expect(readFleetObject({ ...object, metadata: { name: 'sd21' } }).fleet?.namespace).toBe('default');
  });

  it('gives problems of metadata and spec together', () => {
    const { problems } = readFleetObject({ ...object, metadata: {}, spec: { ...spec(), pools: [] } });
    expect(problems?.map((problem) => problem.where)).toEqual(['metadata.name', 'spec.pools']);
  });
});

describe('Words of a problem', () => {
  it('show a value as short JSON with its type', () => {
    expect(shown('x'.repeat(100))).toBe(`"${'x'.repeat(56)}... (text)`);
    expect(shown({ a: 1 })).toBe('{"a":1} (object)');
    expect(shown(Number.NaN)).toBe('NaN (number)');
    expect(shown(true)).toBe('true (boolean)');
  });

  it('write a path as one would in code', () => {
    expect(formatPath(['spec', 'units', 2, 'profile', 'latencySeconds'])).toBe('spec.units[2].profile.latencySeconds');
    expect(formatPath(['initialReplicas', 'g5-triton'])).toBe('initialReplicas["g5-triton"]');
    expect(formatPath([], 'spec')).toBe('spec');
    expect(formatPath([])).toBe('the whole input');
  });

  it('name the nearest known word', () => {
    expect(nearest('latency', ['latencySeconds', 'coldStartSeconds'])).toBe('latencySeconds');
    expect(nearest('polciy', ['policy', 'pools'])).toBe('policy');
    expect(nearest('weight', ['units', 'pools', 'strategy'])).toBeUndefined();
    expect(nearest('', ['units'])).toBeUndefined();
  });

  it('tell the whole range of a number', () => {
    const expectedOf = (schema: z.ZodMiniType, input: unknown) => {
      const result = validate(schema, input);
      return result.ok ? 'fine' : result.problems[0]!.expected;
    };
    expect(expectedOf(z.number(), 'x')).toBe('a number');
    expect(expectedOf(z.number().check(z.gt(0)), 'x')).toBe('a number above 0');
    expect(expectedOf(z.number().check(z.gte(0), z.lt(1)), 2)).toBe('a number at least 0 and below 1');
    expect(expectedOf(z.int().check(z.gte(1), z.lte(3)), 2.5)).toBe('an integer from 1 to 3');
    expect(expectedOf(z.nullable(z.boolean()), 2)).toBe('true or false, or null');
    expect(expectedOf(z.array(z.string()).check(z.maxLength(1)), ['a', 'b'])).toBe('a list of at most 1 entry');
    expect(expectedOf(z.union([z.string(), z.number()]), true)).toBe('text, or a number');
  });
});
