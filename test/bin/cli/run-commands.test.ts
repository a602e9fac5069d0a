import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../bin/cli/runs/engine';
import type { RunResult, Summary } from '../../../sim/results/result';
import { runCommandLine } from '../../support/command-line';

/** What a run is said to have given; the commands only show it. */
const summaryOf = (policy: string, seed: number): Summary => {
  const good = policy === 'two-mode';
  return {
    scenario: 'smoke',
    policy,
    seed,
    durationSeconds: 3600,
    objective: { latencySeconds: 1.5, percentile: 95, attainment: 0.99 },
    requests: 18_000,
    requestsByUnit: { inf2: 12_000, g5: 5_900 },
    failed: good ? 2 : 120,
    attainment: good ? 0.999_96 - (seed - 1) / 1000 : 0.95,
    latencySeconds: { p50: 0.67, p95: 0.8123, p99: good ? 1.2 : null },
    worstFiveMinutesAttainment: good ? 0.98 : 0.7,
    costUsd: good ? 1234.5 + seed : 2469,
    costUsdPer1000Requests: 0.06875,
    costByPool: { 'inf2-spot': 1000, 'g5-od': 234.5 },
    shortages: [{ pool: 'inf2-spot', startSeconds: 1530, detectedAfterSeconds: good ? 30 : 270, recoveredAfterSeconds: good ? 245 : null }],
    switches: good ? 2 : 1,
    ticks: 60,
    strategies: { CostOptimized: 2400, CapacityOptimized: 1200 },
  };
};

const engineOf = (onRun?: (policy: string, seed: number) => void): Engine => ({
  run: ({ policy, seed, onProgress }) => {
    onRun?.(policy, seed);
    onProgress?.(0.5);
    // The commands read the summary alone; curves and decisions go to the report as they are.
    return Promise.resolve({ summary: summaryOf(policy, seed), decisions: [] } as unknown as RunResult);
  },
  bounds: () => Promise.resolve(undefined),
  renderReport: (results) => `<html>${results.map(({ summary }) => `${summary.policy} ${summary.seed}`).join(', ')}</html>`,
});

describe('The commands that run scenarios', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const cli = (command: string, more: Partial<Parameters<typeof runCommandLine>[1]> = {}) =>
    runCommandLine(command.split(' '), { workingDirectory: directory, engine: engineOf(), ...more });

  describe('simulate', () => {
    it('prints what the scenario could have cost at least, and the cost as a multiple of it', async () => {
      const usd = { lb0: 400, lbOnDemand: undefined, lbN1: 1000, lbN1Q: 1235.5, lbN1QStrict: 1300 };
      const bounds = { stepSeconds: 60, usd, unmetPart: { lb0: 0, lbOnDemand: undefined, lbN1: 0.01, lbN1Q: 0, lbN1QStrict: 0 } };
      const engine: Engine = { ...engineOf(), bounds: () => Promise.resolve(bounds) };
      const { stdout } = await cli('simulate smoke', { engine });
      expect(stdout.slice(stdout.indexOf('Cost as'))).toBe(`Cost as a multiple of the least possible
  least cost               two-mode
                             $1,236
  LB0             $400.00     3.09x
  LB-N1           $1,000*     1.24x
  LB-N1-Q          $1,236     1.00x
  LB-N1-Q strict   $1,300     0.95x
  * in a part of the time no purchase could give all of this: it counts with as much as could be had
`);
      const json = JSON.parse((await cli('simulate smoke --json', { engine })).stdout) as Record<string, unknown>;
      expect(json.bounds).toEqual(JSON.parse(JSON.stringify(bounds)));
      const compared = (await cli('compare smoke --policies two-mode,static', { engine })).stdout;
      expect(compared).toContain('  LB-N1           $1,000*     1.24x   2.47x\n');
    });

    it('prints the verdict first, then latency, shortages, requests and cost', async () => {
      expect(await cli('simulate smoke')).toEqual({
        exitCode: 0,
        stderr: '',
        stdout: `Objective met: 99.99% of requests answered within 1.5 s, objective 99%
smoke, two-mode, seed 1, 1 h

Requests            18,000, 2 failed
Worst five minutes  98.00% within the objective
Latency             p50 0.67 s, p95 0.81 s, p99 1.20 s
Cost                $1,236, $0.0688 per 1,000 answered requests
Strategies          CostOptimized 40 min, CapacityOptimized 20 min; 2 switches
Ticks               60

Shortages
  pool       first refused launch  detected after  launched again after
  inf2-spot           25 min 30 s            30 s             4 min 5 s

Requests by unit
  inf2  12,000  67%
  g5     5,900  33%

Cost by pool
  inf2-spot   $1,000  81%
  g5-od      $234.50  19%
`,
      });
    });

    it('prints one JSON object with all figures', async () => {
      const { stdout } = await cli('simulate smoke --policy static --seed 7 --json');
      expect(JSON.parse(stdout)).toEqual(summaryOf('static', 7));
    });

    it('leaves the exit code at 0 when the objective is missed, unless it is asked to fail', async () => {
      expect(await cli('simulate smoke --policy static --json')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await cli('simulate smoke --policy static --json --fail-below 0.95')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await cli('simulate smoke --policy static --json --fail-below 0.951')).toMatchObject({
        exitCode: 1,
        stderr: 'static: attainment 95.00% is below 95.1%\n',
      });
    });

    it('writes the report whole, in the place of an older one, and nothing beside it', async () => {
      writeFileSync(join(directory, 'report.html'), 'old');
      const { exitCode, stderr } = await cli('simulate smoke --out report.html');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'report written to report.html\n' });
      expect(readFileSync(join(directory, 'report.html'), 'utf8')).toBe('<html>two-mode 1</html>');
      expect(readdirSync(directory)).toEqual(['report.html']);
    });

    it('says on standard error what it used of the files that were given', async () => {
      writeFileSync(join(directory, 'load.csv'), 'timestampSeconds,requestsPerMinute\n0,100\n3600,200\n');
      writeFileSync(join(directory, 'capacity.csv'), 'timestampSeconds,pool,devices\n0,g5-od,4\n');
      const { exitCode, stderr } = await cli('simulate smoke --json --arrivals load.csv --availability capacity.csv');
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr: 'load.csv: 1 of 2 rows used; 1 after the end of the scenario\ncapacity.csv: 1 of 1 rows used\n',
      });
    });

    it('takes pools and units away when it is asked to', async () => {
      let rows: readonly unknown[] = [];
      const engine: Engine = {
        ...engineOf(),
        run: (options) => {
          rows = options.scenario.availability.filter(({ pool }) => pool !== 'inf2-spot');
          return engineOf().run(options);
        },
      };
      const { exitCode, stderr } = await cli('simulate smoke --lose g5-od@1h/30m --lose inf2-od@10m/1m30s', { engine });
      expect({ exitCode, stderr: stderr.split('\n')[0] }).toEqual({ exitCode: 2, stderr: 'error --lose' });
      expect(
        (await cli('compare smoke --policies two-mode,static --lose g5-od@0s/30m --lose inf2-od@10m/1m30s', { engine })).exitCode,
      ).toBe(0);
      expect(rows).toEqual([
        { timestampSeconds: 0, pool: 'g5-od', devices: 0 },
        { timestampSeconds: 600, pool: 'inf2-od', devices: 0 },
        { timestampSeconds: 690, pool: 'inf2-od', devices: null },
        { timestampSeconds: 1800, pool: 'g5-od', devices: null },
      ]);
    });

    it.each([
      ['g5-od', 'given     "g5-od"\n  expected  POOL@WHEN/DURATION, for example g6-spot@2d12h/45m'],
      ['g5-od@noon/5m', 'given     "noon"\n  expected  a duration up to 90d, such as 30m, 2h, 1h30m or 1d'],
      [
        'g5-od@10/5m',
        'given     "10"\n  expected  a duration up to 90d, such as 30m, 2h, 1h30m or 1d\n  fix       10m for minutes, 10h for hours?',
      ],
      [
        'g5-odd@10m/5m',
        'given     "g5-odd"\n  expected  a pool (inf2-spot, inf2-od, g5-spot, g5-od) or a unit (inf2, g5)\n  fix       did you mean "g5-od"?',
      ],
    ])('refuses --lose %s', async (loss, sentence) => {
      expect(await cli(`simulate smoke --lose ${loss}`)).toEqual({ exitCode: 2, stdout: '', stderr: `error --lose\n  ${sentence}\n` });
    });

    it('writes no report when the run fails', async () => {
      const engine: Engine = { ...engineOf(), run: () => Promise.reject(new Error('broken')) };
      await expect(cli('simulate smoke --out report.html', { engine })).rejects.toThrow('broken');
      expect(existsSync(join(directory, 'report.html'))).toBe(false);
      expect(readdirSync(directory)).toEqual([]);
    });
  });

  describe('compare', () => {
    it('puts policies side by side, with ratios to the baseline', async () => {
      const { stdout, exitCode } = await cli('compare smoke --policies two-mode,paper-as-published');
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`Objective: 99% of requests within 1.5 s
  two-mode            met
  paper-as-published  missed
smoke, 1 h, seed 1; baseline paper-as-published

Requests               within  missed, vs   worst  latency  failed
                    objective    baseline   5 min      p95
two-mode               99.99%      <0.01x  98.00%   0.81 s       2
paper-as-published     95.00%       1.00x  70.00%   0.81 s     120

Capacity              shortage   launched  strategy    cost  cost, vs
                      detected      again  switches          baseline
two-mode                  30 s  4 min 5 s         2  $1,236     0.50x
paper-as-published  4 min 30 s          -         1  $2,469     1.00x
`);
    });

    it('gives the mean over several seeds, and below it the lowest and the highest', async () => {
      const { stdout } = await cli('compare smoke --policies two-mode,static --seeds 3');
      expect(stdout).toContain('smoke, 1 h, means of seeds 1 to 3; baseline static\n');
      const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
      expect(rows.slice(7, 10).map((row) => row.slice(0, 2))).toEqual([
        ['two-mode', '99.89%'],
        ['lowest', '99.79%'],
        ['highest', '99.99%'],
      ]);
    });

    it.each([
      [2, 0.0, 'missed with both seeds'],
      [3, 0.0, 'missed with all 3 seeds'],
      [2, 0.9995, 'met with 1 of 2 seeds'],
      [3, 0.99, 'met with all 3 seeds'],
    ])('with %i seeds says how many met the objective', async (seeds, attainment, verdict) => {
      const engine: Engine = {
        ...engineOf(),
        run: ({ policy, seed }) => {
          const summary = summaryOf(policy, seed);
          const objective = { ...summary.objective, attainment: attainment === 0 ? 1 : attainment };
          return Promise.resolve({ summary: { ...summary, objective }, decisions: [] } as unknown as RunResult);
        },
      };
      const { stdout } = await cli(`compare smoke --policies two-mode,static --seeds ${seeds}`, { engine });
      expect(stdout).toContain(`\n  two-mode  ${verdict}\n`);
    });

    it('fits 80 columns, whatever the number of policies and seeds', async () => {
      const big = (policy: string, seed: number): Summary => ({
        ...summaryOf(policy, seed),
        failed: 1_234_567 + seed,
        costUsd: 1_234_567,
        switches: 1234,
        shortages: [{ pool: 'inf2-spot', startSeconds: 0, detectedAfterSeconds: 100_000, recoveredAfterSeconds: 200_000 }],
      });
      const engine: Engine = {
        ...engineOf(),
        run: ({ policy, seed }) => Promise.resolve({ summary: big(policy, seed), decisions: [] } as unknown as RunResult),
      };
      const { stdout } = await cli('compare smoke --policies two-mode,paper-as-published,static --seeds 3', { engine });
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    });

    it('prints one JSON object with every run, mean and range', async () => {
      const { stdout } = await cli('compare smoke --policies two-mode,static --seeds 2 --json');
      const comparison = JSON.parse(stdout);
      expect(comparison).toMatchObject({ scenario: 'smoke', seeds: [1, 2], baseline: 'static' });
      expect(comparison.policies['two-mode'].runs).toEqual([summaryOf('two-mode', 1), summaryOf('two-mode', 2)]);
      expect(comparison.policies['two-mode'].mean).toMatchObject({ costUsd: 1236, failed: 2, detectedAfterSeconds: 30 });
      expect(comparison.policies['two-mode'].maximum.costUsd).toBe(1236.5);
      expect(comparison.policies.static.mean).toMatchObject({ latencyP99Seconds: null, recoveredAfterSeconds: null });
    });

    it('runs each policy on the same seeds, and reports the first seed of each', async () => {
      const runs: string[] = [];
      const engine = engineOf((policy, seed) => runs.push(`${policy} ${seed}`));
      await cli('compare smoke --policies static,two-mode --seeds 2 --out report.html', { engine });
      expect(runs).toEqual(['static 1', 'static 2', 'two-mode 1', 'two-mode 2']);
      expect(readFileSync(join(directory, 'report.html'), 'utf8')).toBe('<html>static 1, two-mode 1</html>');
    });

    it('fails when the first policy is below the asked attainment with any seed, whatever the others reach', async () => {
      const command = 'compare smoke --policies two-mode,static --json --fail-below';
      expect(await cli(`${command} 0.999`)).toMatchObject({ exitCode: 0 });
      expect(await cli(`${command} 0.999 --seeds 3`)).toMatchObject({
        exitCode: 1,
        stderr: 'two-mode: attainment 99.79% is below 99.9%\n',
      });
    });
  });

  describe('on a terminal', () => {
    it('shows progress with the time that is left, and takes it away before the results', async () => {
      const { stderr } = await cli('simulate smoke', { terminal: true, clockMilliseconds: [0, 0, 12_000] });
      expect(stderr).toBe(
        [
          '\r\x1b[2K[------------------------]   0%  smoke, two-mode',
          '\r\x1b[2K[############------------]  50%  about 12 s left  smoke, two-mode',
          '\r\x1b[2K',
        ].join(''),
      );
    });

    it('uses colour, unless NO_COLOR asks for none', async () => {
      const { stdout } = await cli('simulate smoke', { terminal: true });
      expect(stdout).toContain('\x1b[32mObjective met\x1b[39m');
      const plain = await cli('simulate smoke', { terminal: true, environment: { NO_COLOR: '1' } });
      expect(plain.stdout).not.toContain('\x1b');
    });
  });

  describe('help', () => {
    it.each(['--help', 'simulate --help', 'compare --help', 'validate --help', 'schema --help'])('%s has examples', async (command) => {
      const { exitCode, stdout, stderr } = await cli(command);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/Examples:\n {2}\$ npx cdk-adaptive-inference /);
    });

    it('is shown, as an error, when no command is given', async () => {
      const { exitCode, stdout, stderr } = await runCommandLine([], { workingDirectory: directory });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('Usage: npx cdk-adaptive-inference');
    });
  });

  describe('validate', () => {
    it('says what each valid file is', async () => {
      expect(await cli('validate smoke paper-a-cost')).toEqual({
        exitCode: 0,
        stderr: '',
        stdout: 'smoke: valid scenario, 2 units, 4 pools\npaper-a-cost: valid scenario, 5 units, 4 pools\n',
      });
    });

    it('checks every file, whatever the others hold', async () => {
      writeFileSync(join(directory, 'bad.json'), '{');
      const { exitCode, stdout, stderr } = await cli('validate bad.json smoke worse.json');
      expect(exitCode).toBe(2);
      expect(stdout).toBe('smoke: valid scenario, 2 units, 4 pools\n');
      expect(stderr.match(/^error \S+/gm)).toEqual(['error bad.json:1', 'error worse.json']);
    });
  });

  describe('schema', () => {
    it.each([
      ['schema', 'Fleet of an adaptive inference'],
      ['schema fleet', 'Fleet of an adaptive inference'],
      ['schema scenario', 'Scenario of an adaptive inference'],
    ])('%s prints a JSON Schema', async (command, title) => {
      expect(JSON.parse((await cli(command)).stdout)).toMatchObject({ title, type: 'object' });
    });

    it('crd prints a CustomResourceDefinition', async () => {
      expect(JSON.parse((await cli('schema crd')).stdout)).toMatchObject({ kind: 'CustomResourceDefinition' });
    });
  });
});
