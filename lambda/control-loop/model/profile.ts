import type { Profile } from './fleet';

/** A pod as a queueing station: some parallel servers, each of which takes one request at a time. */
export interface Station {
  /** Requests a pod works on at once. */
  readonly servers: number;
  /** Time one of them takes, in seconds. */
  readonly serviceSeconds: number;
}

/**
 * The queueing station that a profile describes.
 *
 * By Little's law a pod at its breaking point holds `throughputPerMinute * latencySeconds / 60` requests; the
 * nearest whole number, at least 1, is its number of servers. The service time is the profile's latency, shortened
 * where that many servers could otherwise not reach the profile's throughput.
 */
export const stationOf = (profile: Profile): Station => {
  const servers = Math.max(1, Math.round((profile.throughputPerMinute * profile.latencySeconds) / 60));
  return { servers, serviceSeconds: Math.min(profile.latencySeconds, (servers * 60) / profile.throughputPerMinute) };
};
