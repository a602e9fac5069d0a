import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { Harness, unit } from '../harness';

/** Eight pods of `g5` with a cold start of 100 s; the traffic keeps them. */
const eightPods = (units = [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 8 })]) =>
  new Harness({ units, initialReplicas: { g5: 8 } });

const podsOf = async (harness: Harness) => (await harness.list('pods')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

describe('a Deployment whose pod template changes', () => {
  it('adds a quarter of its pods first, and never has fewer ready than its replicas', async () => {
    const harness = eightPods();
    const ready: number[] = [];
    const pods: number[] = [];
    harness.kernel.every(1, 10, async () => {
      ready.push(harness.readyPods());
      pods.push((await podsOf(harness)).length);
    });
    harness.kernel.at(60, () => harness.cluster.updateWorkload('g5'));
    await harness.run(1200);
    expect(Math.min(...ready)).toBe(8);
    expect(Math.max(...pods)).toBe(10);
    expect(pods.at(-1)).toBe(8);
  });

  it('replaces all of them in at most four cold starts and the half minutes in which new pods must stay ready', async () => {
    const harness = eightPods();
    const before = new Set((await podsOf(harness)).map(({ metadata }) => metadata.name));
    harness.kernel.at(60, () => harness.cluster.updateWorkload('g5'));
    await harness.run(60 + 2 * (100 + 30));
    expect((await podsOf(harness)).some(({ metadata }) => before.has(metadata.name))).toBe(true);
    await harness.run(60 + 4 * (100 + 30) + 60);
    expect((await podsOf(harness)).some(({ metadata }) => before.has(metadata.name))).toBe(false);
  });

  it('keeps its old pods while the new ones find no device', async () => {
    const harness = new Harness({
      units: [unit('g5', ['g5-spot'], { minimumReplicas: 4 })],
      initialReplicas: { g5: 4 },
      availability: [{ timestampSeconds: 0, pool: 'g5-spot', devices: 4 }],
    });
    harness.kernel.at(60, () => harness.cluster.updateWorkload('g5'));
    await harness.run(3600);
    expect(harness.readyPods()).toBe(4);
    expect(await podsOf(harness)).toHaveLength(5);
  });
});

describe('a Deployment that is scaled down', () => {
  it('loses the pods with the lowest deletion cost first, though others have been ready for less time', async () => {
    const harness = eightPods();
    harness.kernel.at(30, async () => {
      const pods = await podsOf(harness);
      for (const { metadata } of pods.slice(0, 3)) {
        const value = { 'controller.kubernetes.io/pod-deletion-cost': '-1' };
        await harness.cluster.kubernetes.jsonPatch(resources.pods, metadata.name, metadata.namespace, [
          { op: 'add', path: '/metadata/annotations', value },
        ]);
      }
    });
    await harness.run(60);
    const marked = (await podsOf(harness))
      .filter(({ metadata }) => metadata.annotations !== undefined)
      .map(({ metadata }) => metadata.name);
    expect(marked).toHaveLength(3);
    harness.traffic.requestsPerMinute = () => 1;
    await harness.setFloor('g5', 5);
    await harness.run(1800);
    const left = (await podsOf(harness)).map(({ metadata }) => metadata.name);
    expect(left).toHaveLength(5);
    expect(left.filter((name) => marked.includes(name))).toEqual([]);
  });
});

describe('a Deployment that comes and goes', () => {
  it('goes with its pods, and comes with one', async () => {
    const harness = eightPods();
    harness.kernel.at(60, () => harness.cluster.deleteWorkload('g5'));
    await harness.run(300);
    expect(await harness.list('pods')).toEqual([]);
    expect(await harness.list('deployments')).toEqual([]);
    expect(await harness.list('scaledObjects')).toEqual([]);
    harness.cluster.createWorkload('g5');
    expect((await harness.list('deployments')).map(({ spec }) => spec.replicas)).toEqual([1]);
    await harness.run(600);
    expect(harness.readyPods()).toBe(8);
  });
});
