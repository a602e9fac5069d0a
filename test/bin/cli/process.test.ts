import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/** The command line as a process of its own, from another directory than the checkout's. */
describe('The command line as a process', () => {
  const root = join(__dirname, '../../..');
  const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const run = (...argv: readonly string[]) => {
    const program = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'bin/adaptive-inference.ts')];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...argv], { cwd: directory, encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('answers bad input with exit code 2 and no stack', () => {
    const { status, stdout, stderr } = run('simulate', 'smok', '--out', 'report.html');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('did you mean "smoke"?');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(directory, 'report.html'))).toBe(false);
  });

  it('runs the smoke scenario, prints its figures as JSON and writes the report', () => {
    const { status, stdout, stderr } = run('simulate', 'smoke', '--json', '--out', 'report.html', '--fail-below', '0.5');
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'report written to report.html\n' });
    const summary = JSON.parse(stdout);
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        'scenario',
        'policy',
        'seed',
        'durationSeconds',
        'requests',
        'requestsByUnit',
        'failed',
        'attainment',
        'latencySeconds',
        'worstFiveMinutesAttainment',
        'costUsd',
        'costUsdPer1000Requests',
        'costByPool',
        'shortages',
        'switches',
        'ticks',
      ]),
    );
    expect(summary).toMatchObject({ scenario: 'smoke', policy: 'two-mode', seed: 1, durationSeconds: 3600 });
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('fails with exit code 1 when the attainment is below what was asked', () => {
    const { status, stderr } = run('simulate', 'smoke', '--policy', 'static', '--json', '--fail-below', '1');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^static: attainment [\d.]+% is below 100%\n$/);
  });
});
