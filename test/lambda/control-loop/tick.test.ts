import { afterEach, describe, expect, it, vi } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { Decide } from '../../../lambda/control-loop/decide/decide';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { fleetKey } from '../../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import { alwaysWants } from '../../support/decisions';
import type { FakePorts } from '../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, NOW_SECONDS, ownedState, ruleArn, targetGroupArn } from '../../support/fake-world';

const desired = alwaysWants({
  units: { inf2: { floor: 1, target: 89.2, share: 0.25 }, g5: { floor: 3, target: 61, share: 0.75 } },
  pools: { 'g5-spot': { weight: 80, limit: 6 }, 'g5-od': { weight: 20, limit: 8 } },
});

const run = (fake: FakePorts, decide?: Decide, caches = createTickCaches()): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches, ...(decide ? { decide } : {}) });

const runLater = (fake: FakePorts, seconds: number, decide?: Decide): Promise<TickRecord> => {
  fake.restart();
  fake.nowSeconds += seconds;
  return run(fake, decide);
};

const fleetOf = (fake: FakePorts, name = 'chat'): KubernetesObject => fake.kubernetes.read(resources.inferenceFleets, name, 'default');

const remarksOf = (record: TickRecord, code: string) =>
  record.decision.fleets.flatMap(({ findings }) => findings.filter((finding) => finding.code === code).map(({ subject }) => subject));

/** A second fleet with units, scalers and router of its own, and the pools of the first. */
const addSearch = (fake: FakePorts, changes: Parameters<typeof chatSpec>[0] = {}): void => {
  const spec = chatSpec();
  addFleet(fake, 'search', {
    ...spec,
    router: { listenerRuleArn: ruleArn('search') },
    units: spec.units.map((unit) => ({
      ...unit,
      deployment: `search-${unit.name}`,
      scaler: { ...unit.scaler, name: `search-${unit.name}` },
      targetGroupArn: targetGroupArn(`search-${unit.name}`),
    })),
    ...changes,
  });
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the modes of a fleet', () => {
  it('Observe writes nothing at all', async () => {
    const fake = chatWorld({ enforcement: 'Observe' });
    const record = await run(fake, desired);
    expect(fake.writes).toEqual([]);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Observed' }]);
    expect(record.decision.fleets[0]?.units.g5?.floor.value).toBe(3);
  });

  it('Recommend writes the status alone and does not count anything as written', async () => {
    const fake = chatWorld({ enforcement: 'Recommend' });
    const before = ownedState(fake);
    const record = await run(fake, desired);
    expect(fake.writes.map(({ method }) => method)).toEqual(['kubernetes.replaceStatus']);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Recommended' }]);
    expect(ownedState(fake)).toEqual(before);
    expect(fleetOf(fake).status).toMatchObject({ shares: 'inf2 25, g5 75', memory: { written: {} } });
  });

  it('Enforce records its intent before it acts', async () => {
    const fake = chatWorld();
    const seen: unknown[] = [];
    fake.beforeWrite.set(2, () => seen.push(fleetOf(fake).status.memory.written['floor/g5'], ownedState(fake)['ScaledObject default/g5']));
    const record = await run(fake, desired);
    expect(seen).toEqual([
      { value: 3, previous: 1 },
      { floor: 1, target: '80' },
    ]);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Acted' }]);
    expect(ownedState(fake)['ScaledObject default/g5']).toEqual({ floor: 3, target: '61' });
    expect(fake.rules.get(ruleArn('chat'))).toEqual({ [targetGroupArn('inf2')]: 250, [targetGroupArn('g5')]: 749 });
  });
});

describe('the status of a fleet', () => {
  it('shows mode, policy, shares and readiness, and beats every tick', async () => {
    const fake = chatWorld();
    await run(fake, desired);
    expect(fleetOf(fake).status).toMatchObject({
      observedGeneration: 1,
      lastTickTime: '2026-03-01T12:00:00Z',
      strategy: 'CostOptimized',
      policy: 'TwoMode',
      shares: 'inf2 25, g5 75',
      ready: '2/2',
      reason: 'the test wants it',
    });
    await runLater(fake, 60, desired);
    expect(fleetOf(fake).status.lastTickTime).toBe('2026-03-01T12:01:00Z');
  });

  it('keeps the time at which a condition turned', async () => {
    const fake = chatWorld();
    const observed = () => (fleetOf(fake).status.conditions as { type: string }[]).find(({ type }) => type === 'Observed');
    await run(fake, desired);
    await runLater(fake, 60, desired);
    expect(observed()).toMatchObject({ status: 'True', lastTransitionTime: '2026-03-01T12:00:00Z' });
    fake.failures.set('kubernetes.list events', new Error('down'));
    await runLater(fake, 60, desired);
    expect(observed()).toMatchObject({
      status: 'False',
      reason: 'SignalsUnknown',
      lastTransitionTime: '2026-03-01T12:02:00Z',
      message: expect.stringContaining('g5-spot launchFailures: Kubernetes list of events failed: down'),
    });
  });

  it('remembers a value that is settled without the one before it', async () => {
    const fake = chatWorld();
    await run(fake, desired);
    await runLater(fake, 60, desired);
    expect(fleetOf(fake).status.memory.written).toMatchObject({
      'floor/g5': { value: 3 },
      'limit/g5-od': { value: 8 },
      'share/inf2': { value: 250 },
    });
    expect(fleetOf(fake).status.memory.written['floor/g5']).toEqual({ value: 3 });
  });
});

describe('a fleet with an invalid spec', () => {
  it('is told so in its status and record, and the others go on', async () => {
    const fake = chatWorld();
    addSearch(fake, { resilience: 7 });
    const record = await run(fake, desired);
    expect(record.fleets).toEqual([
      { fleet: 'default/chat', outcome: 'Acted' },
      { fleet: 'default/search', outcome: 'Invalid', message: expect.stringContaining('resilience') },
    ]);
    expect(fleetOf(fake, 'search').status).toMatchObject({
      strategy: 'Invalid',
      reason: expect.stringContaining('given 7'),
      conditions: [{ type: 'Valid', status: 'False', reason: 'InvalidSpec' }],
    });
    expect(ownedState(fake)['ScaledObject default/g5']).toEqual({ floor: 3, target: '61' });
    expect(ownedState(fake)['ScaledObject default/search-g5']).toEqual({ floor: 1, target: '80' });
  });

  it('keeps what it remembers', async () => {
    const fake = chatWorld();
    await run(fake, desired);
    const { memory } = fleetOf(fake).status;
    const good = fleetOf(fake);
    fake.kubernetes.put(resources.inferenceFleets, { ...good, metadata: { ...good.metadata, generation: 2 }, spec: { units: 'none' } });
    await runLater(fake, 60, desired);
    expect(fleetOf(fake).status).toMatchObject({ strategy: 'Invalid', memory });
  });
});

describe('another writer', () => {
  it('who takes over a field by server-side apply is reported as contested, and the rest goes on', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-spot' }, spec: { weight: 50 } }, 'argocd');
    const record = await run(fake, desired);
    expect(record.writes.filter(({ outcome }) => outcome === 'Contested').map(({ fields }) => fields)).toEqual([{ weight: '80' }]);
    expect(record.writes.filter(({ outcome }) => outcome !== 'Contested').every(({ outcome }) => outcome === 'Done')).toBe(true);
    expect(ownedState(fake)['NodePool g5-spot']).toEqual({ weight: 50, limits: { 'nvidia.com/gpu': '6' } });
    expect(fake.logged.find((line) => 'Contested' in line)).toMatchObject({ Fleet: 'default/chat', Contested: 1 });
  });

  it('who changes a value after the loop wrote it is left in peace and reported', async () => {
    const fake = chatWorld();
    await run(fake);
    await runLater(fake, 60);
    const written = fleetOf(fake).status.memory.written['target/g5'];
    expect(written).toBeDefined();
    const scaler = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default');
    const human = { ...scaler, spec: { ...scaler.spec, triggers: [{ type: 'aws-cloudwatch', metadata: { targetMetricValue: '33' } }] } };
    fake.kubernetes.put(resources.scaledObjects, human, 'kubectl');
    for (let minute = 0; minute < 3; minute += 1) {
      const record = await runLater(fake, 60);
      expect(remarksOf(record, 'Contested').join()).toContain('g5');
      expect(ownedState(fake)['ScaledObject default/g5']).toMatchObject({ target: '33' });
    }
    const conditions = fleetOf(fake).status.conditions as { type: string; status: string }[];
    expect(conditions.find(({ type }) => type === 'Contested')).toMatchObject({ status: 'True', reason: 'OtherWriter' });
  });

  it('who is faster than a write makes it a conflict: the field keeps their value, and the rest of the fleet goes on', async () => {
    const fake = chatWorld();
    // The status, two NodePools, then the scalers: the fourth write is the first patch.
    fake.beforeWrite.set(4, () => {
      const scaler = fake.kubernetes.read(resources.scaledObjects, 'inf2', 'default');
      fake.kubernetes.put(resources.scaledObjects, {
        ...scaler,
        spec: { minReplicaCount: 1, triggers: [{ metadata: { targetMetricValue: '44' } }] },
      });
    });
    const record = await run(fake, desired);
    expect(record.writes.map(({ outcome }) => outcome)).toEqual(['Done', 'Done', 'Conflict', 'Done', 'Done']);
    expect(ownedState(fake)['ScaledObject default/inf2']).toEqual({ floor: 1, target: '44' });
  });
});

describe('two ticks at once', () => {
  it('are one that acts and one that stops before it has written anything', async () => {
    const fake = chatWorld();
    addSearch(fake);
    let second: TickRecord | undefined;
    let started = false;
    const decide: Decide = (...given) => desired(...given);
    const slow = { ...fake.ports.kubernetes, replaceStatus: fake.ports.kubernetes.replaceStatus };
    slow.replaceStatus = async (...args) => {
      // The other tick runs from beginning to end between this one's decision and its first write.
      if (!started) {
        started = true;
        fake.nowSeconds += 1;
        second = await run(fake, decide);
      }
      return fake.ports.kubernetes.replaceStatus(...args);
    };
    const first = await tick(
      { ...fake.ports, kubernetes: slow },
      { deadlineSeconds: NOW_SECONDS + 50, trigger: 'event', caches: createTickCaches(), decide },
    );
    expect(second?.fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Acted']);
    expect(first.fleets.map(({ outcome }) => outcome)).toEqual(['Conflict', 'Conflict']);
    expect(first.writes).toEqual([]);
    expect(first.fleets[0]?.message).toContain('another tick ran');
  });

  it('both at their first write are still one that acts', async () => {
    const fake = chatWorld();
    addSearch(fake);
    const other = { ...fake.ports, clock: { nowSeconds: () => NOW_SECONDS + 0.5 } };
    const options = { deadlineSeconds: NOW_SECONDS + 50, trigger: 'event', decide: desired };
    const records = await Promise.all([
      tick(fake.ports, { ...options, caches: createTickCaches() }),
      tick(other, { ...options, caches: createTickCaches() }),
    ]);
    const acted = records.filter(({ fleets }) => fleets.every(({ outcome }) => outcome === 'Acted'));
    const stopped = records.filter(({ fleets }) => fleets.every(({ outcome }) => outcome === 'Conflict'));
    expect([acted.length, stopped.length]).toEqual([1, 1]);
    expect(stopped[0]?.writes).toEqual([]);
  });
});

it('a fleet that its user edits while the tick runs waits for the next tick, the others do not', async () => {
  const fake = chatWorld();
  addSearch(fake);
  fake.beforeWrite.set(1, () => {
    const chat = fleetOf(fake);
    fake.kubernetes.put(resources.inferenceFleets, {
      ...chat,
      metadata: { ...chat.metadata, annotations: { 'adaptive-inference.dev/pause': 'all' } },
    });
  });
  const record = await run(fake, desired);
  expect(record.fleets).toEqual([
    { fleet: 'default/chat', outcome: 'Conflict', message: expect.stringContaining('edited while the tick ran') },
    { fleet: 'default/search', outcome: 'Acted' },
  ]);
  expect(ownedState(fake)['ScaledObject default/g5']).toEqual({ floor: 1, target: '80' });
  expect(ownedState(fake)['ScaledObject default/search-g5']).toEqual({ floor: 3, target: '61' });
});

it('a fleet whose status cannot be written is not acted for, and that is a write error', async () => {
  const fake = chatWorld();
  fake.writeFailures.set(1, new KubernetesError('no answer', 0));
  const record = await run(fake, desired);
  expect(fake.logged.find((line) => 'WriteErrors' in line)).toMatchObject({ Fleet: 'default/chat', WriteErrors: 1 });
  expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Failed', message: 'no answer' }]);
  expect(fake.writes).toHaveLength(1);
});

describe('what decides', () => {
  it('is given the pause and override annotations, memories and time', async () => {
    const overrides = '[{"field":"floor/g5","value":3,"owner":"ops","reason":"launch","until":"2026-03-01T13:00:00Z"},7]';
    const fake = chatWorld({}, { annotations: { 'adaptive-inference.dev/pause': 'down', 'adaptive-inference.dev/overrides': overrides } });
    const seen: unknown[] = [];
    const decide: Decide = (inputs, observation) => {
      for (const { fleet, memory, ...input } of inputs) {
        seen.push({ ...input, fleet: fleetKey(fleet), hasMemory: memory !== undefined, atSeconds: observation.atSeconds });
      }
      return desired(inputs, observation);
    };
    await run(fake, decide);
    await runLater(fake, 60, decide);
    const given = {
      fleet: 'default/chat',
      pause: { up: false, down: true },
      overrides: {
        entries: [
          {
            field: 'floor/g5',
            value: 3,
            owner: 'ops',
            reason: 'launch',
            until: '2026-03-01T13:00:00Z',
            untilSeconds: NOW_SECONDS + 3600,
          },
        ],
        problems: ['entry 2: given 7 (number), expected an object of field, value, owner, reason and until'],
      },
    };
    expect(seen).toEqual([
      { ...given, hasMemory: false, atSeconds: NOW_SECONDS },
      { ...given, hasMemory: true, atSeconds: NOW_SECONDS + 60 },
    ]);
  });

  it('by default is the built-in policy of the fleet', async () => {
    const record = await run(chatWorld());
    expect(record.decision.fleets[0]).toMatchObject({ fleet: 'default/chat', strategy: 'CostOptimized' });
  });
});

const sources = [
  'cloudWatch.getMetricData',
  'ec2.describeSpotPriceHistory',
  'ec2.describeInstanceTypeOfferings',
  'elbv2.describeRule',
  'kubernetes.list nodepools',
  'kubernetes.list nodeclaims',
  'kubernetes.list events',
  'kubernetes.list deployments',
  'kubernetes.list scaledobjects',
  'kubernetes.list pods',
];

const unknownSignals = ({ observation }: TickRecord): string[] =>
  [...Object.values(observation.units), ...Object.values(observation.pools), observation.routerWeights]
    .flatMap((signals) => Object.entries(signals))
    .filter(([, signal]) => !(signal as { known: boolean }).known)
    .map(([name]) => name);

/** Unknown in the healthy world too: there is no reservation. */
const alwaysUnknown = ['reservedDevices'];

describe.each(sources)('without %s', (source) => {
  it('a tick goes on with what it knows', async () => {
    const fake = chatWorld();
    fake.failures.set(source, new Error('service unavailable'));
    const record = await run(fake);
    expect(record.fleets[0]?.outcome).toBe('Acted');
    const unknown = unknownSignals(record);
    expect(unknown.length).toBeGreaterThan(0);
    const all = Object.values(record.observation.units).length * 9 + Object.values(record.observation.pools).length * 10 + 1;
    expect(unknown.length).toBeLessThan(all / 2);
    for (const pools of Object.values(record.observation.pools)) {
      for (const signal of Object.values(pools)) if (!signal.known) expect(signal.reason).not.toBe('');
    }
  });

  it('and no answer from it, a tick goes on when the time for observation is over', async () => {
    vi.useFakeTimers();
    const fake = chatWorld();
    fake.hanging.add(source);
    const running = run(fake);
    await vi.advanceTimersByTimeAsync(30_000);
    const record = await running;
    expect(record.fleets[0]?.outcome).toBe('Acted');
    const late = [...Object.values(record.observation.units), ...Object.values(record.observation.pools), record.observation.routerWeights]
      .flatMap((signals) => Object.values(signals))
      .filter((signal) => !signal.known && signal.reason.includes('did not answer within the 30 s'));
    expect(late.length).toBeGreaterThan(0);
  });
});

it.each(['cloudWatch.getMetricData', 'kubernetes.list pods', 'kubernetes.list nodeclaims'])(
  'without %s no floor is lowered and no share is shifted',
  async (source) => {
    const fake = chatWorld({}, { floors: { inf2: 5, g5: 5 }, weights: { inf2: 900, g5: 99 } });
    fake.failures.set(source, new Error('service unavailable'));
    for (let minute = 0; minute < 20; minute += 1) {
      const record = await runLater(fake, 60);
      expect(record.writes.filter(({ fields, object }) => 'floor' in fields || object.startsWith('ListenerRule'))).toEqual([]);
    }
  },
);

describe('a tick', () => {
  it('in a healthy world knows everything but what it does not ask for', async () => {
    const fake = chatWorld();
    expect(new Set(unknownSignals(await run(fake)))).toEqual(new Set(alwaysUnknown));
  });

  it('rejects when the fleets cannot be listed, and writes nothing', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list inferencefleets', new KubernetesError('Unauthorized', 401));
    await expect(run(fake)).rejects.toThrow('the fleets are not known: Kubernetes list of inferencefleets failed: Unauthorized');
    expect(fake.writes).toEqual([]);
  });

  it('rejects when nothing can be decided, and writes nothing', async () => {
    const fake = chatWorld();
    const broken: Decide = () => {
      throw new Error('division of zero by zero');
    };
    await expect(run(fake, broken)).rejects.toThrow('division of zero by zero');
    expect(fake.writes).toEqual([]);
  });

  it.each([50, NOW_SECONDS * 1000, Number.NaN])('refuses %d as its deadline', async (deadlineSeconds) => {
    const fake = chatWorld();
    await expect(tick(fake.ports, { deadlineSeconds, trigger: 'x', caches: createTickCaches() })).rejects.toThrow('deadlineSeconds');
  });

  it('without fleets reports that it ran', async () => {
    const fake = chatWorld();
    fake.kubernetes.remove(resources.inferenceFleets, 'chat', 'default');
    const record = await run(fake);
    expect(record.fleets).toEqual([]);
    expect(fake.logged).toMatchObject([{ kind: 'tick', trigger: 'schedule', fleets: [] }]);
    expect(fake.callsOf('cloudWatch.getMetricData')).toEqual([]);
  });

  it('begins no write when its time is over, and the next tick makes them', async () => {
    const fake = chatWorld();
    fake.beforeWrite.set(2, () => {
      fake.nowSeconds += 60;
    });
    const record = await run(fake, desired);
    expect(record.writes.map(({ outcome }) => outcome)).toContain('Skipped');
    await runLater(fake, 1, desired);
    const whole = chatWorld();
    await run(whole, desired);
    expect(ownedState(fake)).toEqual(ownedState(whole));
  });
});

describe('the report of a tick', () => {
  it('is a summary, a decision record for each fleet, and metrics', async () => {
    const fake = chatWorld();
    await run(fake, desired);
    const [summary, decision, ...metrics] = fake.logged;
    expect(summary).toMatchObject({
      kind: 'tick',
      trigger: 'schedule',
      atSeconds: NOW_SECONDS,
      fleets: [{ fleet: 'default/chat', outcome: 'Acted' }],
    });
    expect(decision).toMatchObject({
      kind: 'decision',
      fleet: 'default/chat',
      strategy: 'CostOptimized',
      units: {
        g5: {
          inputs: {
            requestsPerMinute: { value: 60, ageSeconds: 60 },
            readyPodsByPool: { value: { 'g5-spot': 1 }, ageSeconds: 0 },
          },
          decided: { floor: { value: 3, reason: 'the test wants it' } },
        },
      },
      pools: {
        'g5-od': { inputs: { reservedDevices: { unknown: 'the pool names no capacity reservation' } }, decided: { weight: { value: 20 } } },
      },
      writes: expect.arrayContaining([expect.objectContaining({ object: 'NodePool g5-spot', outcome: 'Done' })]),
    });
    expect(() => JSON.stringify(fake.logged)).not.toThrow();
    expect(metrics).toHaveLength(6);
  });

  it('has metrics that state their unit, and none for what is unknown', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list pods', new Error('down'));
    await run(fake, desired);
    const line = fake.logged.find((record) => record.Unit === 'g5');
    expect(line).toEqual({
      Fleet: 'default/chat',
      Unit: 'g5',
      Share: 0.75,
      Floor: 3,
      TargetThroughputPerMinute: 61,
      Impaired: 0,
      _aws: {
        Timestamp: NOW_SECONDS * 1000,
        CloudWatchMetrics: [
          {
            Namespace: 'AdaptiveInference',
            Dimensions: [['Fleet', 'Unit']],
            Metrics: [
              { Name: 'Share', Unit: 'None' },
              { Name: 'Floor', Unit: 'Count' },
              { Name: 'TargetThroughputPerMinute', Unit: 'None' },
              { Name: 'Impaired', Unit: 'Count' },
            ],
          },
        ],
      },
    });
    expect(fake.logged.find((record) => record.Pool === 'g5-od')).toMatchObject({
      PriceUsdPerHour: 1.006,
      Shortage: 0,
      Weight: 20,
      LimitDevices: 8,
    });
  });

  it('tells how old the decision before was', async () => {
    const fake = chatWorld();
    const age = () => fake.logged.find((line) => 'WriteErrors' in line)?.DecisionAgeSeconds;
    await run(fake, desired);
    expect(age()).toBeUndefined();
    await runLater(fake, 90, desired);
    expect(age()).toBe(90);
  });

  it('is an Event on the fleet when something changed, and only then', async () => {
    const fake = chatWorld();
    await run(fake, desired);
    await runLater(fake, 60, desired);
    const events = fake.kubernetes.all(resources.events);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      reason: 'Retuned',
      type: 'Normal',
      involvedObject: { kind: 'InferenceFleet', name: 'chat', namespace: 'default' },
      message: expect.stringContaining('ScaledObject default/g5: floor 1 -> 3'),
    });
  });

  it('does not fail the tick when the Event cannot be written', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.create', new KubernetesError('forbidden', 403));
    const record = await run(fake, desired);
    expect(record.fleets[0]?.outcome).toBe('Acted');
    expect(fake.logged[0]).toMatchObject({ eventErrors: ['forbidden'] });
  });
});
