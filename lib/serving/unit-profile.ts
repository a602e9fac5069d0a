import type { Duration } from 'aws-cdk-lib';

/**
 * The breaking point of a unit: measure it with one pod, under a load that rises until the objective's latency is reached.
 *
 * @example
 * const profile: UnitProfile = { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) };
 */
export interface UnitProfile {
  /** Requests per minute that one pod sustains within the objective's latency, above 0. */
  readonly throughputPerMinute: number;

  /** Latency of one request at that throughput. */
  readonly latency: Duration;

  /** Time from requesting a pod until its first response when a node must be launched, at most a day. */
  readonly coldStart: Duration;
}
