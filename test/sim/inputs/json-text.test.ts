import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonMistake, jsonLines } from '../../../sim/inputs/json-text';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('The finder of JSON mistakes', () => {
  it('takes every text that JSON.parse takes', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom(undefined, '  ', '\t'), (text, indent) => {
        const value = JSON.parse(text) as unknown;
        expect(findJsonMistake(text)).toBeUndefined();
        expect(findJsonMistake(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('refuses exactly the damaged texts that JSON.parse refuses, but for fields written twice', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '0', '-', '.', 'e', ' ', '\n', '\\', '\t', 'true', '[', '{'))
      .map(([text, at, inserted]) => {
        const index = at % (text.length + 1);
        return text.slice(0, index) + inserted + text.slice(inserted === '' ? index + 1 : index);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const mistake = findJsonMistake(text);
        if (mistake?.expected === 'each field once') return;
        expect(mistake === undefined).toBe(isJson(text));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it.each([
    ['01', 1],
    ['[1.5.2]', 1],
    ['[+1]', 1],
    ['{"a":\n1}\n}', 3],
    ["{'a': 1}", 1],
    ['[1,\n2,\n]', 3],
    ['"a\nb"', 1],
    ['{"a": NaN}', 1],
    ['nul', 1],
    ['"C:\\data"', 1],
    ['', 1],
  ])('refuses %j on line %i', (text, line) => {
    expect(isJson(text)).toBe(false);
    expect(findJsonMistake(text)?.line).toBe(line);
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(findJsonMistake('['.repeat(100_000))).toMatchObject({ line: 1, expected: 'at most 100 levels' });
  });

  it('refuses a field that is written twice, even when one name is escaped', () => {
    expect(findJsonMistake('{\n"a": 1,\n"\\u0061": 2}')).toEqual({
      line: 3,
      given: 'field "a" again, first on line 2',
      expected: 'each field once',
    });
  });
});

describe('Lines of fields', () => {
  const text = '{\n  "a": [\n    1,\n    { "b":\n 2 }\n  ]\n}';

  it('are those of the name of a field and the start of an entry', () => {
    const lineOf = jsonLines(text);
    expect([lineOf([]), lineOf(['a']), lineOf(['a', 0]), lineOf(['a', 1]), lineOf(['a', 1, 'b'])]).toEqual([1, 2, 3, 4, 4]);
  });

  it('are those of the nearest field around one that is not there', () => {
    const lineOf = jsonLines(text);
    expect([lineOf(['a', 1, 'c', 'd']), lineOf(['x'])]).toEqual([4, 1]);
  });
});
