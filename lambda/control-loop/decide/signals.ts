import type { Signal, UnitObservation } from '../model/observation';

/** Age beyond which a signal says nothing about the present, in seconds. */
export const MAX_SIGNAL_AGE_SECONDS = 300;

/** The value of a signal that is known and young enough to act on; `undefined` otherwise. */
export const fresh = <T>(signal: Signal<T> | undefined, nowSeconds: number): T | undefined =>
  signal?.known && nowSeconds - signal.atSeconds <= MAX_SIGNAL_AGE_SECONDS ? signal.value : undefined;

/** As `fresh`, for a number that cannot be negative: anything else counts as unknown. */
export const freshQuantity = (signal: Signal<number> | undefined, nowSeconds: number): number | undefined => {
  const value = fresh(signal, nowSeconds);
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
};

/** Why a signal cannot be acted on. */
export const whyUnknown = (signal: Signal<unknown> | undefined, nowSeconds: number): string => {
  if (signal === undefined) return 'not observed';
  if (!signal.known) return signal.reason;
  const ageSeconds = Math.round(nowSeconds - signal.atSeconds);
  return ageSeconds > MAX_SIGNAL_AGE_SECONDS ? `${ageSeconds} s old` : 'not a quantity';
};

/** Ready pods of a unit on all nodes; `undefined` where readiness is unknown or too old. */
export const readyPods = (unit: UnitObservation | undefined, nowSeconds: number): number | undefined => {
  const byPool = fresh(unit?.readyPodsByPool, nowSeconds);
  if (byPool === undefined) return undefined;
  let sum = 0;
  for (const pods of Object.values(byPool)) {
    if (!(Number.isFinite(pods) && pods >= 0)) return undefined;
    sum += pods;
  }
  return sum;
};

/** Ready pods of a unit on the nodes of one pool; `undefined` where readiness is unknown or too old. */
export const readyPodsOn = (unit: UnitObservation | undefined, pool: string, nowSeconds: number): number | undefined => {
  if (readyPods(unit, nowSeconds) === undefined) return undefined;
  return fresh(unit?.readyPodsByPool, nowSeconds)?.[pool] ?? 0;
};
