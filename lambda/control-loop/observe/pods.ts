import { labels, podAnnotations } from '../contract/names';
import type { LivePod } from '../model/live-pod';
import type { WaitingPods } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';
import { groupCauses, type PodStatus, waitingCause } from './waiting-pods';

/** A ready pod. */
interface ReadyPod extends Omit<LivePod, 'pool'> {
  /** Name of its node; `''` where none is stated. */
  readonly node: string;
  /** When it was created and when it became ready, in seconds since the epoch; left out where it is not stated. */
  readonly createdSeconds?: number | undefined;
  readonly readySeconds?: number | undefined;
}

/** Pods of one unit. */
export interface UnitPods {
  readonly ready: readonly ReadyPod[];
  readonly starting: number;
  /** Those of the starting ones that have no node yet. */
  readonly pending: number;
  /** Why the starting ones are not ready. */
  readonly waiting: readonly WaitingPods[];
}

const readiness = ({ phase, conditions }: PodStatus) =>
  phase === 'Running' ? conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True') : undefined;

/** What is read of one pod of a unit. */
interface PodReading {
  /** `namespace/fleet/unit`. */
  readonly unit: string;
  readonly hasNode: boolean;
  /** Left out where it is not ready. */
  readonly ready?: ReadyPod;
  /** Why it is not ready; left out where it is, and where its age is not known. */
  readonly waiting?: WaitingPods | undefined;
}

/** Reads a pod; `undefined` for one of no unit, and for one that is finished or being deleted, which is neither ready nor starting. */
export const readPod = ({ metadata, spec, status }: KubernetesObject): PodReading | undefined => {
  const fleet = metadata.labels?.[labels.fleet];
  const name = metadata.labels?.[labels.unit];
  const state = (status ?? {}) as PodStatus;
  if (fleet === undefined || name === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  if (state.phase === 'Succeeded' || state.phase === 'Failed') return undefined;
  const unit = `${metadata.namespace ?? 'default'}/${fleet}/${name}`;
  const node = (spec as { readonly nodeName?: string } | undefined)?.nodeName;
  const hasNode = node !== undefined;
  const createdSeconds = parseRfc3339(metadata.creationTimestamp);
  const ready = readiness(state);
  const deletionCost = metadata.annotations?.[podAnnotations.deletionCost];
  return ready === undefined
    ? { unit, hasNode, waiting: waitingCause(state, createdSeconds) }
    : {
        unit,
        hasNode,
        ready: {
          name: metadata.name,
          uid: metadata.uid ?? metadata.name,
          resourceVersion: metadata.resourceVersion,
          isAnnotated: metadata.annotations !== undefined,
          ...(deletionCost !== undefined && { deletionCost: String(deletionCost) }),
          node: node ?? '',
          createdSeconds,
          readySeconds: parseRfc3339(ready.lastTransitionTime),
        },
      };
};

/** Counts pods by unit (`namespace/fleet/unit`). */
export const countPods = (pods: Iterable<PodReading | undefined>): ReadonlyMap<string, UnitPods> => {
  const units = new Map<string, { ready: ReadyPod[]; starting: number; pending: number; waiting: readonly WaitingPods[] }>();
  for (const pod of pods) {
    if (pod === undefined) continue;
    let counts = units.get(pod.unit);
    if (counts === undefined) {
      counts = { ready: [], starting: 0, pending: 0, waiting: [] };
      units.set(pod.unit, counts);
    }
    if (pod.ready === undefined) {
      counts.starting += 1;
      counts.waiting = groupCauses(counts.waiting, pod.waiting);
    } else counts.ready.push(pod.ready);
    if (!pod.hasNode) counts.pending += 1;
  }
  return units;
};
