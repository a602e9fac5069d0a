import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { parseDataFile } from '../../../sim/inputs/text-file';
import { importTexts } from '../../support/export-files';

const TEXT = `# a fleet
fleet:
  objective: { latencySeconds: 0.9 }
  units:
    - name: inf2
      pools: [inf2-spot]
    - name: g5
`;

const messageOf = (name: string, text: string): string => {
  try {
    parseDataFile({ name, text });
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('A file of YAML', () => {
  it('is known by its name, or by how it begins', () => {
    const value = { fleet: { objective: { latencySeconds: 0.9 }, units: [{ name: 'inf2', pools: ['inf2-spot'] }, { name: 'g5' }] } };
    expect(parseDataFile({ name: 'fleet.yaml', text: TEXT }).value).toEqual(value);
    expect(parseDataFile({ name: 'standard input', text: TEXT }).value).toEqual(value);
    expect(parseDataFile({ name: 'fleet.yml', text: '{"fleet": 1}' }).value).toEqual({ fleet: 1 });
    expect(parseDataFile({ name: 'standard input', text: ' {"fleet": 1}' }).value).toEqual({ fleet: 1 });
  });

  it.each([
    [['fleet'], 2],
    [['fleet', 'objective', 'latencySeconds'], 3],
    [['fleet', 'units', 0, 'pools', 0], 6],
    [['fleet', 'units', 1, 'name'], 7],
    [['fleet', 'units', 1, 'pools'], 7],
    [['clients'], 2],
  ])('says that %j is on line %i', (path, line) => {
    const [problem] = parseDataFile({ name: 'fleet.yaml', text: TEXT }).problems([{ path, given: 'nothing', expected: 'something' }]);
    expect(problem!.where).toMatch(new RegExp(`^fleet\\.yaml:${line}: `));
  });

  it.each([
    ['a field twice', 'a: 1\nb: 2\na: 3\n', 'fleet.yaml:3: given field "a: 3" again, expected each field once'],
    ['a tab', 'a:\n\tb: 2\n', 'fleet.yaml:2: given a tab, expected blanks to indent with'],
    ['two documents', 'a: 1\n---\na: 2\n', 'fleet.yaml:2: given a second document after ---, expected one document; split the file'],
    ['text that does not end', 'a: "b\n', /^fleet\.yaml:1: given .*, expected YAML$/],
  ])('is refused with its line: %s', (_, text, message) => {
    expect(messageOf('fleet.yaml', text)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('that is named .json is refused as JSON', () => {
    expect(messageOf('fleet.json', 'a: 1\n')).toBe('fleet.json:1: given "a: 1", expected a JSON value');
  });

  it('is what aws --output yaml exports, and imports as JSON does', () => {
    const text = `MetricDataResults:
- Id: requests
  Label: RequestCount
  StatusCode: Complete
  Timestamps:
  - '2026-11-01T00:01:00+00:00'
  - '2026-11-01T00:00:00+00:00'
  Values:
  - 120.0
  - 60.0
Messages: []
`;
    expect(importTexts(text).rows).toEqual([
      { timestampSeconds: 0, requestsPerMinute: 60 },
      { timestampSeconds: 60, requestsPerMinute: 120 },
    ]);
  });
});
