import { known, type Signal, unknown } from '../model/observation';
import type { TickCaches } from './caches';
import { attempt, type Deadline } from './deadline';

/** How often a question is asked, and how long its last answer is believed. */
export interface Freshness {
  readonly refreshSeconds: number;
  /** After a failure: when it is tried again. */
  readonly retrySeconds: number;
  readonly maximumAgeSeconds: number;
}

/**
 * Answers from the cache, and asks when the answer is due. A failed or late refresh keeps the old value
 * with its old time until its maximum age; after that the signal is unknown with the failure's reason.
 *
 * @param key the question: two questions that may have different answers have different keys
 */
export const cachedSignal = async <T>(
  caches: TickCaches,
  key: string,
  source: string,
  freshness: Freshness,
  { nowSeconds, deadline }: { readonly nowSeconds: number; readonly deadline: Deadline },
  ask: () => Promise<T>,
): Promise<Signal<T>> => {
  const before = caches.answers.get(key);
  const wait = before?.failure === undefined ? freshness.refreshSeconds : freshness.retrySeconds;
  if (before === undefined || nowSeconds - before.triedSeconds >= wait) {
    const answer = await attempt(source, deadline, ask);
    caches.answers.set(
      key,
      answer.ok
        ? { value: answer.value, atSeconds: nowSeconds, triedSeconds: nowSeconds }
        : { ...before, value: before?.value, triedSeconds: nowSeconds, failure: answer.reason },
    );
  }
  const entry = caches.answers.get(key)!;
  if (entry.atSeconds === undefined) return unknown(entry.failure!);
  const ageSeconds = nowSeconds - entry.atSeconds;
  if (ageSeconds > freshness.maximumAgeSeconds) {
    return unknown(`${entry.failure ?? `${source} was not asked`}; the last answer is ${Math.round(ageSeconds)} s old`);
  }
  return known(entry.value as T, entry.atSeconds);
};
