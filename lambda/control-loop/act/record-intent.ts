import { mapLimit, messageOf } from '../concurrency';
import { resources } from '../contract/names';
import { KubernetesError } from '../errors';
import type { KubernetesObject, KubernetesPort } from '../ports';

/** `Recorded`, or why a fleet may not be acted for: its object changed under us, another tick ran, an error. */
export interface IntentResult {
  readonly outcome: 'Recorded' | 'Edited' | 'OtherTick' | 'Failed';
  readonly message?: string;
}

const CALLS_AT_ONCE = 8;

/**
 * Records what is about to be done in the status of each fleet, with the resourceVersion that was read as the lock.
 * The fleets come in one order in every tick and the first is recorded alone, so of two ticks at once one gets it
 * and the other stops before it has written anything.
 *
 * @param objects fleets with their new status, and with the metadata that was read, by fleet key
 */
export const recordIntents = async (
  kubernetes: KubernetesPort,
  objects: ReadonlyMap<string, { readonly before: KubernetesObject; readonly after: KubernetesObject }>,
): Promise<ReadonlyMap<string, IntentResult>> => {
  const results = new Map<string, IntentResult>();
  const fleets = [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
  let isOtherTick = false;
  const run = async ([key, { before, after }]: (typeof fleets)[number]): Promise<void> => {
    const result: IntentResult = isOtherTick
      ? { outcome: 'OtherTick', message: 'another tick ran' }
      : await recordOne(kubernetes, before, after);
    if (result.outcome === 'OtherTick') isOtherTick = true;
    results.set(key, result);
  };
  let next = 0;
  while (next < fleets.length && results.get(fleets[next - 1]?.[0] ?? '')?.outcome !== 'Recorded') {
    await run(fleets[next]!);
    next += 1;
  }
  await mapLimit(fleets.slice(next), CALLS_AT_ONCE, run);
  return results;
};

const recordOne = async (kubernetes: KubernetesPort, before: KubernetesObject, after: KubernetesObject): Promise<IntentResult> => {
  try {
    await kubernetes.replaceStatus(resources.inferenceFleets, after);
    return { outcome: 'Recorded' };
  } catch (error) {
    const message = messageOf(error);
    if (!(error instanceof KubernetesError && error.status === 409)) return { outcome: 'Failed', message };
    return (await hasTicked(kubernetes, before))
      ? { outcome: 'OtherTick', message: `another tick ran: ${message}` }
      : { outcome: 'Edited', message: `the fleet was edited while the tick ran: ${message}` };
  }
};

/** Whether the conflict is another tick's rather than a user's edit; in doubt it is. */
const hasTicked = async (kubernetes: KubernetesPort, before: KubernetesObject): Promise<boolean> => {
  try {
    const { name, namespace } = before.metadata;
    const now = await kubernetes.get(resources.inferenceFleets, name, namespace);
    return lastTickTime(now) !== lastTickTime(before);
  } catch {
    return true;
  }
};

/** `status.lastTickTime` of an `InferenceFleet`. */
export const lastTickTime = (object: KubernetesObject): string | undefined =>
  (object.status as { readonly lastTickTime?: string } | undefined)?.lastTickTime;
