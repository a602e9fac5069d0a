import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import type { ScenarioInput } from '../../../../sim/inputs/scenario';
import { Harness, pool, since, unit } from '../harness';

type FailingStarts = NonNullable<NonNullable<ScenarioInput['reality']>['failingStarts']>;

/** A unit of one pod, whose floor is raised to two at 14 s. The second pod: bound at 48 s, its image pulled at 83 s, ready at 118 s. */
const world = async (failingStarts: FailingStarts = []) => {
  const h = new Harness({ reality: { failingStarts } });
  await h.run(14);
  await h.setFloor('g5', 2);
  const second = async (seconds: number) => {
    await h.run(seconds);
    return (await h.list('pods')).find(({ metadata }) => since(metadata.creationTimestamp) > 0)!;
  };
  return { h, second };
};

const conditionOf = ({ status }: KubernetesObject, type: string) =>
  status.conditions.find((condition: { readonly type: string }) => condition.type === type);

const containerOf = ({ status }: KubernetesObject) => status.containerStatuses[0];

describe('A pod that starts', () => {
  it('is first unschedulable, with the reason why no node fits', async () => {
    const { second } = await world();
    const pod = await second(17);
    expect(pod.status.phase).toBe('Pending');
    expect(pod.status.containerStatuses).toBeUndefined();
    expect(conditionOf(pod, 'PodScheduled')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.',
    });
  });

  it('counts nodes of pools that may not host it apart', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od']), unit('g6', ['g6-od'])],
      pools: [pool('g5-od'), pool('g6-od')],
      initialReplicas: { g5: 1, g6: 2 },
    });
    await h.run(14);
    await h.setFloor('g5', 2);
    await h.run(16);
    const waiting = (await h.list('pods')).find(({ status }) => status.phase === 'Pending')!;
    expect(conditionOf(waiting, 'PodScheduled').message).toBe(
      "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) didn't match Pod's node affinity/selector.",
    );
  });

  it('then pulls its image, then loads its model, then is ready', async () => {
    const { second } = await world();
    const creating = await second(60);
    expect(creating.status.phase).toBe('Pending');
    expect(containerOf(creating)).toMatchObject({ ready: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } });
    const boundSeconds = since(conditionOf(creating, 'PodScheduled').lastTransitionTime);
    const loading = await second(boundSeconds + 40);
    expect(loading.status.phase).toBe('Running');
    expect(since(containerOf(loading).state.running.startedAt)).toBe(boundSeconds + 35);
    expect(conditionOf(loading, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    const ready = await second(boundSeconds + 70);
    expect(containerOf(ready)).toMatchObject({ ready: true, restartCount: 0 });
    expect(since(conditionOf(ready, 'Ready').lastTransitionTime)).toBe(boundSeconds + 70);
    const later = await second(600);
    expect(conditionOf(later, 'Ready')).toEqual(conditionOf(ready, 'Ready'));
  });
});

describe('A container that crashes at its start', () => {
  it('is started again, at once and then after ten seconds, twenty, forty, ... five minutes', async () => {
    const { h, second } = await world([{ unit: 'g5', fromSeconds: 10 }]);
    const starts: number[] = [];
    for (let seconds = 60; seconds < 2000; seconds += 1) {
      const { state } = containerOf(await second(seconds));
      const started = since(state.running?.startedAt);
      if (state.running && started !== starts.at(-1)) starts.push(started);
    }
    // Each run lasts five seconds.
    const delays = starts.slice(1).map((start, index) => start - starts[index]! - 5);
    expect(delays.slice(0, 9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(h.readyPods()).toBe(1);
  });

  it('shows why it waits, how often it was started again, and how it ended', async () => {
    const { second } = await world([{ unit: 'g5', fromSeconds: 10, crashAfterSeconds: 8 }]);
    const pod = await second(130);
    expect(pod.status.phase).toBe('Running');
    const container = containerOf(pod);
    expect(container).toMatchObject({
      ready: false,
      restartCount: 2,
      state: {
        waiting: { reason: 'CrashLoopBackOff', message: `back-off 20s restarting failed container=server pod=${pod.metadata.name}` },
      },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    const { startedAt, finishedAt } = container.lastState.terminated;
    expect(since(finishedAt) - since(startedAt)).toBe(8);
  });

  it('starts when the entry no longer holds, and loads its model as long as any other', async () => {
    const { h, second } = await world([{ unit: 'g5', fromSeconds: 10, toSeconds: 110 }]);
    const pod = await second(400);
    expect(containerOf(pod)).toMatchObject({ ready: true });
    const { startedAt } = containerOf(pod).state.running;
    expect(since(conditionOf(pod, 'Ready').lastTransitionTime) - since(startedAt)).toBe(35);
    expect(h.readyPods()).toBe(2);
  });

  it('crashes in the stated part of the pods only, and runs on where it runs already', async () => {
    const h = new Harness({ initialReplicas: { g5: 2 }, reality: { failingStarts: [{ unit: 'g5', part: 0.5 }] } });
    await h.run(14);
    await h.setFloor('g5', 6);
    await h.run(900);
    expect(h.readyPods()).toBe(4);
    expect((await h.list('pods')).map((each) => containerOf(each).restartCount > 0).filter(Boolean)).toHaveLength(2);
  });

  it('gives its devices back when the pod is no longer asked for', async () => {
    const { h } = await world([{ unit: 'g5', fromSeconds: 10 }]);
    await h.run(300);
    expect(h.cluster.units.g5).toEqual({ replicas: 2, readyPods: 1 });
    h.traffic.requestsPerMinute = () => 30;
    await h.setFloor('g5', 1);
    await h.run(1200);
    expect(h.cluster.units.g5).toEqual({ replicas: 1, readyPods: 1 });
    expect(h.running('g5-spot') + h.running('g5-od')).toBe(1);
  });
});

describe('An image that cannot be pulled', () => {
  it('is tried again with growing delays, and the pod is pending meanwhile', async () => {
    const { h, second } = await world([{ unit: 'g5', reason: 'ImagePullBackOff', fromSeconds: 10 }]);
    const pod = await second(400);
    expect(pod.status.phase).toBe('Pending');
    expect(containerOf(pod)).toMatchObject({ restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } });
    expect(h.readyPods()).toBe(1);
  });

  it('is pulled when it can be', async () => {
    const { second } = await world([{ unit: 'g5', reason: 'ImagePullBackOff', fromSeconds: 10, toSeconds: 100 }]);
    expect(containerOf(await second(300))).toMatchObject({ ready: true, restartCount: 0 });
  });
});
