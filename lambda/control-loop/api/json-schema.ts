import * as z from 'zod/mini';
import { FleetSpecSchema } from '../model/fleet';

/** JSON Schema (draft 2020-12) of what a user writes: fields with a default may be left out. */
export const jsonSchemaOf = (schema: z.ZodMiniType, title: string): Readonly<Record<string, unknown>> => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title, ...rest };
};

/** JSON Schema of the `spec` of an `InferenceFleet`. */
export const fleetJsonSchema = (): Readonly<Record<string, unknown>> => jsonSchemaOf(FleetSpecSchema, 'Fleet of an adaptive inference');

type OpenApiSchema = { [key: string]: unknown };

/**
 * OpenAPI v3 structural schema of the `spec`, as a CustomResourceDefinition takes it: no `$schema`, and no
 * `additionalProperties: false`, which the API server refuses beside `properties` (unknown fields are pruned there,
 * and refused by `kubectl --validate=strict`). Units and pools are lists keyed by name, so that the API server
 * refuses a name twice and server-side apply merges entry by entry.
 * Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", Specifying a structural schema.
 */
export const fleetStructuralSchema = (): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...schema } = z.toJSONSchema(FleetSpecSchema, { io: 'input', target: 'openapi-3.0' }) as OpenApiSchema;
  const structural = withoutClosedObjects(schema) as OpenApiSchema;
  const properties = structural.properties as Record<string, OpenApiSchema>;
  for (const list of ['units', 'pools']) {
    Object.assign(properties[list]!, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
  }
  return { description: 'What the user wants of the fleet.', ...structural };
};

const withoutClosedObjects = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withoutClosedObjects);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(([key, value]) => !(key === 'additionalProperties' && value === false));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutClosedObjects(value)]));
};
