import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/** As in the example of https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries. */
const matrix = (...series: readonly { readonly metric?: object; readonly values: readonly unknown[] }[]): string => {
  const result = series.map(({ metric = {}, values }) => ({ metric, values }));
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }, null, 2);
};
const at = (seconds: number, value: string) => [NOVEMBER + seconds, value];

describe('An answer of Prometheus', () => {
  it('is a rate per second, over the step that ends at the time of the value', () => {
    expect(importTexts(matrix({ values: [at(60, '2'), at(120, '3.5')] }))).toMatchObject({
      format: 'prometheus',
      text: 'timestampSeconds,requestsPerMinute\n0,120\n60,210\n',
      startEpochSeconds: NOVEMBER,
      load: { requests: 330 },
      notes: ['Values are taken as requests per second, as rate() gives them. --per states another.'],
    });
  });

  it.each([
    ['minute', '0,2\n30,4\n'],
    ['period', '0,4\n30,8\n'],
  ] as const)('can count over a %s', (per, rows) => {
    const text = matrix({ values: [at(30, '2'), at(60, '4')] });
    expect(importTexts(text, { per })).toMatchObject({ text: `timestampSeconds,requestsPerMinute\n${rows}`, notes: [] });
  });

  it('holds the last rate where values are missing or no numbers: nobody knows that there were no requests', () => {
    const text = matrix({ values: [at(60, '1'), at(120, 'NaN'), at(180, '2'), at(240, '3')] });
    expect(importTexts(text)).toMatchObject({
      text: 'timestampSeconds,requestsPerMinute\n0,60\n120,120\n180,180\n',
      load: { requests: 420 },
      found: 4,
      used: 3,
      leftOut: [{ count: 1, why: 'without a number, such as NaN' }],
    });
    expect(importTexts(text).notes).toContain('Times without a value, 1 x 60 s, have the rate before them, and 0 before the first.');
  });

  it('adds up the series that are named as Prometheus writes them', () => {
    const text = matrix(
      { metric: { unit: 'g5' }, values: [at(60, '1'), at(120, '1')] },
      { metric: { unit: 'inf2' }, values: [at(60, '2'), at(120, '2')] },
    );
    expect(importTexts(text, { series: ['{unit="g5"}', '{unit="inf2"}'] }).text).toBe(
      'timestampSeconds,requestsPerMinute\n0,180\n60,180\n',
    );
    expect(refusalOf(text)).toBe(
      `export: given 2 series: {unit="g5"}, {unit="inf2"}, expected the load in one series; choose with --series '{unit="g5"}'; repeat it to add series up`,
    );
  });

  it.each([
    [
      'an instant query',
      JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }),
      'export: data.resultType: given "vector", one moment, expected "matrix", values over time; ask /api/v1/query_range, with start, end and step',
    ],
    [
      'an error',
      JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'invalid parameter "query"' }),
      'export: error: given an error of Prometheus: invalid parameter "query", expected an answer with "status": "success"; correct the query',
    ],
    [
      'no series',
      matrix(),
      'export: data.result: given no series, expected at least one; check the query, and that start and end have data',
    ],
    [
      'a counter',
      matrix({ metric: { __name__: 'http_requests_total' }, values: [at(60, '1'), at(120, '2')] }),
      'export:8: data.result[0].metric.__name__: given the counter "http_requests_total", expected a rate of requests; query sum(rate(http_requests_total[1m]))',
    ],
    [
      'a negative rate',
      matrix({ values: [at(60, '1'), at(120, '-2')] }),
      'export:13: data.result[0].values[1]: given "-2" (text), expected a rate of at least 0',
    ],
  ])('is refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });
});
