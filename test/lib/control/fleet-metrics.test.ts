import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import { FleetMetrics } from '../../../lib';
import { chatWorld, targetGroupArn } from '../../support/fake-world';
import { complaint, newStack } from '../support/fixture';
import { newFleet } from '../support/fleet';
import { LOAD_BALANCER, watchedFleet } from './watched-fleet';

const metrics = new FleetMetrics(watchedFleet(newStack()));

/** What the loop really sends of a metric. */
interface Sent {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: string;
}

/** The metrics in the log of two ticks on the chat fleet, read as CloudWatch reads the embedded metric format. */
const sentByTicks = async (): Promise<readonly Sent[]> => {
  const fake = chatWorld();
  const caches = createTickCaches();
  for (let minute = 0; minute < 2; minute += 1) {
    await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches, clusterName: 'prod' });
    fake.nowSeconds += 60;
  }
  return fake.logged.flatMap((line) => {
    const embedded = line._aws as
      | { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[] }
      | undefined;
    return (embedded?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((dimensions) =>
        Metrics.map(({ Name, Unit }) => ({
          namespace: Namespace,
          name: Name,
          dimensions: Object.fromEntries(dimensions.map((dimension) => [dimension, String(line[dimension])])),
          unit: Unit,
        })),
      ),
    );
  });
};

const asSent = (metric: cloudwatch.Metric): Sent => ({
  namespace: metric.namespace,
  name: metric.metricName,
  dimensions: metric.dimensions ?? {},
  unit: metric.unit ?? 'any',
});

const CHAT = { Cluster: 'prod', Fleet: 'default/chat' };
const G5 = { ...CHAT, Unit: 'g5' };
const POOL = { Cluster: 'prod', Pool: 'g5-spot' };

/** Every metric of the loop: how it is asked for, and what it must be. */
const OF_THE_LOOP: readonly (readonly [
  name: string,
  metric: cloudwatch.Metric,
  dimensions: Readonly<Record<string, string>>,
  statistic: string,
])[] = [
  ['CapacityOptimized', metrics.capacityOptimized(), CHAT, 'Maximum'],
  ['DecisionAgeSeconds', metrics.decisionAge(), CHAT, 'Maximum'],
  ['TickDurationSeconds', metrics.tickDuration(), CHAT, 'Maximum'],
  ['Writes', metrics.writes(), CHAT, 'Sum'],
  ['WriteErrors', metrics.writeErrors(), CHAT, 'Sum'],
  ['Contested', metrics.contested(), CHAT, 'Maximum'],
  ['UnknownSignals', metrics.unknownSignals(), CHAT, 'Maximum'],
  ['Share', metrics.share('g5'), G5, 'Average'],
  ['ReadyPods', metrics.readyPods('g5'), G5, 'Minimum'],
  ['PendingPods', metrics.pendingPods('g5'), G5, 'Maximum'],
  ['Impaired', metrics.impaired('g5'), G5, 'Maximum'],
  ['StatedThroughputPerMinute', metrics.statedThroughput('g5'), G5, 'Average'],
  ['LearnedThroughputPerMinute', metrics.learnedThroughput('g5'), G5, 'Average'],
  ['ProfileParted', metrics.profileParted('g5'), G5, 'Maximum'],
  ['Floor', metrics.floor('g5'), G5, 'Maximum'],
  ['TargetThroughputPerMinute', metrics.target('g5'), G5, 'Average'],
  ['RunningDevices', metrics.runningDevices('g5-spot'), POOL, 'Maximum'],
  ['LimitDevices', metrics.limitDevices('g5-spot'), POOL, 'Minimum'],
  ['Weight', metrics.weight('g5-spot'), POOL, 'Average'],
  ['PriceUsdPerHour', metrics.priceUsdPerDeviceHour('g5-spot'), POOL, 'Average'],
  ['Shortage', metrics.shortage('g5-spot'), POOL, 'Maximum'],
];

describe('a metric of the loop', () => {
  let sent: readonly Sent[];
  beforeAll(async () => {
    sent = await sentByTicks();
  });

  it.each(OF_THE_LOOP)('%s is one that a tick sends, with its dimensions and its unit', (name, metric, dimensions, statistic) => {
    expect(sent).toContainEqual(asSent(metric));
    expect(metric).toMatchObject({ namespace: 'AdaptiveInference', metricName: name, dimensions, statistic });
    expect(metric.period.toSeconds()).toBe(60);
    expect(metric.label).not.toBe('');
  });

  it('is there for everything that a tick sends of the fleet, the unit and the pool', () => {
    const offered = OF_THE_LOOP.map(([name]) => name);
    expect([...new Set(sent.map(({ name }) => name))].filter((name) => !offered.includes(name))).toEqual([]);
  });

  it('that no tick sends would be found out', () => {
    expect(sent).not.toContainEqual({ ...asSent(metrics.share('g5')), name: 'Shares' });
    expect(sent).not.toContainEqual({ ...asSent(metrics.share('g5')), dimensions: { Unit: 'g5' } });
    expect(sent).not.toContainEqual({ ...asSent(metrics.share('g5')), unit: 'Count' });
  });

  it('can be asked for otherwise, as those of the CDK', () => {
    const metric = metrics.share('g5', { label: 'mine', statistic: 'Minimum', period: Duration.minutes(5) });
    expect(metric).toMatchObject({ label: 'mine', statistic: 'Minimum', metricName: 'Share', dimensions: G5 });
    expect(metric.period.toSeconds()).toBe(300);
  });
});

/** The metrics inside a formula, by their ids, over all levels. */
const leaves = (expression: cloudwatch.MathExpression): Record<string, cloudwatch.Metric> =>
  Object.fromEntries(
    Object.entries(expression.usingMetrics).flatMap(([id, metric]) =>
      'usingMetrics' in metric ? Object.entries(leaves(metric as cloudwatch.MathExpression)) : [[id, metric as cloudwatch.Metric] as const],
    ),
  );

describe('a metric of the load balancer', () => {
  const OF_ALL = { LoadBalancer: LOAD_BALANCER };
  const OF_UNIT = { ...OF_ALL, TargetGroup: targetGroupArn('g5').split(':')[5] };

  it.each([
    ['latency', metrics.latency(), 'TargetResponseTime', 'p95', OF_ALL],
    ['latency at a percentile', metrics.latencyPercentile(99.9), 'TargetResponseTime', 'p99.9', OF_ALL],
    ['latency of a unit', metrics.unitLatency('g5'), 'TargetResponseTime', 'p95', OF_UNIT],
    ['requests', metrics.requests(), 'RequestCount', 'Sum', OF_ALL],
    ['requests of a unit', metrics.unitRequests('g5'), 'RequestCount', 'Sum', OF_UNIT],
    ['errors of a unit', metrics.unitErrors('g5'), 'HTTPCode_Target_5XX_Count', 'Sum', OF_UNIT],
    ['requests it refused', metrics.refusedRequests(), 'HTTPCode_ELB_5XX_Count', 'Sum', OF_ALL],
  ] as const)('tells %s a minute', (_, metric, name, statistic, dimensions) => {
    expect(metric).toMatchObject({ namespace: 'AWS/ApplicationELB', metricName: name, statistic, dimensions });
    expect(metric.period.toSeconds()).toBe(60);
  });

  it('is watched at the percentile of the objective', () => {
    const fleet = watchedFleet(newStack(), { objective: { percentile: 99.5 } });
    expect(new FleetMetrics(fleet).latency().statistic).toBe('p99.5');
    expect(new FleetMetrics(fleet).unitLatency('g5').statistic).toBe('p99.5');
  });

  it('can be had of a fleet made here', () => {
    const own = new FleetMetrics(newFleet(newStack()).fleet);
    expect(Object.keys(own.unitRequests('inf2').dimensions ?? {}).sort()).toEqual(['LoadBalancer', 'TargetGroup']);
    expect(Object.keys(own.requests().dimensions ?? {})).toEqual(['LoadBalancer']);
  });
});

describe('attainment', () => {
  const expression = metrics.attainment();

  it('ranks the latency of the objective, in seconds, among all answers of the load balancer', () => {
    const used = leaves(expression);
    expect(Object.fromEntries(Object.entries(used).map(([id, { metricName, statistic }]) => [id, `${metricName} ${statistic}`]))).toEqual({
      rank: 'TargetResponseTime PR(:0.9)',
      answered: 'TargetResponseTime SampleCount',
      failed: 'HTTPCode_Target_5XX_Count Sum',
      refused: 'HTTPCode_ELB_5XX_Count Sum',
    });
    for (const { dimensions } of Object.values(used)) expect(dimensions).toEqual({ LoadBalancer: LOAD_BALANCER });
  });

  it('has no more metrics than an alarm may have', () => {
    expect(Object.keys(leaves(expression)).length).toBeLessThanOrEqual(10);
  });

  /** The value of the formula for one minute, by the rules of CloudWatch: `undefined` is missing, FILL fills it, what is divided by 0 is dropped. */
  const inMinute = (minute: Readonly<Partial<Record<'rank' | 'answered' | 'failed' | 'refused', number>>>): number | undefined => {
    const inner = (expression.usingMetrics.within as cloudwatch.MathExpression).expression;
    const ids = ['rank', 'answered', 'failed', 'refused'] as const;
    const fill = (value: number | undefined, filler: number): number => value ?? filler;
    const evaluate = new Function('FILL', ...ids, `return ${inner};`) as (...args: readonly unknown[]) => number;
    const within = evaluate(fill, ...ids.map((id) => minute[id]));
    if (!Number.isFinite(within)) return undefined;
    expect(expression.expression).toBe('IF(within > 0, within, 0)');
    return within > 0 ? within : 0;
  };

  it.each([
    ['all in time', { rank: 100, answered: 600 }, 1],
    ['some late', { rank: 90, answered: 600 }, 0.9],
    ['some failed, in time', { rank: 100, answered: 1000, failed: 100 }, 0.9],
    ['some refused by the load balancer', { rank: 100, answered: 900, refused: 100 }, 0.9],
    ['late ones and failed ones', { rank: 80, answered: 1000, failed: 100 }, 0.7],
    ['all late and failed', { rank: 0, answered: 50, failed: 50 }, 0],
    ['no pod to answer', { refused: 40 }, 0],
    ['no requests', {}, undefined],
  ])('is right for a minute with %s', (_, minute, expected) => {
    const value = inMinute(minute);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toBeCloseTo(expected, 9);
  });
});

describe('cost rate', () => {
  it('adds up devices times price of all pools', () => {
    const expression = metrics.costRateUsdPerHour();
    expect(expression.expression).toBe('SUM([cost0, cost1, cost2])');
    expect((expression.usingMetrics.cost1 as cloudwatch.MathExpression).expression).toBe(
      'IF(devices1 >= 0, devices1 * FILL(price1, REPEAT))',
    );
    const used = leaves(expression);
    expect(used.devices1).toMatchObject({ metricName: 'RunningDevices', dimensions: { Pool: 'g5-spot' } });
    expect(used.price1).toMatchObject({ metricName: 'PriceUsdPerHour', dimensions: { Pool: 'g5-spot' } });
  });

  it('of one pool is no sum', () => {
    const fleet = watchedFleet(newStack(), { pools: ['only'] });
    expect(new FleetMetrics(fleet).costRateUsdPerHour().expression).toBe('IF(devices0 >= 0, devices0 * FILL(price0, REPEAT))');
  });

  it('of the largest fleet is no longer than CloudWatch reads', () => {
    const fleet = watchedFleet(newStack(), { pools: Array.from({ length: 100 }, (_, index) => `pool-${index}`) });
    expect(new FleetMetrics(fleet).costRateUsdPerHour().expression.length).toBeLessThanOrEqual(2048);
  });
});

describe('errors', () => {
  it('are those of units and those of the load balancer', () => {
    expect(metrics.errors().expression).toBe('SUM([failed, refused])');
    expect(Object.values(leaves(metrics.errors())).map(({ metricName }) => metricName)).toEqual([
      'HTTPCode_Target_5XX_Count',
      'HTTPCode_ELB_5XX_Count',
    ]);
  });
});

describe('formulas', () => {
  it('name nothing that they do not use', () => {
    const all = [metrics.attainment(), metrics.errors(), metrics.costRateUsdPerHour(), metrics.silence()];
    for (const { warningsV2 } of all) expect(warningsV2).toBeUndefined();
  });

  it('take the period and label asked for, to the last metric', () => {
    const expression = metrics.attainment({ period: Duration.minutes(5), label: 'mine' });
    expect(expression.label).toBe('mine');
    for (const metric of Object.values(leaves(expression))) expect(metric.period.toSeconds()).toBe(300);
  });
});

describe('mistakes', () => {
  const of = (options: Parameters<typeof watchedFleet>[1]) => new FleetMetrics(watchedFleet(newStack(), options));

  it.each([
    [
      'a unit of another fleet',
      () => metrics.share('trn1'),
      "the fleet has no unit with this name; given 'trn1', expected one of inf2, g5",
    ],
    ['requests of a unit of another fleet', () => metrics.unitRequests('trn1'), "given 'trn1', expected one of inf2, g5"],
    [
      'a pool of another fleet',
      () => metrics.shortage('g6'),
      "no pool with this name; given 'g6', expected one of inf2-spot, g5-spot, g5-od",
    ],
    ['a percentile of 0', () => metrics.latencyPercentile(0), '`percentile` is not above 0; given 0'],
    ['a percentile of 950', () => metrics.latencyPercentile(950), '`percentile` is not a valid percentile; given 950'],
    [
      'an objective at no percentile',
      () => of({ objective: { percentile: 101 } }),
      '`objective.percentile` is not a valid percentile; given 101',
    ],
    ['an objective of no time', () => of({ objective: { latency: Duration.millis(0) } }), '`objective.latency` is not above 0; given 0'],
    ['latency without a router', () => of({ withoutRouter: true }).latency(), '`latency` is measured by the router'],
    ['attainment without a router', () => of({ withoutRouter: true }).attainment(), '`attainment` is measured by the router'],
    ['requests of a unit without a router', () => of({ withoutRouter: true }).unitRequests('g5'), 'the fleet has none; given nothing'],
  ])('%s', (_, act, says) => {
    expect(complaint(act)).toContain(says);
  });
});
