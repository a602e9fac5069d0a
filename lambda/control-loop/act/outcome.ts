import { KubernetesError, RouterNotFoundError, WeightsChangedError } from '../errors';
import type { WriteOutcome } from '../model/write-record';

/** @param patched whether 422 can be a failed `test`; elsewhere it is a value that the API server refuses */
export const outcomeOf = (error: unknown, patched: boolean): WriteOutcome => {
  if (error instanceof KubernetesError) {
    if (error.isNotFound) return 'NotFound';
    return error.status === 409 || (patched && error.isConflict) ? 'Conflict' : 'Failed';
  }
  if (error instanceof WeightsChangedError) return 'Conflict';
  return error instanceof RouterNotFoundError ? 'NotFound' : 'Failed';
};
