import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/** As in "Output" of https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/get-metric-data.html, newest value first. */
const metricData = (results: readonly object[], more: object = {}): string =>
  JSON.stringify({ MetricDataResults: results, Messages: [], ...more }, null, 4);

const result = (times: readonly unknown[], values: readonly number[], more: object = {}) => ({
  Id: 'requests',
  Label: 'RequestCount',
  Timestamps: times,
  Values: values,
  StatusCode: 'Complete',
  ...more,
});

const minute = (number: number): string => `2026-11-01T00:0${number}:00+00:00`;
const THREE = result([minute(2), minute(1), minute(0)], [240, 180, 120]);

describe('An export of CloudWatch', () => {
  it('of get-metric-data becomes a rate for each period, by time', () => {
    expect(importTexts(metricData([THREE]))).toMatchObject({
      format: 'cloudwatch',
      source: 'CloudWatch, RequestCount',
      text: 'timestampSeconds,requestsPerMinute\n0,120\n60,180\n120,240\n',
      startEpochSeconds: NOVEMBER,
      durationSeconds: 180,
      found: 3,
      used: 3,
      leftOut: [],
      load: { requests: 540, highestPerMinute: 240 },
    });
  });

  /** As in example 1 of https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/get-metric-statistics.html, in no order. */
  it('of get-metric-statistics takes the sums, of five minutes here, as a rate per minute', () => {
    const text = JSON.stringify({
      Label: 'RequestCount',
      Datapoints: [
        { Timestamp: '2026-11-01T00:05:00Z', Sum: 1000, Unit: 'Count' },
        { Timestamp: '2026-11-01T00:00:00Z', Sum: 500, Unit: 'Count' },
      ],
    });
    expect(importTexts(text).text).toBe('timestampSeconds,requestsPerMinute\n0,100\n300,200\n');
  });

  it('has no requests in a period without a value, as a load balancer reports none then', () => {
    const { text, notes } = importTexts(metricData([result([minute(0), minute(1), minute(4)], [60, 60, 60])]));
    expect(text).toBe('timestampSeconds,requestsPerMinute\n0,60\n60,60\n120,0\n240,60\n');
    expect(notes).toEqual(['Times without a value, 2 x 60 s, are 0: a load balancer reports none without requests.']);
  });

  it('is one series over the pages of an answer, and over several files', () => {
    const pages = metricData([result([minute(0)], [60], { StatusCode: 'PartialData' }), result([minute(1)], [120])]);
    const next = metricData([result([minute(1), minute(2)], [120, 180])]);
    expect(importTexts([pages, next])).toMatchObject({
      text: 'timestampSeconds,requestsPerMinute\n0,60\n60,120\n120,180\n',
      found: 4,
      used: 3,
      leftOut: [{ count: 1, why: 'replaced by a later one of the same time' }],
    });
  });

  it('reads times in seconds and milliseconds since 1970', () => {
    const times = [NOVEMBER, (NOVEMBER + 60) * 1000, String(NOVEMBER + 120)];
    expect(importTexts(metricData([result(times, [1, 2, 3])])).text).toBe('timestampSeconds,requestsPerMinute\n0,1\n60,2\n120,3\n');
  });

  it('begins at --from and ends at --to, which may lie within a period, and is scaled', () => {
    const options = { fromEpochSeconds: NOVEMBER + 90, toEpochSeconds: NOVEMBER + 120, scale: 0.5 };
    expect(importTexts(metricData([THREE]), options)).toMatchObject({
      text: 'timestampSeconds,requestsPerMinute\n0,90\n',
      startEpochSeconds: NOVEMBER + 90,
      durationSeconds: 30,
      load: { requests: 45 },
      used: 1,
      leftOut: [
        { count: 1, why: 'before --from' },
        { count: 1, why: 'after --to' },
      ],
    });
  });

  it('adds up the series that are named', () => {
    const g5 = result([minute(0), minute(1)], [10, 20], { Label: 'g5' });
    const inf2 = result([minute(0), minute(1)], [1, 2], { Label: 'inf2' });
    const latency = result([minute(0), minute(1)], [0.5, 0.6], { Label: 'TargetResponseTime' });
    expect(importTexts(metricData([g5, inf2, latency]), { series: ['g5', 'inf2'] })).toMatchObject({
      source: 'CloudWatch, g5 + inf2',
      text: 'timestampSeconds,requestsPerMinute\n0,11\n60,22\n',
      leftOut: [{ count: 2, why: 'of other series' }],
    });
  });

  it('says when values do not look like counts, and when the answer was cut', () => {
    const cut = metricData([result([minute(0), minute(1)], [0.25, 0.5])], { NextToken: 'abc' });
    expect(importTexts(cut).notes).toEqual([
      'Some values are no whole numbers. Requests are counted by the statistic Sum.',
      'export ends early: it has a NextToken. Leave out --max-items to get all values.',
    ]);
  });

  it.each([
    [
      'no values',
      metricData([result([], [])]),
      'export:2: MetricDataResults: given no values, expected at least two values; check --start-time and --end-time, the Region, and the dimensions: LoadBalancer is app/NAME/ID, the end of its ARN',
    ],
    [
      'several series, none chosen',
      metricData([THREE, result([minute(0)], [1], { Label: 'Target time' })]),
      'export: given 2 series: RequestCount, Target time, expected the load in one series; choose with --series RequestCount; repeat it to add series up',
    ],
    [
      'another statistic',
      JSON.stringify({ Label: 'RequestCount', Datapoints: [{ Timestamp: minute(0), Average: 1, Unit: 'Count' }] }),
      'export:1: Datapoints[0]: given only Average, expected a Sum, which counts requests; export with --statistics Sum',
    ],
    [
      'a time that is none',
      metricData([result(['yesterday', minute(1)], [1, 2])]),
      'export:7: MetricDataResults[0].Timestamps[0]: given "yesterday" (text), expected a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970',
    ],
    [
      'a missing permission',
      metricData([result([minute(0), minute(1)], [1, 2], { StatusCode: 'Forbidden' })]),
      'export:14: MetricDataResults[0].StatusCode: given "Forbidden" (text), expected Complete; the caller needs cloudwatch:GetMetricData, also in the account of the metric',
    ],
    [
      'one value, whose period nobody knows',
      metricData([result([minute(0)], [1])]),
      'export: given a value at one time alone, expected values at two times or more, which say how long a period is; export a longer time',
    ],
    ['JSON that is cut', '{ "MetricDataResults": [', 'export:1: given the end of the file, expected a JSON value'],
  ])('is refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });

  it('is refused for a series that it does not have, and for a period other than its own', () => {
    expect(refusalOf(metricData([THREE]), { series: ['RequestCout'] })).toBe(
      '--series: given "RequestCout", expected a series of the export: RequestCount; did you mean "RequestCount"?',
    );
    expect(refusalOf(metricData([THREE]), { periodSeconds: 300 })).toBe(
      '--period: given 300 s, expected no --period: each value of this export has a period of its own, 60 s; export with another period',
    );
    expect(refusalOf(metricData([THREE]), { fromEpochSeconds: NOVEMBER + 86_400 })).toBe(
      '--from, --to: given from 2026-11-02T00:00:00Z, expected a time that the export has something of: 2026-11-01T00:00:00Z to 2026-11-01T00:03:00Z',
    );
  });
});
