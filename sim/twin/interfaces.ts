/**
 * The seams between the parts of the twin. Times are virtual seconds since the start of the scenario.
 */

/** The virtual clock and its control events (hundreds a minute, not the requests: those have their own queue in `Traffic`). */
export interface Kernel {
  readonly now: number;
  /** Runs `action` at `timeSeconds` (not before now); equal times run in the order they were scheduled. */
  at(timeSeconds: number, action: () => void | Promise<void>): void;
  after(delaySeconds: number, action: () => void | Promise<void>): void;
  /** Runs `action` every `periodSeconds`, first at `firstSeconds`. */
  every(periodSeconds: number, firstSeconds: number, action: () => void | Promise<void>): void;
}

/** Seeded randomness: one independent stream a purpose, so that policies compared on one seed meet the same arrivals and faults. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Standard normal. */
  normal(): number;
  /** Log-normal with the given mean and coefficient of variation. */
  logNormal(mean: number, coefficientOfVariation: number): number;
  /** Gamma with the given shape and mean 1. */
  gamma(shape: number): number;
}

export type RandomStreams = (purpose: string) => RandomStream;

/** What one unit's target group saw in one minute. */
export interface MinuteStatistics {
  /** Requests routed to a target of the unit that were answered (or failed there) in this minute. */
  readonly requests: number;
  /** 503, 504 and broken requests counted on the unit. */
  readonly errors: number;
  /** Latency of the answered requests at a percentile, in seconds; `undefined` without any. */
  latencySeconds(percentile: number): number | undefined;
}

/** The request level: clients, load balancer, pods as queues. */
export interface Traffic {
  /** Serves all requests up to the virtual time. */
  runUntil(timeSeconds: number): void;
  /** Router weights by unit index; zero takes a group out. A weight on a unit without healthy pod answers 503. */
  setWeights(weights: readonly number[]): void;
  /** A pod passed its readiness probe and is a healthy target. Pod ids are unique for ever. */
  addPod(podId: number, unitIndex: number): void;
  /** The pod leaves the target group: no new requests, those on it are finished. */
  drainPod(podId: number): void;
  /** The pod is gone: requests on it fail. */
  removePod(podId: number): void;
  /** Requests in the pod, waiting and served. */
  outstanding(podId: number): number;
  /** The statistics of a closed minute (`minute` = floor(time / 60)); kept for the last 60 minutes. */
  minute(unitIndex: number, minute: number): MinuteStatistics | undefined;
  readonly healthyPods: readonly number[];
}
