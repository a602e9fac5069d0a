import type { Unit } from '../../model/fleet';
import { fresh } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';

/** Requests that took this much longer than the objective have met a queue that no share of the traffic should feed. */
const OVERWHELMED_SECONDS = 15;
/** A queue is worked off, and what comes after it tells something of the unit again, within this many minutes. */
const LOOK_BACK_MINUTES = 8;

/**
 * The requests per minute that one pod of a unit was seen to answer at the most while requests met a long queue; `undefined` where none
 * did. In a queue requests time out, and such minutes tell little: until that has passed, this bounds what a pod can do.
 * It is never less than what may be learned of the unit.
 */
export const answeredPerPod = ({ fleet, units, nowSeconds }: PolicyContext, { name, profile }: Unit): number | undefined => {
  const recent = (fresh(units[name]?.minutes, nowSeconds) ?? []).slice(-LOOK_BACK_MINUTES);
  const isOverwhelmed = recent.some(({ latencySeconds }) => (latencySeconds ?? 0) > fleet.objective.latencySeconds + OVERWHELMED_SECONDS);
  if (!isOverwhelmed) return undefined;
  const answered = recent.map((minute) => ((minute.healthyHosts ?? 0) > 0 ? (minute.answered ?? 0) / minute.healthyHosts! : 0));
  return Math.max(fleet.learning.minimumFactor * profile.throughputPerMinute, ...answered);
};
