import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { ApiResource, KubernetesObject } from '../../lambda/control-loop/ports';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, FLEET_POOLS, putTraffic } from './support/fleet';
import { withLimits } from './support/limits';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { isRunning, podsOf } from './support/workload';

/** Objects that are deleted and made anew from their manifests, as by a restore: with another uid each is another object. */

let fleet: ChatFleet;
let loop: Loop;

const UNITS = ['inf2', 'g5'];

const bed = useTestBed('delete objects of a fleet', { keda: true }, async (started) => {
  fleet = await addChatFleet(started, {}, { scaler: 'HorizontalPodAutoscaler' });
  await grantLoopRights(started);
  loop = createLoop(started);
  await until('a running pod of each unit', 120, haveRunning);
});

const haveRunning = async (): Promise<boolean> => {
  const pods = await Promise.all(UNITS.map((unit) => podsOf(bed(), { fleet: 'chat', unit })));
  return pods.every((list) => list.some(isRunning));
};

const tickAt = async (requestsPerMinute: number, options: Parameters<Loop['tick']>[0] = {}): Promise<TickRecord> => {
  bed().aws.metrics.clear();
  for (const unit of UNITS) putTraffic(bed(), fleet.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
  return loop.tick(options);
};

const said = ({ decision }: TickRecord, code: string): readonly string[] =>
  decision.fleets[0]!.findings.filter((finding) => finding.code === code).map(({ subject, message }) => `${subject}: ${message}`);

/** Deletes an object, waits until it is gone, and gives its manifest. */
const deleted = async (resource: ApiResource, name: string, namespace?: string): Promise<KubernetesObject> => {
  const { metadata, spec } = await bed().api.get(resource, name, namespace);
  await bed().api.remove(resource, name, namespace);
  await until(`${resource.kind} ${name} to be gone`, 60, async () => (await bed().api.find(resource, name, namespace)) === undefined);
  const { labels, annotations } = metadata;
  return { metadata: { name, ...(namespace && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }) }, spec };
};

describeOnTestBed('an object that is deleted and made anew', () => {
  it('is adopted as it is found: a plain HorizontalPodAutoscaler', async () => {
    await tickAt(600);
    await tickAt(600);
    const manifest = await deleted(resources.horizontalPodAutoscalers, 'chat-g5', 'default');
    const record = await tickAt(600);
    expect(record.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
    await bed().api.create(resources.horizontalPodAutoscalers, { ...manifest, spec: { ...manifest.spec, minReplicas: 1 } });
    expect(said(await tickAt(600), 'Contested')).toEqual([]);
    const { spec } = await bed().api.get(resources.horizontalPodAutoscalers, 'chat-g5', 'default');
    expect(spec.minReplicas).toBeGreaterThan(1);
  });

  it('is called missing meanwhile: a Deployment', async () => {
    const manifest = await deleted(resources.deployments, 'chat-g5', 'default');
    expect(said(await tickAt(60), 'Scaler')).toEqual(['g5: Deployment chat-g5 does not exist']);
    await bed().api.create(resources.deployments, manifest);
    await until('its pods', 120, haveRunning);
    const record = await tickAt(60);
    expect([...said(record, 'Scaler'), ...said(record, 'Contested')]).toEqual([]);
  });

  it('has weight and limit again: a NodePool', async () => {
    await tickAt(60);
    const before = (await bed().api.get(resources.nodePools, 'g5-od')).spec;
    const manifest = await deleted(resources.nodePools, 'g5-od');
    await tickAt(60);
    const { weight: _, limits: __, ...spec } = manifest.spec;
    await bed().api.create(resources.nodePools, { ...manifest, spec });
    expect(said(await tickAt(60), 'Contested')).toEqual([]);
    const after = (await bed().api.get(resources.nodePools, 'g5-od')).spec;
    expect({ weight: after.weight, limits: after.limits }).toEqual({ weight: before.weight, limits: before.limits });
  });
});

describeOnTestBed('a fleet that is deleted while its pods stay', () => {
  const OF_A_HAND = 'g5-od';
  const floorOf = async (unit: string): Promise<number> =>
    (await bed().api.get(resources.horizontalPodAutoscalers, `chat-${unit}`, 'default')).spec.minReplicas;
  const runningOf = async (unit: string): Promise<number> => (await podsOf(bed(), { fleet: 'chat', unit })).filter(isRunning).length;

  it('hands back weight and limits of its NodePools and no more, so that pools closed in a shortage grow again', async () => {
    await tickAt(60);
    const closed = await tickAt(60, { decide: withLimits(0) });
    expect(closed.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
    const limits = { 'nvidia.com/gpu': '1' };
    await bed().api.patch(resources.nodePools, OF_A_HAND, undefined, { spec: { limits } });
    const { replicas } = (await bed().api.get(resources.deployments, 'chat-inf2', 'default')).spec;
    const more = replicas + 2;
    await bed().api.patch(resources.horizontalPodAutoscalers, 'chat-inf2', 'default', { spec: { minReplicas: more, maxReplicas: more } });
    await until('pods that wait', 60, async () => (await podsOf(bed(), { fleet: 'chat', unit: 'inf2' })).length === more);
    const weights = await fleet.router.weights();
    const floors = await Promise.all(UNITS.map(floorOf));
    await deleted(resources.inferenceFleets, 'chat', 'default');
    expect(await runningOf('inf2')).toBeLessThan(more);

    const record = await tickAt(60);
    expect(record.handedBack?.map(({ object, outcome }) => `${object} ${outcome}`).sort()).toEqual(
      FLEET_POOLS.map((pool) => `NodePool ${pool} Done`).sort(),
    );
    for (const pool of FLEET_POOLS) {
      const { metadata, spec } = await bed().api.get(resources.nodePools, pool);
      expect({ weight: spec.weight, limits: spec.limits ?? {} }).toEqual({ weight: undefined, limits: pool === OF_A_HAND ? limits : {} });
      expect(metadata.managedFields?.map((entry) => (entry as { readonly operation: string }).operation)).not.toContain('Apply');
    }
    await until('pods on nodes of pools that were closed', 120, async () => (await runningOf('inf2')) === more);
    expect(await fleet.router.weights()).toEqual(weights);
    expect(await Promise.all(UNITS.map(floorOf))).toEqual(floors);
    expect((await tickAt(60)).handedBack).toBeUndefined();
  });
});
