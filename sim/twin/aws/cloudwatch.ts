import type { CloudWatchPort, MetricQuery, MetricResult } from '../../../lambda/control-loop/ports';
import { BUCKETS, percentileOf } from '../traffic/histogram';
import type { TargetGroupMinute } from '../traffic/minutes';
import { CloudWatchError, checkInput, percentileStatistic } from './cloudwatch-checks';

/** CloudWatch as far as it holds the metrics of the load balancer, in the shapes and within the limits of GetMetricData. */

const SECONDS_PER_MINUTE = 60;
/** Data points a page (CloudWatch API reference, GetMetricData). */
const MAX_DATA_POINTS = 100_800;

/** The dimensions of one unit's metrics. */
export interface TargetGroupDimensions {
  /** For example `targetgroup/inf2/0123456789abcdef`; `undefined` of requests that no target group had a weight for. */
  readonly targetGroup: string | undefined;
  /** For example `app/chat/0123456789abcdef`. */
  readonly loadBalancer: string;
}

export interface TwinCloudWatchOptions {
  /** Statistics of closed minutes since the start of the scenario, by index of the source. */
  readonly traffic: { minute(index: number, minute: number): TargetGroupMinute | undefined };
  readonly sources: readonly TargetGroupDimensions[];
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
  if (count > 0) addSamples(set, count, count, 1, 1);
};

const addLatencies: AddMinute = (set, minute) => {
  const responses = minute.answered + minute.answeredWithError;
  if (responses > 0) {
    addSamples(set, responses, minute.latencySum, minute.shortestSeconds, minute.longestSeconds);
    minute.addLatencies(set.histogram!);
  }
};

const addHealthyHosts: AddMinute = (set, { healthyHosts }) => {
  if (healthyHosts !== undefined) addSamples(set, 1, healthyHosts.average, healthyHosts.minimum, healthyHosts.maximum);
};

const addUnhealthyHosts: AddMinute = (set, { unhealthyHosts }) => {
  if (unhealthyHosts !== undefined) addSamples(set, 1, unhealthyHosts, unhealthyHosts, unhealthyHosts);
};

interface Metric {
  readonly add: AddMinute;
  readonly byTargetGroup: boolean;
  readonly byLoadBalancer: boolean;
}

const count = (of: (minute: TargetGroupMinute) => number): AddMinute => {
  return (set, minute) => addCount(set, of(minute));
};

/** What pods answered, by target group and load balancer. */
const ofTargets = (add: AddMinute): Metric => ({ add, byTargetGroup: true, byLoadBalancer: true });
/** What the load balancer answered itself: it does not count that by target group, as there need not be one. */
const ofLoadBalancer = (add: AddMinute): Metric => ({ add, byTargetGroup: false, byLoadBalancer: true });

/**
 * The metrics of an Application Load Balancer that the twin knows, and the dimensions each is published under
 * (Elastic Load Balancing guide, "CloudWatch metrics for your Application Load Balancer").
 *
 * A request counts in RequestCount only if a target could be chosen for it: one that was refused with 503 for lack of targets does not.
 * Counts of zero are not published, hosts are as long as there are registered targets.
 */
const metrics: Readonly<Record<string, Metric>> = {
  RequestCount: ofTargets(count(({ requests }) => requests)),
  TargetResponseTime: ofTargets(addLatencies),
  HTTPCode_Target_5XX_Count: ofTargets(count(({ answeredWithError }) => answeredWithError)),
  HTTPCode_ELB_5XX_Count: ofLoadBalancer(count(({ broken, refused, timedOut }) => broken + refused + timedOut)),
  HTTPCode_ELB_502_Count: ofLoadBalancer(count(({ broken }) => broken)),
  HTTPCode_ELB_503_Count: ofLoadBalancer(count(({ refused }) => refused)),
  HTTPCode_ELB_504_Count: ofLoadBalancer(count(({ timedOut }) => timedOut)),
  HealthyHostCount: { add: addHealthyHosts, byTargetGroup: true, byLoadBalancer: false },
  UnHealthyHostCount: { add: addUnhealthyHosts, byTargetGroup: true, byLoadBalancer: false },
};

/** A statistic of a period; `undefined` without data. */
const statisticOf = (set: StatisticSet, query: MetricQuery): number | undefined => {
  if (set.sampleCount === 0) return undefined;
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
      return percentileOf(set.histogram!, percentileStatistic(query.statistic)!);
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

/** Data points of one query, oldest first. */
interface DataPoints {
  readonly timestampsSeconds: number[];
  readonly values: number[];
}

/** Values by the start of their period. */
type Settled = Map<number, number | undefined>;

/** Periods that are remembered by query: more than any one call of the control loop asks for. */
const SETTLED_PERIODS = 240;

const settle = (settled: Settled, period: number, value: number | undefined): void => {
  settled.set(period, value);
  if (settled.size > SETTLED_PERIODS) settled.delete(settled.keys().next().value!);
};

export class TwinCloudWatch implements CloudWatchPort {
  /** Periods that have passed do not change: a loop that reads half an hour every minute computes each once. */
  private readonly settled = new Map<string, Settled>();

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
    checkInput(queries, startSeconds, endSeconds);
    const points = queries.map((query) => this.dataPoints(query, startSeconds, endSeconds));
    const total = points.reduce((sum, { values }) => sum + values.length, 0);
    const from = nextToken === undefined ? 0 : Number(/^points-(\d+)$/.exec(nextToken)?.[1]);
    if (!(from < total || from === 0)) {
      throw new CloudWatchError('InvalidNextToken', `GetMetricData was given the token "${nextToken}", expected one that it answered.`);
    }
    const to = from + Math.min(MAX_DATA_POINTS, this.options.dataPointsPerPage ?? MAX_DATA_POINTS);
    const results = pageOf(queries, points, from, to);
    return to < total ? { results, nextToken: `points-${to}` } : { results };
  }

  private dataPoints(query: MetricQuery, startSeconds: number, endSeconds: number): DataPoints {
    const points: DataPoints = { timestampsSeconds: [], values: [] };
    const metric = query.namespace === 'AWS/ApplicationELB' ? metrics[query.metricName] : undefined;
    const sources = metric === undefined ? [] : this.sourcesOf(query, metric);
    if (metric === undefined || sources.length === 0) return points;
    const { periodSeconds, metricName, statistic } = query;
    const settled = this.settledOf(`${metricName}/${statistic}/${periodSeconds}/${sources.join()}`);
    const visibleSeconds = this.options.startEpochSeconds + this.options.clock.now - this.options.metricDelaySeconds;
    // Times are rounded down to the period, which is how CloudWatch keeps its data.
    for (let period = Math.floor(startSeconds / periodSeconds) * periodSeconds; period < endSeconds; period += periodSeconds) {
      const untilSeconds = Math.min(period + periodSeconds, endSeconds, visibleSeconds);
      let value = settled.get(period);
      if (value === undefined && !settled.has(period)) {
        value = this.valueOf(query, metric.add, sources, period, untilSeconds);
        if (untilSeconds === period + periodSeconds && this.isClosed(untilSeconds)) settle(settled, period, value);
      }
      if (value !== undefined) {
        points.timestampsSeconds.push(period);
        points.values.push(value);
      }
    }
    return points;
  }

  /** The statistic over the whole minutes from `period` until `untilSeconds`. */
  private valueOf(
    query: MetricQuery,
    add: AddMinute,
    sources: readonly number[],
    period: number,
    untilSeconds: number,
  ): number | undefined {
    const { startEpochSeconds, traffic } = this.options;
    const set = emptySet(query);
    for (let minuteSeconds = period; minuteSeconds + SECONDS_PER_MINUTE <= untilSeconds; minuteSeconds += SECONDS_PER_MINUTE) {
      for (const source of sources) {
        const statistics = traffic.minute(source, (minuteSeconds - startEpochSeconds) / SECONDS_PER_MINUTE);
        if (statistics !== undefined) add(set, statistics);
      }
    }
    return statisticOf(set, query);
  }

  /** Whether the load balancer has counted the minute that ends then. */
  private isClosed(endSeconds: number): boolean {
    const minute = (endSeconds - this.options.startEpochSeconds) / SECONDS_PER_MINUTE - 1;
    return this.options.traffic.minute(0, minute) !== undefined;
  }

  private settledOf(key: string): Settled {
    let settled = this.settled.get(key);
    if (settled === undefined) {
      settled = new Map();
      this.settled.set(key, settled);
    }
    return settled;
  }

  /** The sources whose data a query's dimensions select: one target group, or all of a load balancer. */
  private sourcesOf({ dimensions }: MetricQuery, { byTargetGroup, byLoadBalancer }: Metric): number[] {
    const names = Object.keys(dimensions).sort().join();
    if (!((names === 'LoadBalancer' && byLoadBalancer) || (names === 'LoadBalancer,TargetGroup' && byTargetGroup))) return [];
    const { LoadBalancer, TargetGroup } = dimensions;
    return this.options.sources.flatMap(({ targetGroup, loadBalancer }, index) =>
      loadBalancer === LoadBalancer && (TargetGroup === undefined || targetGroup === TargetGroup) ? [index] : [],
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
