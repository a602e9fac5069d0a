import type { PoolObservation } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';

/**
 * How far two clocks may be apart before that is noticed, in seconds: the status of a fleet is written up to half a minute after the time
 * that it states, and a minute is what decisions tolerate.
 */
const NOTICED_SECONDS = 120;

interface ManagedFields {
  readonly subresource?: unknown;
  readonly time?: unknown;
}

/**
 * How far the API server's clock is ahead of the loop's, in seconds; `undefined` where they agree or where that cannot be told.
 *
 * The loop states the time of its clock in the status of each fleet (`lastTickTime`), and the API server notes the time of its own beside
 * it when it takes the status (Kubernetes API reference, ManagedFieldsEntry). A status that several writers changed tells nothing.
 */
export const clockOffset = (fleets: readonly KubernetesObject[]): number | undefined => {
  const offsets = fleets.flatMap(({ metadata, status }) => {
    const loopSeconds = parseRfc3339((status as { readonly lastTickTime?: string } | undefined)?.lastTickTime);
    const managed: readonly ManagedFields[] = Array.isArray(metadata.managedFields) ? metadata.managedFields : [];
    const writes = managed.filter((entry) => entry?.subresource === 'status');
    const [{ time } = {}] = writes;
    const serverSeconds = typeof time === 'string' ? parseRfc3339(time) : undefined;
    return writes.length !== 1 || loopSeconds === undefined || serverSeconds === undefined ? [] : [serverSeconds - loopSeconds];
  });
  // Most fleets agree, whatever happened to one.
  const median = offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 2)];
  return median !== undefined && Math.abs(median) >= NOTICED_SECONDS ? median : undefined;
};

/** A pool whose launches and refusals are told by the loop's own clock; by that of the API server they were told in Kubernetes. */
export const byLoopClock = <P extends Pick<PoolObservation, 'launchFailures' | 'lastLaunchSeconds'>>(pool: P, offsetSeconds: number): P => {
  const { launchFailures, lastLaunchSeconds } = pool;
  const corrected = (seconds: number): number => seconds - offsetSeconds;
  return {
    ...pool,
    launchFailures: launchFailures.known
      ? {
          ...launchFailures,
          value: launchFailures.value.map((failure) => ({ ...failure, atSeconds: corrected(failure.atSeconds) })),
        }
      : launchFailures,
    lastLaunchSeconds:
      lastLaunchSeconds.known && lastLaunchSeconds.value !== undefined
        ? { ...lastLaunchSeconds, value: corrected(lastLaunchSeconds.value) }
        : lastLaunchSeconds,
  };
};
