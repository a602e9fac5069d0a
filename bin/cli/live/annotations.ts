import { type annotations, resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError, type Problem } from '../../../lambda/control-loop/errors';
import type { JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import { ClusterError } from './cluster-error';
import { type FleetName, getFleet, keyOf } from './fleets';

/** Annotations as they shall be; `undefined` takes one away. */
export type AnnotationChanges = Readonly<Partial<Record<(typeof annotations)[keyof typeof annotations], string | undefined>>>;

/** The loop writes the status of a fleet once a minute, so a write seldom finds the object as it was read. */
const MAX_ATTEMPTS = 6;

/**
 * Changes annotations of a fleet by what they are: each write is pinned to the version of the object that was read, and made
 * anew from what is there when that has changed.
 */
export const changeAnnotations = async (
  kubernetes: KubernetesPort,
  fleet: FleetName,
  change: (object: KubernetesObject) => AnnotationChanges,
): Promise<KubernetesObject> => {
  for (let attempt = 1; ; attempt += 1) {
    const object = await getFleet(kubernetes, fleet);
    const operations = annotationPatch(object, change(object));
    if (operations.length === 0) return object;
    try {
      return await kubernetes.jsonPatch(resources.inferenceFleets, fleet.name, fleet.namespace, operations);
    } catch (error) {
      // A fleet that is gone meanwhile is missed by the next read.
      if (!(error instanceof KubernetesError && (error.isConflict || error.isNotFound))) throw error;
      if (attempt < MAX_ATTEMPTS) continue;
      const problem: Problem = { where: keyOf(object), given: error.message, expected: 'the write to be taken', fix: 'try again' };
      throw new ClusterError(problem, { cause: error });
    }
  }
};

/** JSON Patch (RFC 6902) that makes the changes and nothing else. */
const annotationPatch = ({ metadata }: KubernetesObject, changes: AnnotationChanges): readonly JsonPatchOperation[] => {
  const now: Readonly<Record<string, string>> = metadata.annotations ?? {};
  const writes = Object.entries(changes).flatMap(([name, value]): readonly JsonPatchOperation[] => {
    if (now[name] === value) return [];
    const path = `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return value === undefined ? [{ op: 'remove', path }] : [{ op: 'add', path, value }];
  });
  if (writes.length === 0) return [];
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    ...(metadata.annotations === undefined ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const] : []),
    ...writes,
  ];
};
