import type { TargetGroupMinute } from './minutes';
import type { PodTraffic } from './port';
import type { RequestTraffic } from './traffic';

/** The requests of one fleet. */
export interface FleetTraffic {
  readonly traffic: RequestTraffic;
  /** Units of the fleet. */
  readonly units: number;
}

/** The requests of all fleets of a cluster, by unit index over all fleets. */
export interface FleetsTraffic extends PodTraffic {
  /** After the units come the fleets: under their indices are the requests that no unit of the fleet had a weight for. */
  minute(index: number, minute: number): TargetGroupMinute | undefined;
}

/** Puts the fleets of a cluster together. Each has requests, pods and statistics of its own. */
export const trafficOfFleets = (fleets: readonly FleetTraffic[]): FleetsTraffic => {
  const places = fleets.flatMap(({ traffic, units }) => Array.from({ length: units }, (_, index) => ({ traffic, index })));
  const unrouted = fleets.map(({ traffic, units }) => ({ traffic, index: units }));
  const byPod = new Map<number, RequestTraffic>();
  const trafficOf = (podId: number): RequestTraffic => {
    const traffic = byPod.get(podId);
    if (traffic === undefined) throw new RangeError(`Pod ${podId} was named, expected a pod that was added and not removed.`);
    return traffic;
  };
  return {
    runUntil: (timeSeconds) => {
      for (const { traffic } of fleets) traffic.runUntil(timeSeconds);
    },
    addPod: (podId, unitIndex) => {
      const place = places[unitIndex];
      if (place === undefined) {
        throw new RangeError(`Pod ${podId} was added to unit ${unitIndex}, expected a unit from 0 to ${places.length - 1}.`);
      }
      place.traffic.addPod(podId, place.index);
      byPod.set(podId, place.traffic);
    },
    setServing: (podId, serving) => trafficOf(podId).setServing(podId, serving),
    setTarget: (podId, state) => trafficOf(podId).setTarget(podId, state),
    drainPod: (podId) => trafficOf(podId).drainPod(podId),
    removePod: (podId) => {
      trafficOf(podId).removePod(podId);
      byPod.delete(podId);
    },
    outstanding: (podId) => trafficOf(podId).outstanding(podId),
    minute: (index, minute) => {
      const place = places[index] ?? unrouted[index - places.length];
      return place?.traffic.minute(place.index, minute);
    },
  };
};
