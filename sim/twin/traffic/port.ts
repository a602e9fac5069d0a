import type { MinuteStatistics } from './minutes';
import type { Serving, TargetState } from './pod-queues';

/** What the cluster needs of the request level: clients, load balancer, pods as queues. Times are virtual seconds. */
export interface PodTraffic {
  /** Serves all requests up to the virtual time. */
  runUntil(timeSeconds: number): void;
  /** A pod passed its readiness probe and is a healthy target. Pod ids are never used twice. */
  addPod(podId: number, unitIndex: number): void;
  /** How the pod serves from now on; before, it serves like its unit's profile. */
  setServing(podId: number, serving: Serving): void;
  /** What the pod is to the load balancer from now on; before, a healthy target. */
  setTarget(podId: number, state: TargetState): void;
  /** The pod leaves the target group: no new requests, those on it are finished. */
  drainPod(podId: number): void;
  /** The pod is gone: requests on it fail. */
  removePod(podId: number): void;
  /** Requests in the pod, waiting and served. */
  outstanding(podId: number): number;
  /** The statistics of a closed minute (`minute` = floor(time / 60)); kept for the last 60 minutes. */
  minute(unitIndex: number, minute: number): MinuteStatistics | undefined;
}

/** What a router needs of the request level of its fleet. */
export interface WeightedTraffic {
  /** Serves all requests up to the virtual time. */
  runUntil(timeSeconds: number): void;
  /** Weights by unit index; zero takes a group out. A weight on a unit without target answers 503. */
  setWeights(weights: readonly number[]): void;
}

/** What splits the requests of a fleet over its units. */
export interface TwinRouter {
  /** The present weights, by unit index. */
  readonly weights: readonly number[];
}
