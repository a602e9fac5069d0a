import * as z from 'zod/mini';
import { resources } from '../../contract/names';
import type { Problem } from '../../errors';
import { type Fleet, FleetSpecSchema } from '../../model/fleet';
import { type FieldProblem, toProblems, under, type Validated, validate } from '../../model/validation';
import { checkFleet } from './checks';

/** `group/version` of the custom resource. */
const INFERENCE_FLEET_API_VERSION = `${resources.inferenceFleets.group}/${resources.inferenceFleets.version}`;

const ManifestSchema = z.object({
  apiVersion: z.literal(INFERENCE_FLEET_API_VERSION),
  kind: z.literal(resources.inferenceFleets.kind),
  metadata: z.object({
    name: z
      .string()
      .check(z.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a lower-case name of letters, digits and hyphens, at most 63 long')),
    namespace: z._default(z.string().check(z.minLength(1)), 'default'),
  }),
});

/** Parses and cross-checks the `spec` of a fleet. */
export const validateFleetSpec = (input: unknown): Validated<z.output<typeof FleetSpecSchema>> => {
  const parsed = validate(FleetSpecSchema, input);
  if (!parsed.ok) return parsed;
  const problems = checkFleet(parsed.value);
  return problems.length === 0 ? parsed : { ok: false, problems };
};

/** Parses and cross-checks an `InferenceFleet` object, as a file or the Kubernetes API gives it. */
export const validateInferenceFleet = (input: unknown): Validated<Fleet> => {
  const manifest = validate(ManifestSchema, input);
  const spec = validateFleetSpec((input as { readonly spec?: unknown } | null | undefined)?.spec);
  if (manifest.ok && spec.ok) {
    const { name, namespace } = manifest.value.metadata;
    return { ok: true, value: { ...spec.value, name, namespace } };
  }
  const problems: readonly FieldProblem[] = [...(manifest.ok ? [] : manifest.problems), ...(spec.ok ? [] : under(['spec'], spec.problems))];
  return { ok: false, problems };
};

/** The fleet of an `InferenceFleet` object, or what is wrong with it. */
export const parseInferenceFleet = (
  input: unknown,
): { readonly fleet: Fleet; readonly problems?: never } | { readonly fleet?: never; readonly problems: readonly Problem[] } => {
  const validated = validateInferenceFleet(input);
  return validated.ok ? { fleet: validated.value } : { problems: toProblems(validated.problems) };
};
