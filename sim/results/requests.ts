import type { Scenario } from '../inputs/scenario';
import { BUCKETS } from '../twin/traffic/histogram';
import { latencySummary, type RunSummary, worstFiveMinutes } from '../twin/traffic/statistics';
import type { RequestTraffic } from '../twin/traffic/traffic';

/** One minute of all fleets. */
export interface TotalMinute {
  readonly requests: number;
  readonly failed: number;
  /** Answered within the objective's latency of their fleet. */
  readonly attained: number;
  /** By unit index over all fleets. */
  readonly requestsByUnit: readonly number[];
}

/** The minutes of all fleets in one. */
export const totalMinutes = (traffics: readonly RequestTraffic[]): readonly TotalMinute[] => {
  const all = traffics.map((traffic) => traffic.minutes());
  const length = Math.max(...all.map((minutes) => minutes.length));
  return Array.from({ length }, (_, index) => {
    const minutes = all.map((own) => own[index]);
    const sum = (of: 'requests' | 'failed' | 'attained'): number => minutes.reduce((total, minute) => total + (minute?.[of] ?? 0), 0);
    return {
      requests: sum('requests'),
      failed: sum('failed'),
      attained: sum('attained'),
      requestsByUnit: minutes.flatMap((minute, fleet) => minute?.requestsByUnit ?? noRequests(all[fleet]!)),
    };
  });
};

const noRequests = (minutes: ReturnType<RequestTraffic['minutes']>): readonly number[] => minutes[0]?.requestsByUnit.map(() => 0) ?? [];

/** What the requests of all fleets met after the warm-up. */
export const totalRequests = (traffics: readonly RequestTraffic[], { warmUpSeconds }: Scenario): RunSummary => {
  const summaries = traffics.map((traffic) => traffic.summary());
  const [only] = summaries;
  if (only !== undefined && summaries.length === 1) return only;
  const sum = (of: (summary: RunSummary) => number): number => summaries.reduce((total, summary) => total + of(summary), 0);
  const requests = sum((summary) => summary.requests);
  const answered = requests - sum((summary) => summary.failed);
  const latencies = new Float64Array(BUCKETS);
  for (const traffic of traffics) traffic.addLatencies(latencies);
  const latencySum = sum((summary) => (summary.meanLatencySeconds ?? 0) * (summary.requests - summary.failed));
  return {
    requests,
    failed: sum((summary) => summary.failed),
    attained: sum((summary) => summary.attained),
    requestsByUnit: summaries.flatMap((summary) => summary.requestsByUnit),
    attainment: requests > 0 ? sum((summary) => summary.attained) / requests : undefined,
    latencySeconds: latencySummary(latencies),
    meanLatencySeconds: answered > 0 ? latencySum / answered : undefined,
    worstFiveMinutesAttainment: worstFiveMinutes(totalMinutes(traffics).slice(Math.ceil(warmUpSeconds / 60))),
  };
};
