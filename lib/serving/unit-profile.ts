import type { Duration } from 'aws-cdk-lib';

/** The breaking point of a unit: measure it under a rising load, with one pod. */
export interface UnitProfile {
  /** Requests per minute one pod sustains within the objective's latency, above 0. */
  readonly throughputPerMinute: number;

  /** Latency of one request at that throughput. */
  readonly latency: Duration;

  /** Time from asking for a pod to its first answer when a node must be launched. */
  readonly coldStart: Duration;
}
