import { type AwsAnswer, type AwsCall, answer, type Input } from './call';
import { Timestamp } from './cbor';

/** CloudWatch's memory of one metric: raw samples, so that any statistic can be answered. */
export interface Metrics {
  /** Adds samples; the time defaults to now, in seconds since the epoch. */
  put(metric: MetricName, values: readonly number[], atSeconds?: number): void;
  clear(): void;
  getMetricData(call: AwsCall): AwsAnswer;
}

interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

export const createMetrics = (): Metrics => {
  const samples = new Map<string, Sample[]>();
  const samplesOf = (name: MetricName): Sample[] => {
    const key = keyOf(name);
    const list = samples.get(key) ?? [];
    samples.set(key, list);
    return list;
  };
  return {
    put: (name, values, atSeconds = Date.now() / 1000) => {
      for (const value of values) samplesOf(name).push({ atSeconds, value });
    },
    clear: () => samples.clear(),
    getMetricData: (call) => {
      const time = call.protocol === 'cbor' ? (seconds: number) => new Timestamp(seconds) : (seconds: number) => seconds;
      const results = (call.input.MetricDataQueries ?? []).map((query: Input) => {
        const { Metric: metric, Period: period, Stat: statistic } = query.MetricStat ?? {};
        const dimensions = Object.fromEntries((metric?.Dimensions ?? []).map((one: Input) => [one.Name, one.Value]));
        const name = { namespace: metric?.Namespace, metricName: metric?.MetricName, dimensions };
        const points = pointsOf(samplesOf(name), {
          startSeconds: Number(call.input.StartTime),
          endSeconds: Number(call.input.EndTime),
          periodSeconds: Number(period),
          statistic: String(statistic),
        });
        if (call.input.ScanBy !== 'TimestampAscending') points.reverse();
        return {
          Id: query.Id,
          Label: query.Label ?? metric?.MetricName,
          StatusCode: 'Complete',
          Timestamps: points.map(({ atSeconds }) => time(atSeconds)),
          Values: points.map(({ value }) => value),
        };
      });
      return answer(call, { MetricDataResults: results, Messages: [] });
    },
  };
};

const keyOf = ({ namespace, metricName, dimensions }: MetricName): string =>
  JSON.stringify([namespace, metricName, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

interface Window {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly periodSeconds: number;
  readonly statistic: string;
}

/** One point for each period that has samples, oldest first; periods begin at whole multiples, the end is not part of the window. */
const pointsOf = (samples: readonly Sample[], window: Window): Sample[] => {
  const periods = new Map<number, number[]>();
  const first = Math.floor(window.startSeconds / window.periodSeconds) * window.periodSeconds;
  for (const { atSeconds, value } of samples) {
    const start = Math.floor(atSeconds / window.periodSeconds) * window.periodSeconds;
    if (start < first || start >= window.endSeconds) continue;
    const values = periods.get(start);
    if (values === undefined) periods.set(start, [value]);
    else values.push(value);
  }
  return [...periods].sort(([a], [b]) => a - b).map(([atSeconds, values]) => ({ atSeconds, value: statisticOf(window.statistic, values) }));
};

const statisticOf = (statistic: string, values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return values.length;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    default: {
      const percent = Number(/^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1]);
      if (!Number.isFinite(percent)) throw new Error(`statistic ${statistic}: not played here`);
      const sorted = [...values].sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))] ?? 0;
    }
  }
};
