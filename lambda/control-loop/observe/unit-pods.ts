import { known, type PodStart, type UnitObservation, unknown } from '../model/observation';
import type { Attempt } from './deadline';
import type { NodeStanding } from './node-claims';
import type { UnitPods } from './pods';

/** The pods of a unit by what they do; ready ones by the pool of their node. */
export const readPods = (
  pods: Attempt<ReadonlyMap<string, UnitPods>>,
  nodes: Attempt<ReadonlyMap<string, NodeStanding>>,
  key: string,
  ownPools: ReadonlySet<string>,
  atSeconds: number,
): Pick<UnitObservation, 'readyPodsByPool' | 'leavingPods' | 'podStarts' | 'startingPods' | 'pendingPods' | 'waitingPods'> => {
  if (!pods.ok) {
    const unread = unknown(pods.reason);
    return {
      readyPodsByPool: unread,
      leavingPods: unread,
      podStarts: unread,
      startingPods: unread,
      pendingPods: unread,
      waitingPods: unread,
    };
  }
  const counts = pods.value.get(key);
  const startingPods = known(counts?.starting ?? 0, atSeconds);
  const pendingPods = known(counts?.pending ?? 0, atSeconds);
  const waitingPods = known(counts?.waiting ?? [], atSeconds);
  if (!nodes.ok) {
    const unread = unknown(`pods cannot be counted by pool: ${nodes.reason}`);
    return { readyPodsByPool: unread, leavingPods: unread, podStarts: unread, startingPods, pendingPods, waitingPods };
  }
  const byPool: Record<string, number> = {};
  const starts: PodStart[] = [];
  const leaving: LeavingPod[] = [];
  for (const { uid, node, createdSeconds, readySeconds } of counts?.ready ?? []) {
    const standing = nodes.value.get(node);
    if (createdSeconds !== undefined && readySeconds !== undefined)
      starts.push({ uid, ...startOf(createdSeconds, readySeconds, standing?.createdSeconds) });
    // A pod on a node that EC2 takes still answers, but nothing may be built on it: its share moves while it can still finish its requests.
    if (standing?.isReclaimed) continue;
    if (standing?.replacement !== undefined) leaving.push({ node, pool: standing.pool, replacement: standing.replacement });
    const name = standing !== undefined && ownPools.has(standing.pool) ? standing.pool : '';
    byPool[name] = (byPool[name] ?? 0) + 1;
  }
  return {
    readyPodsByPool: known(byPool, atSeconds),
    leavingPods: known(countLeaving(leaving), atSeconds),
    podStarts: known(starts, atSeconds),
    startingPods,
    pendingPods,
    waitingPods,
  };
};

interface LeavingPod {
  readonly node: string;
  readonly pool: string;
  readonly replacement: 'Draining' | 'Drifted';
}

/**
 * How many pods leave at a time: all on nodes that are drained, and in a pool where none is yet, those of the fullest node that has
 * drifted, for Karpenter replaces drifted nodes one of a pool at a time.
 */
const countLeaving = (pods: readonly LeavingPod[]): number => {
  const draining = pods.filter(({ replacement }) => replacement === 'Draining');
  const busy = new Set(draining.map(({ pool }) => pool));
  const byNode = new Map<string, { readonly pool: string; pods: number }>();
  for (const { node, pool } of pods.filter((pod) => !busy.has(pod.pool))) {
    const counted = byNode.get(node);
    if (counted === undefined) byNode.set(node, { pool, pods: 1 });
    else counted.pods += 1;
  }
  const fullest = new Map<string, number>();
  for (const one of byNode.values()) fullest.set(one.pool, Math.max(fullest.get(one.pool) ?? 0, one.pods));
  return draining.length + [...fullest.values()].reduce((sum, count) => sum + count, 0);
};

/** Times of the API server are whole seconds, and a NodeClaim is made for pods that are already there. */
const LAUNCH_SLACK_SECONDS = 5;

/** A pod waits for a node from the creation of the node's NodeClaim on: what went before, a shortage, does not belong to its start. */
const startOf = (createdSeconds: number, readySeconds: number, nodeSeconds: number | undefined): Omit<PodStart, 'uid'> => ({
  createdSeconds: Math.max(createdSeconds, nodeSeconds ?? createdSeconds),
  readySeconds,
  launchedNode: nodeSeconds !== undefined && nodeSeconds >= createdSeconds - LAUNCH_SLACK_SECONDS,
});
