import { expect, it } from 'vitest';
import { annotations, resources } from '../../lambda/control-loop/contract/names';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const MINUTES = 30;
const BEGIN_SECONDS = 2400;

it('a unit whose targets are unhealthy for half an hour costs a paused fleet the requests of the first minutes, and nothing is scaled', async () => {
  const dead = { unit: 'inf2', fromSeconds: BEGIN_SECONDS, toSeconds: BEGIN_SECONDS + MINUTES * 60, cause: 'unreachable' as const };
  const floors: string[] = [];
  const { summary } = await run({
    scenario: steadyWorld({ reality: { unhealthyTargets: [dead] }, durationSeconds: 3600 }),
    policy: 'two-mode',
    seed: 1,
    watch: {
      everySeconds: 300,
      look: async (kubernetes, timeSeconds) => {
        const { items } = await kubernetes.list(resources.scaledObjects);
        if (timeSeconds >= BEGIN_SECONDS) floors.push(JSON.stringify(items.map(({ spec }) => spec.minReplicaCount)));
        if (timeSeconds !== BEGIN_SECONDS - 300) return;
        const [fleet] = (await kubernetes.list(resources.inferenceFleets)).items;
        const { name, namespace } = fleet!.metadata;
        await kubernetes.jsonPatch(resources.inferenceFleets, name, namespace, [
          { op: 'add', path: '/metadata/annotations', value: { [annotations.pause]: 'all' } },
        ]);
      },
    },
  });
  // Of 400 requests a minute the unit has about 230. Metrics are two minutes old, and three bad minutes are asked for.
  expect(summary.failed).toBeGreaterThan(200);
  expect(summary.failed).toBeLessThan(400 * 7);
  expect(new Set(floors).size).toBe(1);
});
