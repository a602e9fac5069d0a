import { competingPools } from '../pool-order';
import type { PoolRequest, PoolView } from './pool-view';

/**
 * Positions of all pools for which an order is desired, merged over fleets: a topological order of what each fleet desires.
 * Where fleets contradict each other, the result is arbitrary, but always the same.
 */
export const mergeOrders = (views: ReadonlyMap<string, PoolView>, requests: readonly PoolRequest[]): ReadonlyMap<string, number> => {
  const followers = new Map<string, string[]>();
  for (const request of requests) {
    if (request.desired.poolOrder === undefined) continue;
    const own = new Set(request.fleet.pools.map(({ name }) => name));
    let before: string | undefined;
    for (const pool of new Set([...request.desired.poolOrder.map(({ value }) => value), ...own])) {
      if (!own.has(pool) || !views.get(pool)?.requests.includes(request)) continue;
      if (!followers.has(pool)) followers.set(pool, []);
      if (before !== undefined) followers.get(before)!.push(pool);
      before = pool;
    }
  }
  const backwards: string[] = [];
  const seen = new Set<string>();
  const visit = (pool: string): void => {
    if (seen.has(pool)) return;
    seen.add(pool);
    for (const follower of followers.get(pool)!.toReversed()) visit(follower);
    backwards.push(pool);
  };
  for (const pool of [...followers.keys()].toReversed()) visit(pool);
  return new Map(backwards.toReversed().map((pool, position) => [pool, position]));
};

/** The ordered pools in groups that host the same pods, directly or through a third pool; each group in its order. */
export const groupsOf = (requests: readonly PoolRequest[], order: ReadonlyMap<string, number>): readonly (readonly string[])[] =>
  competingPools(
    order.keys(),
    requests.flatMap(({ fleet }) => fleet.units),
  );
