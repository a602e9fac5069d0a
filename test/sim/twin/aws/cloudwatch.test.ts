import { describe, expect, it } from 'vitest';
import type { MetricQuery } from '../../../../lambda/control-loop/ports';
import { TwinCloudWatch, type TwinCloudWatchOptions } from '../../../../sim/twin/aws/cloudwatch';
import { RecordedArrivals } from '../../../../sim/twin/traffic/arrivals';
import { trafficOf, twin } from '../traffic/traffic-setup';

/** 2025-11-14T00:00:00Z. */
const START = 1_763_078_400;

const groups = ['inf2', 'g5'].map((unit) => ({
  targetGroup: `targetgroup/${unit}/0123456789abcdef`,
  loadBalancer: 'app/chat/0123456789abcdef',
}));

const query = (metricName: string, statistic: string, unit: number | 'all' = 0, more: Partial<MetricQuery> = {}): MetricQuery => ({
  id: 'm',
  namespace: 'AWS/ApplicationELB',
  metricName,
  dimensions: { LoadBalancer: 'app/chat/0123456789abcdef', ...(unit === 'all' ? {} : { TargetGroup: groups[unit]!.targetGroup }) },
  statistic,
  periodSeconds: 60,
  ...more,
});

/** One pod of the first unit, of one second a request; requests at the given times. */
const worldOf = (
  timestampsSeconds: number[],
  { failing = false, ...options }: Partial<TwinCloudWatchOptions> & { readonly failing?: boolean } = {},
) => {
  const traffic = trafficOf({
    pods: [1, 0],
    clients: { kind: 'open-loop', arrivals: new RecordedArrivals(timestampsSeconds) },
    twin: { ...twin, requestTimeoutSeconds: 3.5 },
    mayAnswerWithErrors: failing,
  });
  traffic.setWeights([1, 0]);
  const clock = { now: 0 };
  const cloudWatch = new TwinCloudWatch({
    traffic,
    sources: [...groups, { loadBalancer: 'app/chat/0123456789abcdef', targetGroup: undefined }],
    startEpochSeconds: START,
    clock,
    metricDelaySeconds: 60,
    ...options,
  });
  const runUntil = (timeSeconds: number): void => {
    traffic.runUntil(timeSeconds);
    clock.now = timeSeconds;
  };
  const ask = (queries: readonly MetricQuery[], startSeconds = 0, endSeconds = clock.now, nextToken?: string) =>
    cloudWatch.getMetricData({
      queries,
      startSeconds: START + startSeconds,
      endSeconds: START + endSeconds,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
  /** Minute and value of each data point of one query. */
  const points = async (asked: MetricQuery, startSeconds?: number, endSeconds?: number): Promise<[number, number][]> => {
    const { results } = await ask([asked], startSeconds, endSeconds);
    expect(results.map(({ id, statusCode }) => [id, statusCode])).toEqual([['m', 'Complete']]);
    return results[0]!.timestampsSeconds.map((timestamp, index) => [(timestamp - START) / 60, results[0]!.values[index]!]);
  };
  return { traffic, runUntil, ask, points };
};

describe('the metrics of the load balancer', () => {
  it('of a minute appear the delay after its end, under the time of its beginning', async () => {
    const { runUntil, points } = worldOf([10, 20, 30, 70]);
    runUntil(119);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([]);
    runUntil(120);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([[0, 3]]);
    runUntil(180);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([
      [0, 3],
      [1, 1],
    ]);
  });

  it('without delay appear with the end of the minute', async () => {
    const { runUntil, points } = worldOf([10], { metricDelaySeconds: 0 });
    runUntil(59.9);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([]);
    runUntil(60);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([[0, 1]]);
  });

  it('are absent without traffic, but for the healthy hosts', async () => {
    const { runUntil, points } = worldOf([10, 200]);
    runUntil(400);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([
      [0, 1],
      [3, 1],
    ]);
    expect(await points(query('TargetResponseTime', 'Average'))).toEqual([
      [0, 1],
      [3, 1],
    ]);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 'all'))).toEqual([]);
    expect(await points(query('HTTPCode_Target_5XX_Count', 'Sum'))).toEqual([]);
    expect(await points(query('HealthyHostCount', 'Maximum'))).toEqual([0, 1, 2, 3, 4].map((minute) => [minute, 1]));
  });

  it('report healthy hosts as long as any target is registered', async () => {
    const { traffic, runUntil, points } = worldOf([]);
    runUntil(30);
    traffic.addPod(1, 0);
    runUntil(75);
    traffic.drainPod(0);
    traffic.drainPod(1);
    runUntil(130);
    traffic.removePod(0);
    runUntil(190);
    traffic.removePod(1);
    runUntil(600);
    expect(await points(query('HealthyHostCount', 'Minimum'))).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(await points(query('HealthyHostCount', 'Maximum'))).toEqual([
      [0, 2],
      [1, 2],
      [2, 0],
      [3, 0],
    ]);
    // One for 30 s and two for 30 s; two for 15 s and none for 45 s.
    expect((await points(query('HealthyHostCount', 'Average'))).slice(0, 2)).toEqual([
      [0, 1.5],
      [1, 0.5],
    ]);
    expect(await points(query('HealthyHostCount', 'Maximum', 1))).toEqual([]);
  });

  it('hold latency by percentile, average, least and most', async () => {
    // Four requests at once: 1, 2 and 3 s; the fourth would take 4 s and fails after 3.5 s.
    const { runUntil, points } = worldOf([5, 5, 5, 5]);
    runUntil(300);
    const value = async (statistic: string) => (await points(query('TargetResponseTime', statistic)))[0]![1];
    expect(await value('Average')).toBe(2);
    expect(await value('Minimum')).toBe(1);
    expect(await value('Maximum')).toBe(3);
    expect(await value('SampleCount')).toBe(3);
    expect(Math.abs((await value('p50')) - 2)).toBeLessThan(0.02);
    expect(Math.abs((await value('p99.9')) - 3)).toBeLessThan(0.03);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([[0, 4]]);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 'all'))).toEqual([[0, 1]]);
  });

  it("count the load balancer's own errors by load balancer only, and requests without a target not at all", async () => {
    const { traffic, runUntil, points } = worldOf([5, 6, 70]);
    traffic.setWeights([0, 1]);
    runUntil(300);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 'all'))).toEqual([
      [0, 2],
      [1, 1],
    ]);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 1))).toEqual([]);
    expect(await points(query('RequestCount', 'Sum', 1))).toEqual([]);
    expect(await points(query('RequestCount', 'Sum', 'all'))).toEqual([]);
  });

  it('count by load balancer how it answered: 502 for a pod that went, 503 without a target, 504 for one that was late', async () => {
    const { traffic, runUntil, points } = worldOf([5, 70, 70, 70, 70, 130]);
    traffic.setWeights([0, 0]);
    runUntil(60);
    traffic.setWeights([1, 0]);
    runUntil(130.5);
    traffic.removePod(0);
    runUntil(400);
    // In the first minute no target group has a weight; in the second the fourth request at once would take 4 s.
    expect(await points(query('HTTPCode_ELB_503_Count', 'Sum', 'all'))).toEqual([[0, 1]]);
    expect(await points(query('HTTPCode_ELB_504_Count', 'Sum', 'all'))).toEqual([[1, 1]]);
    expect(await points(query('HTTPCode_ELB_502_Count', 'Sum', 'all'))).toEqual([[2, 1]]);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 'all'))).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(await points(query('RequestCount', 'Sum', 'all'))).toEqual([
      [1, 4],
      [2, 1],
    ]);
    for (const code of ['502', '503', '504']) expect(await points(query(`HTTPCode_ELB_${code}_Count`, 'Sum'))).toEqual([]);
    expect(await points(query('HTTPCode_Target_5XX_Count', 'Sum'))).toEqual([]);
  });

  it("count what pods answer with an error as the target's: in its requests and response times, not as the load balancer's", async () => {
    const { traffic, runUntil, points } = worldOf([5, 65, 66], { failing: true });
    runUntil(60);
    traffic.setServing(0, { servers: 1, serviceSeconds: 1, errors: { part: 1, latencySeconds: 0.25 } });
    runUntil(300);
    expect(await points(query('HTTPCode_Target_5XX_Count', 'Sum'))).toEqual([[1, 2]]);
    expect(await points(query('HTTPCode_Target_5XX_Count', 'Sum', 'all'))).toEqual([[1, 2]]);
    expect(await points(query('HTTPCode_ELB_5XX_Count', 'Sum', 'all'))).toEqual([]);
    expect(await points(query('RequestCount', 'Sum'))).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(await points(query('TargetResponseTime', 'Average'))).toEqual([
      [0, 1],
      [1, 0.25],
    ]);
    expect((await points(query('TargetResponseTime', 'p95')))[1]![1]).toBeCloseTo(0.25, 2);
  });

  it('add up over longer periods and over the target groups of a load balancer', async () => {
    const { traffic, runUntil, points } = worldOf([5, 65, 70, 400]);
    traffic.addPod(200, 1);
    runUntil(60);
    traffic.setWeights([0, 1]);
    runUntil(900);
    const over = { periodSeconds: 300 };
    expect(await points(query('RequestCount', 'Sum', 'all', over))).toEqual([
      [0, 3],
      [5, 1],
    ]);
    expect(await points(query('RequestCount', 'Sum', 1, over))).toEqual([
      [0, 2],
      [5, 1],
    ]);
    expect(await points(query('TargetResponseTime', 'Average', 'all', over))).toEqual([
      [0, 1],
      [5, 1],
    ]);
  });

  it('lie in the range asked for, its end left out', async () => {
    const { runUntil, points } = worldOf([5, 65, 125, 185]);
    runUntil(900);
    expect((await points(query('RequestCount', 'Sum'), 60, 180)).map(([minute]) => minute)).toEqual([1, 2]);
  });

  it('stay what they were when they are asked for again', async () => {
    const { runUntil, points } = worldOf([5, 65]);
    runUntil(180);
    const first = await points(query('TargetResponseTime', 'p95'));
    runUntil(240);
    expect((await points(query('TargetResponseTime', 'p95'))).slice(0, 2)).toEqual(first);
  });

  it('of another namespace, metric or dimension do not exist', async () => {
    const { runUntil, points } = worldOf([5]);
    runUntil(300);
    expect(await points(query('RequestCount', 'Sum', 0, { namespace: 'AWS/EC2' }))).toEqual([]);
    expect(await points(query('Requests', 'Sum'))).toEqual([]);
    expect(await points(query('RequestCount', 'Sum', 0, { dimensions: { TargetGroup: groups[0]!.targetGroup } }))).toEqual([]);
    expect(await points(query('HealthyHostCount', 'Maximum', 'all'))).toEqual([]);
  });
});

describe('GetMetricData', () => {
  const every = (count: number, metricName = 'RequestCount') =>
    Array.from({ length: count }, (_, index) => query(metricName, 'Sum', 0, { id: `m${index}` }));

  it('answers page by page what does not fit on one, each data point once', async () => {
    const { runUntil, ask } = worldOf([5, 65, 125, 185, 245], { dataPointsPerPage: 4 });
    runUntil(360);
    const queries = [...every(1), query('RequestCount', 'Sum', 1, { id: 'none' }), query('RequestCount', 'Sum', 0, { id: 'again' })];
    const answers: Record<string, number[]> = {};
    const statuses: string[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await ask(queries, 0, 360, nextToken);
      expect(page.results.reduce((sum, { values }) => sum + values.length, 0)).toBeLessThanOrEqual(4);
      statuses.push(page.results.map(({ id, statusCode }) => `${id} ${statusCode}`));
      for (const { id, timestampsSeconds } of page.results) {
        answers[id] = [...(answers[id] ?? []), ...timestampsSeconds.map((timestamp) => (timestamp - START) / 60)];
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(statuses).toEqual([['m0 PartialData'], ['m0 Complete', 'none Complete', 'again PartialData'], ['again Complete']]);
    expect(answers).toEqual({ m0: [0, 1, 2, 3, 4], none: [], again: [0, 1, 2, 3, 4] });
  });

  it('answers every query, also where there is no data at all', async () => {
    const { ask } = worldOf([]);
    const { results, nextToken } = await ask(every(3), 0, 60);
    expect(results.map(({ id, statusCode, values }) => [id, statusCode, values.length])).toEqual([
      ['m0', 'Complete', 0],
      ['m1', 'Complete', 0],
      ['m2', 'Complete', 0],
    ]);
    expect(nextToken).toBeUndefined();
  });

  it.each<[string, readonly MetricQuery[], string]>([
    ['no query', [], 'given 0 queries, expected 1 to 500'],
    ['501 queries', every(501), 'given 501 queries, expected 1 to 500'],
    ['one id twice', [...every(1), ...every(1)], 'given the id "m0"'],
    ['an id that begins with a capital', [query('RequestCount', 'Sum', 0, { id: 'M' })], 'given the id "M"'],
    ['a period of 90 s', [query('RequestCount', 'Sum', 0, { periodSeconds: 90 })], 'period 90 s, expected a multiple of 60 s'],
    ['a statistic that is none', [query('RequestCount', 'Mean')], 'statistic Mean, expected SampleCount, Sum'],
    ['a percentile above 100', [query('TargetResponseTime', 'p101')], 'statistic p101'],
    ['a percentile of counts', [query('RequestCount', 'p95')], 'percentiles of TargetResponseTime only'],
    [
      '31 dimensions',
      [query('RequestCount', 'Sum', 0, { dimensions: Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`d${index}`, 'x'])) })],
      'given 31 dimensions, expected at most 30',
    ],
  ])('refuses %s', async (_name, queries, message) => {
    const { ask } = worldOf([]);
    await expect(ask(queries, 0, 60)).rejects.toMatchObject({ name: 'ValidationError', message: expect.stringContaining(message) });
  });

  it('refuses a range that is none and a token that it did not give', async () => {
    const { ask } = worldOf([]);
    await expect(ask(every(1), 60, 60)).rejects.toThrow('expected a start before the end');
    await expect(ask(every(1), 0, 60, 'page-2')).rejects.toMatchObject({ name: 'InvalidNextToken' });
    await expect(ask(every(1), 0, 60, 'points-7')).rejects.toMatchObject({ name: 'InvalidNextToken' });
  });

  it('needs a scenario that starts with a whole minute', () => {
    expect(() => worldOf([], { startEpochSeconds: START + 1 })).toThrow('expected a whole minute');
  });
});
