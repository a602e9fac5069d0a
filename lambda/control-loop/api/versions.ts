import type { resources } from '../contract/names';
import { v1alpha1 } from './v1alpha1/version';
import type { ApiVersion } from './version';

/** Version that the API server stores, and that the loop reads and writes. */
export type StoredVersion = (typeof resources.inferenceFleets)['version'];

/** Every version that can be read, by its name. A version that the contract names and that is missing here is a compiler error. */
export const versions = { v1alpha1 } as const satisfies Readonly<Record<StoredVersion, ApiVersion>>;
