import * as z from 'zod/mini';

/** JSON Schema (draft 2020-12) of what a user writes: fields with a default may be left out. */
export const jsonSchemaOf = (schema: z.ZodMiniType, title: string): Readonly<Record<string, unknown>> => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title, ...rest };
};

type OpenApiSchema = { [key: string]: unknown };

/**
 * OpenAPI v3 structural schema of an object, as a CustomResourceDefinition takes it: no `$schema`, and no
 * `additionalProperties: false`, which the API server refuses beside `properties` (unknown fields are pruned there,
 * and refused by `kubectl --validate=strict`).
 * Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", Specifying a structural schema.
 *
 * @param listsByName fields of the object that are lists keyed by name, so that the API server refuses a name twice and
 * server-side apply merges entry by entry
 */
export const structuralSchemaOf = (schema: z.ZodMiniType, listsByName: readonly string[]): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...openApi } = z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }) as OpenApiSchema;
  const structural = withoutClosedObjects(openApi) as OpenApiSchema;
  const properties = structural.properties as Record<string, OpenApiSchema>;
  for (const list of listsByName) {
    Object.assign(properties[list]!, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
  }
  return structural;
};

const withoutClosedObjects = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withoutClosedObjects);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(([key, value]) => !(key === 'additionalProperties' && value === false));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutClosedObjects(value)]));
};
