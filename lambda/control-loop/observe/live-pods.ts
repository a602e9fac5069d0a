import type { Unit } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { NodeStanding } from './node-claims';
import type { UnitPods } from './pods';

/** The ready pods of a unit with the pool of each; none where the unit has one pool, and so no order in which they may go. */
export const livePods = (
  unit: Pick<Unit, 'pools'>,
  pods: UnitPods | undefined,
  nodes: ReadonlyMap<string, NodeStanding>,
): readonly LivePod[] => {
  if (pods === undefined || unit.pools.length < 2) return [];
  return pods.ready.flatMap(({ name, uid, resourceVersion, deletionCost, isAnnotated, node }) => {
    const pool = nodes.get(node)?.pool;
    if (pool === undefined || !unit.pools.includes(pool)) return [];
    return [{ name, uid, resourceVersion, pool, isAnnotated, ...(deletionCost !== undefined && { deletionCost }) }];
  });
};
