import * as z from 'zod/mini';
import { fleetDefaults } from '../contract/defaults';
import { NAME_PATTERN } from '../contract/limits';
import { apiVersionOf, resources } from '../contract/names';
import type { Problem } from '../errors';
import { type FieldPath, formatPath, toProblems, under, type Validated } from '../model/field-problem';
import type { Fleet } from '../model/fleet';
import { validate } from './validate';
import type { ApiVersion } from './version';
import { versions } from './versions';

const { group, version: stored, kind } = resources.inferenceFleets;

/** `apiVersion` of the version that the loop reads and writes. */
export const FLEET_API_VERSION = apiVersionOf(resources.inferenceFleets);

const byApiVersion: ReadonlyMap<unknown, ApiVersion> = new Map(
  Object.entries(versions).map(([name, version]) => [apiVersionOf({ group, version: name }), version]),
);

const ManifestSchema = z.object({
  apiVersion: z.enum([...byApiVersion.keys()] as string[]),
  kind: z.literal(kind),
  metadata: z.object({
    name: z.string().check(z.regex(new RegExp(NAME_PATTERN), 'a lower-case name of letters, digits and hyphens, at most 63 long')),
    namespace: z._default(z.string().check(z.minLength(1)), fleetDefaults.namespace),
  }),
});

/** A fleet, or what is wrong with the object that should be one. */
export type FleetReading =
  | { readonly fleet: Fleet; readonly problems?: never }
  | { readonly fleet?: never; readonly problems: readonly Problem[] };

/**
 * The fleet of an `InferenceFleet` in any version, as a file or the Kubernetes API gives it.
 *
 * The spec is read by the version that `apiVersion` names; where none has that name, by the stored one, so that all problems come at once.
 */
export const validateFleetObject = (object: unknown): Validated<Fleet> => {
  const { apiVersion, spec } = (object ?? {}) as { readonly apiVersion?: unknown; readonly spec?: unknown };
  const manifest = validate(ManifestSchema, object);
  const read = (byApiVersion.get(apiVersion) ?? versions[stored]).readSpec(spec);
  if (manifest.ok && read.ok) {
    const { name, namespace } = manifest.value.metadata;
    return { ok: true, value: { ...read.value, name, namespace } };
  }
  return { ok: false, problems: [...(manifest.ok ? [] : manifest.problems), ...(read.ok ? [] : under(['spec'], read.problems))] };
};

/** As `validateFleetObject`, with each problem under the name of its field. */
export const readFleetObject = (object: unknown): FleetReading => {
  const validated = validateFleetObject(object);
  return validated.ok ? { fleet: validated.value } : { problems: toProblems(validated.problems) };
};

/**
 * The fleet of an entry in a list that the API server gave: entries may state neither version nor kind, and are then of the version asked for.
 *
 * The API server stores no field that its CustomResourceDefinition does not have. One that is not known here is of a newer definition, which
 * an older loop meets after every rollback: it is named and left out, and the rest of the fleet is steered.
 */
export const readListedFleet = (object: { readonly apiVersion?: unknown; readonly kind?: unknown }): FleetReading => {
  const complete = { ...object, apiVersion: object.apiVersion ?? FLEET_API_VERSION, kind: object.kind ?? kind };
  const validated = validateFleetObject(complete);
  if (validated.ok) return { fleet: validated.value };
  const unknown = validated.problems.filter(({ isUnknownField }) => isUnknownField).map(({ path }) => path);
  const known = unknown.length === 0 ? validated : validateFleetObject(unknown.reduce(withoutField, complete));
  if (!known.ok) return { problems: toProblems(validated.problems) };
  return { fleet: { ...known.value, unknownFields: unknown.map((path) => formatPath(path)) } };
};

/** A copy of a value without the field at a path. */
const withoutField = <T>(value: T, [key, ...rest]: FieldPath): T => {
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry, index) => (index === key ? withoutField(entry, rest) : entry)) as T;
  const { [key]: inner, ...others } = value as Record<string | number, unknown>;
  return (rest.length === 0 ? others : { ...others, [key]: withoutField(inner, rest) }) as T;
};
