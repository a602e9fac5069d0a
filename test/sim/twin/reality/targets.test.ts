import { describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../../../sim/inputs/scenario';
import { Harness } from '../harness';

const HEALTHY = { registered: true, healthy: true, reachable: true };

const world = (unhealthyTargets: NonNullable<ScenarioInput['reality']>['unhealthyTargets'], replicas = 1) =>
  new Harness({ initialReplicas: { g5: replicas }, reality: { unhealthyTargets } });

const targets = (h: Harness) => [...h.traffic.pods.values()].map(({ target }) => target);

describe('Ready pods', () => {
  it('are healthy targets where nothing else is so', () => {
    expect(targets(world([]))).toEqual([HEALTHY]);
  });

  it('that nothing reaches are found unhealthy after three checks, and healthy again after two', async () => {
    const h = world([{ unit: 'g5', fromSeconds: 100, toSeconds: 300 }]);
    const at = async (seconds: number) => {
      await h.run(seconds);
      return targets(h)[0];
    };
    expect(await at(99)).toEqual(HEALTHY);
    expect(await at(100)).toEqual({ ...HEALTHY, reachable: false });
    expect(await at(130)).toEqual({ ...HEALTHY, healthy: false, reachable: false });
    expect(await at(300)).toEqual({ ...HEALTHY, healthy: false });
    expect(await at(320)).toEqual(HEALTHY);
    expect(h.readyPods()).toBe(1);
  });

  it('whose health checks alone fail can be reached all the time', async () => {
    const h = world([{ unit: 'g5', cause: 'failing-checks', fromSeconds: 100 }]);
    await h.run(100);
    expect(targets(h)).toEqual([HEALTHY]);
    await h.run(130);
    expect(targets(h)).toEqual([{ ...HEALTHY, healthy: false }]);
  });

  it('can be missing in the target group', async () => {
    const h = world([{ unit: 'g5', cause: 'unregistered', fromSeconds: 100, toSeconds: 200 }]);
    await h.run(100);
    expect(targets(h)).toEqual([{ ...HEALTHY, registered: false }]);
    await h.run(200);
    expect(targets(h)).toEqual([HEALTHY]);
  });

  it('that start while nothing reaches them never were healthy', async () => {
    const h = world([{ unit: 'g5', fromSeconds: 50 }]);
    await h.run(14);
    await h.setFloor('g5', 2);
    await h.run(116);
    expect(h.readyPods()).toBe(2);
    expect(targets(h)[1]).toEqual({ ...HEALTHY, healthy: false, reachable: false });
  });

  it('are so in part: every other one, whatever comes and goes', async () => {
    const h = world([{ unit: 'g5', part: 0.5, cause: 'unregistered' }], 4);
    expect(targets(h).map((state) => state!.registered)).toEqual([true, false, true, false]);
    await h.run(14);
    await h.setFloor('g5', 6);
    await h.run(300);
    expect(targets(h).map((state) => state!.registered)).toEqual([true, false, true, false, true, false]);
  });
});
