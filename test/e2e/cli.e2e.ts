import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, FLEET_POOLS, putTraffic } from './support/fleet';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';

let fleet: ChatFleet;
let loop: Loop;

const UNITS = ['inf2', 'g5'];

const bed = useCluster({}, async (started) => {
  fleet = await addChatFleet(started, {}, { scaler: 'HorizontalPodAutoscaler' });
  await grantLoopRights(started);
  loop = createLoop(started);
  for (const unit of UNITS) putTraffic(started, fleet.router, unit, { requestsPerMinute: 60, latencySeconds: 0.5, healthyHosts: 1 });
  await loop.tick();
});

const ROOT = join(import.meta.dirname, '../..');

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Command {
  readonly result: Promise<Result>;
  stdout(): string;
  interrupt(): void;
}

/** The command line from its sources, as a process of its own. */
const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Command => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'bin/adaptive-inference.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, KUBECONFIG: bed().kubeconfig, NO_COLOR: '1', ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const result = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  return { result, stdout: () => stdout, interrupt: () => child.kill('SIGINT') };
};

const run = (...args: readonly string[]): Promise<Result> => start(args).result;

/** The same cluster, and a token that it does not know. */
const kubeconfigOfStranger = async (): Promise<string> => {
  const config = JSON.parse(await bed().kubectl(['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json']));
  for (const entry of config.users) entry.user = { token: 'not-a-token' };
  const file = join(bed().processes.folder, 'stranger.kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
};

const floorOf = async (unit: string): Promise<number> =>
  (await bed().api.get(resources.horizontalPodAutoscalers, `chat-${unit}`, 'default')).spec.minReplicas;

interface SteeredValues {
  readonly floors: Readonly<Record<string, number | null>>;
  readonly weights: Readonly<Record<string, number | null>>;
  readonly limits: Readonly<Record<string, number | null>>;
}

const byName = <T>(list: readonly { readonly name: string; readonly value: T }[]): Readonly<Record<string, T>> =>
  Object.fromEntries(list.map(({ name, value }) => [name, value]));

/** Fields of the loop as they stand in the cluster. */
const steered = async (): Promise<SteeredValues> => {
  const pools = await Promise.all(FLEET_POOLS.map((name) => bed().api.get(resources.nodePools, name)));
  const floors = await Promise.all(UNITS.map(async (name) => ({ name, value: await floorOf(name) })));
  return {
    floors: byName(floors),
    weights: byName(pools.map(({ metadata, spec }) => ({ name: metadata.name, value: spec.weight }))),
    limits: byName(pools.map(({ metadata, spec }) => ({ name: metadata.name, value: Number(Object.values(spec.limits)[0]) }))),
  };
};

type Shown = Readonly<Record<'now' | 'decided', number | null>>;

/** The same fields as `status --json` shows them: as they were found, or as they are after the decision, which leaves some as they are. */
const valuesOf = (
  view: {
    readonly units: readonly { readonly name: string; readonly floor: Shown }[];
    readonly pools: readonly { readonly name: string; readonly weight: Shown; readonly limit: Shown }[];
  },
  when: keyof Shown,
): SteeredValues => ({
  floors: byName(view.units.map(({ name, floor }) => ({ name, value: floor[when] ?? floor.now }))),
  weights: byName(view.pools.map(({ name, weight }) => ({ name, value: weight[when] ?? weight.now }))),
  limits: byName(view.pools.map(({ name, limit }) => ({ name, value: limit[when] ?? limit.now }))),
});

describe('the command line on a live cluster', () => {
  it('shows a fleet as the last tick found it and what it made of it, on one screen and as JSON', async () => {
    const found = await steered();
    await loop.tick();
    const made = await steered();
    const text = await run('status', 'chat');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    for (const name of [...UNITS, 'inf2-spot', 'inf2-od', 'g5-spot', 'g5-od', 'CostOptimized']) expect(text.stdout).toContain(name);
    expect(text.stdout.split('\n').length).toBeLessThan(40);

    const json = await run('status', 'chat', '--json');
    const [view] = [JSON.parse(json.stdout)].flat();
    expect(view).toMatchObject({
      fleet: 'default/chat',
      enforcement: 'Enforce',
      strategy: 'CostOptimized',
      isSilent: false,
      contested: [],
      problems: [],
    });
    expect(valuesOf(view, 'now')).toEqual(found);
    expect(valuesOf(view, 'decided')).toEqual(made);
  });

  it('tells the last decision and why', async () => {
    await loop.tick();
    const text = await run('explain', 'chat');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/USD per device-hour/);
    expect(text.stdout).toMatch(/every unit has a pool free of shortage/);
    const { decision } = JSON.parse((await run('explain', 'chat', '--json')).stdout);
    expect(Object.keys(decision.units).sort()).toEqual([...UNITS].sort());
    expect(Date.now() - Date.parse(decision.time)).toBeLessThan(120_000);
  });

  it('pauses a fleet, so that ticks raise nothing, and resumes it', async () => {
    await loop.tick();
    const before = await floorOf('g5');
    const paused = await run('pause', 'chat', 'up', '--reason', 'load test', '--for', '1h', '--owner', 'tester');
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringMatching(/^default\/chat: paused scale-up .*load test/s) });
    const floors = await run('override', 'chat', `floor/g5=${before + 2}`, '--reason', 'launch day', '--for', '1h', '--owner', 'tester');
    expect(floors.stderr).toContain('a pause takes precedence over overrides');
    const record = await loop.tick();
    // Up alone is paused: with pods that have become ready a floor may go down.
    expect(await floorOf('g5')).toBeLessThanOrEqual(before);
    expect(record.decision.fleets[0]?.findings).toContainEqual(expect.objectContaining({ code: 'Paused', subject: 'g5 floor' }));
    expect((await run('status', 'chat')).stdout).toMatch(/load test/);
    expect(await run('resume', 'chat')).toMatchObject({ code: 0, stdout: 'default/chat: resumed\n' });
    await loop.tick();
    expect(await floorOf('g5')).toBe(before + 2);
    expect((await run('override', 'chat', '--clear')).code).toBe(0);
  });

  it('sets a value in place of the policy, says whose it is, and takes it back', async () => {
    await loop.tick();
    const before = await floorOf('inf2');
    const set = await run(
      'override',
      'chat',
      `floor/inf2=${before + 3}`,
      'weight/g5-od=97',
      '--reason',
      'launch day',
      '--for',
      '1h',
      '--owner',
      'tester',
    );
    expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/floor\/inf2 .*tester: launch day/) });
    await loop.tick();
    expect(await floorOf('inf2')).toBe(before + 3);
    expect((await bed().api.get(resources.nodePools, 'g5-od')).spec.weight).toBe(97);
    expect((await run('explain', 'chat')).stdout).toMatch(/launch day/);
    expect(await run('override', 'chat', '--clear')).toMatchObject({ code: 0, stdout: 'default/chat: no overrides\n' });
    const record = await loop.tick();
    expect(record.decision.fleets[0]?.units.inf2?.floor.reason).not.toMatch(/launch day/);
  });

  it('watches: prints again after each tick, until Ctrl-C', async () => {
    const watching = start(['status', 'chat', '--watch', '--json']);
    const lines = () => watching.stdout().split('\n').filter(Boolean);
    await until('the first line', 60, () => lines().length > 0);
    const shown = lines().length;
    await until(
      'a line after a tick',
      60,
      async () => {
        await loop.tick();
        return lines().length > shown;
      },
      { pollSeconds: 1.1 },
    );
    watching.interrupt();
    expect(await watching.result).toMatchObject({ code: 0 });
    expect([JSON.parse(lines().at(-1) ?? '')].flat()[0].fleet).toBe('default/chat');
  });

  it('says what is wrong, in a sentence, with an exit code', async () => {
    const unknown = await run('status', 'chatt');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/chat/);
    const field = await run('override', 'chat', 'floor/g6=3', '--reason', 'x', '--for', '1h');
    expect(field).toMatchObject({ code: 2, stderr: expect.stringMatching(/floor\/g6/) });
    const stranger = await kubeconfigOfStranger();
    const refused = await run('status', 'chat', '--kubeconfig', stranger);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).not.toMatch(/\n\s+at /);
    const nowhere = await run('status', 'chat', '--context', 'nowhere');
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/nowhere/) });
  });
});
