import { addCounts, BUCKETS, type Counts, percentileOf } from './histogram';
import type { TargetCounts } from './pod-queues';

/** What one unit's target group saw in one minute. */
export interface MinuteStatistics {
  /** Requests for which a target of the unit was chosen, and that ended in this minute, well or not. */
  readonly requests: number;
  /** Requests of the unit that failed: 500, 502, 503 and 504. */
  readonly errors: number;
  /** The most unhealthy targets at a time; `undefined` while none was registered, healthy or draining. */
  readonly unhealthyHosts: number | undefined;
  /** Latency of the answered requests at a percentile, in seconds; `undefined` without any. */
  latencySeconds(percentile: number): number | undefined;
}

/** Minutes that are kept. */
export const KEPT_MINUTES = 60;

/** How a request failed. */
export const failures = {
  /** 503: no target. */
  refused: 0,
  /** 504: no answer within the request timeout. */
  timedOut: 1,
  /** 502: the pod went away with the request on it. */
  broken: 2,
  /** 500: the pod answered so. */
  answered: 3,
} as const;
export type Failure = (typeof failures)[keyof typeof failures];
const FAILURE_KINDS = 4;

/** The counters of one minute by unit; recycled, so that a run of days needs no new memory. */
export class MinuteCounters {
  minute = -1;
  /** Latencies of the requests that were answered well, by unit. */
  readonly histograms: Uint32Array;
  /** Latencies of the requests that pods answered with an error, by unit; made when there is one. */
  errorHistograms: Uint32Array | undefined;
  readonly answered: Float64Array;
  readonly latencySum: Float64Array;
  readonly shortest: Float64Array;
  readonly longest: Float64Array;
  /** By unit and kind of failure. */
  readonly failed: Float64Array;
  readonly healthyMinimum: Float64Array;
  readonly healthyMaximum: Float64Array;
  /** Healthy targets times seconds. */
  readonly healthySeconds: Float64Array;
  readonly unhealthyMaximum: Float64Array;
  readonly registeredMaximum: Float64Array;

  constructor(units: number) {
    this.histograms = new Uint32Array(units * BUCKETS);
    const byUnit = () => new Float64Array(units);
    this.answered = byUnit();
    this.latencySum = byUnit();
    this.shortest = byUnit();
    this.longest = byUnit();
    this.failed = new Float64Array(units * FAILURE_KINDS);
    this.healthyMinimum = byUnit();
    this.healthyMaximum = byUnit();
    this.healthySeconds = byUnit();
    this.unhealthyMaximum = byUnit();
    this.registeredMaximum = byUnit();
  }

  /** Empties the counters for a new minute. */
  begin(minute: number): void {
    this.minute = minute;
    this.histograms.fill(0);
    this.errorHistograms?.fill(0);
    this.answered.fill(0);
    this.latencySum.fill(0);
    this.shortest.fill(Number.POSITIVE_INFINITY);
    this.longest.fill(0);
    this.failed.fill(0);
    this.healthyMinimum.fill(Number.POSITIVE_INFINITY);
    this.healthyMaximum.fill(0);
    this.healthySeconds.fill(0);
    this.unhealthyMaximum.fill(0);
    this.registeredMaximum.fill(0);
  }

  answer(unitIndex: number, bucket: number, latencySeconds: number): void {
    this.histograms[unitIndex * BUCKETS + bucket]! += 1;
    this.answered[unitIndex]! += 1;
    this.respond(unitIndex, latencySeconds);
  }

  /** A pod answered with an error. */
  answerWithError(unitIndex: number, bucket: number, latencySeconds: number): void {
    this.errorHistograms ??= new Uint32Array(this.histograms.length);
    this.errorHistograms[unitIndex * BUCKETS + bucket]! += 1;
    this.fail(unitIndex, failures.answered);
    this.respond(unitIndex, latencySeconds);
  }

  private respond(unitIndex: number, latencySeconds: number): void {
    this.latencySum[unitIndex]! += latencySeconds;
    if (latencySeconds < this.shortest[unitIndex]!) this.shortest[unitIndex] = latencySeconds;
    if (latencySeconds > this.longest[unitIndex]!) this.longest[unitIndex] = latencySeconds;
  }

  fail(unitIndex: number, failure: Failure): void {
    this.failed[unitIndex * FAILURE_KINDS + failure]! += 1;
  }

  failedOf(unitIndex: number, failure: Failure): number {
    return this.failed[unitIndex * FAILURE_KINDS + failure]!;
  }

  /** Notes the targets that a unit had for some seconds of the minute. */
  noteTargets(unitIndex: number, { healthy, unhealthy, registered }: TargetCounts, seconds: number): void {
    this.healthySeconds[unitIndex]! += healthy * seconds;
    this.healthyMinimum[unitIndex] = Math.min(this.healthyMinimum[unitIndex]!, healthy);
    this.healthyMaximum[unitIndex] = Math.max(this.healthyMaximum[unitIndex]!, healthy);
    this.unhealthyMaximum[unitIndex] = Math.max(this.unhealthyMaximum[unitIndex]!, unhealthy);
    this.registeredMaximum[unitIndex] = Math.max(this.registeredMaximum[unitIndex]!, registered);
  }
}

/** What one target group saw in one minute, in the detail that CloudWatch needs. */
export interface TargetGroupMinute extends MinuteStatistics {
  /** Requests that were answered well. */
  readonly answered: number;
  /** Requests for which the load balancer had no target of the unit (503). */
  readonly refused: number;
  /** Requests that the load balancer answered itself after it had chosen a target: 504 and 502. */
  readonly timedOut: number;
  readonly broken: number;
  /** Requests that a pod answered with an error (500). */
  readonly answeredWithError: number;
  /** Sum, minimum and maximum of the latencies of what pods answered, errors included, in seconds; 0, infinity and 0 without any. */
  readonly latencySum: number;
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
  /** Healthy targets over the minute; `undefined` while none was registered, healthy or draining. */
  readonly healthyHosts: { readonly minimum: number; readonly maximum: number; readonly average: number } | undefined;
  /** Adds the latencies of the requests that were answered well to a histogram. */
  addAnswered(counts: Counts): void;
  /** Adds the latencies of what pods answered, errors included, to a histogram. */
  addLatencies(counts: Counts): void;
}

/** One unit of one closed minute. A view: reading it after the minute was forgotten throws. */
export class UnitMinute implements TargetGroupMinute {
  private readonly minute: number;

  constructor(
    private readonly counters: MinuteCounters,
    private readonly unitIndex: number,
  ) {
    this.minute = counters.minute;
  }

  get requests(): number {
    return this.answered + this.answeredWithError + this.timedOut + this.broken;
  }

  get errors(): number {
    return this.requests - this.answered + this.refused;
  }

  get answered(): number {
    return this.checked().counters.answered[this.unitIndex]!;
  }

  get refused(): number {
    return this.failed(failures.refused);
  }

  get timedOut(): number {
    return this.failed(failures.timedOut);
  }

  get broken(): number {
    return this.failed(failures.broken);
  }

  get answeredWithError(): number {
    return this.failed(failures.answered);
  }

  get latencySum(): number {
    return this.checked().counters.latencySum[this.unitIndex]!;
  }

  get shortestSeconds(): number {
    return this.checked().counters.shortest[this.unitIndex]!;
  }

  get longestSeconds(): number {
    return this.checked().counters.longest[this.unitIndex]!;
  }

  get healthyHosts(): TargetGroupMinute['healthyHosts'] {
    const { counters, unitIndex } = this.checked();
    if (counters.registeredMaximum[unitIndex] === 0) return undefined;
    return {
      minimum: counters.healthyMinimum[unitIndex]!,
      maximum: counters.healthyMaximum[unitIndex]!,
      average: counters.healthySeconds[unitIndex]! / 60,
    };
  }

  get unhealthyHosts(): number | undefined {
    const { counters, unitIndex } = this.checked();
    return counters.registeredMaximum[unitIndex] === 0 ? undefined : counters.unhealthyMaximum[unitIndex]!;
  }

  latencySeconds(percentile: number): number | undefined {
    return percentileOf(this.checked().counters.histograms, percentile, this.unitIndex * BUCKETS);
  }

  addAnswered(counts: Counts): void {
    addCounts(counts, this.checked().counters.histograms, this.unitIndex * BUCKETS);
  }

  addLatencies(counts: Counts): void {
    const { histograms, errorHistograms } = this.checked().counters;
    addCounts(counts, histograms, this.unitIndex * BUCKETS);
    if (errorHistograms) addCounts(counts, errorHistograms, this.unitIndex * BUCKETS);
  }

  private failed(failure: Failure): number {
    return this.checked().counters.failedOf(this.unitIndex, failure);
  }

  private checked(): this {
    if (this.counters.minute !== this.minute) {
      throw new Error(
        `Minute ${this.minute} was read after it was forgotten, expected a reading within ${KEPT_MINUTES} minutes of its end.`,
      );
    }
    return this;
  }
}
