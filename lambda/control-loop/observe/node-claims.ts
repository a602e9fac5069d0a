import { nodeLabels } from '../contract/names';
import type { Pool } from '../model/fleet';
import { known, type Signal, unknown } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';
import { parseQuantity } from './quantity';

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly lastTransitionTime?: string;
}

interface NodeClaimStatus {
  readonly nodeName?: string;
  readonly providerID?: string;
  readonly capacity?: Readonly<Record<string, unknown>>;
  readonly conditions?: readonly Condition[];
}

const statusOf = (nodeClaim: KubernetesObject): NodeClaimStatus => (nodeClaim.status ?? {}) as NodeClaimStatus;

/** The EC2 instance of a NodeClaim: the last part of `aws:///<zone>/<instance>`; `undefined` while it has none. */
export const instanceIdOf = (nodeClaim: KubernetesObject): string | undefined => {
  const providerID: unknown = statusOf(nodeClaim).providerID;
  return typeof providerID === 'string' ? providerID.slice(providerID.lastIndexOf('/') + 1) : undefined;
};

/** NodeClaims by pool name. */
export const groupByPool = (nodeClaims: readonly KubernetesObject[]): ReadonlyMap<string, readonly KubernetesObject[]> => {
  const groups = new Map<string, KubernetesObject[]>();
  for (const nodeClaim of nodeClaims) {
    const pool = nodeClaim.metadata.labels?.[nodeLabels.nodePool];
    if (pool === undefined) continue;
    const group = groups.get(pool);
    if (group === undefined) groups.set(pool, [nodeClaim]);
    else group.push(nodeClaim);
  }
  return groups;
};

/** Where a node stands. */
export interface NodeStanding {
  readonly pool: string;
  /** EC2 may have given notice of it: its pods serve on for two minutes at most. */
  readonly isReclaimed: boolean;
  /** Set where Karpenter evicts its pods, or will, to have them elsewhere. They serve until they are evicted, however long that takes. */
  readonly replacement?: 'Draining' | 'Drifted';
  /** When the NodeClaim was created, in seconds since the epoch; left out where it is not stated. */
  readonly createdSeconds?: number | undefined;
}

/** The notice that EC2 gives, and what Karpenter needs to act on it: whatever stands longer was not reclaimed. */
const RECLAIM_SECONDS = 150;

/**
 * Where the node of a NodeClaim stands, with its name; `undefined` while it has none, and for one of no NodePool. `isPoolGoing`: whether its
 * NodePool is gone or being deleted.
 */
export const nodeStanding = (
  nodeClaim: KubernetesObject,
  atSeconds: number,
  isPoolGoing: (pool: string) => boolean,
): readonly [node: string, NodeStanding] | undefined => {
  const { nodeName, conditions } = statusOf(nodeClaim);
  const pool = nodeClaim.metadata.labels?.[nodeLabels.nodePool];
  if (nodeName === undefined || pool === undefined) return undefined;
  const { deletionTimestamp, creationTimestamp } = nodeClaim.metadata;
  const isTrue = (type: string) => conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  // Of a NodePool that is deleted Kubernetes deletes all NodeClaims at once: these drain, however soon that is seen.
  const hasReason = isTrue('DisruptionReason') || isPoolGoing(pool);
  const isReclaimed = deletionTimestamp !== undefined && mayBeReclaimed(nodeClaim, hasReason, atSeconds);
  const replacement = deletionTimestamp !== undefined ? 'Draining' : isTrue('Drifted') ? 'Drifted' : undefined;
  const standing: NodeStanding = {
    pool,
    isReclaimed,
    ...(replacement !== undefined && !isReclaimed && { replacement }),
    createdSeconds: parseRfc3339(creationTimestamp),
  };
  return [nodeName, standing];
};

/**
 * Whether a NodeClaim that is being deleted may be so because EC2 takes the instance. Karpenter states the reason of what it disrupts by
 * itself (condition `DisruptionReason`; sigs.k8s.io/karpenter `pkg/apis/v1/nodeclaim_status.go`), and not that of an interruption, which EC2
 * announces of spot instances, of those that it retires and of those that somebody stops; nor that of a deletion by hand. There it is the
 * time that tells.
 */
const mayBeReclaimed = (nodeClaim: KubernetesObject, hasReason: boolean, atSeconds: number): boolean => {
  const deletedSeconds = parseRfc3339(nodeClaim.metadata.deletionTimestamp);
  if (hasReason || (deletedSeconds !== undefined && isExpired(nodeClaim, deletedSeconds))) return false;
  return deletedSeconds === undefined || atSeconds - deletedSeconds < RECLAIM_SECONDS;
};

/** Whether a NodeClaim had reached its age when it was deleted: Karpenter deletes it then, without a reason. */
const isExpired = ({ metadata, spec }: KubernetesObject, deletedSeconds: number): boolean => {
  const age = goDurationSeconds((spec as { readonly expireAfter?: unknown } | undefined)?.expireAfter);
  const createdSeconds = parseRfc3339(metadata.creationTimestamp);
  return age !== undefined && createdSeconds !== undefined && deletedSeconds >= createdSeconds + age;
};

const SECONDS_OF: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** `720h`, `1h30m`, as Karpenter takes them; `undefined` for `Never` and anything else. */
const goDurationSeconds = (duration: unknown): number | undefined => {
  if (typeof duration !== 'string' || !/^(?:\d+[hms])+$/.test(duration)) return undefined;
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS_OF[unit!]!, 0);
};

export interface PoolCapacity {
  readonly runningDevices: Signal<number>;
  readonly lastLaunchSeconds: Signal<number | undefined>;
}

/** What runs in a pool: its NodeClaims that were launched and are not being deleted. */
export const readCapacity = (pool: Pool, nodeClaims: readonly KubernetesObject[], atSeconds: number): PoolCapacity => {
  let devices: number | undefined = 0;
  let unreadable = '';
  let lastLaunchSeconds: number | undefined;
  for (const nodeClaim of nodeClaims) {
    const launchedSeconds = launchTime(nodeClaim);
    if (launchedSeconds === undefined || nodeClaim.metadata.deletionTimestamp !== undefined) continue;
    if (lastLaunchSeconds === undefined || launchedSeconds > lastLaunchSeconds) lastLaunchSeconds = launchedSeconds;
    const own = devicesOf(pool, nodeClaim);
    if (own === undefined) unreadable = nodeClaim.metadata.name;
    devices = own === undefined || devices === undefined ? undefined : devices + own;
  }
  return {
    runningDevices:
      devices === undefined
        ? unknown(`NodeClaim ${unreadable} states neither an instance type of the pool nor a capacity of ${pool.deviceResource}`)
        : known(devices, atSeconds),
    lastLaunchSeconds: known(lastLaunchSeconds, atSeconds),
  };
};

/** When EC2 gave the instance; `undefined` while it has not. */
const launchTime = (nodeClaim: KubernetesObject): number | undefined => {
  const { conditions, providerID } = statusOf(nodeClaim);
  const launched = conditions?.find((condition) => condition.type === 'Launched');
  if (launched?.status !== 'True' && providerID === undefined) return undefined;
  if (launched !== undefined && launched.status !== 'True') return undefined;
  return parseRfc3339(launched?.lastTransitionTime) ?? parseRfc3339(nodeClaim.metadata.creationTimestamp);
};

/** By the instance type where the fleet knows it: some providers state the requests of the first pods as capacity. */
const devicesOf = (pool: Pool, nodeClaim: KubernetesObject): number | undefined => {
  const instanceType = nodeClaim.metadata.labels?.[nodeLabels.instanceType];
  const type = pool.instanceTypes.find(({ name }) => name === instanceType);
  return type?.devices ?? parseQuantity(statusOf(nodeClaim).capacity?.[pool.deviceResource]);
};
