import * as z from 'zod/mini';
import { validate } from '../../../lambda/control-loop/api/validate';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { type FieldProblem, shown } from '../../../lambda/control-loop/model/field-problem';
import { type DataFile, parseDataFile } from '../text-file';
import { requestsPer } from './cloudwatch';
import type { ExportFormat } from './format';
import { SeriesSet } from './series';
import { instantOf, instantProblem, refuseFile } from './times';

/** Answer of `/api/v1/query_range`, a matrix (https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries). */
const MatrixSchema = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z
      .array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.optional(z.array(z.tuple([z.number(), z.string()]))),
        }),
      )
      .check(z.minLength(1)),
  }),
});

/** Names of counters: their values grow from the start of a process on, and are no rate. */
const COUNTER = /_(?:total|count|sum|bucket)$/;

/** A rate of requests from Prometheus. */
export const prometheus: ExportFormat = {
  title: 'Prometheus: the answer of /api/v1/query_range',
  kind: 'load',
  series: 'series',
  hasValues: true,
  recognises: ({ fields }) => fields.includes('status') && (fields.includes('data') || fields.includes('errorType')),
  read(files, options) {
    const series = new SeriesSet();
    let first: string | undefined;
    let notNumbers = 0;
    for (const file of files) {
      first ??= file.name;
      const json = parseDataFile(file);
      refuseOtherAnswers(json);
      const parsed = validate(MatrixSchema, json.value);
      if (!parsed.ok) throw new InvalidInputError(json.problems(parsed.problems));
      const problems: FieldProblem[] = [];
      parsed.value.data.result.forEach(({ metric, values = [] }, index) => {
        const at = ['data', 'result', index];
        const { __name__: name } = metric;
        if (name !== undefined && COUNTER.test(name)) {
          problems.push({
            path: [...at, 'metric', '__name__'],
            given: `the counter ${JSON.stringify(name)}`,
            expected: 'a rate of requests',
            fix: `query sum(rate(${name}[1m]))`,
          });
          return;
        }
        values.forEach(([time, text], position) => {
          const epochSeconds = instantOf(time);
          const value = Number(text);
          const path = [...at, 'values', position];
          if (epochSeconds === undefined) problems.push({ path, ...instantProblem(time) });
          else if (text.trim() === '' || !Number.isFinite(value)) notNumbers++;
          else if (value < 0) problems.push({ path, given: shown(text), expected: 'a rate of at least 0' });
          else series.add(nameOf(metric), epochSeconds, value);
        });
      });
      if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
    }
    const words = { source: 'Prometheus', entries: 'values', where: first ?? 'input', gaps: 'unknown' } as const;
    const reading = series.load(words, options, requestsPer(options.per ?? 'second'));
    return {
      ...reading,
      found: reading.found + notNumbers,
      leftOut: [...reading.leftOut, { count: notNumbers, why: 'without a number, such as NaN' }],
      notes:
        options.per === undefined
          ? ['Values are taken as requests per second, as rate() gives them. --per states another.']
          : reading.notes,
      // A value at a time tells of the range before that time, so it belongs to the step that ends there.
      requests: new Map([...reading.requests].map(([at, requests]) => [at - reading.stepSeconds, requests])),
    };
  },
};

/** Other answers of the same API. */
const refuseOtherAnswers = ({ name, value }: DataFile): void => {
  const { status, error, data } = (value ?? {}) as { status?: unknown; error?: unknown; data?: { resultType?: unknown; result?: unknown } };
  if (status === 'error') {
    refuseFile(`${name}: error`, `an error of Prometheus: ${String(error)}`, 'an answer with "status": "success"', 'correct the query');
  }
  const resultType = data?.resultType;
  if (resultType === 'vector' || resultType === 'scalar') {
    refuseFile(
      `${name}: data.resultType`,
      `${JSON.stringify(resultType)}, one moment`,
      '"matrix", values over time',
      'ask /api/v1/query_range, with start, end and step',
    );
  }
  if (Array.isArray(data?.result) && data.result.length === 0) {
    refuseFile(`${name}: data.result`, 'no series', 'at least one', 'check the query, and that start and end have data');
  }
};

/** As Prometheus writes a series: `{unit="g5"}`. */
const nameOf = ({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string =>
  `${name}{${Object.entries(labels)
    .map(([label, text]) => `${label}=${JSON.stringify(text)}`)
    .join(', ')}}`;
