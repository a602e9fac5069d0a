import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { chatWorld, followFloors, NOW_SECONDS } from '../../../support/fake-world';
import { decideOnce, shellFor, storedFleet } from './live-cluster';

const PAUSE = 'adaptive-inference.dev/pause';
const OVERRIDES = 'adaptive-inference.dev/overrides';

const decidedWorld = async (annotations?: Readonly<Record<string, string>>) => {
  const fake = chatWorld({}, annotations === undefined ? {} : { annotations });
  await decideOnce(fake);
  return fake;
};

const notes = (fake: Awaited<ReturnType<typeof decidedWorld>>) => storedFleet(fake).metadata.annotations;

describe('pause and resume', () => {
  it('pauses a fleet until someone resumes it', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    expect(await run(['pause', 'chat', '--reason', 'incident\n 42'])).toEqual({
      exitCode: 0,
      stdout: 'default/chat: paused scale-up and scale-down until resumed, ada: incident 42\n',
      stderr: '',
    });
    expect(notes(fake)).toEqual({ [PAUSE]: 'all', 'adaptive-inference.dev/pause-reason': 'ada: incident 42' });
    expect(await run('resume chat')).toEqual({ exitCode: 0, stdout: 'default/chat: resumed\n', stderr: '' });
    expect(notes(fake)).toEqual({});
    expect((await run('resume chat')).stdout).toBe('default/chat: was not paused\n');
  });

  it('pauses one direction for a time, and the loop follows', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    expect((await run('pause default/chat up --reason test --for 1h30m --owner grace')).stdout).toBe(
      'default/chat: paused scale-up until 2026-03-01T13:30:00Z (1 h 30 min left), grace: test\n',
    );
    expect(notes(fake)?.[PAUSE]).toBe('up until 2026-03-01T13:30:00Z');
    const floor = () => fake.kubernetes.read(resources.scaledObjects, 'g5', 'default').spec.minReplicaCount;
    const before = floor();
    followFloors(fake, 'g5');
    fake.metric = ({ metricName }) => (metricName === 'RequestCount' ? 600 : metricName === 'TargetResponseTime' ? 0.5 : 1);
    fake.nowSeconds += 600;
    await decideOnce(fake);
    expect(floor()).toBe(before);
    fake.nowSeconds += 5400;
    await decideOnce(fake);
    expect(floor()).toBeGreaterThan(before);
  });

  it('prints what holds as JSON', async () => {
    const { run } = await shellFor(await decidedWorld());
    expect(JSON.parse((await run('pause chat down --reason test --json')).stdout)).toEqual({
      fleet: 'default/chat',
      pause: { up: false, down: true, until: null, reason: 'ada: test' },
      overrides: [],
    });
  });

  it.each([
    ['pause chat', /required option '--reason <text>' not specified/],
    ['pause chat sideways --reason x', /error direction\n {2}given {5}"sideways"\n {2}expected {2}one of up, down, all\n/],
    ['pause chat --reason x --for 30', /error --for\n {2}given {5}"30"\n[^\n]+\n {2}fix {7}30m for minutes, 30h for hours\?\n/],
    ['pause chat --reason x --for 0s', /error --for\n {2}given {5}"0s"\n/],
    ['pause chat --reason x --for 91d', /error --for\n {2}given {5}"91d"\n/],
    ['pause chat --reason x --for 1h,5m', /error --for\n {2}given {5}"1h,5m"\n/],
    [['pause', 'chat', '--reason', '  '], /error --reason\n {2}given {5}0 characters\n/],
    [
      'pause chatt --reason x',
      /error FLEET\n {2}given {5}"chatt" in namespace default\n {2}expected {2}one of chat\n {2}fix {7}did you mean "chat"\?\n/,
    ],
    ['pause a/b/c --reason x', /error FLEET\n {2}given {5}"a\/b\/c"\n/],
    [
      'pause prod/chat -n default --reason x',
      /error FLEET\n {2}given {5}"prod\/chat" with --namespace default\n {2}expected {2}one namespace\n/,
    ],
    ['resume chat --context prod', /error --context\n {2}given {5}"prod"\n {2}expected {2}one of dev\n/],
  ] as const)('%j is answered with what is wrong, and nothing is written', async (command, message) => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    const { exitCode, stdout, stderr } = await run(command);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(notes(fake)).toBeUndefined();
  });
});

describe('override', () => {
  it('sets fields for a time with an owner and a reason', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    const command = [
      'override',
      'chat',
      'floor/g5=6',
      'share/inf2=20%',
      'strategy=CapacityOptimized',
      '--reason',
      'launch day',
      '--for',
      '2h',
    ];
    expect(await run(command)).toEqual({
      exitCode: 0,
      stdout: `default/chat: overrides
  floor/g5    = 6                  until 2026-03-01T14:00:00Z (2 h left)  ada: launch day
  share/inf2  = 0.2                until 2026-03-01T14:00:00Z (2 h left)  ada: launch day
  strategy    = CapacityOptimized  until 2026-03-01T14:00:00Z (2 h left)  ada: launch day
`,
      stderr: '',
    });
    const common = { owner: 'ada', reason: 'launch day', until: '2026-03-01T14:00:00Z' };
    expect(JSON.parse(notes(fake)![OVERRIDES]!)).toEqual([
      { field: 'floor/g5', value: 6, ...common },
      { field: 'share/inf2', value: 0.2, ...common },
      { field: 'strategy', value: 'CapacityOptimized', ...common },
    ]);
  });

  it('is followed by the next tick, and explain names owner and reason', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    await run('override chat floor/g5=9 --reason launch --for 2h');
    fake.nowSeconds += 60;
    await decideOnce(fake);
    expect(fake.kubernetes.read(resources.scaledObjects, 'g5', 'default').spec.minReplicaCount).toBe(9);
    const { stdout } = await run('explain chat');
    expect(stdout).toMatch(/^ {2}g5 +floor +5 -> 9 +override of ada until 2026-03-01T14:00:00Z: launch$/m);
    expect(stdout).toMatch(/^ {2}Override +floor\/g5 +9 in place of \d+: override of ada until 2026-03-01T14:00:00Z: launch$/m);
  });

  it('takes the place of what the same field had, and keeps the others', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    await run('override chat floor/g5=6 limit/g5-od=4 --reason one --for 2h');
    const { stdout } = await run('override chat floor/g5=7 --reason two --for 10m');
    expect(stdout).toBe(`default/chat: overrides
  limit/g5-od  = 4  until 2026-03-01T14:00:00Z (2 h left)     ada: one
  floor/g5     = 7  until 2026-03-01T12:10:00Z (10 min left)  ada: two
`);
  });

  it('--clear removes fields, or all', async () => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    await run('override chat floor/g5=6 limit/g5-od=4 weight/g5-od=100 --reason one --for 2h');
    expect((await run('override chat --clear floor/g5')).stdout).not.toContain('floor/g5');
    expect(JSON.parse(notes(fake)![OVERRIDES]!)).toHaveLength(2);
    expect(await run('override chat --clear')).toEqual({ exitCode: 0, stdout: 'default/chat: no overrides\n', stderr: '' });
    expect(notes(fake)).toEqual({});
  });

  it('drops what has ended, and says what it could not read', async () => {
    const ended = { field: 'floor/g5', value: 1, owner: 'x', reason: 'y', until: '2026-03-01T11:00:00Z' };
    const fake = await decidedWorld({ [OVERRIDES]: JSON.stringify([ended, { field: 'floor/inf2' }]) });
    const { run } = await shellFor(fake);
    const { stderr } = await run('override chat limit/g5-od=4 --reason one --for 2h');
    expect(stderr).toBe('note: removed an override that cannot be read: entry 2, floor/inf2: value: given nothing, expected a number\n');
    expect(JSON.parse(notes(fake)![OVERRIDES]!).map(({ field }: { field: string }) => field)).toEqual(['limit/g5-od']);
  });

  it('notes what keeps it from taking effect: a pause, an enforcement that does not act, a silent loop', async () => {
    const fake = await decidedWorld({ [PAUSE]: 'up' });
    const { run } = await shellFor(fake);
    const command = 'override chat floor/g5=6 --reason one --for 2h';
    expect((await run(command)).stderr).toBe('note: the fleet is paused, and a pause takes precedence over overrides\n');
    expect((await run(command, { nowSeconds: () => NOW_SECONDS + 600 })).stderr).toContain(
      'note: the loop has not decided on this fleet for over 3 min',
    );
    const recommending = chatWorld({ enforcement: 'Recommend' });
    expect((await (await shellFor(recommending)).run(command)).stderr).toContain('note: the enforcement of this fleet is Recommend');
  });

  it('made by two people at once keeps both', async () => {
    const fake = await decidedWorld();
    const { run, api } = await shellFor(fake);
    let writes = 0;
    api.beforeWrite = () => {
      writes += 1;
      if (writes > 1) return;
      const object = storedFleet(fake);
      const other = [{ field: 'floor/inf2', value: 5, owner: 'grace', reason: 'also', until: '2026-03-01T14:00:00Z' }];
      fake.kubernetes.put(resources.inferenceFleets, {
        ...object,
        metadata: { ...object.metadata, annotations: { [OVERRIDES]: JSON.stringify(other) } },
      });
    };
    expect((await run('override chat floor/g5=6 --reason one --for 2h')).exitCode).toBe(0);
    expect(JSON.parse(notes(fake)![OVERRIDES]!).map(({ field }: { field: string }) => field)).toEqual(['floor/inf2', 'floor/g5']);
  });

  it('gives up, with nothing written, when the fleet never stands still', async () => {
    const fake = await decidedWorld();
    const { run, api } = await shellFor(fake);
    api.beforeWrite = () => fake.kubernetes.put(resources.inferenceFleets, storedFleet(fake));
    const { exitCode, stderr } = await run('override chat floor/g5=6 --reason one --for 2h');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error default\/chat\n {2}given .*422.*\n {2}expected {2}the write to succeed\n {2}fix {7}try again\n$/);
    expect(notes(fake)).toBeUndefined();
  });

  it('says so when the fleet is deleted in between', async () => {
    const fake = await decidedWorld();
    const { run, api } = await shellFor(fake);
    api.beforeWrite = () => fake.kubernetes.remove(resources.inferenceFleets, 'chat', 'default');
    const { exitCode, stderr } = await run('override chat floor/g5=6 --reason one --for 2h');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('  expected  an InferenceFleet; there is none in the namespace\n');
  });

  it('is refused for a fleet whose spec is refused', async () => {
    const fake = chatWorld({ resilience: 7 });
    const { exitCode, stderr } = await (await shellFor(fake)).run('override chat floor/g5=6 --reason one --for 2h');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error default\/chat: spec\.resilience\n {2}given {5}7 \(number\)\n/);
  });

  const rest = '--reason x --for 1h';
  it.each([
    [`override chat ${rest}`, /error FIELD=VALUE\n {2}given {5}nothing\n/],
    [
      `override chat floor/g5 ${rest}`,
      /error FIELD=VALUE\n {2}given {5}"floor\/g5"\n {2}expected {2}a field and its value, such as floor\/g5=3/,
    ],
    [
      `override chat floor/g6=3 ${rest}`,
      /error floor\/g6\n {2}given {5}a field of this name\n[^\n]+\n {2}fix {7}did you mean "floor\/g5"\?\n/,
    ],
    [`override chat floor/g5=many ${rest}`, /error floor\/g5\n {2}given {5}"many" \(text\)\n {2}expected {2}whole pods from 0 to 10000\n/],
    [`override chat share/g5=40 ${rest}`, /error share\/g5\n {2}given {5}40 \(number\)\n[^\n]+\n {2}fix {7}did you mean share\/g5=40%\?\n/],
    [
      `override chat floor/g5=9999 ${rest}`,
      /error floor\/g5\n {2}given {5}9999 \(number\)\n {2}expected {2}at most 10, maximumReplicas of the unit\n {2}fix {7}override within/,
    ],
    [
      `override chat floor/g5=0 ${rest}`,
      /error floor\/g5\n {2}given {5}0 \(number\)\n {2}expected {2}at least 1, minimumReplicas of the unit\n/,
    ],
    [
      `override chat limit/g5-od=9 ${rest}`,
      /error limit\/g5-od\n {2}given {5}9 \(number\)\n {2}expected {2}at most 8, maximumDevices of the pool\n/,
    ],
    [
      `override chat strategy=Cost ${rest}`,
      /error strategy\n {2}given {5}"Cost" \(text\)\n[^\n]+\n {2}fix {7}did you mean "CostOptimized"\?\n/,
    ],
    [`override chat floor/g5=1 floor/g5=2 ${rest}`, /error FIELD=VALUE\n {2}given {5}floor\/g5 twice\n/],
    ['override chat floor/g5=1 --for 1h', /error --reason\n {2}given {5}nothing\n/],
    ['override chat floor/g5=1 --reason x', /error --for\n {2}given {5}nothing\n[^\n]+\n {2}fix {7}add --for 2h\n/],
    ['override chat --clear --reason x', /error --clear\n {2}given {5}--reason or --for with it\n/],
    ['override chat --clear floor/g5=1', /error FIELD\n {2}given {5}"floor\/g5=1"\n/],
    ['override chat --clear floor/g5', /error FIELD\n {2}given {5}"floor\/g5"\n {2}expected {2}nothing: the fleet has no overrides\n/],
  ] as const)('%j is answered with what is wrong, and nothing is written', async (command, message) => {
    const fake = await decidedWorld();
    const { run } = await shellFor(fake);
    const { exitCode, stdout, stderr } = await run(command);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(notes(fake)).toBeUndefined();
  });
});

it('a change needs someone who asks for it', async () => {
  const { run, file, api } = await shellFor(await decidedWorld());
  file(
    '.kube/config',
    JSON.stringify({
      'current-context': 'dev',
      contexts: [{ name: 'dev', context: { cluster: 'dev' } }],
      clusters: [{ name: 'dev', cluster: { server: api.endpoint, 'insecure-skip-tls-verify': true } }],
    }),
  );
  const { exitCode, stderr } = await run('pause chat --reason x');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('error --owner\n  given     nothing\n  expected  who asks for this\n  fix       add --owner <name>\n');
  expect((await run('pause chat --reason x --owner grace')).stdout).toContain('grace: x');
});

describe('adopt', () => {
  const ADOPT = 'adaptive-inference.dev/adopt';

  /** A fleet in which someone set the floor of g5 after the loop did. */
  const contestedWorld = async () => {
    const fake = await decidedWorld();
    const scaler = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default');
    fake.kubernetes.put(resources.scaledObjects, { ...scaler, spec: { ...scaler.spec, minReplicaCount: 9 } }, 'kubectl');
    fake.nowSeconds += 60;
    await decideOnce(fake);
    return fake;
  };

  it('lets the loop steer what was contested again', async () => {
    const fake = await contestedWorld();
    const { run } = await shellFor(fake);
    const { exitCode, stdout } = await run('adopt chat');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^default\/chat: the loop takes all fields as it finds them at its next tick; contested so far: g5 floor: another writer set it to 9/,
    );
    expect(notes(fake)?.[ADOPT]).toMatch(/^all at 2026-03-01T/);
    fake.nowSeconds += 60;
    await decideOnce(fake);
    expect((await run('adopt chat floor/g5')).stdout).toBe(
      'default/chat: the loop takes floor/g5 as it finds them at its next tick; nothing was contested\n',
    );
    expect(notes(fake)?.[ADOPT]).toMatch(/^floor\/g5 at /);
  });

  it('refuses fields that the fleet does not have', async () => {
    const { run } = await shellFor(await decidedWorld());
    const { exitCode, stderr } = await run('adopt chat floor/g55');
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/error FIELDS\n {2}given {5}"floor\/g55"\n[^\n]+\n {2}fix {7}did you mean "floor\/g5"\?\n/);
  });
});
