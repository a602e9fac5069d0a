import type { Shortage } from '../model/decision';
import type { Pool } from '../model/fleet';
import type { PoolObservation } from '../model/observation';

/**
 * A probe that nobody used for this long shows that nobody asks for the pool, in seconds. The shortage stays in
 * memory and the pool stays limited to one more instance, but it no longer keeps a fleet from its preferred strategy.
 */
const UNUSED_PROBE_SECONDS = 600;
/**
 * How long Karpenter leaves out what EC2 refused, in seconds (karpenter-provider-aws `pkg/cache/cache.go`,
 * `UnavailableOfferingsTTL`). Without the loop a pool is asked again after this long.
 */
const KARPENTER_RETRY_SECONDS = 180;

/** How a pool's circuit breaker stands; `Stale` is half-open with a probe that nobody used for ten minutes. */
export type CircuitState = 'Closed' | 'Open' | 'HalfOpen' | 'Stale';

/** What EC2 can give a pool. */
export interface PoolOfferings {
  /** The pool's zones; left out where they are not known. */
  readonly zones?: readonly string[];
  readonly instanceTypes: readonly { readonly name: string }[];
}

/** What EC2 can give a pool: in the zones that it offers the pool's types in, else in those that the pool is restricted to. */
export const offeringsOf = ({ zones: own = [], instanceTypes }: Pool, observation: PoolObservation | undefined): PoolOfferings => {
  const offered = observation?.offeredZones.known ? observation.offeredZones.value : [];
  const zones = offered.length > 0 ? offered : own;
  return { instanceTypes, ...(zones.length > 0 && { zones }) };
};

/** Whether shortages of a pool leave it no zone and no instance type: a refusal of one zone leaves the others, where others are known. */
export const blocksAll = (shortages: readonly Shortage[], { zones, instanceTypes }: PoolOfferings): boolean =>
  (zones ?? ['unknown']).every((zone) =>
    instanceTypes.every(({ name }) =>
      shortages.some(
        (shortage) =>
          (zones === undefined || shortage.zone === 'unknown' || shortage.zone === zone) &&
          (shortage.instanceType === undefined || shortage.instanceType === name),
      ),
    ),
  );

/** How the circuit breaker of a pool stands by the shortages remembered of it. */
export const circuitState = (shortages: readonly Shortage[], offerings: PoolOfferings, nowSeconds: number): CircuitState => {
  if (shortages.length === 0 || !blocksAll(shortages, offerings)) return 'Closed';
  const probed = shortages.filter(({ probeOpenedSeconds }) => probeOpenedSeconds !== undefined);
  if (probed.length === 0) return 'Open';
  return probed.every((shortage) => isUnused(shortage, nowSeconds)) ? 'Stale' : 'HalfOpen';
};

/** Whether a pool in this state counts as in a shortage when a strategy is chosen. */
export const isBlocked = (state: CircuitState): boolean => state === 'Open' || state === 'HalfOpen';

export const openProbe = (shortage: Shortage, nowSeconds: number): Shortage =>
  shortage.probeOpenedSeconds === undefined ? { ...shortage, probeOpenedSeconds: nowSeconds } : shortage;

/** Whether a probe is open and nobody used it. */
export const isUnused = ({ probeOpenedSeconds }: Shortage, nowSeconds: number): boolean =>
  probeOpenedSeconds !== undefined && nowSeconds - probeOpenedSeconds >= UNUSED_PROBE_SECONDS;

/**
 * The memory with probes opened for units that have no pool to go to.
 *
 * A backoff spares a pool while another one serves. For a unit whose pools are all in a shortage it spares nothing, and would only make
 * the outage longer. So such a unit always has a probe open: when none is, the pool that was refused longest ago gets one, so that its
 * pools take turns, and each pool is asked at least as often as Karpenter would ask it by itself. A pool that several units share is a
 * probe for all of them.
 *
 * @param unitPools the names of the pools of each unit, in the order in which they are to be probed where all else is equal
 * @param isClosed whether the circuit breaker of a pool is closed
 */
export const keepProbesOpen = (
  shortages: readonly Shortage[],
  unitPools: readonly (readonly string[])[],
  isClosed: (pool: string) => boolean,
  nowSeconds: number,
): readonly Shortage[] => {
  const lastFailure = new Map<string, number>();
  for (const { pool, lastFailureSeconds } of shortages)
    lastFailure.set(pool, Math.max(lastFailureSeconds, lastFailure.get(pool) ?? lastFailureSeconds));
  const probed = new Set(shortages.filter(({ probeOpenedSeconds }) => probeOpenedSeconds !== undefined).map(({ pool }) => pool));
  const opened = new Set<string>();
  for (const all of unitPools) {
    // A pool that was not refused, and launches nothing all the same, has nothing to probe.
    const pools = all.filter((pool) => lastFailure.has(pool));
    if (all.some(isClosed) || pools.length === 0) continue;
    for (const pool of pools) if (nowSeconds - lastFailure.get(pool)! >= KARPENTER_RETRY_SECONDS) opened.add(pool);
    if (pools.some((pool) => probed.has(pool) || opened.has(pool))) continue;
    opened.add(pools.reduce((a, b) => (lastFailure.get(b)! < lastFailure.get(a)! ? b : a)));
  }
  return shortages.map((shortage) => (opened.has(shortage.pool) ? openProbe(shortage, nowSeconds) : shortage));
};
