import type { conditionReasons } from '../contract/names';

/** What the pools and routers themselves say about who may steer them. */
export interface Claims {
  /** Namespaces that a NodePool admits, by pool name, `*` for all of them; a pool that is not known, or does not exist, is left out. */
  readonly namespacesByPool: ReadonlyMap<string, readonly string[]>;
  /** The fleet that the router of a fleet names as its own, both as `fleetKey`; left out where it names none, or cannot be read. */
  readonly ownerByFleet: ReadonlyMap<string, string>;
}

/** Stands for every namespace. */
export const ALL_NAMESPACES = '*';

/** Why a fleet is not steered. */
export interface FleetRefusal {
  /** Reason of its condition `Valid`. */
  readonly reason: typeof conditionReasons.invalidSpec | typeof conditionReasons.claimRefused;
  readonly message: string;
}
