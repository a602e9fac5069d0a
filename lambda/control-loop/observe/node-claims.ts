import { nodeLabels } from '../contract/names';
import type { Pool } from '../model/fleet';
import { known, type Signal, unknown } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';
import { parseQuantity } from './quantity';

interface NodeClaimStatus {
  readonly nodeName?: string;
  readonly providerID?: string;
  readonly capacity?: Readonly<Record<string, unknown>>;
  readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly lastTransitionTime?: string }[];
}

const statusOf = (nodeClaim: KubernetesObject): NodeClaimStatus => (nodeClaim.status ?? {}) as NodeClaimStatus;

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
  /** Its NodeClaim is being deleted: reclaimed by EC2, drained or consolidated. Its pods serve on for two minutes at most. */
  readonly leaving: boolean;
  /** When the NodeClaim was created, in seconds since the epoch; left out where it is not stated. */
  readonly createdSeconds?: number | undefined;
}

/** Where each node stands, by its name. */
export const nodeStandings = (nodeClaims: readonly KubernetesObject[]): ReadonlyMap<string, NodeStanding> => {
  const standings = new Map<string, NodeStanding>();
  for (const nodeClaim of nodeClaims) {
    const node = statusOf(nodeClaim).nodeName;
    const pool = nodeClaim.metadata.labels?.[nodeLabels.nodePool];
    if (node !== undefined && pool !== undefined) {
      const { deletionTimestamp, creationTimestamp } = nodeClaim.metadata;
      standings.set(node, { pool, leaving: deletionTimestamp !== undefined, createdSeconds: parseRfc3339(creationTimestamp) });
    }
  }
  return standings;
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
