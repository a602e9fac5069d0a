import { mapLimit, messageOf } from '../concurrency';
import { annotations, resources } from '../contract/names';
import { KubernetesError } from '../errors';
import type { KubernetesObject, KubernetesPort } from '../ports';

/** `Recorded`, or why a fleet may not be acted for: its object changed under us, another tick ran, an error. */
export interface IntentResult {
  readonly outcome: 'Recorded' | 'Edited' | 'OtherTick' | 'Failed';
  readonly message?: string;
  /** The fleet as it was recorded. */
  readonly recorded?: KubernetesObject;
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

/** Another controller that touches the fleet all the time makes as many tries as this fail. */
const MAX_TRIES = 3;

const recordOne = async (kubernetes: KubernetesPort, before: KubernetesObject, after: KubernetesObject): Promise<IntentResult> => {
  let { resourceVersion } = after.metadata;
  for (let tries = 1; ; tries += 1) {
    try {
      const recorded = await kubernetes.replaceStatus(resources.inferenceFleets, withVersion(after, resourceVersion));
      return { outcome: 'Recorded', recorded };
    } catch (error) {
      const message = messageOf(error);
      if (!(error instanceof KubernetesError && error.status === 409)) return { outcome: 'Failed', message };
      const now = await present(kubernetes, before);
      // In doubt it was another tick.
      if (now === undefined || lastTickTime(now) !== lastTickTime(before)) {
        return { outcome: 'OtherTick', message: `another tick ran: ${message}` };
      }
      if (!saysTheSame(before, now)) return { outcome: 'Edited', message: `the fleet was edited while the tick ran: ${message}` };
      if (tries === MAX_TRIES) return { outcome: 'Failed', message: `the fleet changes all the time: ${message}` };
      ({ resourceVersion } = now.metadata);
    }
  }
};

const withVersion = (object: KubernetesObject, resourceVersion: string | undefined): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
});

const present = async (kubernetes: KubernetesPort, { metadata }: KubernetesObject): Promise<KubernetesObject | undefined> => {
  try {
    return await kubernetes.get(resources.inferenceFleets, metadata.name, metadata.namespace);
  } catch {
    return undefined;
  }
};

/** Whether an edit left everything that the loop reads of a fleet as it was: labels of other tools, or their annotations, for example. */
const saysTheSame = (before: KubernetesObject, now: KubernetesObject): boolean =>
  before.metadata.uid === now.metadata.uid &&
  before.metadata.deletionTimestamp === now.metadata.deletionTimestamp &&
  before.metadata.generation !== undefined &&
  before.metadata.generation === now.metadata.generation &&
  Object.values(annotations).every((name) => before.metadata.annotations?.[name] === now.metadata.annotations?.[name]);

/** `status.lastTickTime` of an `InferenceFleet`. */
export const lastTickTime = (object: KubernetesObject): string | undefined =>
  (object.status as { readonly lastTickTime?: string } | undefined)?.lastTickTime;
