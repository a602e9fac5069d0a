import type { MetricQuery } from '../../../lambda/control-loop/ports';

const SECONDS_PER_MINUTE = 60;
/** CloudWatch API reference, GetMetricData: queries a call, dimensions a metric. */
const MAX_QUERIES = 500;
const MAX_DIMENSIONS = 30;
const PLAIN_STATISTICS = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'];

/** What CloudWatch refuses, named as it names it. */
export class CloudWatchError extends Error {
  constructor(
    override readonly name: 'ValidationError' | 'InvalidNextToken',
    message: string,
  ) {
    super(message);
  }
}

/** The percentile that a statistic such as `p95` or `p99.9` asks for; `undefined` for another statistic. */
export const percentileStatistic = (statistic: string): number | undefined => {
  const match = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(statistic);
  return match === null ? undefined : Number(match[1]);
};

const refuse = (message: string): never => {
  throw new CloudWatchError('ValidationError', message);
};

const checkStatistic = ({ id, statistic, metricName }: MetricQuery): void => {
  const percentile = percentileStatistic(statistic);
  if (percentile === undefined ? !PLAIN_STATISTICS.includes(statistic) : percentile <= 0) {
    refuse(`Query ${id} was given the statistic ${statistic}, expected ${PLAIN_STATISTICS.join(', ')} or p0.1 to p100.`);
  }
  if (percentile !== undefined && metricName !== 'TargetResponseTime') {
    refuse(`Query ${id} was given the statistic ${statistic} of ${metricName}, expected percentiles of TargetResponseTime only.`);
  }
};

/** Refuses what GetMetricData refuses. */
export const checkInput = (queries: readonly MetricQuery[], startSeconds: number, endSeconds: number): void => {
  if (queries.length === 0 || queries.length > MAX_QUERIES) {
    refuse(`GetMetricData was given ${queries.length} queries, expected 1 to ${MAX_QUERIES}; split them over more calls.`);
  }
  const ids = new Set<string>();
  for (const query of queries) {
    const { id, periodSeconds, dimensions } = query;
    if (!/^[a-z][a-zA-Z0-9_]{0,254}$/.test(id) || ids.has(id)) {
      refuse(`A query was given the id "${id}", expected a small letter, then letters, digits and _, each id once in a call.`);
    }
    ids.add(id);
    if (!(Number.isSafeInteger(periodSeconds) && periodSeconds > 0 && periodSeconds % SECONDS_PER_MINUTE === 0)) {
      refuse(`Query ${id} was given the period ${periodSeconds} s, expected a multiple of 60 s: the metrics come once a minute.`);
    }
    if (Object.keys(dimensions).length > MAX_DIMENSIONS) {
      refuse(`Query ${id} was given ${Object.keys(dimensions).length} dimensions, expected at most ${MAX_DIMENSIONS}.`);
    }
    checkStatistic(query);
  }
  if (!(startSeconds < endSeconds)) {
    refuse(`GetMetricData was given the start ${startSeconds} and the end ${endSeconds}, expected a start before the end.`);
  }
};
