import { ProblemList } from '../csv-rows';
import { refuseUnknownSeries } from './chosen-series';
import type { ExportFormat } from './format';
import { forEachLine, RequestLog } from './request-log';
import { INSTANT, instantOf, refuseFile } from './times';

/**
 * Fields of an access log entry of an Application Load Balancer, separated by spaces, some in quotes
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-format).
 * `time` is that of the response; `request_creation_time` is when the load balancer received the request.
 */
const FIELD = { type: 0, time: 1, targetGroup: 16, creationTime: 21 } as const;
const FIELDS = /"(?:[^"\\]|\\.)*"|\S+/g;
/** Entries of any age have these; later fields were added over the years. */
const FEWEST_FIELDS = 14;

const ENTRY = /^(?:https?|h2|grpcs?|wss?) \d{4}-\d{2}-\d{2}T/;

/** Starts of the logs of other load balancers and of CloudFront. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^tls \d/, 'an entry of a Network Load Balancer, which knows connections and no requests'],
  [/^\d{4}-\d{2}-\d{2}T\S+ \S+ \S+:\d+ /, 'an entry of a Classic Load Balancer'],
  [/^#(?:Version|Fields):/, 'a log of CloudFront'],
];

/** Requests of an Application Load Balancer from its access logs; health checks are not in them. */
export const alb: ExportFormat = {
  title: 'Application Load Balancer: access logs, .gz or plain',
  kind: 'load',
  series: 'target group',
  hasValues: false,
  recognises: ({ firstLine }) => ENTRY.test(firstLine),
  read(files, { series }) {
    const log = new RequestLog();
    const problems = new ProblemList();
    const groups = new Set<string>();
    let entries = 0;
    let first: string | undefined;
    for (const file of files) {
      first ??= file.name;
      forEachLine(file.text, (line, number) => {
        entries++;
        const where = `${file.name}:${number}`;
        const fields = line.match(FIELDS) ?? [];
        if (!ENTRY.test(line) || fields.length < FEWEST_FIELDS) {
          problems.add({ where, ...wrongEntry(line, fields.length) });
          return;
        }
        const time = fields[FIELD.creationTime] ?? fields[FIELD.time]!;
        const epochSeconds = instantOf(time);
        if (epochSeconds === undefined) {
          problems.add({ where, given: JSON.stringify(time), expected: `as request_creation_time ${INSTANT}` });
          return;
        }
        const group = groupOf(fields[FIELD.targetGroup]);
        groups.add(group);
        if (series.length === 0 || series.includes(group)) log.add(epochSeconds);
        else log.leaveOut();
      });
      problems.throwIfAny();
    }
    if (entries === 0)
      refuseFile(first ?? 'input', 'no entries', 'at least one request', 'logs are written every 5 minutes, under the Region and the date');
    refuseUnknownSeries(series, groups, 'target group');
    return log.reading(
      `access logs of an Application Load Balancer${series.length === 0 ? '' : `, target groups ${series.join(' + ')}`}`,
      'of other target groups',
    );
  },
};

/** The name in `arn:...:targetgroup/NAME/ID`; `-` where the load balancer answered itself. */
const groupOf = (arn: string | undefined): string => /targetgroup\/([^/"]+)\//.exec(arn ?? '')?.[1] ?? '-';

const wrongEntry = (line: string, fields: number) => {
  const other = OTHERS.find(([pattern]) => pattern.test(line))?.[1];
  if (other !== undefined) {
    return { given: other, expected: 'entries of an Application Load Balancer', fix: 'use the metric RequestCount from CloudWatch' };
  }
  return ENTRY.test(line)
    ? {
        given: `${fields} fields`,
        expected: `at least ${FEWEST_FIELDS}: type, time, elb, client:port, ...`,
        fix: 'the line is cut; remove it',
      }
    : { given: JSON.stringify(line.slice(0, 40)), expected: 'an entry such as: https 2026-11-01T00:00:00.123456Z app/NAME/ID ...' };
};
