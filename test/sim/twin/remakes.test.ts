import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { Harness, unit } from './harness';

const world = () =>
  new Harness({
    units: [unit('g5', ['g5-spot', 'g5-od']), unit('g6', ['g5-od'], { scaler: { kind: 'HorizontalPodAutoscaler', name: 'g6-hpa' } })],
    initialReplicas: { g5: 2, g6: 1 },
  });

describe('an object that is made anew', () => {
  it.each([
    ['ScaledObject', 'sd21-g5', resources.scaledObjects, 'minReplicaCount', 1],
    ['HorizontalPodAutoscaler', 'g6-hpa', resources.horizontalPodAutoscalers, 'minReplicas', 1],
  ] as const)('has another uid and the floor of its manifest: a %s', async (kind, name, resource, field, stated) => {
    const h = world();
    const { kubernetes } = h.cluster;
    const before = await kubernetes.jsonPatch(resource, name, 'default', [{ op: 'replace', path: `/spec/${field}`, value: 7 }]);
    h.cluster.makeAnew({ kind, name });
    const after = await kubernetes.get(resource, name, 'default');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.spec[field]).toBe(stated);
  });

  it('takes its nodes with it, one pod at a time, and gets others: a NodePool', async () => {
    const h = world();
    await h.run(60);
    const claimsOf = async () =>
      (await h.list('nodeClaims')).filter(({ metadata }) => metadata.labels?.['karpenter.sh/nodepool'] === 'g5-spot');
    const before = await h.cluster.kubernetes.get(resources.nodePools, 'g5-spot');
    const old = (await claimsOf()).map(({ metadata }) => metadata.name);
    expect(old).toHaveLength(2);
    h.cluster.makeAnew({ kind: 'NodePool', name: 'g5-spot' });
    const after = await h.cluster.kubernetes.get(resources.nodePools, 'g5-spot');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect((await claimsOf()).every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
    expect(h.cluster.units.g5!.readyPods).toBe(1);
    await h.run(3600);
    expect((await claimsOf()).filter(({ metadata }) => old.includes(metadata.name))).toEqual([]);
    expect(h.cluster.units.g5!.readyPods).toBe(2);
  });

  it('takes its pods with it, and has one replica as its manifest states none: a Deployment', async () => {
    const h = world();
    await h.run(60);
    const before = await h.cluster.kubernetes.get(resources.deployments, 'sd21-g5', 'default');
    h.cluster.makeAnew({ kind: 'Deployment', name: 'sd21-g5' });
    const after = await h.cluster.kubernetes.get(resources.deployments, 'sd21-g5', 'default');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(h.cluster.units.g5).toEqual({ replicas: 1, readyPods: 0 });
  });
});

describe('a scaler that KEDA pauses', () => {
  it('scales nothing until it is no longer paused', async () => {
    const h = world();
    const { kubernetes } = h.cluster;
    const path = '/metadata/annotations';
    const patch = (operation: object) => kubernetes.jsonPatch(resources.scaledObjects, 'sd21-g5', 'default', [operation as never]);
    await patch({ op: 'add', path, value: { 'autoscaling.keda.sh/paused': 'true' } });
    await patch({ op: 'replace', path: '/spec/minReplicaCount', value: 3 });
    await h.run(600);
    expect(h.cluster.units.g5!.replicas).toBe(2);
    await patch({ op: 'remove', path });
    await h.run(700);
    expect(h.cluster.units.g5!.replicas).toBe(3);
  });
});

describe('a NodePool that is deleted', () => {
  it('has no nodes when the drain is over, though a disruption budget would keep their pods longer', async () => {
    // Every start takes an hour, so that no successor is ready before.
    const h = new Harness({
      units: [unit('g5', ['g5-spot', 'g5-od'])],
      initialReplicas: { g5: 3 },
      reality: { performance: [{ unit: 'g5', coldStartFactor: 36, fromSeconds: 30 }] },
    });
    await h.run(60);
    h.cluster.deletePool('g5-spot');
    await h.run(60 + 1799);
    expect(h.cluster.pools['g5-spot']!.readyPods).toBe(2);
    await h.run(60 + 1800 + 120);
    expect(h.cluster.pools['g5-spot']!.runningDevices).toBe(0);
  });
});
