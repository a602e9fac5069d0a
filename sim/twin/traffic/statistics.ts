import { addCounts, BUCKETS, bucketOf, percentileOf } from './histogram';
import { type Failure, KEPT_MINUTES, MinuteCounters, type TargetGroupMinute, UnitMinute } from './minutes';
import type { TargetCounts } from './pod-queues';

/** Percentiles of the latency of answered requests, in seconds; `undefined` without any. */
export interface LatencySummary {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** The requests that ended after the warm-up. */
export interface RunSummary {
  /** Answered and failed. */
  readonly requests: number;
  readonly failed: number;
  /** Answered within the objective's latency. */
  readonly attained: number;
  /** Answered and failed, by unit index. Requests that no unit had a weight for are in none. */
  readonly requestsByUnit: readonly number[];
  /** Part of all requests that was answered within the objective's latency; `undefined` without requests. */
  readonly attainment: number | undefined;
  readonly latencySeconds: LatencySummary;
  /** Mean latency of the answered requests, in seconds; `undefined` without any. */
  readonly meanLatencySeconds: number | undefined;
  /** Lowest attainment over five minutes in a row, those without requests left out; `undefined` without requests. */
  readonly worstFiveMinutesAttainment: number | undefined;
}

/** One minute of the fleet, warm-up included, for the report. */
export interface FleetMinute {
  readonly minute: number;
  /** Requests sent in this minute. */
  readonly sent: number;
  /** Requests that ended in this minute, by unit index. */
  readonly requestsByUnit: readonly number[];
  readonly requests: number;
  readonly failed: number;
  /** Answered within the objective's latency. */
  readonly attained: number;
  readonly latencySeconds: LatencySummary;
  /** At the end of the minute: users present (0 in an open loop) and requests in flight. */
  readonly users: number;
  readonly inFlight: number;
}

const SECONDS_PER_MINUTE = 60;
const WINDOW_MINUTES = 5;

export const latencySummary = (counts: Float64Array): LatencySummary => ({
  p50: percentileOf(counts, 50),
  p95: percentileOf(counts, 95),
  p99: percentileOf(counts, 99),
});

/** The lowest part attained over any five minutes in a row; over all of them where there are fewer. */
export const worstFiveMinutes = (minutes: readonly { readonly requests: number; readonly attained: number }[]): number | undefined => {
  let worst: number | undefined;
  let requests = 0;
  let attained = 0;
  minutes.forEach((minute, index) => {
    requests += minute.requests;
    attained += minute.attained;
    const gone = minutes[index - WINDOW_MINUTES];
    if (gone !== undefined) {
      requests -= gone.requests;
      attained -= gone.attained;
    }
    const isWindow = index >= WINDOW_MINUTES - 1 || index === minutes.length - 1;
    if (isWindow && requests > 0) worst = Math.min(worst ?? 1, attained / requests);
  });
  return worst;
};

/** Counts every request as it ends: by unit and minute, by minute, and over the run. */
export class Statistics {
  /** Since the beginning, warm-up included. */
  sent = 0;
  answered = 0;
  failed = 0;

  /** Since the warm-up. */
  private runAnswered = 0;
  private runFailed = 0;
  private runAttained = 0;
  private runLatencySum = 0;
  private readonly runByUnit: Float64Array;
  private readonly runHistogram = new Float64Array(BUCKETS);

  /** In the open minute. */
  private minuteSent = 0;
  private minuteAttained = 0;
  private readonly minuteByUnit: Float64Array;
  private minuteFailed = 0;
  private readonly minuteHistogram = new Float64Array(BUCKETS);

  private readonly ring: readonly MinuteCounters[];
  private counters: MinuteCounters;
  private readonly closed: FleetMinute[] = [];

  constructor(
    private readonly units: number,
    private readonly objectiveLatencySeconds: number,
    private readonly warmUpSeconds: number,
  ) {
    // One more than units: requests that no unit had a weight for.
    this.ring = Array.from({ length: KEPT_MINUTES + 1 }, () => new MinuteCounters(units + 1));
    this.runByUnit = new Float64Array(units);
    this.minuteByUnit = new Float64Array(units);
    this.counters = this.ring[0]!;
    this.counters.begin(0);
  }

  send(): void {
    this.sent += 1;
  }

  answer(unitIndex: number, latencySeconds: number, nowSeconds: number): void {
    const bucket = bucketOf(latencySeconds);
    this.answered += 1;
    this.counters.answer(unitIndex, bucket, latencySeconds);
    this.minuteByUnit[unitIndex]! += 1;
    const attained = latencySeconds <= this.objectiveLatencySeconds ? 1 : 0;
    this.minuteAttained += attained;
    if (nowSeconds >= this.warmUpSeconds) {
      this.runAnswered += 1;
      this.runAttained += attained;
      this.runLatencySum += latencySeconds;
      this.runByUnit[unitIndex]! += 1;
      this.runHistogram[bucket]! += 1;
    }
  }

  /** @param unitIndex -1 where no unit had a weight. */
  fail(unitIndex: number, failure: Failure, nowSeconds: number): void {
    this.counters.fail(unitIndex < 0 ? this.units : unitIndex, failure);
    this.countFailed(unitIndex, nowSeconds);
  }

  /** A pod answered with an error. */
  answerWithError(unitIndex: number, latencySeconds: number, nowSeconds: number): void {
    this.counters.answerWithError(unitIndex, bucketOf(latencySeconds), latencySeconds);
    this.countFailed(unitIndex, nowSeconds);
  }

  /** Adds the latencies of the answered requests of the run to a histogram. */
  addLatencies(counts: Float64Array): void {
    addCounts(counts, this.runHistogram);
  }

  private countFailed(unitIndex: number, nowSeconds: number): void {
    const afterWarmUp = nowSeconds >= this.warmUpSeconds;
    this.failed += 1;
    this.minuteFailed += 1;
    if (afterWarmUp) this.runFailed += 1;
    if (unitIndex < 0) return;
    this.minuteByUnit[unitIndex]! += 1;
    if (afterWarmUp) this.runByUnit[unitIndex]! += 1;
  }

  /** Notes a unit's targets; see `MinuteCounters.noteTargets`. */
  noteTargets(unitIndex: number, counts: TargetCounts, seconds: number): void {
    this.counters.noteTargets(unitIndex, counts, seconds);
  }

  closeMinute(users: number): void {
    this.closed.push(this.openMinute(users));
    this.minuteSent = this.sent;
    this.minuteAttained = 0;
    this.minuteFailed = 0;
    this.minuteByUnit.fill(0);
    const minute = this.closed.length;
    this.counters = this.ring[minute % this.ring.length]!;
    this.counters.begin(minute);
  }

  /** The minute of a unit; of the requests that no unit had a weight for under the index after the last unit's. */
  unitMinute(unitIndex: number, minute: number): TargetGroupMinute | undefined {
    const counters = this.ring[minute % this.ring.length];
    if (
      counters === undefined ||
      counters.minute !== minute ||
      counters === this.counters ||
      !(unitIndex >= 0 && unitIndex <= this.units)
    ) {
      return undefined;
    }
    return new UnitMinute(counters, unitIndex);
  }

  /** All minutes; the open one last, if anything was sent or ended in it. */
  minutes(users: number): readonly FleetMinute[] {
    const open = this.openMinute(users);
    return open.requests > 0 || open.sent > 0 ? [...this.closed, open] : this.closed;
  }

  summary(users: number): RunSummary {
    const requests = this.runAnswered + this.runFailed;
    const firstMinute = Math.ceil(this.warmUpSeconds / SECONDS_PER_MINUTE);
    return {
      requests,
      failed: this.runFailed,
      attained: this.runAttained,
      requestsByUnit: [...this.runByUnit],
      attainment: requests > 0 ? this.runAttained / requests : undefined,
      latencySeconds: latencySummary(this.runHistogram),
      meanLatencySeconds: this.runAnswered > 0 ? this.runLatencySum / this.runAnswered : undefined,
      worstFiveMinutesAttainment: worstFiveMinutes(this.minutes(users).filter(({ minute }) => minute >= firstMinute)),
    };
  }

  private openMinute(users: number): FleetMinute {
    const { counters, minuteHistogram } = this;
    minuteHistogram.fill(0);
    let requests = this.minuteFailed;
    for (let unit = 0; unit < this.units; unit += 1) {
      const answered = counters.answered[unit]!;
      requests += answered;
      if (answered > 0) addCounts(minuteHistogram, counters.histograms, unit * BUCKETS);
    }
    return {
      minute: counters.minute,
      sent: this.sent - this.minuteSent,
      requestsByUnit: [...this.minuteByUnit],
      requests,
      failed: this.minuteFailed,
      attained: this.minuteAttained,
      latencySeconds: latencySummary(minuteHistogram),
      users,
      inFlight: this.sent - this.answered - this.failed,
    };
  }
}
