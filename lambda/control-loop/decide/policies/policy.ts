import type { DesiredUnit, DesiredValue, Finding, FleetMemory, Shortage, Strategy } from '../../model/decision';
import type { Fleet } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';
import type { FleetObservation, Signal } from '../../model/observation';
import type { CircuitState } from '../circuits';
import type { Demand } from '../demand';
import type { Unfollowed } from '../following';
import type { Impairment } from '../impairment';

export type { DesiredUnit, DesiredValue };

/** What a policy wants of a fleet; the guardrails make a decision of it. */
export interface DesiredFleet<S extends Strategy = Strategy> {
  readonly strategy: S;
  readonly strategyReason: string;
  /** By unit name. */
  readonly units: Readonly<Record<string, DesiredUnit>>;
  /** Set where floors are sized for the planned demand: then they hold the shares that are set, too, which may not be the desired ones. */
  readonly floorsFollowShares?: true;
  /** Pool names, the one to be tried first in front; left out, weights stay as they are. */
  readonly poolOrder?: readonly DesiredValue<string>[];
  /** Devices a pool may grow to, by pool name; what is left out stays as it is. */
  readonly limits?: Readonly<Record<string, DesiredValue<number>>>;
  /** Weights of single pools in place of their place in the order, 1 to 100, by pool name; without an order they say nothing. */
  readonly weights?: Readonly<Record<string, DesiredValue<number>>>;
  readonly findings: readonly Finding[];
}

/** Everything a policy may look at. */
export interface PolicyContext<S extends Strategy = Strategy> extends FleetObservation {
  /** With the profiles that decisions rest on: the learned ones, unless the fleet does without. */
  readonly fleet: Fleet;
  /** What is learned of the units, by unit name. */
  readonly profiles: Readonly<Record<string, LearnedProfile>>;
  /** Names of the units that are too slow for the objective with any number of pods. */
  readonly slowUnits: ReadonlySet<string>;
  /**
   * Those of them that are spared traffic, as another unit is not slow: by name, with the requests per minute that each gets all the
   * same, to tell whether it still is.
   */
  readonly sparedUnits: ReadonlyMap<string, number>;
  /** Units whose Deployments do not follow their floors, by name: nothing is planned on more pods than they have. */
  readonly unfollowed: ReadonlyMap<string, Unfollowed>;
  /** What the fleet remembered when the tick began; its shortages are those before the update. */
  readonly memory: FleetMemory;
  /** Shortages of the fleet's pools after this tick's failures and launches were counted. */
  readonly shortages: readonly Shortage[];
  /** How the circuit breaker of each pool stands, by pool name. */
  readonly circuits: Readonly<Record<string, CircuitState>>;
  /** Devices that a probe of each pool needs, for the pods of all fleets that may use it, by pool name. */
  readonly probeDevices: Readonly<Record<string, number>>;
  /** Devices that are promised to the fleet of pools that several fleets share and together desire too much of, by pool name. */
  readonly promisedDevices?: Readonly<Record<string, number>>;
  /** Since when every unit has a pool free of shortage, in seconds since the epoch; left out while one has none. */
  readonly clearSinceSeconds?: number;
  readonly demand: Signal<Demand>;
  /** Units whose pods are ready and do not serve, by name. */
  readonly impaired: Readonly<Record<string, Impairment>>;
  /** The strategy in which a person holds the fleet, one of those that the policy may be held in: the policy follows it. */
  readonly forcedStrategy?: DesiredValue<S>;
}

/** Turns what is known of a fleet into what is desired of it: pure, without clock, randomness and I/O. */
export type Policy<S extends Strategy = Strategy> = (context: PolicyContext<S>) => DesiredFleet<S>;
