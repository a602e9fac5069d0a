import { nonNegativeOf, ProblemList, readCsvColumns } from '../csv-rows';
import type { ExportFormat } from './format';
import { RequestLog } from './request-log';
import { INSTANT, instantOf, refuseFile } from './times';

/**
 * Columns of `NAME_stats_history.csv`, which `locust --csv NAME` writes once a second
 * (https://docs.locust.io/en/stable/retrieving-stats.html; `StatsCSVFileWriter` of
 * https://docs.locust.io/en/stable/_modules/locust/stats.html). The count is of all requests since the start of the test, so that the
 * differences are exact; `Requests/s` is a mean of ten seconds.
 */
const COLUMNS = ['Timestamp', 'Name', 'Total Request Count'] as const;
/** The row of all requests; before version 1 its name was Total. */
const ALL = ['Aggregated', 'Total'];

/** Rows come once a second, unless the test was set up otherwise. */
const LONGEST_GAP_SECONDS = 86_400;

/** Columns that only a file without times has: `NAME_stats.csv` and the like. */
const WITHOUT_TIMES = /^"?(?:Type"?,"?Name"?,"?(?:Request Count|# requests)|Method"?,"?Name"?,"?(?:Error|# requests)|Count"?,"?Message)/;
const HISTORY = /^"?Timestamp"?,"?User Count"?,/;

/** The load that a Locust test made. */
export const locust: ExportFormat = {
  title: 'Locust: NAME_stats_history.csv of --csv NAME',
  kind: 'load',
  series: undefined,
  hasValues: false,
  recognises: ({ firstLine }) => HISTORY.test(firstLine) || WITHOUT_TIMES.test(firstLine),
  read(files) {
    const log = new RequestLog();
    const problems = new ProblemList();
    let first: string | undefined;
    for (const file of files) {
      first ??= file.name;
      if (WITHOUT_TIMES.test(file.text)) {
        refuseFile(
          `${file.name}:1`,
          'a file of Locust without times',
          'NAME_stats_history.csv, the counts over time',
          'run the test with: locust --csv NAME, and import NAME_stats_history.csv',
        );
      }
      let previous: { readonly epochSeconds: number; readonly total: number } | undefined;
      readCsvColumns(file, COLUMNS, problems, (row) => {
        const [time, name, count] = row.values as [string, string, string];
        if (!ALL.includes(name)) return;
        const epochSeconds = instantOf(time);
        const total = nonNegativeOf(count, 'Total Request Count', row, problems);
        if (epochSeconds === undefined) {
          problems.add({ where: `${row.where}: Timestamp`, given: JSON.stringify(time), expected: INSTANT });
          return;
        }
        if (total === undefined) return;
        const before = previous?.epochSeconds ?? epochSeconds;
        if (epochSeconds < before || epochSeconds > before + LONGEST_GAP_SECONDS) {
          problems.add({
            where: `${row.where}: Timestamp`,
            given: time,
            expected: `at least ${before}, the time before it, and at most a day later`,
            fix: 'import each test by itself',
          });
          return;
        }
        spread(log, previous, { epochSeconds, total });
        previous = { epochSeconds, total };
      });
      problems.throwIfAny();
    }
    if (log.requests === 0) {
      refuseFile(first ?? 'input', 'no requests in rows named Aggregated', 'a test that sent requests', 'import NAME_stats_history.csv');
    }
    return log.reading('a Locust test', 'of other rows');
  },
};

interface Count {
  readonly epochSeconds: number;
  readonly total: number;
}

/** The requests between two rows, evenly over the seconds between them. A count that falls was set to zero in between. */
const spread = (log: RequestLog, from: Count | undefined, to: Count): void => {
  const requests = from === undefined || to.total < from.total ? to.total : to.total - from.total;
  const begin = from?.epochSeconds ?? to.epochSeconds;
  const seconds = Math.max(1, Math.round(to.epochSeconds - begin));
  for (let second = 0; second < seconds; second++) log.add(begin + second, requests / seconds);
};
