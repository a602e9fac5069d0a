import { fleetStructuralSchema } from './json-schema';
import { resources } from './resources';

const { group, version, plural, kind } = resources.inferenceFleets;

/**
 * The CustomResourceDefinition of `InferenceFleet`, ready for `kubectl apply`: spec from the one schema of a fleet,
 * status written by the loop alone, columns that tell how the fleet does.
 */
export const customResourceDefinition = (): Readonly<Record<string, unknown>> => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          column('Mode', 'string', '.status.mode', 'Mode the loop is in.'),
          column('Policy', 'string', '.spec.policy.name', 'Policy that decides.'),
          column('Shares', 'string', '.status.shares', 'Traffic by unit.'),
          column('Ready', 'string', '.status.ready', 'Ready pods.'),
          column('Reason', 'string', '.status.reason', 'Why the loop is in its mode.'),
          column('Age', 'date', '.metadata.creationTimestamp', 'Age of the fleet.'),
        ],
        schema: {
          openAPIV3Schema: {
            description: 'A fleet of deployment units that serve one model behind one endpoint.',
            type: 'object',
            required: ['spec'],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: fleetStructuralSchema(),
              // The loop's own notes: their shape follows the loop's version, not the cluster's.
              status: { description: 'What the loop remembers and shows.', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
});

const column = (name: string, type: string, jsonPath: string, description: string) => ({ name, type, jsonPath, description });
