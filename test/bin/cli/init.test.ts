import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ScenarioInput } from '../../../sim/inputs/scenario';
import { runCommandLine } from '../../support/command-line';
import { chatWorld } from '../../support/fake-world';
import { decideOnce, shellFor } from './live/live-cluster';

const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
afterAll(() => rmSync(directory, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const cli = (command: string, answers?: readonly string[]) =>
  runCommandLine(command.split(' '), { workingDirectory: directory, ...(answers === undefined ? {} : { answers }) });
const scenarioOf = (text: string): ScenarioInput => parse(text) as ScenarioInput;

const SPEC = `objective: { latencySeconds: 0.9 }
router: { listenerRuleArn: "arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/chat/1/2/3" }
units:
  - name: inf2
    accelerator: INFERENTIA2
    deployment: chat-inf2
    scaler: { kind: ScaledObject, name: chat-inf2 }
    pools: [inf2-spot]
    profile: { throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: 600 }
    targetGroupArn: "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/inf2/4"
pools:
  - name: inf2-spot
    accelerator: INFERENTIA2
    capacityType: spot
    deviceResource: aws.amazon.com/neuron
    instanceTypes: [{ name: inf2.xlarge, devices: 1, priceUsdPerHour: 0.7582 }]
    maximumDevices: 8
`;
const manifest = (name: string): string =>
  `apiVersion: adaptive-inference.dev/v1alpha1\nkind: InferenceFleet\nmetadata: { name: ${name} }\nspec:\n${SPEC.replaceAll(/^/gm, '  ').trimEnd()}\n`;
const item = (name: string): string => manifest(name).replaceAll(/^/gm, '    ').replace(/^ {4}/, '  - ').trimEnd();

describe('init of a file', () => {
  it('writes a scenario of the fleet, without names of an account, that validate takes', async () => {
    write('fleet.yaml', manifest('chat'));
    const { exitCode, stdout, stderr } = await cli('init fleet.yaml --requests-per-minute 300 --duration 6h --start 2026-11-03');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('123456789012');
    expect(scenarioOf(stdout)).toMatchObject({
      name: 'chat',
      startTime: '2026-11-03T00:00:00Z',
      durationSeconds: 21_600,
      clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 300 } },
      // The loop finds the metrics by the last parts.
      fleet: {
        objective: { latencySeconds: 0.9 },
        router: { listenerRuleArn: 'arn:aws:elasticloadbalancing:::listener-rule/app/chat/0/0/0' },
        units: [{ name: 'inf2', targetGroupArn: 'arn:aws:elasticloadbalancing:::targetgroup/inf2/0' }],
      },
    });
    expect(stderr).toBe('fleet chat: 1 units, 1 pools, 6 h from 2026-11-03T00:00:00Z\n');
    write('mine.yaml', stdout);
    expect(await cli('validate mine.yaml')).toEqual({ exitCode: 0, stderr: '', stdout: 'mine.yaml: valid scenario, 1 unit, 1 pool\n' });
  });

  it('takes load, length and start of arrivals, and names them as seen from the scenario', async () => {
    write('fleet.yaml', manifest('chat'));
    write('load.csv', 'timestampSeconds,requestsPerMinute\n0,60\n300,120\n600,90\n');
    const { stdout } = await cli('init fleet.yaml --arrivals load.csv');
    expect(scenarioOf(stdout)).toMatchObject({ durationSeconds: 900, clients: { kind: 'open-loop', arrivalsFile: 'load.csv' } });
    write('epoch.csv', 'timestampSeconds,requestsPerMinute\n1793491200,60\n1793491500,120\n');
    const epoch = await cli('init fleet.yaml --arrivals epoch.csv');
    expect(scenarioOf(epoch.stdout)).toMatchObject({ startTime: '2026-11-01T00:00:00Z', durationSeconds: 600 });
  });

  it('writes JSON where the name of the file says so', async () => {
    write('fleet.yaml', manifest('chat'));
    const { stderr } = await cli('init fleet.yaml --requests-per-minute 300 --out mine.json');
    expect((JSON.parse(readFileSync(join(directory, 'mine.json'), 'utf8')) as ScenarioInput).name).toBe('chat');
    expect(stderr).toContain('next: npx cdk-adaptive-inference simulate mine.json --out report.html\n');
  });

  it('reads lists, with --fleet one of several, and a spec alone', async () => {
    write('list.yaml', `apiVersion: v1\nkind: List\nitems:\n${item('chat')}\n${item('images')}\n`);
    expect((await cli('init list.yaml')).stderr).toBe(
      'error --fleet\n  given     nothing\n  expected  one of chat, images\n  fix       add --fleet chat\n',
    );
    expect(scenarioOf((await cli('init list.yaml --fleet images')).stdout).name).toBe('images');
    write('spec.yaml', SPEC);
    expect(scenarioOf((await cli('init spec.yaml')).stdout).fleet.objective).toEqual({ latencySeconds: 0.9 });
  });

  it.each([
    ['another kind', 'apiVersion: v1\nkind: Service\n', 'bad.yaml:1\n  given     objects of kind Service\n'],
    [
      'a fleet with a mistake, on its line',
      manifest('chat').replace('0.9', '-1'),
      'bad.yaml:5: spec.objective.latencySeconds\n  given     -1 (number)\n',
    ],
    ['a scenario', `fleet: {}\nclients: {}\n`, 'bad.yaml\n  given     a scenario\n'],
  ])('refuses %s', async (_, text, message) => {
    write('bad.yaml', text);
    const { exitCode, stdout, stderr } = await cli('init bad.yaml');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says what to give where nobody can be asked', async () => {
    expect(await cli('init')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error init\n  given     no fleet\n  expected  a file, --from-cdk <folder> or --fleet <name>\n  fix       on a terminal init asks for what it needs\n',
    });
  });
});

describe('init of a live fleet', () => {
  it('takes the spec, and the load that the last decision saw', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { exitCode, stdout } = await run('init --fleet chat');
    expect(exitCode).toBe(0);
    // Each of two units gets 60 requests a minute in the world of these tests.
    expect(scenarioOf(stdout)).toMatchObject({
      name: 'chat',
      clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 120 } },
      fleet: { units: [{ name: 'inf2' }, { name: 'g5' }] },
    });
  });
});

describe('init of a handful of answers', () => {
  it('asks again where an answer cannot be used, and takes what is suggested for an empty one', async () => {
    const answers = ['H1000', 'l4', '120', 'fast', '0.8', '', '0.5', '', '900'];
    const { exitCode, stdout, stderr } = await cli('init', answers);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('H1000 is not among them\nAccelerators');
    expect(stderr).toContain('a number above 0\nLatency of a request then');
    expect(stderr).toContain('a number, at least 0.8\nLatency within which');
    expect(scenarioOf(stdout)).toMatchObject({
      clients: { requestsPerMinute: { kind: 'cosine', minimum: 225, maximum: 900 } },
      fleet: {
        objective: { latencySeconds: 1.6 },
        units: [{ name: 'l4', profile: { throughputPerMinute: 120, latencySeconds: 0.8, coldStartSeconds: 480 } }],
        pools: [{ name: 'l4-spot' }, { name: 'l4-on-demand' }],
      },
    });
  });
});
