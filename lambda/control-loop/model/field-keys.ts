/**
 * Keys of `FleetMemory.written`: one for each field the loop owns, by the name of the unit or pool it belongs to.
 */
export const fieldKeys = {
  /** Least replicas of a unit's scaler. */
  floor: (unit: string): string => `floor/${unit}`,
  /** Throughput per pod that a unit's scaler scales on, in requests per minute. */
  target: (unit: string): string => `target/${unit}`,
  /** Router weight of a unit, a whole number of at least 0. */
  share: (unit: string): string => `share/${unit}`,
  /** `spec.weight` of a pool, 1 to 100. */
  weight: (pool: string): string => `weight/${pool}`,
  /** `spec.limits` of a pool for its device resource, in devices. */
  limit: (pool: string): string => `limit/${pool}`,
} as const;
