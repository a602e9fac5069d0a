import { mapLimit } from '../concurrency';
import type { CloudWatchPort, MetricQuery, MetricResult } from '../ports';
import { type Attempt, attempt, type Deadline } from './deadline';
import type { Periods } from './minutes';

/** GetMetricData takes at most 500 queries and returns at most 100,800 data points a call (CloudWatch API reference). */
const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

const CALLS_AT_ONCE = 4;

/**
 * Reads all queries over `[startSeconds, endSeconds)`: split at the limits of the API, all pages merged.
 * The answers come in the order of the queries; a query that was not answered in full is a reason.
 */
export const readMetrics = async (
  cloudWatch: CloudWatchPort,
  deadline: Deadline,
  queries: readonly MetricQuery[],
  range: { readonly startSeconds: number; readonly endSeconds: number; readonly periodSeconds: number },
): Promise<readonly Attempt<Periods>[]> => {
  const periods = Math.max(1, Math.ceil((range.endSeconds - range.startSeconds) / range.periodSeconds));
  const perCall = Math.max(1, Math.min(MAX_QUERIES, Math.floor(MAX_DATAPOINTS / periods)));
  const chunks = Array.from({ length: Math.ceil(queries.length / perCall) }, (_, index) =>
    queries.slice(index * perCall, (index + 1) * perCall),
  );
  const answers = await mapLimit(chunks, CALLS_AT_ONCE, async (chunk) => {
    const merged = new Map(chunk.map((query) => [query.id, new MergedResult(periods)]));
    const read = await attempt('CloudWatch GetMetricData', deadline, () => readPages(cloudWatch, deadline, chunk, range, merged));
    return chunk.map((query): Attempt<Periods> => (read.ok ? merged.get(query.id)!.attempt(query) : read));
  });
  return answers.flat();
};

const readPages = async (
  cloudWatch: CloudWatchPort,
  deadline: Deadline,
  queries: readonly MetricQuery[],
  {
    startSeconds,
    endSeconds,
    periodSeconds,
  }: { readonly startSeconds: number; readonly endSeconds: number; readonly periodSeconds: number },
  merged: ReadonlyMap<string, MergedResult>,
): Promise<void> => {
  let nextToken: string | undefined;
  do {
    const input = { queries, startSeconds, endSeconds };
    const page = await cloudWatch.getMetricData(nextToken === undefined ? input : { ...input, nextToken });
    for (const result of page.results) merged.get(result.id)?.add(result, startSeconds, periodSeconds);
    if (page.nextToken !== undefined && page.nextToken === nextToken) throw new Error('the answer repeats its own page token');
    nextToken = page.nextToken;
    if (nextToken !== undefined && deadline.passed) throw new Error('the deadline passed between two pages');
  } while (nextToken !== undefined);
};

/** The pages of one query, merged. */
class MergedResult {
  readonly #values: (number | undefined)[];
  #status: MetricResult['statusCode'] | 'unanswered' = 'unanswered';

  constructor(periods: number) {
    this.#values = new Array<number | undefined>(periods).fill(undefined);
  }

  add(result: MetricResult, startSeconds: number, periodSeconds: number): void {
    // PartialData means that more pages follow: the last page's word counts. A failure on any page stays.
    if (this.#status !== 'InternalError' && this.#status !== 'Forbidden') this.#status = result.statusCode;
    result.timestampsSeconds.forEach((timestamp, index) => {
      const period = Math.floor((timestamp - startSeconds) / periodSeconds);
      if (period >= 0 && period < this.#values.length) this.#values[period] = result.values[index];
    });
  }

  attempt(query: MetricQuery): Attempt<Periods> {
    if (this.#status === 'Complete') return { ok: true, value: this.#values };
    const status = this.#status === 'unanswered' ? 'left it out of the answer' : `answered ${this.#status}`;
    return { ok: false, reason: `${query.metricName}: CloudWatch ${status}` };
  }
}
