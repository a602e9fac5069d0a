import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import { addFleet, addShortageEvent, chatSpec, chatWorld, NOW_SECONDS, rfc3339, ruleArn, steadyMetrics } from '../../../support/fake-world';
import { decideOnce, shellFor, storedFleet } from './live-cluster';

/** The chat fleet after one decision, with a shortage of its spot pool. */
const decidedWorld = async (annotations: Readonly<Record<string, string>> = {}) => {
  const fake = chatWorld({}, { annotations });
  addShortageEvent(fake, 'g5-spot-abcde', 'InsufficientInstanceCapacity in us-west-2a', { lastTimestamp: rfc3339(NOW_SECONDS - 30) });
  await decideOnce(fake);
  return fake;
};

const HEAD = `default/chat: CostOptimized for 12 s, every unit has a pool free of shortage
objective 99% of requests within 0.9 s; policy TwoMode; Enforce; last decision 12 s ago
`;

const FIGURES = `
Units
        ready         share   floor  target/min  requests/min     p95
  inf2    1/1  50% -> 53.9%  1 -> 4    80 -> 84            60  0.50 s
  g5      1/1  50% -> 46.1%  1 -> 5    80 -> 72            60  0.50 s

Profiles, stated / learned
        throughput/min          latency       cold start
  inf2       105 / 105  0.67 s / 0.67 s  10 min / 10 min
  g5           90 / 90  0.68 s / 0.68 s    6 min / 6 min

Pools
               weight           limit  running  per device-hour
  inf2-spot  - -> 100  unlimited -> 8   1 of 8          $0.3033
  g5-spot     - -> 90  unlimited -> 1   1 of 8          $0.4024
  g5-od      - -> 100  unlimited -> 8   0 of 8          $1.0060

Shortages
  g5-spot  us-west-2a refused once, half-open in 1 min 18 s
`;

const later = (seconds: number) => ({ nowSeconds: () => NOW_SECONDS + seconds });

describe('status', () => {
  it('shows one fleet on one screen', async () => {
    const { run } = await shellFor(await decidedWorld());
    expect(await run('status chat', later(12))).toEqual({ exitCode: 0, stdout: `${HEAD}${FIGURES}`, stderr: '' });
  });

  it.each(['status', 'status default/chat', 'status -A', 'status -n default'])(
    '%s shows the only fleet in the same way',
    async (command) => {
      const { run } = await shellFor(await decidedWorld());
      expect((await run(command, later(12))).stdout).toBe(`${HEAD}${FIGURES}`);
    },
  );

  it('shows what is as it should be without an arrow', async () => {
    const fake = await decidedWorld();
    fake.nowSeconds += 60;
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { stdout } = await run('status chat', later(60));
    expect(stdout).toContain('  inf2    1/1  53.9%      4          84            60  0.50 s\n');
    expect(stdout).toContain('  g5-od         100      8   0 of 8          $1.0060\n');
  });

  it('puts what needs a person before the figures', async () => {
    const overrides = [
      { field: 'floor/g5', value: 6, owner: 'ada', reason: 'launch day', until: '2026-03-01T14:00:00Z' },
      { field: 'floor/g6', value: 6, owner: 'ada', reason: 'launch day', until: '2026-03-01T14:00:00Z' },
      { field: 'limit/g5-od', value: 2, owner: 'ada', reason: 'long ago', until: '2026-02-01T14:00:00Z' },
    ];
    const fake = await decidedWorld({
      'adaptive-inference.dev/pause': 'down until 2026-03-01T12:30:00Z',
      'adaptive-inference.dev/pause-reason': 'grace: load test',
      'adaptive-inference.dev/overrides': JSON.stringify(overrides),
    });
    fake.failures.set('kubernetes.list events', new Error('down'));
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: 'inf2', namespace: 'default' },
      spec: { minReplicaCount: 9, triggers: [{ type: 'aws-cloudwatch', metadata: { targetMetricValue: '84' } }] },
    });
    fake.nowSeconds += 60;
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { stdout } = await run('status chat', later(72));
    const alarms = stdout.split('\n\n')[1]!.split('\n');
    expect(alarms).toEqual([
      expect.stringMatching(
        /^WRONG {7}override ignored: floor\/g6 of ada: given a field of this name, expected strategy, floor, target or share/,
      ),
      'PAUSED      scale-down until 2026-03-01T12:30:00Z (28 min 48 s left), grace: load test',
      'OVERRIDE    floor/g5 = 6 by ada until 2026-03-01T14:00:00Z (1 h 58 min left): launch day',
      'OVERRIDE    floor/g6 = 6 by ada until 2026-03-01T14:00:00Z (1 h 58 min left): launch day',
      'CONTESTED   inf2 floor: another writer set it to 9 after the loop wrote 4; it is left alone',
      'UNKNOWN     inf2-spot refused launches, g5-spot refused launches, g5-od refused launches: Kubernetes list of events failed: down',
    ]);
  });

  it('says what was decided and could not be written, and why', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.jsonPatch', new KubernetesError('the quota of the namespace is used up', 403));
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { stdout } = await run('status chat', later(12));
    expect(stdout).toMatch(/\nNOT WRITTEN ScaledObject default\/inf2 floor from 1 to \d+.*: Failed, the quota of the namespace is used up/);
    expect(JSON.parse((await run('status chat --json', later(12))).stdout)).toMatchObject({
      unwritten: expect.stringContaining('ScaledObject default/g5 floor from 1 to'),
    });
  });

  it('warns when the last decision is older than three minutes', async () => {
    const { run } = await shellFor(await decidedWorld());
    expect((await run('status chat', later(180))).stdout).not.toContain('SILENT');
    expect((await run('status chat', later(181))).stdout).toContain(
      '\n\nSILENT      the last decision is 3 min 1 s old: the figures below are out of date, and nothing is being adjusted\n\n',
    );
  });

  it('warns when the loop never ran', async () => {
    const { run } = await shellFor(chatWorld());
    expect(await run('status chat')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `default/chat: no decision yet
objective 99% of requests within 0.9 s; policy TwoMode; Enforce

SILENT      the loop has not decided on this fleet yet: check that it runs and may read this namespace
`,
    });
  });

  it('says of an observed fleet that there is no status of it', async () => {
    const fake = chatWorld({ enforcement: 'Observe' });
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('status chat');
    expect(stdout).toContain('OBSERVE     the loop writes nothing for this fleet');
    expect(stdout).not.toContain('SILENT');
  });

  it('says what is wrong with a spec that is refused', async () => {
    const fake = await decidedWorld();
    const object = storedFleet(fake);
    fake.kubernetes.put(resources.inferenceFleets, {
      ...object,
      metadata: { ...object.metadata, generation: 2 },
      spec: { ...object.spec, resilience: 7 },
    });
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('status chat');
    expect(stdout).toMatch(/^default\/chat: Invalid, .*resilience: given 7/);
    expect(stdout).toContain('WRONG       the spec is refused: spec.resilience: given 7 (number), expected ');
  });

  it('marks a latency above the objective', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(60, 1.25);
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('status chat');
    expect(stdout).toContain('1.25 s too slow\n');
  });

  it('shows what was learned of a unit beside what is stated, and for how long it has been too slow', async () => {
    const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 4 }, g5: { 'g5-spot': 4 } } });
    fake.metric = (query, minute) => {
      if (query.metricName === 'HealthyHostCount') return 4;
      if (query.metricName !== 'TargetResponseTime') return steadyMetrics(60)(query, minute);
      if (query.statistic === 'SampleCount') return 60;
      return query.dimensions.TargetGroup?.includes('/inf2/') ? 1 : 0.5;
    };
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { stdout } = await run('status chat', later(12));
    // The last half hour is seen at once: a second of latency where 0.67 s is stated, so 105 x 0.67 requests a minute; 0.9 s is the objective.
    expect(stdout).toMatch(/^ {2}inf2 +105 \/ 70\.\d +0\.67 s \/ 1\.00 s +10 min \/ 10 min +slower than the objective for 29 min/m);
    expect(stdout).toMatch(/^ {2}g5 +90 \/ 90 +0\.68 s \/ 0\.68 s +6 min \/ 6 min$/m);
    const { units } = JSON.parse((await run('status chat --json', later(12))).stdout);
    expect(units[0].profile).toMatchObject({
      stated: { throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: 600 },
      partedSince: expect.stringMatching(/^2026-03-01T11:/),
      slowSince: expect.stringMatching(/^2026-03-01T11:/),
    });
    const [own] = storedFleet(fake).status.profiles;
    expect(own).toEqual({ unit: 'inf2', ...units[0].profile });
    expect((await run('explain chat')).stdout).toMatch(/^ {4}throughput +stated 105\/min +learned 70\.\d\/min$/m);
  });

  it('shows a dash for what is not known', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list pods', new Error('down'));
    fake.failures.set('cloudWatch.getMetricData', new Error('down'));
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('status chat');
    expect(stdout).toMatch(/^ {2}inf2 +-\/1 .* - +-$/m);
  });

  it('says what is not known once for each reason, shortened to a line', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list nodepools', new Error('x'.repeat(300)));
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('status chat');
    const [line, ...more] = stdout.split('\n').filter((one) => one.startsWith('UNKNOWN'));
    expect(line).toMatch(/^UNKNOWN {5}inf2-spot weight, inf2-spot limit, inf2-spot uid, g5-spot weight and 5 more: Kubernetes /);
    expect(line).toMatch(/x\.\.\.$/);
    expect(more).toEqual([]);
  });

  it('colours alarms on a terminal, and lines still end up below each other', async () => {
    const fake = chatWorld();
    fake.metric = steadyMetrics(60, 1.25);
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const plain = (await run('status chat', later(500))).stdout;
    const coloured = (await run('status chat', { ...later(500), terminal: true })).stdout;
    expect(coloured).toContain('\x1b[31m\x1b[1mSILENT');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
    expect(coloured.replaceAll(/\x1b\[\d+m/g, '')).toBe(plain);
  });

  it('lists many fleets, one line each, with what needs attention', async () => {
    const fake = await decidedWorld();
    const spec = chatSpec({ router: { listenerRuleArn: ruleArn('search') } });
    addFleet(fake, 'search', spec, { namespace: 'prod', annotations: { 'adaptive-inference.dev/pause': 'all' } });
    const { run } = await shellFor(fake);
    expect(await run('status --all-namespaces', later(300))).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `fleet         strategy       ready  shares                last decision  attention
default/chat  CostOptimized  2/2    inf2 53.9%, g5 46.1%  5 min ago      SILENT, shortage
prod/search   -              ?/?    inf2 -, g5 -          never          SILENT, paused
`,
    });
    expect((await run('status', later(12))).stdout).toBe(`${HEAD}${FIGURES}`);
  });

  it('says where there is no fleet, which is no error', async () => {
    const { run } = await shellFor(await decidedWorld());
    const outcome = { exitCode: 0, stdout: '', stderr: 'no InferenceFleet in namespace empty; -A looks in all namespaces\n' };
    expect(await run('status -n empty')).toEqual(outcome);
  });

  it('prints figures as JSON, with null for what is not known', async () => {
    const { run } = await shellFor(await decidedWorld());
    const one = JSON.parse((await run('status chat --json', later(12))).stdout);
    expect(one).toMatchObject({
      fleet: 'default/chat',
      strategy: 'CostOptimized',
      lastTickAgeSeconds: 12,
      isSilent: false,
      pause: null,
      overrides: [],
      units: [{ name: 'inf2', readyPods: 1, replicas: 1, floor: { now: 1, decided: 4 } }, { name: 'g5' }],
      pools: [
        { name: 'inf2-spot', weight: { now: null, decided: 100 }, limit: { now: 'unlimited', decided: 8 } },
        { shortages: [{ pool: 'g5-spot' }] },
        { name: 'g5-od' },
      ],
    });
    expect(JSON.parse((await run('status --json', later(12))).stdout)).toEqual({ fleets: [one] });
    expect(JSON.parse((await run('status -n empty --json')).stdout)).toEqual({ fleets: [] });
  });

  it('shows a status that an older or newer loop wrote as far as it can be read', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    for (const lastDecision of [undefined, null, 'text', { units: 3 }, { time: 'x', units: {}, pools: {} }]) {
      const object = storedFleet(fake);
      await fake.kubernetes.replaceStatus(resources.inferenceFleets, { ...object, status: { ...object.status, lastDecision } });
      const { exitCode, stdout } = await run('status chat', later(12));
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^default\/chat: CostOptimized, every unit has a pool free of shortage\n/);
    }
  });
});

describe('status --watch', () => {
  it('draws in place on a screen of its own until Ctrl-C, and leaves the last frame behind', async () => {
    const fake = await decidedWorld();
    const { run, directory } = await shellFor(fake);
    let waits = 0;
    const onSleep = (_seconds: number, interrupt: () => void) => {
      waits += 1;
      if (waits === 3) interrupt();
    };
    const { exitCode, stdout, stderr } = await run('status chat --watch', {
      terminal: true,
      onSleep,
      environment: { HOME: directory, NO_COLOR: '1' },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.startsWith('\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H')).toBe(true);
    expect(stdout.split('\x1b[H')).toHaveLength(4);
    const [, leftBehind] = stdout.split('\x1b[?7h\x1b[?25h\x1b[?1049l');
    expect(leftBehind).toMatch(/^default\/chat: CostOptimized/);
  });

  it('prints again only after a change where there is no terminal', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    let waits = 0;
    const onSleep = async (_seconds: number, interrupt: () => void) => {
      waits += 1;
      if (waits === 2) {
        fake.nowSeconds += 60;
        await decideOnce(fake);
      }
      if (waits === 4) interrupt();
    };
    const { exitCode, stdout } = await run('status chat --watch --json', { onSleep });
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).lastTickTime)).toEqual(['2026-03-01T12:00:00Z', '2026-03-01T12:01:00Z']);
    expect(stdout).not.toContain('\x1b');
  });

  it('keeps the last frame while the cluster does not answer, and says so once', async () => {
    const fake = await decidedWorld();
    const { run, api } = await shellFor(fake);
    let waits = 0;
    const onSleep = (seconds: number, interrupt: () => void) => {
      if (seconds !== 5) return;
      waits += 1;
      api.failWith = waits < 3 ? { status: 403, reason: 'Forbidden', message: 'no' } : undefined;
      if (waits === 4) interrupt();
    };
    const { exitCode, stdout, stderr } = await run('status chat --watch', { onSleep });
    expect(exitCode).toBe(0);
    expect(stdout.match(/CostOptimized/g)).toHaveLength(1);
    expect(stderr.match(/^no answer: /gm)).toHaveLength(1);
    expect(stderr).toContain('403 Forbidden: no');
  });

  it('ends with the error when there is no answer from the start', async () => {
    const { run, api } = await shellFor(await decidedWorld());
    api.failWith = { status: 403, reason: 'Forbidden', message: 'no' };
    expect((await run('status chat --watch', { terminal: true })).exitCode).toBe(1);
  });
});
