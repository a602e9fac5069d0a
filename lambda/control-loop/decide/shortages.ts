import type { Shortage } from '../model/decision';
import type { Pool } from '../model/fleet';
import { groupBy } from '../model/group-by';
import type { LaunchFailure, PoolObservation } from '../model/observation';
import { blocksAll, isUnused, openProbe, type PoolOfferings } from './circuits';
import { quotaOf } from './quotas';

/**
 * Shortage memory, shared by all policies.
 *
 * Karpenter forgets a refused launch after three minutes and then asks again. Here a refusal is remembered until EC2 grants the pool a
 * node: the circuit breaker is open for a backoff, then half-open, which lets one node through. A launch closes it, another refusal
 * opens it again and doubles the backoff. What a refusal is remembered for is what it names: a zone, an instance type, a quota of the
 * account, or else the whole pool.
 */

/** First backoff after a refused launch, in seconds. */
const FIRST_BACKOFF_SECONDS = 120;
/** Longest backoff, in seconds. */
const MAX_BACKOFF_SECONDS = 1800;
/**
 * A refusal older than this begins no new shortage, in seconds. Karpenter asks at least every three minutes while
 * pods wait, so an older refusal without a younger one means that nobody waits any more.
 */
const FRESH_FAILURE_SECONDS = 300;

/** Backoff after a number of refusals in a row, in seconds: 120, 240, 480, 960, 1800, 1800, ... */
export const backoffSeconds = (failures: number): number => {
  let seconds = FIRST_BACKOFF_SECONDS;
  for (let failure = 1; failure < failures && seconds < MAX_BACKOFF_SECONDS; failure++) seconds *= 2;
  return Math.min(seconds, MAX_BACKOFF_SECONDS);
};

/** What one memory entry of a pool is about. */
type Scope = Pick<Shortage, 'zone' | 'instanceType' | 'isQuota'>;

const scopeKey = ({ zone, instanceType, isQuota }: Scope): string => `${zone}/${instanceType ?? ''}/${isQuota ? 'quota' : ''}`;

/** The union of several memories; where two know of one shortage, the one with the latest refusal. */
export const mergeShortages = (memories: readonly (readonly Shortage[])[]): readonly Shortage[] => {
  const merged = new Map<string, Shortage>();
  for (const shortage of memories.flat()) {
    const key = `${shortage.pool}/${scopeKey(shortage)}`;
    const other = merged.get(key);
    if (other === undefined || isLater(shortage, other)) merged.set(key, shortage);
  }
  return [...merged.values()];
};

const isLater = (a: Shortage, b: Shortage): boolean =>
  a.lastFailureSeconds !== b.lastFailureSeconds ? a.lastFailureSeconds > b.lastFailureSeconds : a.failures > b.failures;

/** Shortages by the pool they are of. */
export const groupByPool = (shortages: readonly Shortage[]): ReadonlyMap<string, readonly Shortage[]> =>
  groupBy(shortages, ({ pool }) => pool);

/** A pool whose refusals are remembered. */
export interface RememberedPool extends PoolOfferings, Pick<Pool, 'name' | 'capacityType'> {}

/** What was seen of the pools that count against one quota of the account. */
interface QuotaUse {
  readonly refusals: readonly LaunchFailure[];
  readonly lastLaunchSeconds: number;
}

/** The memory after this tick's refusals and launches, for these pools, in their order and by what it is about. */
export const updateShortages = (
  previous: readonly Shortage[],
  pools: readonly RememberedPool[],
  observations: Readonly<Record<string, PoolObservation>>,
  nowSeconds: number,
): readonly Shortage[] => {
  const byPool = groupByPool(previous);
  const quotas = quotaUses(pools, observations);
  return pools.flatMap((pool, index) => updatePool(pool, byPool.get(pool.name) ?? [], observations[pool.name], quotas[index], nowSeconds));
};

/** What was seen of the quota of each pool, in their order; `undefined` where a pool has none, or nothing was seen of it. */
const quotaUses = (
  pools: readonly RememberedPool[],
  observations: Readonly<Record<string, PoolObservation>>,
): readonly (QuotaUse | undefined)[] => {
  const uses = new Map<string, { refusals: LaunchFailure[]; lastLaunchSeconds: number }>();
  const quotas = pools.map(quotaOf);
  for (const [index, quota] of quotas.entries()) {
    const observation = observations[pools[index]!.name];
    if (quota === undefined || observation === undefined) continue;
    const use = uses.get(quota) ?? { refusals: [], lastLaunchSeconds: Number.NEGATIVE_INFINITY };
    uses.set(quota, use);
    if (observation.launchFailures.known) use.refusals.push(...observation.launchFailures.value.filter(({ isQuota }) => isQuota));
    use.lastLaunchSeconds = Math.max(use.lastLaunchSeconds, lastLaunchOf(observation));
  }
  return quotas.map((quota) => (quota === undefined ? undefined : uses.get(quota)));
};

const lastLaunchOf = ({ lastLaunchSeconds }: PoolObservation): number =>
  (lastLaunchSeconds.known ? lastLaunchSeconds.value : undefined) ?? Number.NEGATIVE_INFINITY;

const updatePool = (
  pool: RememberedPool,
  previous: readonly Shortage[],
  observation: PoolObservation | undefined,
  quota: QuotaUse | undefined,
  nowSeconds: number,
): readonly Shortage[] => {
  // Without knowing the refusals nothing is concluded: neither an end, nor a beginning, nor that a probe may open.
  if (!observation?.launchFailures.known) return previous;
  const failures = [
    ...observation.launchFailures.value.filter(({ isQuota }) => !isQuota || quota === undefined),
    ...(quota?.refusals ?? []),
  ];
  if (previous.length === 0 && failures.length === 0) return previous;

  const lastLaunch = lastLaunchOf(observation);
  // A launch anywhere shows that the quota has room.
  const launchFor = ({ isQuota }: Scope): number => (isQuota && quota ? Math.max(lastLaunch, quota.lastLaunchSeconds) : lastLaunch);
  const shortages = new Map<string, Shortage>();
  for (const shortage of previous) {
    if (launchFor(shortage) <= shortage.lastFailureSeconds) shortages.set(scopeKey(shortage), shortage);
  }
  const before = [...shortages.values()];
  const newest = newestByScope(pool, failures, launchFor);
  for (const [key, { scope, atSeconds }] of newest) {
    const shortage = shortages.get(key);
    if (shortage === undefined) {
      if (nowSeconds - atSeconds <= FRESH_FAILURE_SECONDS) shortages.set(key, beginShortage(pool.name, scope, atSeconds));
    } else if (atSeconds > shortage.lastFailureSeconds) {
      shortages.set(key, extend(shortage, atSeconds));
    }
  }
  // A pool that is closed as a whole has one probe: whichever zone or type refused it, the probe was answered.
  const youngest = Math.max(...[...newest.values()].map(({ atSeconds }) => atSeconds));
  const isOneProbe = blocksAll(before, pool);
  for (const { probeOpenedSeconds, ...shortage } of before) {
    const key = scopeKey(shortage);
    const answeredSeconds = isOneProbe ? youngest : (newest.get(key)?.atSeconds ?? Number.NEGATIVE_INFINITY);
    if (probeOpenedSeconds !== undefined && answeredSeconds > probeOpenedSeconds)
      shortages.set(key, closeProbe(shortages.get(key)!, answeredSeconds));
  }
  const after = [...shortages.values()].map((shortage) =>
    nowSeconds >= shortage.nextProbeSeconds ? openProbe(shortage, nowSeconds) : shortage,
  );
  // While the pool has other zones or types, Karpenter asks by itself: what it was not refused for long is over.
  const remembered = blocksAll(after, pool) ? after : after.filter((shortage) => !isUnused(shortage, nowSeconds));
  return remembered.sort((a, b) => (scopeKey(a) < scopeKey(b) ? -1 : 1));
};

/** The newest refusal of each thing that was refused, of those since the last launch. */
const newestByScope = (
  pool: RememberedPool,
  failures: readonly LaunchFailure[],
  launchFor: (scope: Scope) => number,
): ReadonlyMap<string, { readonly scope: Scope; readonly atSeconds: number }> => {
  const newest = new Map<string, { scope: Scope; atSeconds: number }>();
  for (const failure of failures) {
    const { atSeconds } = failure;
    const scope = scopeOf(failure, pool);
    const key = scopeKey(scope);
    // A refusal at the very second of a launch still counts: the clock does not tell which came first.
    if (Number.isFinite(atSeconds) && atSeconds >= launchFor(scope) && atSeconds >= (newest.get(key)?.atSeconds ?? atSeconds))
      newest.set(key, { scope, atSeconds });
  }
  return newest;
};

/** What a refusal is about. A zone or type that the pool is not known to have says nothing of those that it has. */
const scopeOf = ({ zone, instanceType, isQuota }: LaunchFailure, { zones, instanceTypes }: RememberedPool): Scope => {
  if (isQuota) return { zone: 'unknown', isQuota };
  return {
    zone: zones === undefined || zones.includes(zone) ? zone : 'unknown',
    ...(instanceType !== undefined && instanceTypes.some(({ name }) => name === instanceType) && { instanceType }),
  };
};

const beginShortage = (pool: string, scope: Scope, atSeconds: number): Shortage => ({
  pool,
  ...scope,
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

// A probe before the backoff has passed (`keepProbesOpen`) is no attempt either: it neither doubles the backoff nor restarts it.
const closeProbe = ({ probeOpenedSeconds: _, ...shortage }: Shortage, atSeconds: number): Shortage =>
  atSeconds < shortage.nextProbeSeconds
    ? shortage
    : { ...shortage, failures: shortage.failures + 1, nextProbeSeconds: atSeconds + backoffSeconds(shortage.failures + 1) };
