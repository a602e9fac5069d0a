import type { Profile } from '../../model/fleet';
import { stationOf } from '../../model/profile';
import { erlangC } from '../queueing';

/** What a unit was asked for in one minute. */
export interface Load {
  /** Pods that shared the requests. */
  readonly pods: number;
  readonly requestsPerMinute: number;
}

/** Requests that are alike still differ by a few percent: a high percentile of the service time lies about this much above its mean. */
const SERVICE_SPREAD = 1.1;

/**
 * The latency that a percentile of the requests stays within while none of them waits, in seconds: the profile's own, which is
 * measured with all that lies between client and pod, or that of its service time where the throughput asks for more.
 */
export const unloadedLatencySeconds = (profile: Profile): number =>
  Math.max(profile.latencySeconds, SERVICE_SPREAD * stationOf(profile).serviceSeconds);

/** With more servers than this hardly a request waits until nearly all of them are busy. */
const MANY_SERVERS = 2000;

/**
 * The time that a part of the requests waits longer than, in seconds; 0 where fewer have to wait at all.
 *
 * P(W > t) = C e^(-2 (c - a) t / S): the tail of M/M/c with half its mean, as service times are nearly alike (the Allen-Cunneen
 * approximation of G/G/c: A. O. Allen, Probability, Statistics, and Queueing Theory, 2nd ed., 1990, section 5.3). A load
 * balancer that picks the pod with the fewest outstanding requests comes within a few percent of one shared queue.
 */
const waitSeconds = (servers: number, loadErlang: number, serviceSeconds: number, waitLonger: number): number => {
  if (loadErlang >= servers) return Number.POSITIVE_INFINITY;
  if (servers > MANY_SERVERS) return 0;
  const waits = erlangC(servers, loadErlang);
  return waits <= waitLonger ? 0 : (serviceSeconds * Math.log(waits / waitLonger)) / (2 * (servers - loadErlang));
};

/** How many times as long as stated a request takes, as one minute tells it. */
export interface Slowdown {
  /** The least that explains the latency: unlucky requests, and all that the profile allows for besides the queue. */
  readonly low: number;
  /** The most that the latency leaves room for: lucky requests, and nothing but service and queue. */
  readonly high: number;
}

/** By how many standard deviations the number of requests beyond the percentile may be off. */
const DEVIATIONS = 2;
/** Halvings of an interval: finer than any latency is known. */
const HALVINGS = 20;

/**
 * How many times as long as its profile states a unit takes for one request, by the latency that one minute showed.
 *
 * The unit is a queue of `pods` times the servers of its station; service times are stretched until the percentile of latency is
 * the observed one. What was served bounds the answer: pods that had to work all minute long explain any latency, and serve no less
 * than they just did. So too few pods are never mistaken for slow ones.
 *
 * @param latencySeconds at the percentile
 * @param percentile between 0 and 100
 */
export const slowdownOf = (profile: Profile, load: Load, latencySeconds: number, percentile: number): Slowdown => {
  const { servers, serviceSeconds } = stationOf(profile);
  const all = load.pods * servers;
  const loadErlang = (load.requestsPerMinute / 60) * serviceSeconds;
  const most = (load.pods * profile.throughputPerMinute) / load.requestsPerMinute;
  const beyond = 1 - percentile / 100;
  const luck = 1 + DEVIATIONS / Math.sqrt(load.requestsPerMinute * beyond);
  const solve = (unloadedSeconds: number, waitLonger: number): number => {
    const latencyAt = (times: number): number =>
      times * unloadedSeconds + waitSeconds(all, times * loadErlang, times * serviceSeconds, waitLonger);
    let low = 0;
    let high = Math.min(most, latencySeconds / unloadedSeconds);
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2;
      if (latencyAt(middle) > latencySeconds) high = middle;
      else low = middle;
    }
    return low;
  };
  return { low: solve(unloadedLatencySeconds(profile), beyond / luck), high: solve(serviceSeconds, Math.min(1, beyond * luck)) };
};
