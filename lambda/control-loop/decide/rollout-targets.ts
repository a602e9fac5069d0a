import { fresh, freshQuantity } from '../model/signals';
import { grantPods } from './grants';
import type { PolicyContext } from './policies/policy';
import { needsRoomForRollout } from './rollouts';
import { claimOf, roomOf } from './room';

/** Requests of one minute may be as many more than those of the minutes before, and the autoscaler keeps to the highest of five minutes. */
const NOISE = 1.1;
const MINUTES = 3;

/**
 * Targets, in requests per minute and pod, with which the autoscalers of units that replace their pods ask for no more pods than leave room
 * for it, by unit name. A floor alone makes no room where requests ask for more pods than that. Never more than a pod sustains.
 */
export const rolloutTargets = (context: PolicyContext): ReadonlyMap<string, number> => {
  const { fleet, units, nowSeconds } = context;
  const targets = new Map<string, number>();
  const isRolling = fleet.units.map((unit) => needsRoomForRollout(context, unit));
  if (!isRolling.includes(true)) return targets;
  const replicas = fleet.units.map(({ name }) => freshQuantity(units[name]?.replicas, nowSeconds) ?? 0);
  const claims = fleet.units.map((unit, index) => claimOf(unit, replicas[index]!));
  const { pods } = grantPods(claims, roomOf(context, {}));
  for (const [index, { name, profile }] of fleet.units.entries()) {
    const recent = fresh(units[name]?.requestsPerMinute, nowSeconds)?.values.slice(-MINUTES) ?? [];
    if (!isRolling[index] || pods[index]! >= replicas[index]! || pods[index] === 0 || recent.length === 0) continue;
    const requestsPerMinute = recent.reduce((sum, value) => sum + value, 0) / recent.length;
    targets.set(name, Math.min(profile.throughputPerMinute, (NOISE * requestsPerMinute) / pods[index]!));
  }
  return targets;
};
