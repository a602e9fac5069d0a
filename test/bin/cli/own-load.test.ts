import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../bin/cli/runs/engine';
import type { Summary } from '../../../sim/results/result';
import { type Outcome, runCommandLine } from '../../support/command-line';

/** The way of somebody who has a checkout, an export of CloudWatch and the manifest of a fleet: the files of `examples/own-load`. */
describe('From an export to a picture of one own load', () => {
  const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  cpSync(join(__dirname, '../../../examples/own-load'), directory, { recursive: true });
  afterAll(() => rmSync(directory, { recursive: true }));

  const commands: string[] = [];
  const cli = async (command: string): Promise<Outcome> => {
    commands.push(command);
    const outcome = await runCommandLine(command.split(' '), { workingDirectory: directory, engine: await loadEngine() });
    expect(outcome).toMatchObject({ exitCode: 0 });
    return outcome;
  };

  it('takes three commands, and the fleet holds its objective through the loss of its cheapest unit', async () => {
    const imported = await cli('import requests.json --from 2026-11-03T10:00:00Z --to 2026-11-03T16:00:00Z --out load.csv');
    expect(imported.stderr).toContain('CloudWatch, RequestCount: 72 of 288 values used\n');
    expect(imported.stderr).toContain('second 0 is 2026-11-03T10:00:00Z; 6 h, 72 rows');

    await cli('init fleet.yaml --arrivals load.csv --out mine.yaml');

    const run = await cli('simulate mine.yaml --lose inf2@2h/45m --out report.html --json');
    const summary = JSON.parse(run.stdout) as Summary;
    expect(summary.durationSeconds).toBe(6 * 3600);
    expect(summary.attainment).toBeGreaterThan(summary.objective.attainment);
    expect(summary.shortages.map(({ pool }) => pool).sort()).toEqual(['inf2-on-demand', 'inf2-spot']);
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('<title>chat: two-mode</title>');
    expect(commands).toHaveLength(3);
  });
});
