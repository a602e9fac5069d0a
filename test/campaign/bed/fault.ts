import type { RandomStream } from '../../../sim/kernel/random';
import type { BedWorld } from './world';

/** What the loop cannot see or do rightly under a fault. */
export type Blinded = 'cluster' | 'metrics' | 'router' | 'process';

/** A fault that lasts for some ticks. */
export interface BedFault {
  /** Whether the faults that begin with it need the API server before it does: it begins last and ends first. */
  readonly takesApiServer?: boolean;
  /** Begins it; gives what it met, and what takes it back, which may be tried again. `undefined`: there is nothing for it to do. */
  begin(world: BedWorld, random: RandomStream): Promise<Begun | undefined>;
}

export interface Begun {
  /** For example the pool that it took. */
  readonly of?: string;
  readonly blinds?: readonly Blinded[];
  end(): Promise<void>;
}

export const pick = <T>(random: RandomStream, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;
