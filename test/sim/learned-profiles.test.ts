import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { FleetMemory } from '../../lambda/control-loop/model/decision';
import type { LastDecision } from '../../lambda/control-loop/model/last-decision';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';
import { type SteadyWorld, steadyWorld } from './worlds/steady';

/** The fleet has been in its steady state for a while when it changes. */
const CHANGE_SECONDS = 1800;
const TEN_MINUTES = 600;
const SEEDS = [1, 2, 3];
const UNITS = ['inf2', 'g5'];

const inTwin = (world: SteadyWorld, seed = 1, policy = 'two-mode'): Promise<RunResult> =>
  run({
    scenario: steadyWorld({ durationSeconds: 3600, warmUpSeconds: CHANGE_SECONDS + TEN_MINUTES, ...world }),
    policy,
    seed,
  });

/** Units that take so many times as long for a request from the change on. */
const slower = (serviceTimeFactor: number, units: readonly string[] = UNITS): SteadyWorld['reality'] => ({
  performance: units.map((unit) => ({ unit, serviceTimeFactor, fromSeconds: CHANGE_SECONDS })),
});

describe.each(SEEDS)('after the tenth minute, seed %i', (seed) => {
  const attainment = async (world: SteadyWorld): Promise<number> => (await inTwin(world, seed)).summary.attainment;

  it('a unit three times as slow as stated, with room elsewhere: 99 % of the requests are within the objective', async () => {
    expect(await attainment({ resilience: 1, reality: slower(3, ['inf2']) })).toBeGreaterThanOrEqual(0.99);
  });

  it('all units 1.4 times as slow, resilience 0: 99.5 %', async () => {
    expect(await attainment({ resilience: 0, reality: slower(1.4) })).toBeGreaterThanOrEqual(0.995);
  });

  it('all units twice as slow, resilience 1, with devices enough: 99 %', async () => {
    expect(await attainment({ resilience: 1, reality: slower(2) })).toBeGreaterThanOrEqual(0.99);
  });
});

/** The same from second 0 on, when nothing is known of the units. */
const slowFromStart = (serviceTimeFactor: number, units: readonly string[] = UNITS) => ({
  performance: units.map((unit) => ({ unit, serviceTimeFactor })),
});

interface Start {
  readonly pods: string;
  /** By the fleet's resilience; those of the scenario where not stated. */
  readonly initialReplicas?: Readonly<Record<0 | 1, Readonly<Record<string, number>>>>;
  readonly seeds: readonly number[];
}

const starts: readonly Start[] = [
  // Requests time out in the second minute. Not before the fourth is it known how slow pods are, and more of them take a cold start to come.
  { pods: 'too few even as stated', seeds: [1, 2, 5] },
  // What the loop keeps for 400 requests a minute where units are as stated.
  { pods: 'as many as the stated profile asks for', initialReplicas: { 0: { inf2: 5, g5: 4 }, 1: { inf2: 6, g5: 7 } }, seeds: [1, 2] },
];

describe.each(starts)('from the start, counted from the tenth minute, pods at second 0 $pods', ({ initialReplicas: pods, seeds }) => {
  const attainment = async ({ resilience, ...world }: SteadyWorld & { resilience: 0 | 1 }, seed: number): Promise<number> => {
    const started = { ...world, resilience, warmUpSeconds: TEN_MINUTES, ...(pods && { initialReplicas: pods[resilience] }) };
    return (await inTwin(started, seed)).summary.attainment;
  };

  it.each(seeds)('a unit three times as slow as stated: 99 % of the requests are within the objective, seed %i', async (seed) => {
    expect(await attainment({ resilience: 1, reality: slowFromStart(3, ['inf2']) }, seed)).toBeGreaterThanOrEqual(0.99);
    expect(await attainment({ resilience: 1, reality: slowFromStart(3, ['g5']) }, seed)).toBeGreaterThanOrEqual(0.99);
  });

  it.each(seeds)('all units 1.4 times as slow, resilience 0: 99.5 %, seed %i', async (seed) => {
    expect(await attainment({ resilience: 0, reality: slowFromStart(1.4) }, seed)).toBeGreaterThanOrEqual(0.995);
  });

  it.each(seeds)('all units twice as slow, resilience 1: 99 %, seed %i', async (seed) => {
    expect(await attainment({ resilience: 1, reality: slowFromStart(2) }, seed)).toBeGreaterThanOrEqual(0.99);
  });
});

/**
 * Pods that nobody could order before minute 0 are not there before their cold start has passed. With the ten minutes of the published
 * experiments the fleet that starts with too few misses the objective until then, whoever steers it: a fleet whose stated profile is the
 * true one has 91.3 to 95.6 % from minute 10 on (seeds 1 to 3). The loop that has to learn it may be behind by what two minutes of requests
 * are, a thirtieth of the hour: latencies of a minute are known two minutes after its end.
 */
describe('from the start, with cold starts of ten minutes, all units 1.4 times as slow, resilience 0', () => {
  const TWENTY_MINUTES = 1200;
  const slowStarts: SteadyWorld = { resilience: 0, coldStartFactor: 2.5 };
  const attainment = async (more: SteadyWorld, seed: number): Promise<number> =>
    (await inTwin({ ...slowStarts, ...more }, seed)).summary.attainment;

  it.each([1, 2])('ten minutes and a cold start later 99.5 % are within the objective, seed %i', async (seed) => {
    const world = { warmUpSeconds: TWENTY_MINUTES, durationSeconds: 3000, reality: slowFromStart(1.4) };
    expect(await attainment(world, seed)).toBeGreaterThanOrEqual(0.995);
  });

  it.each([1, 2])('from the tenth minute on it is near the fleet whose profile is true, seed %i', async (seed) => {
    const learned = await attainment({ warmUpSeconds: TEN_MINUTES, reality: slowFromStart(1.4) }, seed);
    const clairvoyant = await attainment({ warmUpSeconds: TEN_MINUTES, serviceTimeFactor: 1.4 }, seed);
    expect(learned).toBeGreaterThan(clairvoyant - 1 / 30);
  });

  it.each([1, 2])('on as many pods as the stated profile asks for 99.5 % from the tenth minute on, seed %i', async (seed) => {
    const world = { warmUpSeconds: TEN_MINUTES, initialReplicas: { inf2: 5, g5: 4 }, reality: slowFromStart(1.4) };
    expect(await attainment(world, seed)).toBeGreaterThanOrEqual(0.995);
  });
});

it.each([
  { requestsPerMinute: 1000, resilience: 1 },
  { requestsPerMinute: 400, resilience: 0 },
])('one pod a unit under an overload of %o is not taken for a slow one, though requests time out', async (world) => {
  const { memories } = await watched({ ...world, initialReplicas: { inf2: 1, g5: 1 }, warmUpSeconds: 60, durationSeconds: 2400 });
  for (const { profiles } of memories) {
    expect(profiles.inf2!.throughputPerMinute).toBe(105);
    expect(profiles.g5!.throughputPerMinute).toBe(90);
  }
});

it('a policy that goes without learning has less than 60 % there', async () => {
  expect((await inTwin({ resilience: 1, reality: slower(3, ['inf2']) }, 1, 'static')).summary.attainment).toBeLessThan(0.6);
});

describe('cold starts twice as long as stated', () => {
  /** Two hours of a load that doubles and halves. */
  const wave: SteadyWorld = {
    resilience: 0,
    warmUpSeconds: TEN_MINUTES,
    durationSeconds: 7200,
    requestsPerMinute: { kind: 'cosine', minimum: 200, maximum: 600, periodSeconds: 3600 },
  };
  const reality = { performance: UNITS.map((unit) => ({ unit, coldStartFactor: 2 })) };

  it.each(SEEDS)('cost no more than a tenth of a percent of the requests, seed %i', async (seed) => {
    const unstated = await inTwin({ ...wave, reality }, seed);
    const stated = await inTwin({ ...wave, coldStartFactor: 2 }, seed);
    expect(stated.summary.attainment - unstated.summary.attainment).toBeLessThanOrEqual(0.001);
  });

  it('are known within an hour', async () => {
    const { memories } = await watched({ ...wave, reality, durationSeconds: 3000 });
    const learned = memories.at(-1)!.profiles;
    // 480 s and 360 s, by nine of ten starts, whose duration varies by 15 %.
    expect(learned.inf2!.coldStartSeconds).toBeGreaterThan(420);
    expect(learned.inf2!.coldStartSeconds).toBeLessThan(640);
    expect(learned.g5!.coldStartSeconds).toBeGreaterThan(300);
    expect(learned.g5!.coldStartSeconds).toBeLessThan(480);
  });
});

interface Watched extends RunResult {
  readonly memories: readonly FleetMemory[];
  readonly lastDecisions: readonly LastDecision[];
}

/** A run with the status of the fleet in every fifth minute. */
const watched = async (world: SteadyWorld, seed = 1): Promise<Watched> => {
  const memories: FleetMemory[] = [];
  const lastDecisions: LastDecision[] = [];
  const result = await run({
    scenario: steadyWorld({ durationSeconds: 3600, warmUpSeconds: CHANGE_SECONDS + TEN_MINUTES, ...world }),
    policy: 'two-mode',
    seed,
    watch: {
      everySeconds: 300,
      look: async (kubernetes) => {
        const [fleet] = (await kubernetes.list(resources.inferenceFleets)).items;
        if (fleet?.status === undefined) return;
        memories.push(fleet.status.memory);
        lastDecisions.push(fleet.status.lastDecision);
      },
    },
  });
  return { ...result, memories, lastDecisions };
};

const podsByMinute = ({ series: { readyPodsByPool, minuteSeconds } }: RunResult): readonly number[] =>
  minuteSeconds.map((_, minute) => Object.values(readyPodsByPool).reduce((sum, pods) => sum + pods[minute]!, 0));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a dependency that adds more to every answer than the objective allows', () => {
  const world = (latencySeconds: number): SteadyWorld => ({
    resilience: 0,
    durationSeconds: 9600,
    reality: { slowDependencies: UNITS.map((unit) => ({ unit, latencySeconds, fromSeconds: CHANGE_SECONDS })) },
  });

  it.each([1, 3])('by %i s: the loop stops adding pods, and says so', async (latencySeconds) => {
    const result = await watched(world(latencySeconds));
    const pods = podsByMinute(result);
    const before = mean(pods.slice(20, 30));
    // Two hours need the same, and not much more than before: pods are used to 85 % of what they were seen to serve.
    const [second, third] = [mean(pods.slice(70, 130)), mean(pods.slice(130, 190))];
    expect(third).toBeLessThanOrEqual(second + 1);
    expect(third).toBeLessThan(1.5 * before);
    const findings = result.lastDecisions.at(-1)!.findings.filter(({ code }) => code === 'Slow');
    expect(findings.map(({ subject }) => subject)).toEqual(UNITS);
    for (const { message } of findings) expect(message).toMatch(/more pods do not make it faster, and none are added for it$/);
  });

  it('of one unit: the other takes its traffic', async () => {
    const { summary, lastDecisions } = await watched({
      resilience: 0,
      reality: { slowDependencies: [{ unit: 'inf2', latencySeconds: 3, fromSeconds: CHANGE_SECONDS }] },
    });
    expect(summary.attainment).toBeGreaterThanOrEqual(0.99);
    expect(lastDecisions.at(-1)!.findings).toContainEqual(
      expect.objectContaining({ code: 'Slow', subject: 'inf2', message: expect.stringContaining('other units take its traffic') }),
    );
  });
});

describe('one slow request a minute holds no capacity', () => {
  const world = (percentile: number, requestsPerMinute: number): SteadyWorld => ({
    resilience: 0,
    percentile,
    durationSeconds: 3000,
    requestsPerMinute: {
      kind: 'steps',
      rows: [
        { timestampSeconds: 0, value: 400 },
        { timestampSeconds: CHANGE_SECONDS, value: requestsPerMinute },
      ],
    },
    reality: {
      slowDependencies: UNITS.map((unit) => ({ unit, latencySeconds: 5, part: 1 / requestsPerMinute, fromSeconds: CHANGE_SECONDS + 60 })),
    },
  });

  it.each([
    [95, 1],
    [95, 60],
    [99, 60],
    [99, 200],
  ])('at percentile %i, of %i requests a minute', async (percentile, requestsPerMinute) => {
    const pods = podsByMinute(await inTwin(world(percentile, requestsPerMinute)));
    const none = podsByMinute(await inTwin({ ...world(percentile, requestsPerMinute), reality: {} }));
    expect(pods[29]).toBeGreaterThanOrEqual(9);
    expect(mean(pods.slice(60))).toBeLessThanOrEqual(mean(none.slice(60)) + 0.5);
  });
});
