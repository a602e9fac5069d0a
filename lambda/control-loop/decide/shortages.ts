import type { Shortage } from '../model/decision';
import type { LaunchFailure, PoolObservation } from '../model/observation';

/**
 * Shortage memory, shared by all policies.
 *
 * Karpenter forgets a refused launch after three minutes and then asks again. Here a refusal is remembered until EC2 grants the pool a
 * node: the pool's circuit breaker is open for a backoff, then half-open, which lets one node through. A launch closes it, another
 * refusal opens it again and doubles the backoff.
 */

/** First backoff of a pool after a refused launch, in seconds. */
const FIRST_BACKOFF_SECONDS = 120;
/** Longest backoff of a pool, in seconds. */
const MAX_BACKOFF_SECONDS = 1800;
/**
 * A refusal older than this begins no new shortage, in seconds. Karpenter asks at least every three minutes while
 * pods wait, so an older refusal without a younger one means that nobody waits any more.
 */
const FRESH_FAILURE_SECONDS = 300;
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

/** How a pool stands; `Stale` is a half-open circuit breaker whose probe nobody used for ten minutes. */
export type CircuitState = 'Closed' | 'Open' | 'HalfOpen' | 'Stale';

/** Backoff after a number of refusals in a row, in seconds: 120, 240, 480, 960, 1800, 1800, ... */
export const backoffSeconds = (failures: number): number => {
  let seconds = FIRST_BACKOFF_SECONDS;
  for (let failure = 1; failure < failures && seconds < MAX_BACKOFF_SECONDS; failure++) seconds *= 2;
  return Math.min(seconds, MAX_BACKOFF_SECONDS);
};

/** The union of several memories; where two know one pool and zone, the one with the latest refusal. */
export const mergeShortages = (memories: readonly (readonly Shortage[])[]): readonly Shortage[] => {
  const merged = new Map<string, Shortage>();
  for (const shortage of memories.flat()) {
    const key = `${shortage.pool}/${shortage.zone}`;
    const other = merged.get(key);
    if (other === undefined || isLater(shortage, other)) merged.set(key, shortage);
  }
  return [...merged.values()];
};

const isLater = (a: Shortage, b: Shortage): boolean =>
  a.lastFailureSeconds !== b.lastFailureSeconds ? a.lastFailureSeconds > b.lastFailureSeconds : a.failures > b.failures;

/** The memory after this tick's refusals and launches, for the named pools, in their order and by zone. */
export const updateShortages = (
  previous: readonly Shortage[],
  poolNames: readonly string[],
  pools: Readonly<Record<string, PoolObservation>>,
  nowSeconds: number,
): readonly Shortage[] => {
  const byPool = new Map<string, Shortage[]>();
  for (const shortage of previous) {
    const known = byPool.get(shortage.pool);
    if (known) known.push(shortage);
    else byPool.set(shortage.pool, [shortage]);
  }
  return poolNames.flatMap((pool) => updatePool(pool, byPool.get(pool) ?? [], pools[pool], nowSeconds));
};

const updatePool = (
  pool: string,
  previous: readonly Shortage[],
  observation: PoolObservation | undefined,
  nowSeconds: number,
): readonly Shortage[] => {
  // Without knowing the refusals nothing is concluded: neither an end, nor a beginning, nor that a probe may open.
  if (!observation?.launchFailures.known) return previous;
  const failures = observation.launchFailures.value;
  if (previous.length === 0 && failures.length === 0) return previous;

  const lastLaunch = (observation.lastLaunchSeconds.known ? observation.lastLaunchSeconds.value : undefined) ?? Number.NEGATIVE_INFINITY;
  const shortages = new Map<string, Shortage>();
  for (const shortage of previous) {
    if (lastLaunch <= shortage.lastFailureSeconds) shortages.set(shortage.zone, shortage);
  }
  const opened = new Map([...shortages].map(([zone, { probeOpenedSeconds }]) => [zone, probeOpenedSeconds]));
  const newest = newestByZone(failures, lastLaunch);
  for (const [zone, atSeconds] of newest) {
    const shortage = shortages.get(zone);
    if (shortage === undefined) {
      if (nowSeconds - atSeconds <= FRESH_FAILURE_SECONDS) shortages.set(zone, beginShortage(pool, zone, atSeconds));
    } else if (atSeconds > shortage.lastFailureSeconds) {
      shortages.set(zone, extend(shortage, atSeconds));
    }
  }
  const youngest = Math.max(Number.NEGATIVE_INFINITY, ...newest.values());
  return [...shortages.values()]
    .map((shortage) => {
      const openedSeconds = opened.get(shortage.zone);
      // One pool, one probe: whichever zone refused it, the probe was answered.
      return openedSeconds !== undefined && youngest > openedSeconds ? closeProbe(shortage, youngest) : shortage;
    })
    .map((shortage) => (nowSeconds >= shortage.nextProbeSeconds ? openProbe(shortage, nowSeconds) : shortage))
    .sort((a, b) => (a.zone < b.zone ? -1 : 1));
};

const newestByZone = (failures: readonly LaunchFailure[], afterSeconds: number): ReadonlyMap<string, number> => {
  const newest = new Map<string, number>();
  for (const { zone, atSeconds } of failures) {
    // A refusal at the very second of a launch still counts: the clock does not tell which came first.
    if (Number.isFinite(atSeconds) && atSeconds >= afterSeconds) newest.set(zone, Math.max(atSeconds, newest.get(zone) ?? atSeconds));
  }
  return newest;
};

const beginShortage = (pool: string, zone: string, atSeconds: number): Shortage => ({
  pool,
  zone,
  firstSeenSeconds: atSeconds,
  lastFailureSeconds: atSeconds,
  failures: 1,
  nextProbeSeconds: atSeconds + FIRST_BACKOFF_SECONDS,
});

// While the breaker is open, further refusals are echoes of requests already under way: they prolong the backoff, but are no new attempt.
const extend = (shortage: Shortage, atSeconds: number): Shortage => ({
  ...shortage,
  lastFailureSeconds: atSeconds,
  nextProbeSeconds: shortage.probeOpenedSeconds === undefined ? atSeconds + backoffSeconds(shortage.failures) : shortage.nextProbeSeconds,
});

const openProbe = (shortage: Shortage, nowSeconds: number): Shortage =>
  shortage.probeOpenedSeconds === undefined ? { ...shortage, probeOpenedSeconds: nowSeconds } : shortage;

// A probe before the backoff has passed (`keepProbesOpen`) is no attempt either: it neither doubles the backoff nor restarts it.
const closeProbe = ({ probeOpenedSeconds: _, ...shortage }: Shortage, atSeconds: number): Shortage =>
  atSeconds < shortage.nextProbeSeconds
    ? shortage
    : { ...shortage, failures: shortage.failures + 1, nextProbeSeconds: atSeconds + backoffSeconds(shortage.failures + 1) };

/**
 * The memory with probes opened for units that have no pool to go to.
 *
 * A backoff spares a pool while another one serves. For a unit whose pools are all in a shortage it spares nothing, and would only make
 * the outage longer. So such a unit always has a probe open: when none is, the pool that was refused longest ago gets one, so that its
 * pools take turns, and each pool is asked at least as often as Karpenter would ask it by itself. A pool that several units share is a
 * probe for all of them.
 *
 * @param unitPools the names of the pools of each unit, in the order in which they are to be probed where all else is equal
 */
export const keepProbesOpen = (
  shortages: readonly Shortage[],
  unitPools: readonly (readonly string[])[],
  nowSeconds: number,
): readonly Shortage[] => {
  const lastFailure = new Map<string, number>();
  for (const { pool, lastFailureSeconds } of shortages)
    lastFailure.set(pool, Math.max(lastFailureSeconds, lastFailure.get(pool) ?? lastFailureSeconds));
  const probed = new Set(shortages.filter(({ probeOpenedSeconds }) => probeOpenedSeconds !== undefined).map(({ pool }) => pool));
  for (const pools of unitPools) {
    if (!pools.every((pool) => lastFailure.has(pool))) continue;
    for (const pool of pools) if (nowSeconds - lastFailure.get(pool)! >= KARPENTER_RETRY_SECONDS) probed.add(pool);
    if (pools.some((pool) => probed.has(pool))) continue;
    const longestAgo = pools.reduce((a, b) => (lastFailure.get(b)! < lastFailure.get(a)! ? b : a));
    probed.add(longestAgo);
  }
  return shortages.map((shortage) => (probed.has(shortage.pool) ? openProbe(shortage, nowSeconds) : shortage));
};

/** How a pool stands by the shortages remembered. */
export const circuitState = (pool: string, shortages: readonly Shortage[], nowSeconds: number): CircuitState => {
  let state: CircuitState = 'Closed';
  for (const shortage of shortages) {
    if (shortage.pool !== pool) continue;
    if (shortage.probeOpenedSeconds === undefined) {
      if (state === 'Closed') state = 'Open';
    } else if (nowSeconds - shortage.probeOpenedSeconds < UNUSED_PROBE_SECONDS) {
      return 'HalfOpen';
    } else {
      state = 'Stale';
    }
  }
  return state;
};

/** Whether a pool in this state counts as in a shortage when a strategy is chosen. */
export const isBlocked = (state: CircuitState): boolean => state === 'Open' || state === 'HalfOpen';
