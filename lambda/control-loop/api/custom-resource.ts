import { resources } from '../contract/names';
import { versions } from './versions';

const { group, version: stored, plural, kind } = resources.inferenceFleets;

/** The CustomResourceDefinition of `InferenceFleet`, ready for `kubectl apply`: every version that the loop can read is served. */
export const customResourceDefinition = (): Readonly<Record<string, unknown>> => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: Object.entries(versions).map(([name, { definition }]) => ({
      name,
      served: true,
      storage: name === stored,
      ...definition(),
    })),
  },
});
