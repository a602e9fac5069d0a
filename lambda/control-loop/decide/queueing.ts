import type { Objective, Profile } from '../model/fleet';
import { stationOf } from '../model/profile';

/** Part of a pod's throughput that is used where the wait is not computed: above it queues grow fast with every request. */
export const UTILIZATION_CEILING = 0.85;

/**
 * Probability that a request has to wait in an M/M/c queue.
 *
 * By the recurrence of the Erlang B formula, B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)), which stays within 0 and 1 for
 * any load, and C = B / (1 - (a/c) (1 - B)) (R. B. Cooper, Introduction to Queueing Theory, 2nd ed., 1981, sections 3.3
 * and 3.4).
 *
 * @param servers whole number, at least 1
 * @param loadErlang arrival rate times service time, at least 0; at or above `servers` every request waits
 */
export const erlangC = (servers: number, loadErlang: number): number => {
  if (loadErlang >= servers) return 1;
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (loadErlang * blocked) / (k + loadErlang * blocked);
  return waitingFromBlocking(blocked, servers, loadErlang);
};

const waitingFromBlocking = (blocked: number, servers: number, loadErlang: number): number =>
  blocked / (1 - (loadErlang / servers) * (1 - blocked));

/**
 * Probability that a request waits longer than a time in an M/M/c queue: P(W > t) = C e^(-(c - a) t / S).
 *
 * Inference requests take nearly the same time each, and then wait about half as long as exponential ones (the
 * Allen-Cunneen approximation of G/G/c: A. O. Allen, Probability, Statistics, and Queueing Theory, 2nd ed., 1990,
 * section 5.3), so that this errs to the safe side.
 */
export const waitingTail = (servers: number, loadErlang: number, serviceSeconds: number, waitSeconds: number): number =>
  loadErlang >= servers ? 1 : erlangC(servers, loadErlang) * Math.exp((-(servers - loadErlang) * waitSeconds) / serviceSeconds);

/** No number of pods meets an objective always; this part of the requests may miss an attainment of 1. */
const MIN_MISSED = 0.0001;

type Promised = Pick<Objective, 'latencySeconds' | 'percentile'> & Partial<Pick<Objective, 'attainment'>>;

const mayMiss = ({ percentile, attainment = 0 }: Promised): number => Math.max(MIN_MISSED, 1 - Math.max(percentile / 100, attainment));

/**
 * The fewest pods behind one queue that serve a rate within the objective: the time a request may wait is what the
 * service time leaves of the objective's latency, and at most 1 - percentile/100, or 1 - attainment where that is less, of
 * the requests may wait longer.
 *
 * Where the service time alone takes up the objective, no number of pods meets it; then pods are used to
 * `UTILIZATION_CEILING` of what they can serve. Never fewer than the profile's throughput asks for.
 *
 * @param ratePerMinute requests per minute; zero needs no pod
 * @param maximumPods the search ends here: the result is this or more, to be read as "too few"
 */
export const podsFor = (ratePerMinute: number, profile: Profile, objective: Promised, maximumPods = 100_000): number => {
  if (ratePerMinute <= 0) return 0;
  const { servers, serviceSeconds } = stationOf(profile);
  const fewest = Math.max(1, Math.ceil(ratePerMinute / profile.throughputPerMinute));
  const waitSeconds = objective.latencySeconds - serviceSeconds;
  if (waitSeconds <= 0) return Math.ceil(ratePerMinute / (profile.throughputPerMinute * UTILIZATION_CEILING));
  if (fewest >= maximumPods) return fewest;

  const loadErlang = (ratePerMinute / 60) * serviceSeconds;
  const mayWaitLonger = mayMiss(objective);
  let blocked = 1;
  let k = 0;
  for (let pods = fewest; pods < maximumPods; pods++) {
    const c = pods * servers;
    while (k < c) {
      k += 1;
      blocked = (loadErlang * blocked) / (k + loadErlang * blocked);
    }
    if (c <= loadErlang) continue;
    const tail = waitingFromBlocking(blocked, c, loadErlang) * Math.exp((-(c - loadErlang) * waitSeconds) / serviceSeconds);
    if (tail <= mayWaitLonger) return pods;
  }
  return maximumPods;
};

/** Halvings of an interval: finer than any rate is known. */
const HALVINGS = 20;

/**
 * The most requests per minute that so many pods behind one queue serve within the objective: what `podsFor` counts pods for.
 * Never more than their profile's throughput.
 */
export const rateFor = (pods: number, profile: Profile, objective: Promised): number => {
  const most = pods * profile.throughputPerMinute;
  const { servers, serviceSeconds } = stationOf(profile);
  const waitSeconds = objective.latencySeconds - serviceSeconds;
  if (pods <= 0 || waitSeconds <= 0) return most * UTILIZATION_CEILING;
  const perErlang = 60 / serviceSeconds;
  const mayWaitLonger = mayMiss(objective);
  const isHeld = (ratePerMinute: number): boolean =>
    waitingTail(pods * servers, ratePerMinute / perErlang, serviceSeconds, waitSeconds) <= mayWaitLonger;
  if (isHeld(most)) return most;
  let low = 0;
  let high = most;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (isHeld(middle)) low = middle;
    else high = middle;
  }
  return low;
};
