import { fleetDefaults } from '../../../lambda/control-loop/contract/defaults';
import { NAME_PATTERN } from '../../../lambda/control-loop/contract/limits';
import { API_GROUP, resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import type { KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import { COMMAND } from '../text/help';
import { refuse } from '../text/problems';
import type { ClusterOptions } from './cluster-options';
import type { LiveCluster } from './connect';

/** Namespace and name of one fleet. */
export interface FleetName {
  readonly namespace: string;
  readonly name: string;
}

const NAME = new RegExp(NAME_PATTERN);

/** The namespace of a command: as given, else that of the context, else `default`. */
export const namespaceOf = (options: ClusterOptions, cluster: Pick<LiveCluster, 'access'>): string =>
  options.namespace ?? cluster.access.namespace ?? fleetDefaults.namespace;

/** Reads `name` or `namespace/name`. */
export const fleetNameOf = (text: string, options: ClusterOptions, cluster: Pick<LiveCluster, 'access'>): FleetName => {
  const parts = text.split('/');
  const name = parts.at(-1)!;
  const namespace = parts.length === 2 ? parts[0]! : namespaceOf(options, cluster);
  if (parts.length > 2 || !NAME.test(name) || !NAME.test(namespace)) {
    refuse('FLEET', JSON.stringify(text), 'the name of an InferenceFleet, or namespace/name');
  }
  if (parts.length === 2 && options.namespace !== undefined && options.namespace !== namespace) {
    refuse('FLEET', `${JSON.stringify(text)} with --namespace ${options.namespace}`, 'one namespace', 'leave out one of the two');
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

export const keyOf = ({ metadata: { namespace = fleetDefaults.namespace, name } }: KubernetesObject): string => `${namespace}/${name}`;

const refuseCluster = (): never =>
  refuse(
    'cluster',
    'no kind InferenceFleet',
    `a cluster with the CustomResourceDefinition of ${API_GROUP}`,
    `check --context; without the constructs, install it: ${COMMAND} schema crd | kubectl apply -f -`,
  );

/** One fleet; where it does not exist, the error names those that do. */
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
