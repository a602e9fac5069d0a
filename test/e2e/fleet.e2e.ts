import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { progress } from './cluster/cache';
import { until } from './cluster/wait';
import { cannot, describeOnTestBed } from './support/bed';
import { missingLines, type PageStep, stepsOf } from './support/page';

/** Does what a page tells its reader to do, in its order, and compares what is printed. */

const ROOT = join(import.meta.dirname, '../..');
const START_SECONDS = 300;
/** CloudWatch knows of a change after two minutes, and a pool that had no capacity is asked again after two. */
const SEEN_SECONDS = 300;
const [first, ...steps] = stepsOf('an-hour-on-the-cluster.md');

let folder: string;
let up: ChildProcess;
let stdout = '';
let stderr = '';

const environment = (): NodeJS.ProcessEnv => {
  const { KUBECONFIG: _, ...others } = process.env;
  // One more cluster beside the one that a developer may have.
  return { ...others, CDK_ADAPTIVE_INFERENCE_STANDING: join(folder, 'standing.json'), NO_COLOR: '1' };
};

/** In a terminal into which was pasted what the page says: the lines for it that were printed at the start. */
const type = (commands: string): Promise<{ readonly code: number; readonly printed: string }> =>
  new Promise((resolve, reject) => {
    const pasted = stdout.split('\n').filter((line) => /^(export|alias) /.test(line));
    const script = ['shopt -s expand_aliases', ...pasted, commands].join('\n');
    // What curl tells of its progress goes to a terminal, and is not what it prints.
    const child = spawn('bash', ['-e'], { cwd: ROOT, env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    let printed = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, printed: code === 0 ? printed : printed + errors }));
    child.stdin.end(script);
  });

const LOAD = `curl -d '{"requestsPerMinute":600}' $TEST_BED/traffic`;

/** What the page has its reader wait for after a step. */
const WAITS: Readonly<Record<string, () => Promise<boolean>>> = {
  [LOAD]: async () => {
    const { printed } = await type('npm run -s cli -- status chat --json');
    const [view] = [JSON.parse(printed)].flat() as readonly { readonly units: readonly { readonly requestsPerMinute: number }[] }[];
    const known = view?.units.reduce((sum, { requestsPerMinute }) => sum + requestsPerMinute, 0) ?? 0;
    return known > 540;
  },
};

const isReading = ({ commands }: PageStep): boolean => /^npm run -s cli -- (status|explain)|^kubectl get/.test(commands);

beforeAll(async () => {
  if (cannot('start a cluster with a fleet')) return;
  folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-page-'));
  expect(first?.commands).toBe('npm run e2e:up -- --fleet');
  up = spawn('bash', ['-c', `exec ${first?.commands}`], { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  up.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  up.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
    process.stderr.write(chunk);
  });
  await until('the usage', START_SECONDS, () => stdout.includes('End it with'), {
    giveUp: () => (up.exitCode === null ? undefined : `it ended with code ${up.exitCode}: ${stderr}`),
  });
});

afterAll(async () => {
  if (up?.exitCode === null) {
    up.kill('SIGINT');
    await until('it to end', 60, () => up.exitCode !== null || up.signalCode !== null);
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describeOnTestBed('an hour on the cluster', () => {
  it.each(steps.map((step) => [step.commands, step] as const))('%s', async (commands, step) => {
    const page = step.printed ?? '';
    let last = { code: -1, printed: '' };
    const tried = async (): Promise<readonly string[]> => {
      last = await type(commands);
      return last.code === 0 ? missingLines(page, last.printed) : [`exit code ${last.code}`];
    };
    const missing = isReading(step)
      ? await until('what the page shows', SEEN_SECONDS, async () => (await tried()).length === 0, {
          pollSeconds: 1,
          explain: () => last.printed,
        }).then(() => [])
      : await tried();
    progress(`$ ${commands}\n${last.printed}`);
    expect(missing, last.printed).toEqual([]);
    const wait = WAITS[commands];
    if (wait !== undefined) await until('what the page says comes of it', SEEN_SECONDS, wait, { pollSeconds: 2 });
  });

  it('ends of itself once it is told to, and nothing failed meanwhile', async () => {
    await until('it to end', 60, () => up.exitCode !== null);
    expect(up.exitCode).toBe(0);
    expect(stdout).toMatch(/^The cluster is up\./m);
    expect(stderr).not.toMatch(/ended, and is started again|Error/);
  });
});
