import { describe, expect, it } from 'vitest';
import { fleetJsonSchema, fleetStructuralSchema } from '../../../../lambda/control-loop/api/json-schema';
import { customResourceDefinition } from '../../../../lambda/control-loop/api/v1alpha1/custom-resource';

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

describe('The structural schema of a fleet', () => {
  const all = schemas(fleetStructuralSchema());

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
    const crd = customResourceDefinition() as { metadata: Node; spec: { versions: readonly Node[] } & Node };
    const version = crd.spec.versions[0]!;
    expect(crd.metadata.name).toBe('inferencefleets.adaptive-inference.dev');
    expect(version).toMatchObject({ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } });
    expect((version.additionalPrinterColumns as readonly Node[]).map((column) => column.name)).toEqual([
      'Strategy',
      'Policy',
      'Shares',
      'Ready',
      'Reason',
      'Age',
    ]);
  });
});
