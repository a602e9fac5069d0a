import { describe, expect, it } from 'vitest';
import { rateAt, readLoad } from './load';

describe('a load', () => {
  it.each([
    ['CSV', 'minute,requestsPerMinute\n0,240\n5,600\n'],
    ['CSV of another system', '\uFEFFminute, requestsPerMinute\r\n0, 240\r\n5, 600'],
    ['JSON', '[{"minute": 0, "requestsPerMinute": 240}, {"minute": 5, "requestsPerMinute": 600}]'],
  ])('is read as %s', (_, text) => {
    expect(readLoad(text)).toEqual([
      { minute: 0, requestsPerMinute: 240 },
      { minute: 5, requestsPerMinute: 600 },
    ]);
  });

  it('holds each rate until the next row', () => {
    const rows = readLoad('minute,requestsPerMinute\n1,240\n5,600\n');
    expect([0, 1, 4.9, 5, 500].map((minutes) => rateAt(rows, minutes))).toEqual([0, 240, 240, 600, 600]);
  });

  it.each([
    ['', /^load: given "", expected CSV with the header minute,requestsPerMinute, or a JSON list/],
    ['minute,requestsPerMinute\n', /^load: given no row/],
    ['[]', /^load: given no row/],
    ['[{"minute": 0,', /^load: .*JSON/],
    ['[3]', /^row 1: minute: given undefined/],
    ['seconds,rate\n0,1', /^load: given "seconds,rate"/],
    ['minute,requestsPerMinute\n0', /^row 1: given "0", expected minute,requestsPerMinute/],
    ['minute,requestsPerMinute\n0,\n', /^row 1: requestsPerMinute: given "", expected a number from 0 to 100000/],
    ['minute,requestsPerMinute\n0,many', /^row 1: requestsPerMinute: given "many"/],
    ['minute,requestsPerMinute\n0,-1', /^row 1: requestsPerMinute: given -1/],
    ['minute,requestsPerMinute\n0,1e9', /^row 1: requestsPerMinute: given 1000000000/],
    ['minute,requestsPerMinute\n5,1\n5,2', /^row 2: given minute 5 after minute 5, expected ascending minutes/],
  ])('that cannot be read says why: %j', (text, message) => {
    expect(() => readLoad(text)).toThrow(message);
  });
});
