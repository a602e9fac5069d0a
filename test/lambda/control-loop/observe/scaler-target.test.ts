import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { findTarget, type Trigger } from '../../../../lambda/control-loop/observe/scaler-target';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import { chatWorld, targetGroupArn } from '../../../support/fake-world';

const backend = { kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn('g5') } as const;

/** As the constructs render it. */
const requests: Trigger = {
  type: 'aws-cloudwatch',
  metadata: {
    metricName: 'RequestCount',
    dimensionValue: 'app/chat/0123456789abcdef;targetgroup/g5/0123456789abcdef',
    targetMetricValue: '72',
  },
};
const health: Trigger = {
  type: 'aws-cloudwatch',
  metadata: { ...requests.metadata, metricName: 'UnHealthyHostCount', targetMetricValue: '1000' },
};
const cpu: Trigger = { type: 'cpu', metadata: { value: '60' } };
const cron: Trigger = { type: 'cron', metadata: { desiredReplicas: '4' } };
const prometheus: Trigger = { type: 'prometheus', metadata: { query: 'sum(rate(requests[1m])) * 60', threshold: '45' } };
const datadog: Trigger = { type: 'datadog', metadata: { query: 'sum:requests', targetValue: '30' } };

const pathOf = (triggers: readonly Trigger[], metricIndex = 0): string => findTarget({ triggers }, metricIndex, backend).field.path;

describe('the target of a ScaledObject', () => {
  it.each<[string, readonly Trigger[], string]>([
    ['first', [requests, health], '/spec/triggers/0/metadata/targetMetricValue'],
    ['behind a cron trigger that somebody put before it', [cron, requests, health], '/spec/triggers/1/metadata/targetMetricValue'],
    ['behind the health of the targets', [health, requests], '/spec/triggers/1/metadata/targetMetricValue'],
    ['behind a query of Prometheus', [prometheus, requests], '/spec/triggers/1/metadata/targetMetricValue'],
  ])('is in the trigger that counts the requests of the unit: %s', (_name, triggers, path) => {
    expect(pathOf(triggers)).toBe(path);
  });

  it.each<[string, readonly Trigger[], number, string]>([
    ['threshold of Prometheus', [prometheus], 0, '/spec/triggers/0/metadata/threshold'],
    ['targetValue of Datadog', [cpu, datadog], 0, '/spec/triggers/1/metadata/targetValue'],
    ['the trigger that the fleet names, of several', [prometheus, datadog], 1, '/spec/triggers/1/metadata/targetValue'],
  ])('of a service with a trigger of its own is in the field of its type: %s', (_name, triggers, metricIndex, path) => {
    expect(pathOf(triggers, metricIndex)).toBe(path);
  });

  it('is that of the formula where one combines the triggers', () => {
    const spec = { triggers: [prometheus, datadog], advanced: { scalingModifiers: { formula: 'a + b', target: '40' } } };
    expect(findTarget(spec, 0, backend)).toEqual({ field: { path: '/spec/advanced/scalingModifiers/target', raw: '40' } });
  });

  it('is not guessed where two triggers have one and neither is named', () => {
    expect(findTarget({ triggers: [cpu, prometheus, datadog] }, 0, backend).field).not.toHaveProperty('raw');
  });
});

describe('a unit whose ScaledObject somebody has put a trigger into', () => {
  it('is steered as before: the target is written where it is now', async () => {
    const fake = chatWorld();
    const object = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default');
    fake.kubernetes.put(resources.scaledObjects, {
      ...object,
      spec: { ...object.spec, triggers: [cron, { ...requests, metadata: { ...requests.metadata, targetMetricValue: '80' } }, health] },
    });
    const { observation } = await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'test', caches: createTickCaches() });
    expect(observation.units['default/chat/g5']!.targetThroughputPerMinute).toMatchObject({ known: true, value: 80 });
    const { triggers } = fake.kubernetes.read(resources.scaledObjects, 'g5', 'default').spec;
    expect(triggers[0]).toEqual(cron);
    expect(triggers[2]).toEqual(health);
    // 0.8 of the 90 requests a minute that a pod of g5 sustains.
    expect(triggers[1].metadata.targetMetricValue).toBe('72');
  });
});

describe('a unit whose Deployment is gone', () => {
  it('is called so', async () => {
    const fake = chatWorld();
    fake.kubernetes.remove(resources.deployments, 'g5', 'default');
    const { decision } = await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'test', caches: createTickCaches() });
    expect(decision.fleets[0]!.findings).toContainEqual({
      code: 'Scaler',
      subject: 'g5',
      message: 'Deployment g5 does not exist',
    });
  });
});
