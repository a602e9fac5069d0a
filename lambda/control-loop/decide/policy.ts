import type { FleetMemory, FleetMode, Remark, Shortage } from '../model/decision';
import type { Fleet } from '../model/fleet';
import type { PoolObservation, Signal, UnitObservation } from '../model/observation';
import type { Demand } from './demand';

/** Something a policy wants, and why. */
export interface Wish<T> {
  readonly value: T;
  readonly reason: string;
}

/** What a policy wants of one unit; what it leaves out stays as it is. */
export interface UnitWishes {
  /** Least replicas. */
  readonly floor?: Wish<number>;
  /** Throughput per pod the scaler scales on, in requests per minute. */
  readonly targetThroughputPerMinute?: Wish<number>;
  /** Part of the traffic; the shares of a fleet need not sum to 1, the safeguard normalises them. */
  readonly share?: Wish<number>;
}

/** What a policy wants of a fleet. The safeguard makes a decision of it. */
export interface Wishes {
  readonly mode: FleetMode;
  readonly modeReason: string;
  /** By unit name. */
  readonly units: Readonly<Record<string, UnitWishes>>;
  /** Pool names, the one to be tried first in front; left out, weights stay as they are. */
  readonly poolOrder?: readonly Wish<string>[];
  /** Devices a pool may grow to, by pool name; what is left out stays as it is. */
  readonly limits?: Readonly<Record<string, Wish<number>>>;
  readonly remarks: readonly Remark[];
}

/** Everything a policy may look at. */
export interface PolicyContext {
  readonly fleet: Fleet;
  readonly nowSeconds: number;
  /** By unit name; left out where nothing was observed. */
  readonly units: Readonly<Record<string, UnitObservation>>;
  /** By pool name; left out where nothing was observed. */
  readonly pools: Readonly<Record<string, PoolObservation>>;
  /** Router weights by unit name. */
  readonly routerWeights: Signal<Readonly<Record<string, number>>>;
  /** What the fleet remembered when the tick began; its shortages are those before the update. */
  readonly memory: FleetMemory;
  /** Shortages of the fleet's pools after this tick's failures and launches were counted. */
  readonly shortages: readonly Shortage[];
  /** Since when every unit has a pool free of shortage, in seconds since the epoch; left out while one has none. */
  readonly clearSinceSeconds?: number;
  readonly demand: Signal<Demand>;
}

/** Turns what is known of a fleet into wishes: pure, without clock, randomness and I/O. */
export type Policy = (context: PolicyContext) => Wishes;
