import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { ApiResource, KubernetesObject } from '../../lambda/control-loop/ports';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
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

const tickAt = async (requestsPerMinute: number): Promise<TickRecord> => {
  bed().aws.metrics.clear();
  for (const unit of UNITS) putTraffic(bed(), fleet.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
  return loop.tick();
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
