import { jsonSchemaOf } from './json-schema';
import { checkFleet } from './v1alpha1/checks';
import { toModel } from './v1alpha1/convert';
import { type FleetSpecInput, FleetSpecSchema } from './v1alpha1/schema';
import { versions } from './versions';

/**
 * The one entry to the versions of the custom resource: no other folder names a version.
 *
 * Objects are read by the version that they state. Specs without a version, as scenario files and tests have them, are of the newest one.
 */
export { customResourceDefinition } from './custom-resource';
export { FLEET_API_VERSION, readFleetObject, readListedFleet, validateFleetObject } from './fleet-object';
export type { FleetSpecInput };
/** Schema of a spec without a version. */
export { FleetSpecSchema };

/** What makes no sense in a spec that is well-formed field by field. */
export const checkFleetSpec = checkFleet;

/** What a spec without a version describes. */
export const toFleetSpec = toModel;

/** Validates a spec without a version. */
export const validateFleetSpec = versions.v1alpha1.readSpec;

/** JSON Schema of a spec without a version. */
export const fleetJsonSchema = (): Readonly<Record<string, unknown>> => jsonSchemaOf(FleetSpecSchema, 'Fleet of an adaptive inference');
