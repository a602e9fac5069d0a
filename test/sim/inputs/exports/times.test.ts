import { describe, expect, it } from 'vitest';
import { instantOf } from '../../../../sim/inputs/exports/times';
import { NOVEMBER, refusalOf } from '../../../support/export-files';

describe('An instant', () => {
  it.each([
    ['2026-11-01T00:00:00Z', 0],
    ['2026-11-01T00:00:00.25+00:00', 0.25],
    ['2026-11-01T02:30:00+02:30', 0],
    ['2026-11-01T02:00:00+0200', 0],
    ['2026-10-31T19:00-05', 0],
    ['2026-11-01 00:01:00', 60],
    ['2026-11-01 00:01:00 UTC', 60],
    ['2026-11-01', 0],
    [NOVEMBER, 0],
    [NOVEMBER * 1000 + 500, 0.5],
    [String(NOVEMBER), 0],
    [` ${NOVEMBER}.5 `, 0.5],
  ])('%s is read, in UTC where it does not say otherwise', (text, seconds) => {
    expect(instantOf(text)).toBe(NOVEMBER + seconds);
  });

  it.each(['', 'noon', '2026-02-30', '2026-11-01T24:00:00Z', '01/11/2026', '12', 60, -1, Number.NaN, 1e15, null])('%s is none', (text) => {
    expect(instantOf(text)).toBeUndefined();
  });
});

describe('A file of no known format', () => {
  const EXPECTED = 'expected an export of cloudwatch, alb, prometheus, spot-prices, karpenter, k6, locust';
  const DOCS = 'import --help lists them; --format states what a file is';
  it.each([
    ['an empty one', '', `export:1: given an empty file, ${EXPECTED}; ${DOCS}`],
    ['other JSON', '{"Metrics": []}', `export:1: given the fields Metrics, ${EXPECTED}; ${DOCS}`],
    ['other CSV', 'time,requests\n1,2\n', `export:1: given "time,requests", ${EXPECTED}; ${DOCS}`],
    [
      'what simulate reads already',
      'timestampSeconds,requestsPerMinute\n0,1\n',
      `export:1: given "timestampSeconds,requestsPerMinute", ${EXPECTED}; simulate reads this file as it is: --arrivals, or --availability if it has pools`,
    ],
    [
      'a table',
      '|  GetMetricData  |\n',
      `export:1: given "|  GetMetricData  |", ${EXPECTED}; import --help lists them; --format states what a file is`,
    ],
    ['broken JSON', '{\n  "Metrics": [,]\n}', 'export:2: given ",]", expected a JSON value'],
  ])('is refused: %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });
});
