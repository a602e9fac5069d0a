import type { CloudWatchPort, MetricQuery, MetricResult } from '../../lambda/control-loop/ports';
import { BUCKETS, percentileOf } from './histogram';
import type { TargetGroupMinute } from './minutes';

/** CloudWatch as far as it holds the metrics of the load balancer, in the shapes and within the limits of GetMetricData. */

const SECONDS_PER_MINUTE = 60;
/** CloudWatch API reference, GetMetricData: queries a call, data points a page, dimensions a metric. */
const MAXIMUM_QUERIES = 500;
const MAXIMUM_DATA_POINTS = 100_800;
const MAXIMUM_DIMENSIONS = 30;

/** What CloudWatch refuses, named as it names it. */
export class CloudWatchError extends Error {
  constructor(
    override readonly name: 'ValidationError' | 'InvalidNextToken',
    message: string,
  ) {
    super(message);
  }
}

/** The dimensions of one unit's metrics. */
export interface TargetGroupDimensions {
  /** For example `targetgroup/inf2/0123456789abcdef`. */
  readonly targetGroup: string;
  /** For example `app/chat/0123456789abcdef`. */
  readonly loadBalancer: string;
}

export interface TwinCloudWatchOptions {
  /** The load balancer: statistics of closed minutes since the start of the scenario. */
  readonly traffic: { minute(unitIndex: number, minute: number): TargetGroupMinute | undefined };
  /** By unit index. */
  readonly targetGroups: readonly TargetGroupDimensions[];
  /** Second 0 of the scenario, in seconds since the epoch: a whole minute, as CloudWatch counts in those. */
  readonly startEpochSeconds: number;
  /** The virtual clock. */
  readonly clock: { readonly now: number };
  /** Data of a minute appears this long after its end. */
  readonly metricDelaySeconds: number;
  /** Data points a page; CloudWatch's own limit unless stated. */
  readonly dataPointsPerPage?: number;
}

/** What CloudWatch keeps of a metric in a period. */
interface StatisticSet {
  sampleCount: number;
  sum: number;
  minimum: number;
  maximum: number;
  /** Set for latencies only. */
  readonly histogram?: Float64Array;
}

/** Adds a minute of one target group to a period. */
type AddMinute = (set: StatisticSet, minute: TargetGroupMinute) => void;

const addSamples = (set: StatisticSet, sampleCount: number, sum: number, minimum: number, maximum: number): void => {
  set.sampleCount += sampleCount;
  set.sum += sum;
  set.minimum = Math.min(set.minimum, minimum);
  set.maximum = Math.max(set.maximum, maximum);
};

/** A count is reported only where it is not zero: each counted request is a sample of 1. */
const addCount = (set: StatisticSet, count: number): void => {
  if (count > 0) {
    addSamples(set, count, count, 1, 1);
  }
};

const addLatencies: AddMinute = (set, minute) => {
  if (minute.answered > 0) {
    addSamples(set, minute.answered, minute.latencySum, minute.shortestSeconds, minute.longestSeconds);
    minute.addLatencies(set.histogram!);
  }
};

const addHealthyHosts: AddMinute = (set, { healthyHosts }) => {
  if (healthyHosts !== undefined) {
    addSamples(set, 1, healthyHosts.average, healthyHosts.minimum, healthyHosts.maximum);
  }
};

/**
 * The metrics of an Application Load Balancer that the twin knows, and the dimensions each is published under
 * (Elastic Load Balancing guide, "CloudWatch metrics for your Application Load Balancer"): what the load balancer answers
 * itself is not counted by target group.
 */
const metrics: Readonly<Record<string, { readonly add: AddMinute; readonly byTargetGroup: boolean; readonly byLoadBalancer: boolean }>> = {
  RequestCount: { add: (set, { requests }) => addCount(set, requests), byTargetGroup: true, byLoadBalancer: true },
  TargetResponseTime: { add: addLatencies, byTargetGroup: true, byLoadBalancer: true },
  // The pods of the twin never answer 5xx themselves: a request that breaks or is late is answered by the load balancer.
  HTTPCode_Target_5XX_Count: { add: () => undefined, byTargetGroup: true, byLoadBalancer: true },
  HTTPCode_ELB_5XX_Count: { add: (set, { errors }) => addCount(set, errors), byTargetGroup: false, byLoadBalancer: true },
  HealthyHostCount: { add: addHealthyHosts, byTargetGroup: true, byLoadBalancer: false },
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?|100)$/;

/** A statistic of a period; `undefined` without data. */
const statisticOf = (set: StatisticSet, query: MetricQuery): number | undefined => {
  if (set.sampleCount === 0) {
    return undefined;
  }
  switch (query.statistic) {
    case 'SampleCount':
      return set.sampleCount;
    case 'Sum':
      return set.sum;
    case 'Average':
      return set.sum / set.sampleCount;
    case 'Minimum':
      return set.minimum;
    case 'Maximum':
      return set.maximum;
    default:
      return percentileOf(set.histogram!, Number(PERCENTILE.exec(query.statistic)![1]));
  }
};

const isLatency = (query: MetricQuery): boolean => query.metricName === 'TargetResponseTime';

const emptySet = (query: MetricQuery): StatisticSet => ({
  sampleCount: 0,
  sum: 0,
  minimum: Number.POSITIVE_INFINITY,
  maximum: Number.NEGATIVE_INFINITY,
  ...(isLatency(query) ? { histogram: new Float64Array(BUCKETS) } : {}),
});

const refuse = (message: string): never => {
  throw new CloudWatchError('ValidationError', message);
};

const checkStatistic = ({ id, statistic, metricName }: MetricQuery): void => {
  const match = PERCENTILE.exec(statistic);
  if (match !== null ? !(Number(match[1]) > 0) : !['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'].includes(statistic)) {
    refuse(`Query ${id} was given the statistic ${statistic}, expected SampleCount, Sum, Average, Minimum, Maximum or p0.1 to p100.`);
  }
  if (match !== null && metricName !== 'TargetResponseTime') {
    refuse(`Query ${id} was given the statistic ${statistic} of ${metricName}, expected percentiles of TargetResponseTime only.`);
  }
};

const checkQueries = (queries: readonly MetricQuery[]): void => {
  if (queries.length === 0 || queries.length > MAXIMUM_QUERIES) {
    refuse(`GetMetricData was given ${queries.length} queries, expected 1 to ${MAXIMUM_QUERIES}; split them over more calls.`);
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
    if (Object.keys(dimensions).length > MAXIMUM_DIMENSIONS) {
      refuse(`Query ${id} was given ${Object.keys(dimensions).length} dimensions, expected at most ${MAXIMUM_DIMENSIONS}.`);
    }
    checkStatistic(query);
  }
};

/** Data points of one query, oldest first. */
interface DataPoints {
  readonly timestampsSeconds: number[];
  readonly values: number[];
}

export class TwinCloudWatch implements CloudWatchPort {
  constructor(private readonly options: TwinCloudWatchOptions) {
    const { startEpochSeconds } = options;
    if (!(Number.isSafeInteger(startEpochSeconds) && startEpochSeconds % SECONDS_PER_MINUTE === 0)) {
      throw new RangeError(`The scenario was given a start ${startEpochSeconds} s after the epoch, expected a whole minute.`);
    }
  }

  async getMetricData(input: {
    readonly queries: readonly MetricQuery[];
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly nextToken?: string;
  }): Promise<{ readonly results: readonly MetricResult[]; readonly nextToken?: string }> {
    const { queries, startSeconds, endSeconds, nextToken } = input;
    checkQueries(queries);
    if (!(startSeconds < endSeconds)) {
      refuse(`GetMetricData was given the start ${startSeconds} and the end ${endSeconds}, expected a start before the end.`);
    }
    const points = queries.map((query) => this.dataPoints(query, startSeconds, endSeconds));
    const total = points.reduce((sum, { values }) => sum + values.length, 0);
    const from = nextToken === undefined ? 0 : Number(/^points-(\d+)$/.exec(nextToken)?.[1]);
    if (!(from < total || from === 0)) {
      throw new CloudWatchError('InvalidNextToken', `GetMetricData was given the token "${nextToken}", expected one that it answered.`);
    }
    const to = from + Math.min(MAXIMUM_DATA_POINTS, this.options.dataPointsPerPage ?? MAXIMUM_DATA_POINTS);
    const results = pageOf(queries, points, from, to);
    return to < total ? { results, nextToken: `points-${to}` } : { results };
  }

  private dataPoints(query: MetricQuery, startSeconds: number, endSeconds: number): DataPoints {
    const points: DataPoints = { timestampsSeconds: [], values: [] };
    const metric = query.namespace === 'AWS/ApplicationELB' ? metrics[query.metricName] : undefined;
    const units = metric === undefined ? [] : this.unitsOf(query, metric);
    if (metric === undefined || units.length === 0) {
      return points;
    }
    const { periodSeconds } = query;
    const { startEpochSeconds, clock, metricDelaySeconds, traffic } = this.options;
    // Times are rounded down to the period, which is how CloudWatch keeps its data.
    for (let period = Math.floor(startSeconds / periodSeconds) * periodSeconds; period < endSeconds; period += periodSeconds) {
      const set = emptySet(query);
      for (let minuteSeconds = period; minuteSeconds < period + periodSeconds; minuteSeconds += SECONDS_PER_MINUTE) {
        const minute = (minuteSeconds - startEpochSeconds) / SECONDS_PER_MINUTE;
        const isVisible = (minute + 1) * SECONDS_PER_MINUTE + metricDelaySeconds <= clock.now;
        if (minute < 0 || !isVisible || minuteSeconds >= endSeconds) {
          continue;
        }
        for (const unit of units) {
          const statistics = traffic.minute(unit, minute);
          if (statistics !== undefined) {
            metric.add(set, statistics);
          }
        }
      }
      const value = statisticOf(set, query);
      if (value !== undefined) {
        points.timestampsSeconds.push(period);
        points.values.push(value);
      }
    }
    return points;
  }

  /** The units whose data a query's dimensions select: one target group, or all of a load balancer. */
  private unitsOf({ dimensions }: MetricQuery, { byTargetGroup, byLoadBalancer }: (typeof metrics)[string]): number[] {
    const names = Object.keys(dimensions).sort().join();
    if (!((names === 'LoadBalancer' && byLoadBalancer) || (names === 'LoadBalancer,TargetGroup' && byTargetGroup))) {
      return [];
    }
    const { LoadBalancer, TargetGroup } = dimensions;
    return this.options.targetGroups.flatMap(({ targetGroup, loadBalancer }, unit) =>
      loadBalancer === LoadBalancer && (TargetGroup === undefined || targetGroup === TargetGroup) ? [unit] : [],
    );
  }
}

/** The results of which data points number `from` to `to` are part; a result without data comes with the ones around it. */
const pageOf = (queries: readonly MetricQuery[], points: readonly DataPoints[], from: number, to: number): MetricResult[] => {
  const total = points.reduce((sum, { values }) => sum + values.length, 0);
  const results: MetricResult[] = [];
  let first = 0;
  queries.forEach(({ id }, index) => {
    const { timestampsSeconds, values } = points[index]!;
    const last = first + values.length;
    const isHere = values.length > 0 ? last > from && first < to : first >= from && (first < to || to >= total);
    if (isHere) {
      const [begin, end] = [Math.max(0, from - first), to - first];
      results.push({
        id,
        statusCode: last <= to ? 'Complete' : 'PartialData',
        timestampsSeconds: timestampsSeconds.slice(begin, end),
        values: values.slice(begin, end),
      });
    }
    first = last;
  });
  return results;
};
