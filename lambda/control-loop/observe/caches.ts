import type { Fleet } from '../model/fleet';

/** An answer kept between ticks. */
interface CacheEntry {
  readonly value: unknown;
  /** When the value was read, in seconds since the epoch; left out while none ever was. */
  readonly atSeconds?: number;
  /** When the last attempt was made, in seconds since the epoch. */
  readonly triedSeconds: number;
  /** Why the last attempt failed; left out when it did not. */
  readonly failure?: string;
}

/** What the loop keeps in memory between ticks: nothing in it is needed to be right, only to ask and to parse less often. */
export interface TickCaches {
  /** Answers that are asked for less often than once a tick, by question. */
  readonly answers: Map<string, CacheEntry>;
  /** Parsed specs by fleet key. */
  readonly fleets: Map<string, { readonly spec: unknown; readonly generation: string | undefined; readonly fleet: Fleet }>;
  /** EC2 instances of the fleets' pools as the last tick saw them; empty before the first. */
  readonly instanceIds: Set<string>;
}

/** Caches of a function that has not run yet. */
export const createTickCaches = (): TickCaches => ({ answers: new Map(), fleets: new Map(), instanceIds: new Set() });
