import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { createTickCaches, type TickRecord, tick } from '../../lambda/control-loop/tick';
import type { FakePorts } from '../support/fake-ports';
import { chatWorld } from '../support/fake-world';

/** What is missing when one source fails: what people are shown of it, in the condition `Observed` and in the last decision. */

const tickOn = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const UNITS = ['inf2', 'g5'];
const POOLS = ['inf2-spot', 'g5-spot', 'g5-od'];
const each = (subjects: readonly string[], ...signals: readonly string[]): readonly string[] =>
  subjects.flatMap((subject) => signals.map((signal) => `${subject} ${signal}`));

/** The gaps that a tick reports while calls fail. */
const gapsWithout = async (...methods: readonly string[]) => {
  const fake = chatWorld();
  for (const method of methods) fake.failures.set(method, new Error('denied'));
  const record = await tickOn(fake);
  const { status } = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
  const missing = status.lastDecision.missing as readonly { readonly subject: string; readonly signal: string }[];
  const condition = (status.conditions as readonly Record<string, string>[]).find(({ type }) => type === 'Observed');
  return { missing: missing.map(({ subject, signal }) => `${subject} ${signal}`), condition, decided: record.decision };
};

describe('The signals that a decision needs', () => {
  it('are all there while every source answers', async () => {
    const { missing, condition } = await gapsWithout();
    expect(missing).toEqual([]);
    expect(condition).toMatchObject({ status: 'True', reason: 'Complete' });
  });

  it.each([
    ['the metrics of the load balancer', 'cloudWatch.getMetricData', each(UNITS, 'requestsPerMinute', 'latencySeconds')],
    ['the pods', 'kubernetes.list pods', each(UNITS, 'readyPodsByPool')],
    ['the scalers', 'kubernetes.list scaledobjects', each(UNITS, 'floor', 'targetThroughputPerMinute')],
    ['the NodePools', 'kubernetes.list nodepools', each(POOLS, 'weight', 'limitDevices', 'uid')],
    [
      'the NodeClaims',
      'kubernetes.list nodeclaims',
      [...each(UNITS, 'readyPodsByPool'), ...each(POOLS, 'runningDevices', 'lastLaunchSeconds')],
    ],
    ['the Events', 'kubernetes.list events', each(POOLS, 'launchFailures')],
    ['the prices', 'ec2.describeSpotPriceHistory', each(['inf2-spot', 'g5-spot'], 'priceUsdPerDeviceHour')],
    ['the weights of the router', 'elbv2.describeRule', ['chat routerWeights']],
  ])('are missed by name without %s', async (_, method, expected) => {
    const { missing, condition } = await gapsWithout(method);
    expect(missing.toSorted()).toEqual(expected.toSorted());
    expect(condition).toMatchObject({ status: 'False', reason: 'SignalsUnknown' });
    for (const signal of expected) expect(condition!.message).toContain(signal);
  });

  it.each([
    ['offered zones', 'ec2.describeInstanceTypeOfferings'],
    ['replicas of the Deployments', 'kubernetes.list deployments'],
  ])('are not %s', async (_, method) => {
    expect((await gapsWithout(method)).condition).toMatchObject({ status: 'True' });
  });
});
