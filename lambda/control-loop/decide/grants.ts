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
  const none = claims.map(() => 0);
  const granted = new Map<string, readonly number[]>();
  const left = new Map(devices);
  const usersOf = claimsByPool(claims);
  const pools: { readonly name: string; readonly users: readonly number[] }[] = [];
  for (const name of devices.keys()) {
    granted.set(name, none);
    const users = usersOf.get(name);
    if (users !== undefined) pools.push({ name, users });
  }
  for (const { name, users } of pools.sort((a, b) => a.users.length - b.users.length)) {
    const wanting = users.filter((index) => missing[index]! > 0);
    if (wanting.length === 0) continue;
    let free = left.get(name)!;
    const used = [...none];
    const given = divided(
      wanting.map((index) => ({ pods: missing[index]!, devicesPerPod: claims[index]!.devicesPerPod })),
      free,
    );
    wanting.forEach((index, position) => {
      missing[index]! -= given[position]!;
      used[index] = given[position]! * claims[index]!.devicesPerPod;
      free -= used[index]!;
    });
    left.set(name, free);
    granted.set(name, used);
  }
  return { pods: claims.map(({ pods }, index) => pods - missing[index]!), devices: granted, left };
};

/** Which claims want pods on a pool, by their indices. A decision asks this many times, so it looks at each claim's own pools only. */
const claimsByPool = (claims: readonly Claim[]): ReadonlyMap<string, readonly number[]> => {
  const byPool = new Map<string, number[]>();
  claims.forEach(({ pods, pools }, index) => {
    if (pods <= 0) return;
    for (const pool of pools) {
      const users = byPool.get(pool);
      if (users === undefined) byPool.set(pool, [index]);
      // A claim may name a pool twice.
      else if (users.at(-1) !== index) users.push(index);
    }
  });
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
