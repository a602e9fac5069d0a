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
  const users = (pool: string): number => claims.filter(({ pods, pools }) => pods > 0 && pools.includes(pool)).length;
  const pools = [...devices.keys()].map((pool) => ({ pool, users: users(pool) })).sort((a, b) => a.users - b.users);
  const granted = new Map<string, readonly number[]>();
  const left = new Map(devices);
  for (const { pool } of pools) {
    const wants = claims.map((claim, index) => (claim.pools.includes(pool) ? missing[index]! : 0));
    const pods = divided(wants, claims, left.get(pool)!);
    for (const [index, got] of pods.entries()) missing[index]! -= got;
    const used = pods.map((got, index) => got * claims[index]!.devicesPerPod);
    granted.set(pool, used);
    left.set(pool, left.get(pool)! - used.reduce((sum, one) => sum + one, 0));
  }
  return { pods: claims.map(({ pods }, index) => pods - missing[index]!), devices: granted, left };
};

const divided = (wants: readonly number[], claims: readonly Claim[], devices: number): readonly number[] => {
  const devicesOf = (pods: readonly number[]): number => pods.reduce((sum, one, index) => sum + one * claims[index]!.devicesPerPod, 0);
  const needed = devicesOf(wants);
  if (needed <= devices) return wants;
  const exact = wants.map((want) => (want * devices) / needed);
  const pods = exact.map(Math.floor);
  let free = devices - devicesOf(pods);
  const byRemainder = exact.map((part, index) => ({ index, remainder: part - Math.floor(part) })).sort((a, b) => b.remainder - a.remainder);
  for (const { index } of byRemainder) {
    const { devicesPerPod } = claims[index]!;
    if (pods[index]! >= wants[index]! || devicesPerPod > free) continue;
    pods[index]! += 1;
    free -= devicesPerPod;
  }
  return pods;
};
