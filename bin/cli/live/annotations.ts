import { type annotations, resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError, type Problem } from '../../../lambda/control-loop/errors';
import type { JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import { ClusterError } from './cluster-error';
import { type FleetName, getFleet, keyOf } from './fleets';

/** Annotations and their new values; `undefined` removes one. */
export type AnnotationChanges = Readonly<Partial<Record<(typeof annotations)[keyof typeof annotations], string | undefined>>>;

/** The loop writes the status of a fleet once a minute, so conflicts are few. */
const MAX_ATTEMPTS = 6;

/**
 * Changes annotations of a fleet on the basis of their current values: each write is pinned to the version of the object that was
 * read, and computed again when that has changed.
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
      // A fleet that was deleted in between is reported by the next read.
      if (!(error instanceof KubernetesError && (error.isConflict || error.isNotFound))) throw error;
      if (attempt < MAX_ATTEMPTS) continue;
      const problem: Problem = { where: keyOf(object), given: error.message, expected: 'the write to succeed', fix: 'try again' };
      throw new ClusterError(problem, { cause: error });
    }
  }
};

/** JSON Patch (RFC 6902) that makes these changes and nothing else. */
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
