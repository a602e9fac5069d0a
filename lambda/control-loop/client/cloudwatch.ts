import { type CloudWatchClient, GetMetricDataCommand, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchPort, MetricQuery, MetricResult } from '../ports';
import { type CallOptions, nextPage, secondsOf } from './aws';

/** GetMetricData, one page a call. */
export const cloudWatchPort = (client: CloudWatchClient, options: CallOptions = {}): CloudWatchPort => ({
  getMetricData: async ({ queries, startSeconds, endSeconds, nextToken }) => {
    const answer = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: queries.map(metricDataQuery),
        StartTime: new Date(startSeconds * 1000),
        EndTime: new Date(endSeconds * 1000),
        ScanBy: 'TimestampAscending',
        NextToken: nextToken,
      }),
      options,
    );
    return { results: (answer.MetricDataResults ?? []).flatMap(metricResult), ...nextPage(answer.NextToken) };
  },
});

const metricDataQuery = (query: MetricQuery) => ({
  Id: query.id,
  MetricStat: {
    Metric: {
      Namespace: query.namespace,
      MetricName: query.metricName,
      Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: query.periodSeconds,
    Stat: query.statistic,
  },
  ReturnData: true,
});

const metricResult = (result: MetricDataResult): MetricResult[] => {
  if (result.Id === undefined) return [];
  const points = (result.Timestamps ?? []).flatMap((timestamp, index) => {
    const seconds = secondsOf(timestamp);
    const value = result.Values?.[index];
    return seconds === undefined || value === undefined || !Number.isFinite(value) ? [] : [{ seconds, value }];
  });
  return [
    {
      id: result.Id,
      // A result that does not say it is complete does not count as complete.
      statusCode: result.StatusCode ?? 'InternalError',
      timestampsSeconds: points.map((point) => point.seconds),
      values: points.map((point) => point.value),
    },
  ];
};
