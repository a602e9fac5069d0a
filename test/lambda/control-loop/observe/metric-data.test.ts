import { describe, expect, it } from 'vitest';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { readMetrics } from '../../../../lambda/control-loop/observe/metric-data';
import type { MetricQuery } from '../../../../lambda/control-loop/ports';
import { FakePorts } from '../../../support/fake-ports';
import { NOW_SECONDS } from '../../../support/fake-world';

const queries = (count: number): MetricQuery[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    namespace: 'AWS/ApplicationELB',
    metricName: 'RequestCount',
    dimensions: { TargetGroup: `${index}` },
    statistic: 'Sum',
    periodSeconds: 60,
  }));

describe('GetMetricData', () => {
  const range = { startSeconds: NOW_SECONDS - 1800, endSeconds: NOW_SECONDS, periodSeconds: 60 };
  const read = async (
    fake: FakePorts,
    count: number,
    given: { startSeconds: number; endSeconds: number; periodSeconds: number } = range,
  ) => {
    const deadline = startDeadline(10);
    const answers = await readMetrics(fake.cloudWatch, deadline, queries(count), given);
    deadline.cancel();
    const sizes = fake.callsOf('cloudWatch.getMetricData').map(({ args }) => (args[0] as { queries: unknown[] }).queries.length);
    return { answers, sizes };
  };

  it('takes 500 queries in one call and 501 in two', async () => {
    expect((await read(new FakePorts(NOW_SECONDS), 500)).sizes).toEqual([500]);
    const fake = new FakePorts(NOW_SECONDS);
    fake.metric = (query) => Number(query.dimensions.TargetGroup);
    const { answers, sizes } = await read(fake, 501);
    expect(sizes).toEqual([500, 1]);
    expect(answers).toHaveLength(501);
    answers.forEach((answer, index) => {
      expect(answer.ok && answer.value[29]).toBe(index);
    });
  });

  it('is split so that no call can pass 100,800 data points', async () => {
    // A week of minutes is 10,080 points a query: ten queries a call.
    const week = { ...range, startSeconds: NOW_SECONDS - 7 * 86_400 };
    expect((await read(new FakePorts(NOW_SECONDS), 25, week)).sizes).toEqual([10, 10, 5]);
  });

  it('follows its pages and merges them', async () => {
    const fake = new FakePorts(NOW_SECONDS);
    fake.metric = (query) => Number(query.dimensions.TargetGroup) + 1;
    fake.metricsPerPage = 2;
    const { answers, sizes } = await read(fake, 5);
    expect(sizes).toEqual([5, 5, 5]);
    expect(answers.map((answer) => answer.ok && answer.value[0])).toEqual([1, 2, 3, 4, 5]);
  });

  it('merges one metric that comes on two pages, PartialData first', async () => {
    const fake = new FakePorts(NOW_SECONDS);
    const young = { id: 'm0', statusCode: 'PartialData' as const, timestampsSeconds: [NOW_SECONDS - 60], values: [7] };
    const old = { id: 'm0', statusCode: 'Complete' as const, timestampsSeconds: [NOW_SECONDS - 120], values: [5] };
    const cloudWatch = {
      getMetricData: async ({ nextToken }: { readonly nextToken?: string }) =>
        nextToken === undefined ? { results: [young], nextToken: 'next' } : { results: [old] },
    };
    const deadline = startDeadline(10);
    const [answer] = await readMetrics(cloudWatch, deadline, queries(1), range);
    deadline.cancel();
    expect(fake.calls).toHaveLength(0);
    expect(answer?.ok && answer.value.slice(-2)).toEqual([5, 7]);
  });

  it('leaves a query that is not in the answer unknown', async () => {
    const deadline = startDeadline(10);
    const [answer] = await readMetrics({ getMetricData: async () => ({ results: [] }) }, deadline, queries(1), range);
    deadline.cancel();
    expect(answer).toEqual({ ok: false, reason: 'RequestCount: CloudWatch left it out of the answer' });
  });

  it('is given up when its token repeats', async () => {
    const deadline = startDeadline(10);
    const [answer] = await readMetrics({ getMetricData: async () => ({ results: [], nextToken: 'again' }) }, deadline, queries(1), range);
    deadline.cancel();
    expect(answer).toMatchObject({ ok: false, reason: expect.stringContaining('repeats') });
  });
});
