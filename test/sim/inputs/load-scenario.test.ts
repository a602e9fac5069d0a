import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validate } from '../../../lambda/control-loop/api/validate';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import { ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';
import { scenariosDirectory, shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';

describe('Shipped scenarios', () => {
  it('are the published experiments and one that runs in seconds', () => {
    expect(shippedScenarioNames()).toEqual(expect.arrayContaining(['paper-a-cost', 'paper-b-capped-g6', 'paper-c-inf2-loss', 'smoke']));
  });

  it.each(shippedScenarioNames())('%s is found by its name from any directory, and is valid', (name) => {
    expect(loadScenario(name, tmpdir()).scenario.name).toBe(name);
  });
});

describe('A scenario with files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
    mkdirSync(join(directory, 'scenarios'));
    const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as Record<string, unknown>;
    const write = (name: string, content: string) => writeFileSync(join(directory, name), content);
    write(
      'scenarios/mine.json',
      `\uFEFF${JSON.stringify({
        ...smoke,
        clients: { kind: 'open-loop', arrivalsFile: 'load.csv', burstiness: 2 },
        availability: { rows: [{ timestampSeconds: 60, pool: 'g5-od', devices: 1 }], file: 'capacity.csv', reclaim: 'none' },
      })}`,
    );
    write('scenarios/load.csv', 'timestampSeconds,requestsPerMinute\n0,60\n');
    write('scenarios/capacity.csv', 'timestampSeconds,pool,devices\n0,g5-spot,3\n120,g5-spot,\n');
    write('other.csv', 'timestampSeconds\n1\n2\n');
    write('none.csv', 'timestampSeconds,pool,devices\n0,inf2-spot,0\n');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('finds them beside itself, and puts rows and file of availability in one order', () => {
    const loaded = loadScenario('scenarios/mine.json', directory);
    expect(loaded.baseDirectory).toBe(join(directory, 'scenarios'));
    expect(loaded.arrivals).toEqual({ kind: 'rates', rows: [{ timestampSeconds: 0, requestsPerMinute: 60 }] });
    expect(loaded.availability).toEqual([
      { timestampSeconds: 0, pool: 'g5-spot', devices: 3 },
      { timestampSeconds: 60, pool: 'g5-od', devices: 1 },
      { timestampSeconds: 120, pool: 'g5-spot', devices: null },
    ]);
  });

  it('takes files of the command line in their place, from the working directory', () => {
    const loaded = loadScenario('scenarios/mine.json', directory, { arrivals: 'other.csv', availability: 'none.csv' });
    expect(loaded.arrivals).toEqual({ kind: 'timestamps', timestampsSeconds: Float64Array.of(1, 2) });
    expect(loaded.availability).toEqual([{ timestampSeconds: 0, pool: 'inf2-spot', devices: 0 }]);
    expect(loaded.scenario.availability.reclaim).toBe('none');
    expect(loaded.scenario.clients).toMatchObject({ kind: 'open-loop', burstiness: 2 });
  });

  it('becomes open-loop by arrivals of the command line', () => {
    const loaded = loadScenario('paper-c-inf2-loss', directory, { arrivals: 'other.csv' });
    expect(loaded.scenario.clients).toMatchObject({ kind: 'open-loop', burstiness: 1 });
  });
});

describe('A scenario in which any one field is something else', () => {
  const text = readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8');

  /** Paths of all fields and entries of a JSON value. */
  const paths = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
    typeof value !== 'object' || value === null
      ? [path]
      : [path, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...path, key]))];

  const replaced = (value: unknown, path: readonly string[], by: unknown): unknown => {
    const [key, ...rest] = path;
    if (key === undefined) return by;
    const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
    copy[key] = replaced(copy[key], rest, by);
    return copy;
  };

  it('is valid, or is refused in plain words, and never breaks a check', () => {
    const original = JSON.parse(text) as unknown;
    const odd = fc.oneof(
      fc.constantFrom<unknown>(null, -1, 0, 0.5, 1e300, '', '0.9', 'inf2', true, [], {}, undefined),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths(original)), odd, (path, by) => {
        const parsed = validate(ScenarioSchema, replaced(original, path, by));
        const problems = parsed.ok ? checkScenario(parsed.value) : parsed.problems;
        if (!parsed.ok) expect(problems.length).toBeGreaterThan(0);
        for (const problem of problems) {
          expect(problem.given).not.toBe('');
          expect(problem.expected).not.toMatch(/invalid|undefined|\[object/i);
        }
      }),
      { seed: 4, numRuns: 1500 },
    );
  });
});
