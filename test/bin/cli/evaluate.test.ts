import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runJobs } from '../../../bin/cli/runs/evaluation-pool';
import { runCommandLine } from '../../support/command-line';

/** The command `evaluate` with its processes, from another directory than the checkout's. */
describe('evaluate', () => {
  const root = join(__dirname, '../../..');
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const TINY = [
    'evaluate',
    '--policies',
    'static,hpa-cheapest-60',
    '--scenarios',
    'smoke,new-fleet',
    '--seeds',
    '2',
    '--duration',
    '5m',
    '--processes',
    '2',
  ];
  /** Bounds once for smoke, and for each seed of a scenario that is drawn; two policies with two seeds on each. */
  const JOBS = 1 + 2 + 8;

  interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }

  /** Runs the program; `onResults` is called with its process when the file of results grows. */
  const run = (argv: readonly string[], onResults?: (kill: () => void) => void): Promise<Ended> =>
    new Promise((resolve) => {
      const program = ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'bin/adaptive-inference.ts')];
      const child = spawn(process.execPath, [...program, ...argv], { cwd: directory });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data) => (stdout += String(data)));
      child.stderr.on('data', (data) => (stderr += String(data)));
      const watcher = onResults && watch(directory, () => linesOf('evaluation.jsonl').length > 0 && onResults(() => child.kill('SIGKILL')));
      child.on('close', (code) => {
        watcher?.close();
        resolve({ code, stdout, stderr });
      });
    });

  const linesOf = (name: string): readonly string[] => {
    const path = join(directory, name);
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line.endsWith('}'))
      : [];
  };

  it('runs policies on scenarios, writes a page, and runs nothing twice', async () => {
    const first = await run([...TINY, '--json', '--out', 'page.html']);
    expect(first).toMatchObject({ code: 0, stderr: 'page written to page.html\n' });
    expect(linesOf('evaluation.jsonl')).toHaveLength(JOBS);
    const { scenarios } = JSON.parse(first.stdout) as {
      scenarios: { scenario: string; policies: { policy: string; seeds: number[] }[] }[];
    };
    expect(scenarios.map(({ scenario, policies }) => [scenario, policies.map(({ policy, seeds }) => [policy, seeds])])).toEqual(
      ['smoke', 'new-fleet'].map((name) => [
        name,
        [
          ['static', [1, 2]],
          ['hpa-cheapest-60', [1, 2]],
        ],
      ]),
    );
    expect(readFileSync(join(directory, 'page.html'), 'utf8')).toMatch(/^<!doctype html>/);
    const again = await run([...TINY, '--json']);
    expect(again).toEqual({ code: 0, stdout: first.stdout, stderr: `evaluation.jsonl: ${JOBS} of ${JOBS} runs were done before\n` });
  });

  it('goes on where it was killed, and comes to the same', async () => {
    const killed = await run([...TINY, '--json'], (kill) => kill());
    expect(killed.code).toBeNull();
    const done = linesOf('evaluation.jsonl').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(JOBS);
    const resumed = await run([...TINY, '--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: `evaluation.jsonl: ${done} of ${JOBS} runs were done before\n` });
    const whole = await run([...TINY, '--json', '--results', 'other.jsonl']);
    expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(whole.stdout));
  });

  it('does the other jobs when one fails, in another process, with one process for each that it may use', async () => {
    const jobs = ['a', 'b', 'c'].map((policy) => ({ scenario: 'smoke', policy, seed: 1 }));
    const log: string[] = [];
    await runJobs(jobs, {
      processes: 1,
      workingDirectory: '/',
      startWorker: () => {
        log.push('start');
        return {
          run: ({ policy }) => (policy === 'b' ? Promise.reject(new Error('no')) : Promise.resolve({ bounds: null })),
          end: () => log.push('end'),
        };
      },
      onResult: ({ policy }) => log.push(`${policy} done`),
      onError: ({ policy }, { message }) => log.push(`${policy}: ${message}`),
    });
    expect(log).toEqual(['start', 'a done', 'b: no', 'end', 'start', 'c done', 'end']);
  });

  it.each([
    ['--scenarios smok', 'did you mean "smoke"?'],
    ['--scenarios smoke,smoke', 'each once'],
    ['--policies optimiser', 'did you mean "optimizer"?'],
    ['--processes 0', 'an integer from 1 to 1024'],
    ['--scenarios smoke --out no/page.html', 'create no first'],
  ])('%s is refused before anything runs', async (argv, message) => {
    const { exitCode, stdout, stderr } = await runCommandLine(['evaluate', ...argv.split(' ')], { workingDirectory: directory });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(join(directory, 'evaluation.jsonl'))).toBe(false);
  });
});
