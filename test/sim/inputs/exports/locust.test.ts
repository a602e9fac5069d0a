import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/** Columns of `StatsCSVFileWriter.stats_history_csv_columns` (https://docs.locust.io/en/stable/_modules/locust/stats.html), some left out. */
const HEADER = 'Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,Total Request Count,Total Failure Count';
const row = (seconds: number, total: number, name = 'Aggregated', type = ''): string =>
  `${NOVEMBER + seconds},10,${type},${name},99.9,0.000000,12,34,${total},0`;
const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

describe('The history of Locust', () => {
  it('counts requests by the difference of totals, whatever the mean of ten seconds is', () => {
    const text = lines(HEADER, row(0, 0), row(30, 30), row(30, 20, '/generate', 'POST'), row(60, 90), row(120, 120));
    expect(importTexts(text)).toMatchObject({
      format: 'locust',
      text: 'timestampSeconds,requestsPerMinute\n0,90\n60,30\n',
      startEpochSeconds: NOVEMBER,
      found: 120,
      used: 120,
    });
  });

  it('goes on from zero where the counts were reset', () => {
    expect(importTexts(lines(HEADER, row(0, 0), row(60, 60), row(120, 30))).text).toBe('timestampSeconds,requestsPerMinute\n0,60\n60,30\n');
  });

  it('is read with quotes, and with the row name of versions before 1', () => {
    const quoted = lines(HEADER, row(0, 0, 'Total'), row(60, 60, 'Total')).replace(/[^,\n]+/g, '"$&"');
    expect(importTexts(quoted).text).toBe('timestampSeconds,requestsPerMinute\n0,60\n');
  });

  it.each([
    [
      'the file of totals',
      lines('Type,Name,Request Count,Failure Count,Median Response Time', 'POST,/generate,10,0,4'),
      'export:1: given a file of Locust without times, expected NAME_stats_history.csv, the counts over time; run the test with: locust --csv NAME, and import NAME_stats_history.csv',
    ],
    [
      'no totals',
      lines('Timestamp,User Count,Type,Name,Requests/s', `${NOVEMBER},1,,Aggregated,1`),
      'export:1: given "Timestamp,User Count,Type,Name,Requests/s", expected a header with the columns Timestamp, Name, Total Request Count',
    ],
    [
      'a count that is none',
      lines(HEADER, row(0, 0), row(60, Number.NaN)),
      'export:3: Total Request Count: given "NaN", expected a number, at least 0',
    ],
    [
      'two tests in one file',
      lines(HEADER, row(60, 0), row(0, 5)),
      'export:3: Timestamp: given 1793491200, expected at least 1793491260, the time before it, and at most a day later; import each test by itself',
    ],
    [
      'a test without requests',
      lines(HEADER, row(0, 0)),
      'export: given no requests in rows named Aggregated, expected a test that sent requests; import NAME_stats_history.csv',
    ],
  ])('is refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });
});
