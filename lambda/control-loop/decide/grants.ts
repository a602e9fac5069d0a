/** Pods that want devices. */
export interface Claim {
  /** Whole number. */
  readonly pods: number;
  readonly devicesPerPod: number;
  /** Names of the pools that can host them. */
  readonly pools: readonly string[];
}

/** Which of them can be had together. */
export interface Grants {
  /** In the order of the claims. */
  readonly pods: readonly number[];
  /** Devices of each pool that a claim is granted, by pool name, in the order of the claims. */
  readonly devices: ReadonlyMap<string, readonly number[]>;
  /** Devices that nobody is granted, by pool name. */
  readonly left: ReadonlyMap<string, number>;
}

/**
 * Divides the devices of pools among those that may use them, each device once.
 *
 * Pools that fewer claims may use are given out first, so that what is shared is left for those that have nothing else. Where a pool has too
 * few devices, each claim gets its part of them in whole pods, what is left over going to the largest remainders first.
 */
export const grantPods = (claims: readonly Claim[], devices: ReadonlyMap<string, number>): Grants => {
  const missing = claims.map(({ pods }) => pods);
  const usersOf = claimsByPool(claims);
  const none = claims.map(() => 0);
  const granted = new Map<string, readonly number[]>([...devices.keys()].map((pool) => [pool, none]));
  const left = new Map(devices);
  const pools = [...devices.keys()].filter((pool) => usersOf.has(pool));
  for (const pool of pools.sort((a, b) => usersOf.get(a)!.length - usersOf.get(b)!.length)) {
    const users = usersOf.get(pool)!;
    const wants = users.map((index) => ({ pods: missing[index]!, devicesPerPod: claims[index]!.devicesPerPod }));
    const used = [...none];
    for (const [position, pods] of divided(wants, left.get(pool)!).entries()) {
      const index = users[position]!;
      missing[index]! -= pods;
      used[index] = pods * claims[index]!.devicesPerPod;
      left.set(pool, left.get(pool)! - used[index]!);
    }
    granted.set(pool, used);
  }
  return { pods: claims.map(({ pods }, index) => pods - missing[index]!), devices: granted, left };
};

/** Which claims want pods on a pool, by their indices. A decision asks this many times, so it looks at each claim's own pools only. */
const claimsByPool = (claims: readonly Claim[]): ReadonlyMap<string, readonly number[]> => {
  const byPool = new Map<string, number[]>();
  for (const [index, { pods, pools }] of claims.entries()) {
    if (pods <= 0) continue;
    for (const pool of new Set(pools)) {
      const users = byPool.get(pool);
      if (users === undefined) byPool.set(pool, [index]);
      else users.push(index);
    }
  }
  return byPool;
};

/** Pods for each that wants some, as far as the devices go. */
const divided = (wants: readonly Pick<Claim, 'pods' | 'devicesPerPod'>[], devices: number): readonly number[] => {
  const needed = wants.reduce((sum, { pods, devicesPerPod }) => sum + pods * devicesPerPod, 0);
  if (needed <= devices) return wants.map(({ pods }) => pods);
  const exact = wants.map(({ pods }) => (pods * devices) / needed);
  const given = exact.map(Math.floor);
  let free = devices - given.reduce((sum, pods, index) => sum + pods * wants[index]!.devicesPerPod, 0);
  const byRemainder = exact.map((part, index) => ({ index, remainder: part - Math.floor(part) })).sort((a, b) => b.remainder - a.remainder);
  for (const { index } of byRemainder) {
    const { pods, devicesPerPod } = wants[index]!;
    if (given[index]! >= pods || devicesPerPod > free) continue;
    given[index]! += 1;
    free -= devicesPerPod;
  }
  return given;
};
