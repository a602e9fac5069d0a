import { describe, expect, it } from 'vitest';
import { customResourceDefinition, fleetJsonSchema } from '../../../../lambda/control-loop/api';

type Node = Readonly<Record<string, unknown>>;

/** Every schema inside a schema, with its path; names of fields are no keywords. */
const schemas = (node: Node, path = 'spec'): readonly (readonly [string, Node])[] => {
  const properties = Object.entries((node.properties ?? {}) as Record<string, Node>);
  const items = node.items as Node | undefined;
  return [
    [path, node],
    ...properties.flatMap(([name, child]) => schemas(child, `${path}.${name}`)),
    ...(items === undefined ? [] : schemas(items, `${path}[]`)),
  ];
};

/** What the API server takes in a structural schema of ours; see the Kubernetes documentation of CustomResourceDefinitions. */
const STRUCTURAL_KEYWORDS = [
  'type',
  'properties',
  'required',
  'items',
  'description',
  'default',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
];

interface Definition {
  readonly metadata: Node;
  readonly spec: { readonly versions: readonly Node[] };
}

const versionsOf = (definition: unknown): readonly Node[] => (definition as Definition).spec.versions;

const specOf = (version: Node): Node =>
  (version.schema as { readonly openAPIV3Schema: { readonly properties: { readonly spec: Node } } }).openAPIV3Schema.properties.spec;

describe('The structural schema of a fleet', () => {
  const all = versionsOf(customResourceDefinition()).flatMap((version) => schemas(specOf(version)));

  it('uses only keywords that the API server takes, and states a type everywhere', () => {
    for (const [path, node] of all) {
      expect([path, Object.keys(node).filter((keyword) => !STRUCTURAL_KEYWORDS.includes(keyword))]).toEqual([path, []]);
      expect([path, typeof node.type]).toEqual([path, 'string']);
    }
  });

  it('writes exclusive bounds as OpenAPI v3.0 does, as true beside the bound', () => {
    const exclusive = all.filter(([, node]) => node.exclusiveMinimum !== undefined);
    expect(exclusive.length).toBeGreaterThan(0);
    for (const [, node] of exclusive) expect([node.exclusiveMinimum, typeof node.minimum]).toEqual([true, 'number']);
  });

  it('keys units and pools by name', () => {
    for (const [path, node] of all.filter(([name]) => name === 'spec.units' || name === 'spec.pools')) {
      expect([path, node['x-kubernetes-list-type'], node['x-kubernetes-list-map-keys']]).toEqual([path, 'map', ['name']]);
      expect((node.items as Node).required).toContain('name');
    }
  });

  it('carries descriptions, defaults and bounds of the fields', () => {
    const byPath = Object.fromEntries(all);
    expect(byPath['spec.units[].devicesPerPod']).toEqual({
      default: 1,
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: 'Accelerator devices one pod asks for.',
    });
    expect(byPath['spec.objective']!.required).toEqual(['latencySeconds']);
    const leaves = all.filter(([, node]) => node.type !== 'object' && node.type !== 'array');
    expect(leaves.filter(([, node]) => node.description === undefined).map(([path]) => path)).toEqual([]);
  });
});

describe('The JSON Schema of a fleet', () => {
  it('refuses unknown fields and asks for those without a default', () => {
    expect(fleetJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      required: ['objective', 'units', 'pools'],
    });
  });
});

describe('The CustomResourceDefinition', () => {
  it('serves InferenceFleet with status and the columns an operator looks for', () => {
    const crd = customResourceDefinition();
    const version = versionsOf(crd)[0]!;
    expect(crd.metadata).toEqual({ name: 'inferencefleets.adaptive-inference.dev' });
    expect(version).toMatchObject({ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } });
    expect((version.additionalPrinterColumns as readonly Node[]).map((column) => column.name)).toEqual([
      'Strategy',
      'Policy',
      'Enforcement',
      'Shares',
      'Ready',
      'Reason',
      'Age',
    ]);
  });

  it('stores exactly one version', () => {
    expect(versionsOf(customResourceDefinition()).filter(({ storage }) => storage)).toHaveLength(1);
  });
});
