/** What the loop keeps between ticks in memory: nothing in it is needed to be right, only to ask less often. */
export interface CacheEntry {
  readonly value: unknown;
  readonly atSeconds: number;
  readonly triedSeconds: number;
}

export interface TickCaches {
  readonly entries: Map<string, CacheEntry>;
}

export const createTickCaches = (): TickCaches => ({ entries: new Map() });
