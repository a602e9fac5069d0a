import { ProblemList } from '../csv-rows';
import type { ExportFormat, Glance } from './format';
import { forEachLine, RequestLog } from './request-log';
import { INSTANT, instantOf, refuseFile } from './times';

/**
 * Lines of `k6 run --out json=FILE`: each declares a metric (`"type":"Metric"`) or is a sample of one (`"type":"Point"`)
 * (https://grafana.com/docs/k6/latest/results-output/real-time/json/). `http_reqs` counts requests when they are answered.
 */
interface Line {
  readonly type?: unknown;
  readonly metric?: unknown;
  readonly data?: { readonly time?: unknown; readonly value?: unknown };
}

const METRIC = 'http_reqs';
/** Header of `k6 run --out csv=FILE` (https://grafana.com/docs/k6/latest/results-output/real-time/csv/). */
const CSV = /^metric_name,timestamp,metric_value/;
const COMMAND = 'run the test with: k6 run --out json=test.json script.js';

/** The summary at the end of a test has totals and no times (https://grafana.com/docs/k6/latest/results-output/end-of-test/). */
const isSummary = ({ fields }: Glance): boolean =>
  fields.includes('metrics') && ['root_group', 'state', 'options', 'setup_data'].some((field) => fields.includes(field));

/** The load that a k6 test made. */
export const k6: ExportFormat = {
  title: 'k6: the file of --out json',
  kind: 'load',
  series: undefined,
  hasValues: false,
  recognises: (glance) =>
    (glance.fields.includes('metric') && glance.fields.includes('type')) || isSummary(glance) || CSV.test(glance.firstLine),
  read(files) {
    const log = new RequestLog();
    const problems = new ProblemList();
    let first: string | undefined;
    for (const { name, text } of files) {
      first ??= name;
      if (CSV.test(text)) refuseFile(`${name}:1`, 'the CSV output of k6', 'its JSON output', COMMAND);
      if (isWholeSummary(text)) refuseFile(name, 'a summary of k6, which has totals and no times', 'the samples of the test', COMMAND);
      forEachLine(text, (line, number) => {
        // Most lines are of other metrics, and need not be read to know it.
        if (line.startsWith('{') && line.endsWith('}') && !line.includes(`"${METRIC}"`)) return;
        const where = `${name}:${number}`;
        const parsed = jsonOf(line);
        if (parsed === undefined) {
          problems.add({
            where,
            given: JSON.stringify(line.slice(0, 40)),
            expected: 'one JSON object on the line',
            fix: 'a test that was stopped can leave half a line at the end; remove it',
          });
          return;
        }
        if (parsed.type !== 'Point' || parsed.metric !== METRIC) return;
        const epochSeconds = instantOf(parsed.data?.time);
        const value = parsed.data?.value;
        if (epochSeconds === undefined)
          problems.add({ where: `${where}: data.time`, given: JSON.stringify(parsed.data?.time) ?? 'nothing', expected: INSTANT });
        else if (typeof value !== 'number' || !(value >= 0))
          problems.add({ where: `${where}: data.value`, given: JSON.stringify(value) ?? 'nothing', expected: 'a number of requests' });
        else log.add(epochSeconds, value);
      });
      problems.throwIfAny();
    }
    if (log.requests === 0)
      refuseFile(first ?? 'input', `no sample of ${METRIC}`, 'the samples of a test that sends HTTP requests', COMMAND);
    return log.reading('a k6 test', 'of other metrics', ['k6 counts a request when it is answered.']);
  },
};

const jsonOf = (text: string): Line | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
};

/** A summary is one object, over many lines or on one; each line of the samples is an object of its own, with a type. */
const isWholeSummary = (text: string): boolean => {
  const end = text.indexOf('\n');
  const firstLine = jsonOf(end === -1 ? text : text.slice(0, end));
  const value = firstLine ?? jsonOf(text);
  return value !== undefined && isSummary({ firstLine: '', fields: Object.keys(value) });
};
