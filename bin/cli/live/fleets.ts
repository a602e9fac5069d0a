import { type annotations, resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError, type Problem } from '../../../lambda/control-loop/errors';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import type { JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import { refuse } from '../problems';
import { ClusterError } from './cluster-error';
import type { ClusterOptions, LiveCluster } from './connect';

/** Namespace and name of one fleet. */
export interface FleetName {
  readonly namespace: string;
  readonly name: string;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The namespace of a command: as it was asked for, else that of the context, else `default`. */
export const namespaceOf = (options: ClusterOptions, cluster: Pick<LiveCluster, 'access'>): string =>
  options.namespace ?? cluster.access.namespace ?? 'default';

/** Reads `name` or `namespace/name`. */
export const fleetNameOf = (text: string, options: ClusterOptions, cluster: Pick<LiveCluster, 'access'>): FleetName => {
  const parts = text.split('/');
  const name = parts.at(-1)!;
  const namespace = parts.length === 2 ? parts[0]! : namespaceOf(options, cluster);
  if (parts.length > 2 || !NAME.test(name) || !NAME.test(namespace)) {
    refuse('FLEET', JSON.stringify(text), 'the name of an InferenceFleet, or namespace/name');
  }
  if (parts.length === 2 && options.namespace !== undefined && options.namespace !== namespace) {
    refuse('FLEET', `${JSON.stringify(text)} with --namespace ${options.namespace}`, 'one namespace', 'leave one of the two out');
  }
  return { namespace, name };
};

/** All fleets of a namespace, or of all of them, in the order of their names. */
export const listFleets = async (kubernetes: KubernetesPort, namespace: string | undefined): Promise<readonly KubernetesObject[]> => {
  const fleets: KubernetesObject[] = [];
  let continueToken: string | undefined;
  try {
    do {
      const page = await kubernetes.list(resources.inferenceFleets, {
        ...(namespace === undefined ? {} : { namespace }),
        ...(continueToken === undefined ? {} : { continueToken }),
      });
      fleets.push(...page.items);
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
  } catch (error) {
    if (error instanceof KubernetesError && error.isNotFound) return refuseCluster();
    throw error;
  }
  return fleets.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

export const keyOf = ({ metadata: { namespace = 'default', name } }: KubernetesObject): string => `${namespace}/${name}`;

const refuseCluster = (): never =>
  refuse(
    'cluster',
    'no kind InferenceFleet',
    'a cluster with the CustomResourceDefinition of adaptive-inference.dev',
    'check --context; without the constructs, install it: adaptive-inference schema crd | kubectl apply -f -',
  );

/** One fleet, or what there is in its place. */
export const getFleet = async (kubernetes: KubernetesPort, { namespace, name }: FleetName): Promise<KubernetesObject> => {
  try {
    return await kubernetes.get(resources.inferenceFleets, name, namespace);
  } catch (error) {
    if (!(error instanceof KubernetesError && error.isNotFound)) throw error;
    const known = (await listFleets(kubernetes, namespace)).map(({ metadata }) => metadata.name);
    const expected = known.length === 0 ? 'an InferenceFleet; there is none in the namespace' : `one of ${known.join(', ')}`;
    return refuse('FLEET', `${JSON.stringify(name)} in namespace ${namespace}`, expected, didYouMean(name, known) ?? OTHER_NAMESPACE);
  }
};

const OTHER_NAMESPACE = 'status -A shows the fleets of all namespaces';

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
