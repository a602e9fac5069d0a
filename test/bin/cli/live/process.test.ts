import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chatWorld } from '../../../support/fake-world';
import { decideOnce, kubeconfigOf, shell, startLiveApi } from './live-cluster';

const ROOT = join(__dirname, '../../../..');

/** The command line as a process of its own; `onOutput` sees its output so far and may interrupt it. */
const runProcess = (argv: readonly string[], directory: string, onOutput: (stdout: string, interrupt: () => void) => void) =>
  new Promise<{ readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const tsx = pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;
      const child = spawn(process.execPath, ['--import', tsx, join(ROOT, 'bin/adaptive-inference.ts'), ...argv], {
        cwd: directory,
        env: { PATH: process.env.PATH, HOME: directory },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        onOutput(stdout, () => child.kill('SIGINT'));
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    },
  );

describe('The commands for live clusters as a process', () => {
  it('show a fleet and end by themselves', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const api = await startLiveApi(fake.kubernetes);
    const { directory, file } = shell();
    file('.kube/config', kubeconfigOf(api.endpoint));
    const outcome = await runProcess(['status', 'chat', '--json'], directory, () => {});
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ fleet: 'default/chat', isSilent: true });
  });

  it('--watch ends with Ctrl-C in mid-wait, without a word', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const api = await startLiveApi(fake.kubernetes);
    const { directory, file } = shell();
    file('.kube/config', kubeconfigOf(api.endpoint));
    const outcome = await runProcess(['status', 'chat', '--watch'], directory, (stdout, interrupt) => {
      if (stdout.includes('g5-od')) interrupt();
    });
    expect(outcome).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(outcome.stdout).toMatch(/^default\/chat: CostOptimized[\s\S]*\n$/);
  });
});
