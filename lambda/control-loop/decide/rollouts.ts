import type { Unit } from '../model/fleet';
import { freshQuantity } from '../model/signals';
import type { PolicyContext } from './policies/policy';
import type { Room } from './room';

/** Whether a unit replaces its pods, and needs room for a new one before an old one may go. */
export const needsRoomForRollout = (
  { units, nowSeconds }: Pick<PolicyContext, 'units' | 'nowSeconds'>,
  { name }: Pick<Unit, 'name'>,
): boolean => (freshQuantity(units[name]?.surgePods, nowSeconds) ?? 0) > 0;

/**
 * The room without a pod for each unit that replaces its pods and may take none away before another is ready: at the maximum of its pools
 * it could start none, and its rollout would wait for ever.
 *
 * One pod is enough: the device of each old pod that goes is free for the next new one. More of them start where there is room. The pod is
 * taken from the pool of the unit with most of it.
 */
export const withRoomForRollouts = (room: Room, context: Pick<PolicyContext, 'fleet' | 'units' | 'nowSeconds'>): Room => {
  const rolling = context.fleet.units.filter((unit) => needsRoomForRollout(context, unit));
  if (rolling.length === 0) return room;
  const left = new Map(room);
  for (const { pools, devicesPerPod } of rolling) {
    const roomiest = pools.reduce((best, pool) => ((left.get(pool) ?? 0) > (left.get(best) ?? 0) ? pool : best), pools[0]!);
    const devices = left.get(roomiest) ?? 0;
    if (devices >= devicesPerPod) left.set(roomiest, devices - devicesPerPod);
  }
  return left;
};
