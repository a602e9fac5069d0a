import { labels } from '../contract/names';
import type { WaitingPods } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';
import { groupCauses, type PodStatus, waitingCause } from './waiting-pods';

/** A ready pod. */
interface ReadyPod {
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

/** Counts pods by unit (`namespace/fleet/unit`). Pods that are finished or being deleted are neither ready nor starting. */
export const countPods = (pods: readonly KubernetesObject[]): ReadonlyMap<string, UnitPods> => {
  const units = new Map<string, { ready: ReadyPod[]; starting: number; pending: number; waiting: readonly WaitingPods[] }>();
  for (const { metadata, spec, status } of pods) {
    const fleet = metadata.labels?.[labels.fleet];
    const unit = metadata.labels?.[labels.unit];
    const state = (status ?? {}) as PodStatus;
    if (fleet === undefined || unit === undefined || metadata.deletionTimestamp !== undefined) continue;
    if (state.phase === 'Succeeded' || state.phase === 'Failed') continue;
    const key = `${metadata.namespace ?? 'default'}/${fleet}/${unit}`;
    let counts = units.get(key);
    if (counts === undefined) {
      counts = { ready: [], starting: 0, pending: 0, waiting: [] };
      units.set(key, counts);
    }
    const node = (spec as { readonly nodeName?: string } | undefined)?.nodeName;
    const ready = readiness(state);
    if (ready === undefined) {
      counts.starting += 1;
      counts.waiting = groupCauses(counts.waiting, waitingCause(state, parseRfc3339(metadata.creationTimestamp)));
    } else {
      counts.ready.push({
        node: node ?? '',
        createdSeconds: parseRfc3339(metadata.creationTimestamp),
        readySeconds: parseRfc3339(ready.lastTransitionTime),
      });
    }
    if (node === undefined) counts.pending += 1;
  }
  return units;
};
