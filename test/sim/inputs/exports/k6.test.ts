import { describe, expect, it } from 'vitest';
import { importTexts, refusalOf } from '../../../support/export-files';

/** As in https://grafana.com/docs/k6/latest/results-output/real-time/json/#json-format. */
const METRIC =
  '{"type":"Metric","data":{"type":"counter","contains":"default","tainted":null,"thresholds":[],"submetrics":null},"metric":"http_reqs"}';
const point = (time: string, metric = 'http_reqs', value: unknown = 1): string =>
  JSON.stringify({ type: 'Point', data: { time, value, tags: { method: 'GET', status: '200' } }, metric });
const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

describe('The JSON output of k6', () => {
  it('counts requests, with the offset of their times', () => {
    const text = lines(
      METRIC,
      point('2026-11-01T02:00:00.625742514+02:00'),
      point('2026-11-01T02:00:00.625742514+02:00', 'http_req_duration', 459.8),
      point('2026-11-01T02:00:30.1+02:00'),
      point('2026-11-01T02:01:05+02:00'),
      point('2026-11-01T02:01:59+02:00'),
    );
    expect(importTexts(text)).toMatchObject({
      format: 'k6',
      text: 'timestampSeconds,requestsPerMinute\n0,2\n60,2\n',
      startEpochSeconds: Date.UTC(2026, 10, 1) / 1000,
      found: 4,
      used: 4,
      notes: ['k6 counts a request when it is answered.'],
    });
  });

  it('is scaled', () => {
    const text = lines(METRIC, point('2026-11-01T00:00:00Z'), point('2026-11-01T00:00:59Z'));
    expect(importTexts(text, { scale: 10 }).text).toBe('timestampSeconds,requestsPerMinute\n0,20\n');
  });

  it('has no series to choose, and no values over time', () => {
    expect(refusalOf(lines(METRIC, point('2026-11-01T00:00:00Z')), { series: ['GET'], per: 'minute' })).toBe(
      '--per: given an export of k6, expected an export of values over time: cloudwatch or prometheus\n' +
        '--series: given an export of k6, expected no --series: all requests of the test are used',
    );
  });

  it.each([
    [
      'a summary',
      JSON.stringify({ root_group: { name: '' }, options: {}, state: {}, metrics: { http_reqs: { values: { count: 10 } } } }, null, 2),
      'export: given a summary of k6, which has totals and no times, expected the samples of the test; run the test with: k6 run --out json=test.json script.js',
    ],
    [
      'a summary on one line',
      JSON.stringify({ metrics: { http_reqs: { count: 10 } }, root_group: { name: '' } }),
      'export: given a summary of k6, which has totals and no times, expected the samples of the test; run the test with: k6 run --out json=test.json script.js',
    ],
    [
      'the CSV output',
      'metric_name,timestamp,metric_value,check,error\nhttp_reqs,1595325560,1.000000,,\n',
      'export:1: given the CSV output of k6, expected its JSON output; run the test with: k6 run --out json=test.json script.js',
    ],
    [
      'half a line',
      `${METRIC}\n${point('2026-11-01T00:00:00Z')}\n{"type":"Point","data":{"ti`,
      'export:3: given "{\\"type\\":\\"Point\\",\\"data\\":{\\"ti", expected one JSON object on the line; a test that was stopped can leave half a line at the end; remove it',
    ],
    [
      'a time that is none',
      lines(METRIC, point('now')),
      'export:2: data.time: given "now", expected a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970',
    ],
    [
      'a test without HTTP',
      lines('{"type":"Point","data":{"time":"2026-11-01T00:00:00Z","value":5,"tags":null},"metric":"vus"}'),
      'export: given no sample of http_reqs, expected the samples of a test that sends HTTP requests; run the test with: k6 run --out json=test.json script.js',
    ],
  ])('is refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });
});
