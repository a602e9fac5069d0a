import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../bin/cli/runs/engine';
import { runCommandLine } from '../../support/command-line';

/** An hour of a load balancer, newest minute first, as `aws cloudwatch get-metric-data` prints it: 240 requests a minute, then 360. */
const HOUR = JSON.stringify({
  MetricDataResults: [
    {
      Id: 'requests',
      Label: 'RequestCount',
      Timestamps: Array.from({ length: 60 }, (_, index) => `2026-11-01T00:${String(59 - index).padStart(2, '0')}:00+00:00`),
      Values: Array.from({ length: 60 }, (_, index) => (index < 30 ? 360 : 240)),
      StatusCode: 'Complete',
    },
  ],
  Messages: [],
});

const entry = (second: string): string =>
  `http 2026-11-01T00:00:${second}Z app/lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/g5/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2026-11-01T00:00:${second}Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"\n`;

describe('import', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
    writeFileSync(join(directory, 'requests.json'), HOUR);
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const cli = (...argv: readonly string[]) => runCommandLine(argv, { workingDirectory: directory });

  it('makes of an export of CloudWatch a load that simulate runs on', async () => {
    expect(await cli('import', 'requests.json', '--out', 'load.csv')).toMatchObject({ exitCode: 0, stdout: '' });
    const engine = await loadEngine();
    const outcome = await runCommandLine(['simulate', 'smoke', '--arrivals', 'load.csv', '--json'], {
      workingDirectory: directory,
      engine,
    });
    expect(outcome.exitCode).toBe(0);
    // 30 minutes of 240 and 30 of 360 are 18,000 requests; a Poisson process of that mean stays within five standard deviations, 671.
    expect(Math.abs(JSON.parse(outcome.stdout).requests - 18_000)).toBeLessThan(671);
  });

  it('prints rows to standard output, and to standard error what it used and left out', async () => {
    const { stdout, stderr } = await cli('import', 'requests.json', '--from', '2026-11-01T00:28:00Z', '--to', '2026-11-01T00:32:00Z');
    expect(stdout).toBe('timestampSeconds,requestsPerMinute\n0,240\n60,240\n120,360\n180,360\n');
    expect(stderr).toBe(
      [
        'CloudWatch, RequestCount: 4 of 60 values used',
        'left out: 28 values before --from',
        'left out: 28 values after --to',
        'second 0 is 2026-11-01T00:28:00Z; 4 min, 4 rows, 1,200 requests, at most 360 a minute',
        'for simulate and compare: --arrivals FILE\n',
      ].join('\n'),
    );
  });

  it('prints the same as one JSON object', async () => {
    const { stdout } = await cli('import', 'requests.json', '--from', '2026-11-01T00:58:00+00:00', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'cloudwatch',
      kind: 'load',
      found: 60,
      used: 2,
      leftOut: [{ count: 58, why: 'before --from' }],
      startTime: '2026-11-01T00:58:00Z',
      durationSeconds: 120,
      rows: [
        { timestampSeconds: 0, requestsPerMinute: 360 },
        { timestampSeconds: 60, requestsPerMinute: 360 },
      ],
    });
  });

  it('reads a folder of gzipped and plain logs', async () => {
    mkdirSync(join(directory, 'logs/2026/11'), { recursive: true });
    writeFileSync(join(directory, 'logs/2026/11/a.log.gz'), gzipSync(entry('00.1') + entry('59.9')));
    writeFileSync(join(directory, 'logs/b.log'), entry('30.0'));
    expect((await cli('import', 'logs')).stdout).toBe('timestampSeconds,requestsPerMinute\n0,3\n');
  });

  it('reads standard input and writes to standard output, each named -', () => {
    const root = join(__dirname, '../../..');
    const program = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'bin/adaptive-inference.ts')];
    const { status, stdout } = spawnSync(process.execPath, [...program, 'import', '-', '--out', '-', '--to', '2026-11-01T00:01:00Z'], {
      cwd: directory,
      input: HOUR,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'timestampSeconds,requestsPerMinute\n0,240\n' });
    expect(readdirSync(directory)).toEqual(['requests.json']);
  });

  it('lists the formats in its help', async () => {
    const { exitCode, stdout } = await cli('import', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Formats:\n {2}cloudwatch +CloudWatch: .*\n(.*\n)* {2}locust +Locust: /);
  });

  it.each([
    ['a format that does not exist', 'requests.json --format cloudwach', '--format', 'fix       did you mean "cloudwatch"?'],
    ['an end before the start', 'requests.json --from 2026-11-02 --to 2026-11-01', '--to', 'given     a time that is not after --from'],
    ['a time that is none', 'requests.json --from noon', '--from', 'given     "noon"'],
    ['a factor of zero', 'requests.json --scale 0', '--scale', 'expected  a factor above 0, such as 0.1 or 2'],
    ['writing over its input', 'requests.json --out requests.json', '--out', 'expected  a file that is not an input of the run'],
    ['a file that is not there', 'missing.json', 'missing.json', 'given     a file that does not exist'],
    ['the format of another file', 'requests.json --format alb', 'requests.json:1', 'expected  an entry such as:'],
    ['--json into a file', 'requests.json --json --out x.json', '--json', 'expected  one of them'],
  ])('is refused for %s, with exit code 2, and writes nothing', async (_, argv, where, sentence) => {
    const { exitCode, stdout, stderr } = await cli('import', ...argv.split(' '));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`error ${where}\n`);
    expect(stderr).toContain(sentence);
    expect(readdirSync(directory)).toEqual(['requests.json']);
  });

  it('says that a gzipped file is cut', async () => {
    writeFileSync(join(directory, 'cut.log.gz'), gzipSync(entry('00.1')).subarray(0, 60));
    expect((await cli('import', 'cut.log.gz')).stderr).toBe(
      'error cut.log.gz\n  given     a gzip file that is damaged or cut\n  expected  a whole one\n  fix       download it again\n',
    );
    expect(readFileSync(join(directory, 'requests.json'), 'utf8')).toBe(HOUR);
  });
});
