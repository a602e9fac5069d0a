import { expect, test } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { Harness, pool, unit } from '../harness';

/** KEDA documentation 2.20, "AWS CloudWatch" scaler and "ScaledObject specification". */

const instant = { nodeFraction: 0, coldStartCoefficientOfVariation: 0 };
const harness = (options: ConstructorParameters<typeof Harness>[0] = {}) => new Harness({ initialReplicas: { g5: 4 }, ...options });

test('a sum of requests twice the target per pod doubles the replicas once CloudWatch shows it', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = () => 720;
  // Minute 0 ends at 60 s and is visible at 120 s.
  await h.run(119);
  expect(h.cluster.units.g5!.replicas).toBe(4);
  await h.run(121);
  expect(h.cluster.units.g5!.replicas).toBe(8);
});

test('the autoscaler meets the data at its first sync, however seldom KEDA polls by itself', async () => {
  const h = harness({ twin: { metricDelaySeconds: 35, scaler: { pollingIntervalSeconds: 300 } } });
  h.traffic.requestsPerMinute = () => 720;
  // Minute 0 is visible at 95 s; the syncs are at whole multiples of 15 s.
  await h.run(104);
  expect(h.cluster.units.g5!.replicas).toBe(4);
  await h.run(106);
  expect(h.cluster.units.g5!.replicas).toBe(8);
});

/** Twice the target for one minute, and not one request after it. */
const thenSilence = (_unit: number, minute: number): number => (minute === 0 ? 720 : 0);

test('silence is zero while the load balancer reports its targets: the unit goes to its floor when requests and stabilization are past', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = thenSilence;
  await h.run(121);
  expect(h.cluster.units.g5!.replicas).toBe(8);
  await h.run(420);
  expect(h.cluster.units.g5!.replicas).toBe(8);
  // The minute of requests is within the collection time until 420 s, and 300 s of stabilization follow.
  await h.run(740);
  expect(h.cluster.units.g5!.replicas).toBe(1);
});

test('lost metrics are not silence: without any data the replicas stay as they are', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = (_unit, minute) => (minute === 0 ? 720 : undefined);
  await h.run(1800);
  expect(h.cluster.units.g5!.replicas).toBe(8);
});

test('nor is a lost count of targets: without it nothing is scaled down, and up all the same', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = (_unit, minute) => (minute === 0 ? 720 : minute < 30 ? 0 : 1080);
  h.traffic.unhealthyHosts = () => undefined;
  await h.run(1800);
  expect(h.cluster.units.g5!.replicas).toBe(8);
  await h.run(2000);
  expect(h.cluster.units.g5!.replicas).toBe(12);
});

test('a unit whose targets are unhealthy keeps them: what it is not asked, it is refused', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = thenSilence;
  h.traffic.unhealthyHosts = (minute) => (minute < 1 ? 0 : 8);
  await h.run(1800);
  expect(h.cluster.units.g5!.replicas).toBe(8);
});

test('a period of 300 seconds against a target per minute asks for five times the pods', async () => {
  const h = harness({ initialReplicas: { g5: 2 }, twin: { ...instant, scaler: { metricStatPeriodSeconds: 300 } } });
  h.traffic.requestsPerMinute = () => 180;
  await h.run(900);
  expect(h.cluster.units.g5!.replicas).toBe(10);
});

test('a floor written to the ScaledObject is met at the next sync of 15 seconds', async () => {
  const h = harness();
  await h.run(301);
  await h.setFloor('g5', 9);
  await h.run(314);
  expect(h.cluster.units.g5!.replicas).toBe(4);
  await h.run(316);
  expect(h.cluster.units.g5!.replicas).toBe(9);
});

test('a target written to the ScaledObject is what the replicas follow', async () => {
  const h = harness();
  h.traffic.requestsPerMinute = () => 360;
  await h.run(300);
  expect(h.cluster.units.g5!.replicas).toBe(4);
  await h.cluster.kubernetes.jsonPatch(resources.scaledObjects, 'sd21-g5', 'default', [
    { op: 'test', path: '/spec/triggers/0/metadata/targetMetricValue', value: '90' },
    { op: 'replace', path: '/spec/triggers/0/metadata/targetMetricValue', value: '60' },
  ]);
  await h.run(316);
  expect(h.cluster.units.g5!.replicas).toBe(6);
});

test('a plain HorizontalPodAutoscaler scales the same way, from its own fields', async () => {
  const h = new Harness({
    units: [unit('g5', ['g5-od'], { scaler: { kind: 'HorizontalPodAutoscaler', name: 'sd21-g5' } })],
    pools: [pool('g5-od')],
    initialReplicas: { g5: 4 },
  });
  h.traffic.requestsPerMinute = () => 720;
  await h.run(121);
  expect(h.cluster.units.g5!.replicas).toBe(8);
  await h.cluster.kubernetes.jsonPatch(resources.horizontalPodAutoscalers, 'sd21-g5', 'default', [
    { op: 'replace', path: '/spec/metrics/0/external/target/averageValue', value: '45' },
    { op: 'replace', path: '/spec/minReplicas', value: 2 },
  ]);
  await h.run(136);
  expect(h.cluster.units.g5!.replicas).toBe(16);
});

test('silence puts no unit to sleep: the autoscaler keeps one replica, whatever the floor', async () => {
  const h = new Harness({ units: [unit('g5', ['g5-od'], { minimumReplicas: 0 })], pools: [pool('g5-od')], initialReplicas: { g5: 1 } });
  h.traffic.requestsPerMinute = (_unit, minute) => (minute < 3 ? 80 : 0);
  await h.run(1200);
  expect(h.cluster.units.g5!.replicas).toBe(1);
});

test('a floor wakes a unit that has no replicas', async () => {
  const h = new Harness({ units: [unit('g5', ['g5-od'], { minimumReplicas: 0 })], pools: [pool('g5-od')] });
  await h.run(600);
  expect(h.cluster.units.g5!.replicas).toBe(0);
  await h.setFloor('g5', 3);
  await h.run(616);
  expect(h.cluster.units.g5!.replicas).toBe(3);
});

test('scaling down takes pods that do not run yet before ready ones', async () => {
  const h = harness({ twin: { scaler: { scaleDownStabilizationSeconds: 15 } } });
  await h.run(100);
  const before = new Set(h.traffic.pods.keys());
  await h.setFloor('g5', 6);
  await h.run(110);
  await h.setFloor('g5', 1);
  h.traffic.requestsPerMinute = () => 360;
  await h.run(200);
  expect(h.cluster.units.g5!.replicas).toBe(4);
  expect(new Set(h.traffic.healthyPods)).toEqual(before);
});
