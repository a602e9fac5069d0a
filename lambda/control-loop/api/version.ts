import type { Validated } from '../model/field-problem';
import type { FleetSpec } from '../model/fleet';

/** One version of the custom resource: how it is read, and what the CustomResourceDefinition says about it. */
export interface ApiVersion {
  /** Validates the spec of an object of this version and converts it to what the loop works with. */
  readonly readSpec: (spec: unknown) => Validated<FleetSpec>;
  /** Its entry in `spec.versions` of the CustomResourceDefinition: schema and printer columns. */
  readonly definition: () => Readonly<Record<string, unknown>>;
}
