import { labels } from '../contract/names';
import type { KubernetesObject } from '../ports';

/** Pods of one unit. */
export interface UnitPods {
  /** Names of the nodes of the ready pods, one entry a pod; `''` where none is stated. */
  readonly readyOnNodes: readonly string[];
  readonly starting: number;
  /** Those of the starting ones that have no node yet. */
  readonly pending: number;
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
}

const isReady = ({ phase, conditions }: PodStatus): boolean =>
  phase === 'Running' && (conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false);

/** Counts pods by unit (`namespace/fleet/unit`). Pods that are finished or being deleted are neither ready nor starting. */
export const countPods = (pods: readonly KubernetesObject[]): ReadonlyMap<string, UnitPods> => {
  const units = new Map<string, { readyOnNodes: string[]; starting: number; pending: number }>();
  for (const { metadata, spec, status } of pods) {
    const fleet = metadata.labels?.[labels.fleet];
    const unit = metadata.labels?.[labels.unit];
    const state = (status ?? {}) as PodStatus;
    if (fleet === undefined || unit === undefined || metadata.deletionTimestamp !== undefined) continue;
    if (state.phase === 'Succeeded' || state.phase === 'Failed') continue;
    const key = `${metadata.namespace ?? 'default'}/${fleet}/${unit}`;
    let counts = units.get(key);
    if (counts === undefined) {
      counts = { readyOnNodes: [], starting: 0, pending: 0 };
      units.set(key, counts);
    }
    const node = (spec as { readonly nodeName?: string } | undefined)?.nodeName;
    if (isReady(state)) counts.readyOnNodes.push(node ?? '');
    else counts.starting += 1;
    if (node === undefined) counts.pending += 1;
  }
  return units;
};
