import { expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { MetricQuery } from '../../../lambda/control-loop/ports';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, ruleArn, steadyMetrics, targetGroupArn } from '../../support/fake-world';

const isInf2 = ({ dimensions }: MetricQuery): boolean => dimensions.TargetGroup?.includes('/inf2/') ?? false;

const run = async (fake: FakePorts, ticks: number): Promise<void> => {
  const caches = createTickCaches();
  for (let count = 0; count < ticks; count += 1) {
    await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches });
    fake.nowSeconds += 60;
  }
};

const weightOf = (fake: FakePorts, unit: string): number => fake.rules.get(ruleArn('chat'))![targetGroupArn(unit)]!;

const eventsOf = (fake: FakePorts): readonly string[] =>
  fake.kubernetes.all(resources.events).flatMap(({ type, reason, message }) => (type === 'Warning' ? [`${reason}: ${message}`] : []));

const impairedMetrics = (fake: FakePorts): readonly unknown[] =>
  fake.logged.flatMap((line) => ('Impaired' in line && line.Unit === 'inf2' ? [line.Impaired] : []));

it('a unit with ready pods and no healthy target loses all its traffic, in one tick, with one Event and a metric', async () => {
  const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 4 }, g5: { 'g5-spot': 4 } } });
  fake.metric = (query, minute) => {
    if (query.metricName === 'HTTPCode_ELB_503_Count') return 60;
    if (!isInf2(query)) return steadyMetrics(60)(query, minute);
    return query.metricName === 'HealthyHostCount' ? 0 : undefined;
  };
  await run(fake, 3);
  expect(weightOf(fake, 'inf2')).toBe(0);
  expect(weightOf(fake, 'g5')).toBeGreaterThan(0);
  expect(eventsOf(fake)).toEqual([
    expect.stringMatching(/^UnitImpaired: inf2 loses its share: its pods are ready, and the router finds none/),
  ]);
  expect(impairedMetrics(fake)).toEqual([1, 1, 1]);
});

it('a unit that becomes slower than the objective, whatever its pods, is reported with one Event', async () => {
  const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 4 }, g5: { 'g5-spot': 4 } } });
  fake.metric = (query, minute) => {
    if (query.metricName === 'HealthyHostCount') return 4;
    if (query.metricName !== 'TargetResponseTime') return steadyMetrics(60)(query, minute);
    if (query.statistic === 'SampleCount') return 60;
    return isInf2(query) ? 5 : 0.5;
  };
  await run(fake, 3);
  expect(eventsOf(fake)).toEqual([
    expect.stringMatching(/^UnitSlow: inf2: a request takes \d\.\d\d s when it waits for nothing, the objective allows 0\.90 s/),
  ]);
});

it('a unit that answers nothing but 5xx keeps a hundredth of the traffic, and gets its share back when it answers again', async () => {
  const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 4 }, g5: { 'g5-spot': 4 } } });
  let failed = 60;
  fake.metric = (query, minute) =>
    query.metricName === 'HTTPCode_Target_5XX_Count' ? (isInf2(query) ? failed : 0) : steadyMetrics(60)(query, minute);
  await run(fake, 2);
  const part = weightOf(fake, 'inf2') / (weightOf(fake, 'inf2') + weightOf(fake, 'g5'));
  expect(part).toBeCloseTo(0.01, 2);
  expect(part).toBeGreaterThan(0);
  failed = 0;
  await run(fake, 2);
  expect(weightOf(fake, 'inf2')).toBeGreaterThan(300);
  expect(impairedMetrics(fake).at(-1)).toBe(0);
});
