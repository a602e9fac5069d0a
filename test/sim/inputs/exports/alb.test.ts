import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/** As in "Example entries" of https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html. */
const entry = (created: string, group = 'g5', type = 'https'): string =>
  `${type} 2026-11-01T00:09:59.000000Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 ` +
  `"GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0 \\x22x\\x22" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ` +
  `arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/${group}/73e2d6bc24d8a067 ` +
  `"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678" ` +
  `1 2026-11-01T${created}Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`;

const lines = (...entries: readonly string[]): string => `${entries.join('\n')}\n`;

describe('Access logs of an Application Load Balancer', () => {
  it('count requests by the minute in which they came, not in which they were answered', () => {
    const log = lines(entry('00:00:00.100000'), entry('00:00:59.900000', 'g5', 'h2'), entry('00:01:10.000000'), entry('00:03:00.000000'));
    expect(importTexts(log)).toMatchObject({
      format: 'alb',
      text: 'timestampSeconds,requestsPerMinute\n0,2\n60,1\n120,0\n',
      startEpochSeconds: NOVEMBER,
      found: 4,
      used: 3,
      leftOut: [{ count: 1, why: 'in the last period, which is not complete' }],
    });
  });

  it('are added up over files, in any order, with rows of any length', () => {
    const files = [lines(entry('00:02:00.0')), lines(entry('00:00:00.0'), entry('00:04:59.0'))];
    const options = { fromEpochSeconds: NOVEMBER, toEpochSeconds: NOVEMBER + 300, periodSeconds: 150 };
    expect(importTexts(files, options).text).toBe('timestampSeconds,requestsPerMinute\n0,0.8\n150,0.4\n');
  });

  it('can be those of one target group', () => {
    const log = lines(entry('00:00:00.0', 'g5'), entry('00:00:01.0', 'inf2'), entry('00:00:59.0', 'g5'));
    const { leftOut, load } = importTexts(log, { series: ['g5'] });
    expect({ leftOut, load }).toMatchObject({ leftOut: [{ count: 1, why: 'of other target groups' }], load: { requests: 2 } });
  });

  it('without the time of arrival, as old logs are, count by that of the answer', () => {
    const old = entry('00:00:00').split(' "Root=')[0]!;
    expect(importTexts(lines(old)).startEpochSeconds).toBe(NOVEMBER + 599);
  });

  it.each([
    [
      'an entry of a Network Load Balancer',
      lines(
        'tls 2.0 2026-11-01T02:59:40 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443',
      ),
      'export:1: given an entry of a Network Load Balancer, which knows connections and no requests, expected entries of an Application Load Balancer; use the metric RequestCount from CloudWatch',
    ],
    [
      'a line that is cut',
      lines(entry('00:00:00.0'), 'https 2026-11-01T00:09:59.000000Z app/my-load'),
      'export:2: given 3 fields, expected at least 14: type, time, elb, client:port, ...; the line is cut; remove it',
    ],
    [
      'a time that is none',
      lines(entry('25:00:00.0')),
      'export:1: given "2026-11-01T25:00:00.0Z", expected as request_creation_time a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970',
    ],
    [
      'an empty file',
      '',
      'export: given no entries, expected at least one request; logs are written every 5 minutes, under the Region and the date',
    ],
  ])('are refused for %s', (_, text, message) => {
    expect(refusalOf(text, {}, 'alb')).toBe(message);
  });

  it('are refused for a target group that is not in them', () => {
    expect(refusalOf(lines(entry('00:00:00.0', 'g5-triton')), { series: ['g5-tritn'] })).toBe(
      '--series: given "g5-tritn", expected a target group of the export: g5-triton; did you mean "g5-triton"?',
    );
  });
});
