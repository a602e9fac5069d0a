import { beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { Deployment } from '../../sim/inputs/deployments';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';
import { type SteadyWorld, steadyWorld } from './worlds/steady';

/** Two thirds of a peak of 450 requests a minute. */
const REQUESTS_PER_MINUTE = 300;
const DEPLOYED_SECONDS = 3600;
const SEED = 1;

const inTwin = (resilience: number, world: SteadyWorld): Promise<RunResult> =>
  run({
    scenario: steadyWorld({ resilience, requestsPerMinute: REQUESTS_PER_MINUTE, durationSeconds: 8 * 3600, warmUpSeconds: 1800, ...world }),
    policy: 'two-mode',
    seed: SEED,
  });

const deployed = (change: Partial<Deployment>): SteadyWorld['deployments'] => [{ atSeconds: DEPLOYED_SECONDS, ...change }];

const ALL_POOLS = ['inf2-spot', 'inf2-od', 'g5-spot', 'g5-od'];

/** A change, its world, and whether the fleet costs the same before or afterwards as one of the undisturbed ones. */
const changes: readonly (readonly [string, SteadyWorld, boolean])[] = [
  ['a unit is added', { furtherUnits: ['g6'], deployments: deployed({ addUnits: ['g6'] }) }, true],
  ['a unit is removed', { furtherUnits: ['g6'], deployments: deployed({ removeUnits: ['g6'] }) }, true],
  ['a unit is renamed', { furtherUnits: ['g6', 'g7'], deployments: deployed({ addUnits: ['g7'], removeUnits: ['g6'] }) }, true],
  [
    'the larger of two units makes way for another',
    { furtherUnits: ['g7'], deployments: deployed({ addUnits: ['g7'], removeUnits: ['inf2'] }) },
    false,
  ],
  ['a unit gets a new image', { furtherUnits: ['g6'], deployments: deployed({ newImages: ['inf2'] }) }, true],
  ['every node is replaced', { deployments: deployed({ newNodes: ALL_POOLS }) }, true],
  ['every unit gets a new image', { furtherUnits: ['g6'], deployments: deployed({ newImages: ['inf2', 'g5', 'g6'] }) }, false],
];

/** The part of the traffic of a unit in each minute. */
const sharesOf = ({ series }: RunResult, unit: string): readonly number[] => series.shareByUnit[unit]!;

describe.each([0, 1])('a deployment under load, resilience %d, seed 1', (resilience) => {
  const undisturbed: RunResult['summary'][] = [];
  beforeAll(async () => {
    for (const furtherUnits of [[], ['g6']]) undisturbed.push((await inTwin(resilience, { furtherUnits })).summary);
  });

  it.each(changes)('loses no request where %s, and holds the objective as before', async (_name, world, isLike) => {
    const { summary } = await inTwin(resilience, world);
    expect(summary.failed).toBe(0);
    const least = Math.min(...undisturbed.map(({ attainment }) => attainment));
    expect(summary.attainment).toBeGreaterThanOrEqual(least - 0.001);
    // Of eight hours with what the fleet was before or is afterwards, the dearer of the two.
    if (isLike) expect(summary.costUsd).toBeLessThanOrEqual(1.03 * Math.max(...undisturbed.map(({ costUsd }) => costUsd)));
  });
});

describe('the traffic of units that come and go', () => {
  it('comes to a new unit when its pods are ready, and not with the deployment', async () => {
    const result = await inTwin(0, { durationSeconds: 2 * 3600, furtherUnits: ['g6'], deployments: deployed({ addUnits: ['g6'] }) });
    const shares = sharesOf(result, 'g6');
    const first = shares.findIndex((share) => share > 0);
    // A cold start of three minutes, after the minute and a half in which its Deployment and scaler are made.
    expect(first).toBeGreaterThanOrEqual(DEPLOYED_SECONDS / 60 + 3);
    expect(first).toBeLessThanOrEqual(DEPLOYED_SECONDS / 60 + 15);
    expect(result.summary.requestsByUnit.g6).toBeGreaterThan(0);
  });

  it('leaves a removed unit as the others become ready, never before', async () => {
    // So many requests that the others need further pods.
    const result = await inTwin(0, {
      requestsPerMinute: 2 * REQUESTS_PER_MINUTE,
      durationSeconds: 2 * 3600,
      furtherUnits: ['g6'],
      deployments: deployed({ removeUnits: ['g6'] }),
    });
    const shares = sharesOf(result, 'g6').slice(DEPLOYED_SECONDS / 60);
    expect(shares[0]).toBeGreaterThan(0.2);
    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    const gone = shares.indexOf(0);
    expect(gone).toBeGreaterThanOrEqual(3);
    expect(gone).toBeLessThanOrEqual(15);
  });

  it('is never set back: the shares of the other units stay while a unit is added at weight 0', async () => {
    const result = await inTwin(0, { durationSeconds: 2 * 3600, furtherUnits: ['g6'], deployments: deployed({ addUnits: ['g6'] }) });
    const minute = DEPLOYED_SECONDS / 60;
    const before = sharesOf(result, 'inf2')[minute - 1]!;
    for (let later = minute; later < minute + 3; later += 1) expect(sharesOf(result, 'inf2')[later]).toBeCloseTo(before, 1);
  });
});

describe('the replacement of every node, one of a pool at a time', () => {
  /** The fewest ready pods at any time, and the nodes that have drifted at the end, of a fleet that needs eight pods. */
  const whileReplaced = async (enforcement: 'Enforce' | 'Observe') => {
    const world = steadyWorld({
      resilience: 0,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      warmUpSeconds: 1800,
      durationSeconds: 3600,
      deployments: deployed({ newNodes: ALL_POOLS }),
      initialReplicas: { inf2: 4, g5: 4 },
    });
    const ready: number[] = [];
    let drifted = 0;
    const isTrue =
      (type: string) =>
      ({ status }: KubernetesObject): boolean => {
        const conditions = (status?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[];
        return conditions.some((condition) => condition.type === type && condition.status === 'True');
      };
    await run({
      scenario: { ...world, scenario: { ...world.scenario, fleet: { ...world.scenario.fleet, enforcement } } },
      policy: 'two-mode',
      seed: SEED,
      watch: {
        everySeconds: 10,
        look: async (kubernetes, timeSeconds) => {
          if (timeSeconds < DEPLOYED_SECONDS) return;
          ready.push((await kubernetes.list(resources.pods)).items.filter(isTrue('Ready')).length);
          drifted = (await kubernetes.list(resources.nodeClaims)).items.filter(isTrue('Drifted')).length;
        },
      },
    });
    return { fewest: Math.min(...ready), drifted };
  };

  it('leaves as many pods ready as there were: their successors are ready first', async () => {
    expect(await whileReplaced('Enforce')).toEqual({ fewest: 8, drifted: 0 });
  });

  it('takes pods that serve where the loop does not act', async () => {
    const { fewest, drifted } = await whileReplaced('Observe');
    expect(fewest).toBeLessThan(8);
    expect(drifted).toBe(0);
  });
});
