import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { signals } from '../../../../lambda/control-loop/contract/signals';
import { createTickCaches, type TickRecord, tick } from '../../../../lambda/control-loop/tick';
import { FakePorts } from '../../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, NOW_SECONDS, steadyMetrics } from '../../../support/fake-world';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const statusOf = (fake: FakePorts) => fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default').status;

const observedOf = (fake: FakePorts): Condition | undefined =>
  (statusOf(fake).conditions as readonly Condition[]).find(({ type }) => type === 'Observed');

/** CloudWatch has no latency of the units. */
const withoutLatency = (fake: FakePorts, requestsPerMinute: (unit: string) => number): void => {
  fake.metric = (query) => {
    if (query.metricName === 'TargetResponseTime') return undefined;
    const unit = /^targetgroup\/([^/]+)/.exec(query.dimensions.TargetGroup ?? '')?.[1] ?? '';
    return steadyMetrics(requestsPerMinute(unit))(query, 0);
  };
};

describe('The table of signals', () => {
  it('has every signal that a tick observes, and no other', async () => {
    const { observation } = await run(chatWorld());
    const namesOf = (subjects: Readonly<Record<string, object>>) =>
      Object.values(subjects).map((subject) => Object.keys(subject).toSorted());
    const units = Object.keys(signals.unit).toSorted();
    const pools = Object.keys(signals.pool).toSorted();
    expect(namesOf(observation.units)).toEqual([units, units]);
    expect(namesOf(observation.pools)).toEqual([pools, pools, pools]);
    expect(Object.keys(signals.fleet)).toEqual(['routerWeights']);
  });
});

describe('The condition Observed', () => {
  it('is True while everything that a decision needs is known', async () => {
    const fake = chatWorld();
    await run(fake);
    expect(observedOf(fake)).toMatchObject({ status: 'True', reason: 'Complete', message: '' });
  });

  it('is False when the latency of a unit with traffic is unknown, for nothing is given up then', async () => {
    const fake = chatWorld({}, { floors: { inf2: 9, g5: 9 } });
    withoutLatency(fake, (unit) => (unit === 'g5' ? 60 : 0));
    const record = await run(fake);
    expect(observedOf(fake)).toMatchObject({
      status: 'False',
      reason: 'SignalsUnknown',
      message: 'g5 latencySeconds: TargetResponseTime: no data in the last 5 complete minutes',
    });
    expect(record.decision.fleets[0]!.findings).toContainEqual(
      expect.objectContaining({ code: 'Unknown', subject: 'g5 floor', message: expect.stringContaining('latency of g5') }),
    );
  });

  it('does not ask for the latency of a unit without a request', async () => {
    const fake = chatWorld();
    withoutLatency(fake, () => 0);
    await run(fake);
    expect(observedOf(fake)).toMatchObject({ status: 'True' });
  });

  it('does not ask for requests and latency of a unit whose weight is zero', async () => {
    const fake = chatWorld({}, { weights: { inf2: 999, g5: 0 } });
    const inf2 = steadyMetrics(60);
    fake.metric = (query, at) => (query.dimensions.TargetGroup?.startsWith('targetgroup/g5/') ? undefined : inf2(query, at));
    await run(fake);
    expect(observedOf(fake)).toMatchObject({ status: 'True' });
  });

  it('is False when the weights of the router are unknown', async () => {
    const fake = chatWorld();
    fake.failures.set('elbv2.describeRule', new Error('denied'));
    await run(fake);
    expect(observedOf(fake)).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/^chat routerWeights: ListenerRule .* failed: denied$/),
    });
  });

  it('does not ask for what only a router counts where the fleet has none', async () => {
    const { router: _, ...spec } = chatSpec();
    const fake = new FakePorts(NOW_SECONDS);
    addFleet(fake, 'chat', { ...spec, units: spec.units.map(({ targetGroupArn: _arn, ...unit }) => unit) });
    await run(fake);
    expect(observedOf(fake)).toMatchObject({ status: 'True' });
  });

  it('counts as the metric UnknownSignals and is listed in the record of the decision', async () => {
    const fake = chatWorld();
    withoutLatency(fake, () => 60);
    await run(fake);
    const { missing } = statusOf(fake).lastDecision;
    expect(missing.map(({ subject, signal }: { subject: string; signal: string }) => `${subject} ${signal}`)).toEqual([
      'inf2 latencySeconds',
      'g5 latencySeconds',
    ]);
    expect(fake.logged.find((line) => 'UnknownSignals' in line)).toMatchObject({ Fleet: 'default/chat', UnknownSignals: 2 });
  });
});
