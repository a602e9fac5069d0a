import { nodeLabels } from '../contract/names';
import type { Pool } from '../model/fleet';
import { known, type PoolObservation, type Signal, unknown } from '../model/observation';
import type { KubernetesObject } from '../ports';
import { readySince, whyNotReady } from './conditions';
import type { Attempt } from './deadline';
import type { Lists } from './lists';
import { readCapacity } from './node-claims';
import { parseQuantity } from './quantity';
import { launchFailures, poolFinder } from './shortage-events';

export type PoolCluster = Pick<
  PoolObservation,
  'uid' | 'weight' | 'limitDevices' | 'notReady' | 'runningDevices' | 'lastLaunchSeconds' | 'launchFailures'
>;

/** Every NodePool of the cluster is considered when the pool of a NodeClaim that is gone is sought: otherwise a failure could go to a pool of a shorter name. */
export const readFailures = (
  { events, nodeClaims, nodePools }: Pick<Lists, 'events' | 'nodeClaims' | 'nodePools'>,
  pools: readonly Pool[],
): Attempt<ReturnType<typeof launchFailures>> => {
  if (!events.ok) return events;
  const labelled = new Map<string, string>();
  for (const nodeClaim of nodeClaims.ok ? nodeClaims.value : []) {
    const pool = nodeClaim.metadata.labels?.[nodeLabels.nodePool];
    if (pool !== undefined) labelled.set(nodeClaim.metadata.name, pool);
  }
  const names = new Set(pools.map((pool) => pool.name));
  for (const nodePool of nodePools.ok ? nodePools.value : []) names.add(nodePool.metadata.name);
  const find = poolFinder(names);
  return { ok: true, value: launchFailures(events.value, (nodeClaim) => labelled.get(nodeClaim) ?? find(nodeClaim)) };
};

interface NodePoolSpec {
  readonly weight?: unknown;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly replicas?: unknown;
}

export const readNodePool = (
  pool: Pool,
  nodePools: Attempt<ReadonlyMap<string, KubernetesObject>>,
  atSeconds: number,
): Pick<PoolCluster, 'uid' | 'weight' | 'limitDevices' | 'notReady'> => {
  const nodePool = nodePools.ok ? nodePools.value.get(pool.name) : undefined;
  if (nodePool === undefined) {
    const missing = unknown(nodePools.ok ? `NodePool ${pool.name} does not exist` : nodePools.reason);
    return { uid: missing, weight: missing, limitDevices: missing, notReady: missing };
  }
  const spec = (nodePool.spec ?? {}) as NodePoolSpec;
  const { uid } = nodePool.metadata;
  if (spec.replicas !== undefined && spec.replicas !== null) {
    const fixed = unknown(`NodePool ${pool.name} states spec.replicas: Karpenter forbids a weight on it and knows no limit but nodes`);
    return { uid: fixed, weight: fixed, limitDevices: fixed, notReady: fixed };
  }
  return {
    uid: uid === undefined ? unknown(`NodePool ${pool.name} has no uid`) : known(uid, atSeconds),
    weight: optionalQuantity(`NodePool ${pool.name}: spec.weight`, spec.weight, atSeconds),
    limitDevices: optionalQuantity(
      `NodePool ${pool.name}: spec.limits[${pool.deviceResource}]`,
      spec.limits?.[pool.deviceResource],
      atSeconds,
    ),
    notReady: known(lastingProblem(nodePool, atSeconds), atSeconds),
  };
};

/** A NodePool is not ready for a moment whenever its node class changes. */
const NOT_READY_SECONDS = 120;

const lastingProblem = (nodePool: KubernetesObject, nowSeconds: number): string | undefined => {
  const since = readySince(nodePool);
  return since === undefined || nowSeconds - since >= NOT_READY_SECONDS ? whyNotReady(nodePool) : undefined;
};

const optionalQuantity = (field: string, raw: unknown, atSeconds: number): Signal<number | undefined> => {
  if (raw === undefined || raw === null) return known(undefined, atSeconds);
  const value = parseQuantity(raw);
  return value === undefined ? unknown(`${field} is ${JSON.stringify(raw)}, expected a quantity`) : known(value, atSeconds);
};

export const capacityOf = (
  pool: Pool,
  claimsByPool: Attempt<ReadonlyMap<string, readonly KubernetesObject[]>>,
  unreadable: string | undefined,
  nowSeconds: number,
): Pick<PoolCluster, 'runningDevices' | 'lastLaunchSeconds'> => {
  const reason = claimsByPool.ok ? unreadable : claimsByPool.reason;
  if (reason !== undefined) return { runningDevices: unknown(reason), lastLaunchSeconds: unknown(reason) };
  return readCapacity(pool, (claimsByPool.ok && claimsByPool.value.get(pool.name)) || [], nowSeconds);
};
