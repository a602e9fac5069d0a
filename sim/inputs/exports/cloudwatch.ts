import * as z from 'zod/mini';
import { validate } from '../../../lambda/control-loop/api/validate';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { type FieldProblem, shown } from '../../../lambda/control-loop/model/field-problem';
import { parseDataFile, type TextFile } from '../text-file';
import type { ExportFormat, Per } from './format';
import { SeriesSet } from './series';
import { instantOf, instantProblem } from './times';

/**
 * Answer of `aws cloudwatch get-metric-data`. The values are in no order that matters, and a page more of them is a further result of
 * the same Id (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html).
 */
const MetricDataSchema = z.object({
  MetricDataResults: z
    .array(
      z.object({
        Id: z.optional(z.string()),
        Label: z.optional(z.string()),
        Timestamps: z.array(z.unknown()),
        Values: z.array(z.number()),
        StatusCode: z.optional(z.string()),
      }),
    )
    .check(z.minLength(1)),
  NextToken: z.optional(z.nullable(z.string())),
});

/**
 * Answer of `aws cloudwatch get-metric-statistics`; the datapoints are in no order
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html).
 */
const StatisticsSchema = z.object({
  Label: z.optional(z.string()),
  Datapoints: z.array(z.looseObject({ Timestamp: z.unknown(), Sum: z.optional(z.number()) })),
});

/** `StatusCode` of a result that holds less than what was asked for. */
const FAILED = ['InternalError', 'Forbidden'];

interface Gathered {
  readonly series: SeriesSet;
  readonly notes: string[];
}

/** Requests of a load balancer from CloudWatch: the sum of each period, a period without one had none. */
export const cloudwatch: ExportFormat = {
  title: 'CloudWatch: aws cloudwatch get-metric-data or get-metric-statistics',
  kind: 'load',
  series: 'series',
  hasValues: true,
  recognises: ({ fields }) => fields.includes('MetricDataResults') || fields.includes('Datapoints'),
  read(files, options) {
    const gathered: Gathered = { series: new SeriesSet(), notes: [] };
    let first: string | undefined;
    for (const file of files) {
      first ??= file.name;
      addFile(file, gathered);
    }
    // Elastic Load Balancing reports no value for a minute without requests: "Elastic Load Balancing reports metrics to CloudWatch only when
    // requests are flowing through the load balancer"
    // (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
    const words = { source: 'CloudWatch', entries: 'values', where: first ?? 'input', gaps: 'none' } as const;
    const reading = gathered.series.load(words, options, requestsPer(options.per ?? 'period'));
    return { ...reading, notes: [...reading.notes, ...gathered.notes] };
  },
};

/** Requests in a step, of a value that counts them over a second, a minute or the step. */
export const requestsPer =
  (per: Per) =>
  (value: number, stepSeconds: number): number =>
    per === 'period' ? value : (value * stepSeconds) / (per === 'second' ? 1 : 60);

const addFile = (file: TextFile, gathered: Gathered): void => {
  const json = parseDataFile(file);
  const isStatistics = typeof json.value === 'object' && json.value !== null && 'Datapoints' in json.value;
  const problems = isStatistics ? addStatistics(json.value, gathered) : addMetricData(json.value, file, gathered);
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
};

const addMetricData = (value: unknown, file: TextFile, { series, notes }: Gathered): readonly FieldProblem[] => {
  const parsed = validate(MetricDataSchema, value);
  if (!parsed.ok) return parsed.problems;
  const problems: FieldProblem[] = [];
  const { MetricDataResults: results, NextToken: nextToken } = parsed.value;
  if (nextToken) notes.push(`${file.name} ends early: it has a NextToken. Leave out --max-items to get all values.`);
  results.forEach(({ Id: id, Label: label, Timestamps: times, Values: values, StatusCode: status }, index) => {
    const at = ['MetricDataResults', index];
    if (status !== undefined && FAILED.includes(status)) {
      const fix =
        status === 'Forbidden' ? 'the caller needs cloudwatch:GetMetricData, also in the account of the metric' : 'run the command again';
      problems.push({ path: [...at, 'StatusCode'], given: shown(status), expected: 'Complete', fix });
    }
    if (times.length !== values.length) {
      problems.push({ path: [...at, 'Values'], given: `${values.length} values`, expected: `one for each of ${times.length} Timestamps` });
      return;
    }
    times.forEach((time, position) => {
      add(series, label ?? id ?? 'metric', time, values[position]!, [...at, 'Timestamps', position], [...at, 'Values', position], problems);
    });
  });
  const isEmpty = results.every(({ Timestamps: times }) => times.length === 0);
  if (problems.length === 0 && isEmpty) return [{ path: ['MetricDataResults'], ...NOTHING }];
  return problems;
};

const addStatistics = (value: unknown, { series }: Gathered): readonly FieldProblem[] => {
  const parsed = validate(StatisticsSchema, value);
  if (!parsed.ok) return parsed.problems;
  const { Label: label = 'metric', Datapoints: points } = parsed.value;
  if (points.length === 0) return [{ path: ['Datapoints'], ...NOTHING }];
  const problems: FieldProblem[] = [];
  points.forEach((point, index) => {
    const at = ['Datapoints', index];
    if (point.Sum !== undefined) {
      add(series, label, point.Timestamp, point.Sum, [...at, 'Timestamp'], [...at, 'Sum'], problems);
      return;
    }
    const others = Object.keys(point).filter((field) => !['Timestamp', 'Unit'].includes(field));
    if (problems.length > 0) return;
    problems.push({
      path: at,
      given: others.length === 0 ? 'no statistic' : `only ${others.join(', ')}`,
      expected: 'a Sum, which counts requests',
      fix: 'export with --statistics Sum',
    });
  });
  return problems;
};

const NOTHING = {
  given: 'no values',
  expected: 'at least two values',
  fix: 'check --start-time and --end-time, the Region, and the dimensions: LoadBalancer is app/NAME/ID, the end of its ARN',
};

const add = (
  series: SeriesSet,
  name: string,
  time: unknown,
  value: number,
  timePath: FieldProblem['path'],
  valuePath: FieldProblem['path'],
  problems: FieldProblem[],
): void => {
  const epochSeconds = instantOf(time);
  if (epochSeconds === undefined) problems.push({ path: timePath, ...instantProblem(time) });
  if (value < 0) problems.push({ path: valuePath, given: shown(value), expected: 'a number of requests, at least 0' });
  if (epochSeconds !== undefined && value >= 0) series.add(name, epochSeconds, value);
};
