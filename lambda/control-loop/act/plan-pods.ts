import { podAnnotations } from '../contract/names';
import { type Fleet, fleetKey, unitKey } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { JsonPatchOperation } from '../ports';
import { type PodWrite, phases } from './writes';

/** Pods of a fleet that are written in one tick. */
const MAX_PODS = 20;

/** What the loop writes, and a pod without it: whatever else is found there is somebody else's, and is left alone. */
const OWN = /^(0|-[1-9][0-9]?)$/;

const PATH = `/metadata/annotations/${podAnnotations.deletionCost.replaceAll('/', '~1')}`;

/**
 * The writes of deletion costs of a fleet's pods that are not as decided.
 *
 * @param costs by unit name and pool name
 * @param pods by `unitKey`
 */
export const planPods = (
  fleet: Fleet,
  costs: Readonly<Record<string, Readonly<Record<string, number>>>>,
  pods: ReadonlyMap<string, readonly LivePod[]>,
): readonly PodWrite[] =>
  Object.entries(costs)
    .flatMap(([unit, byPool]) =>
      (pods.get(unitKey(fleet, unit)) ?? []).flatMap((pod) => {
        const wanted = String(byPool[pod.pool] ?? 0);
        const { name, deletionCost = '0' } = pod;
        if (deletionCost === wanted || !OWN.test(deletionCost)) return [];
        return [
          {
            kind: 'pod',
            phase: phases.podCosts,
            fleets: [fleetKey(fleet)],
            name,
            namespace: fleet.namespace,
            operations: operations(pod, wanted),
            deletionCost: wanted,
            ...(pod.deletionCost !== undefined && { previous: pod.deletionCost }),
            changes: [],
          } as const,
        ];
      }),
    )
    .slice(0, MAX_PODS);

/** The pod that was observed, and the value that it had. */
const operations = ({ uid, resourceVersion, isAnnotated, deletionCost }: LivePod, wanted: string): readonly JsonPatchOperation[] => {
  const same: JsonPatchOperation = { op: 'test', path: '/metadata/uid', value: uid };
  if (deletionCost !== undefined) {
    return [same, { op: 'test', path: PATH, value: deletionCost }, { op: 'replace', path: PATH, value: wanted }];
  }
  if (isAnnotated) return [same, { op: 'add', path: PATH, value: wanted }];
  // Annotations that came meanwhile would be lost.
  const unchanged: JsonPatchOperation = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
  return [same, unchanged, { op: 'add', path: '/metadata/annotations', value: { [podAnnotations.deletionCost]: wanted } }];
};
