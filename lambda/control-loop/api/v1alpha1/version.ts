import type { Validated } from '../../model/field-problem';
import type { FleetSpec } from '../../model/fleet';
import { validate } from '../validate';
import type { ApiVersion } from '../version';
import { checkFleet } from './checks';
import { toModel } from './convert';
import { definition } from './definition';
import { FleetSpecSchema } from './schema';

const readSpec = (spec: unknown): Validated<FleetSpec> => {
  const parsed = validate(FleetSpecSchema, spec);
  if (!parsed.ok) return parsed;
  const problems = checkFleet(parsed.value);
  return problems.length === 0 ? { ok: true, value: toModel(parsed.value) } : { ok: false, problems };
};

export const v1alpha1: ApiVersion = { readSpec, definition };
