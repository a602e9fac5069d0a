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
export const groupsOf = (requests: readonly PoolRequest[], order: ReadonlyMap<string, number>): readonly (readonly string[])[] => {
  const parent = new Map<string, string>();
  for (const pool of order.keys()) parent.set(pool, pool);
  const root = (pool: string): string => {
    let at = pool;
    while (parent.get(at) !== at) at = parent.get(at)!;
    return at;
  };
  for (const { fleet } of requests) {
    for (const unit of fleet.units) {
      const pools = unit.pools.filter((pool) => order.has(pool));
      for (const pool of pools) parent.set(root(pool), root(pools[0]!));
    }
  }
  const groups = new Map<string, string[]>();
  for (const pool of order.keys()) {
    const group = groups.get(root(pool));
    if (group) group.push(pool);
    else groups.set(root(pool), [pool]);
  }
  return [...groups.values()];
};
