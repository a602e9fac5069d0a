import type { StrategyName } from '../contract/policies';
import type { LearnedProfile } from './learned-profile';

/** A value and why it was chosen. A `value` of `undefined` means: leave what is there. */
export interface Reasoned<T> {
  readonly value: T | undefined;
  readonly reason: string;
}

/** What a policy is doing. */
export type Strategy = StrategyName;

/** What is decided on a unit, each value with its reason. */
export interface UnitDecision {
  /** Minimum of replicas. */
  readonly floor: Reasoned<number>;
  /** Throughput per pod the scaler scales on, in requests per minute. */
  readonly targetThroughputPerMinute: Reasoned<number>;
  /** Part of the traffic, 0 to 1. */
  readonly share: Reasoned<number>;
}

/** What is decided on a pool, over all fleets that share it, each value with its reason. */
export interface PoolDecision {
  /** NodePool `spec.weight`, 1 to 100: the order. */
  readonly weight: Reasoned<number>;
  /** NodePool `spec.limits[deviceResource]`, devices: the amount. */
  readonly limitDevices: Reasoned<number>;
}

/** Something a policy or a person wants, and why. */
export interface DesiredValue<T> {
  readonly value: T;
  readonly reason: string;
  /** Set where a person wants it in place of the policy. */
  readonly isOverride?: true;
}

/** What is wanted of one unit; what is left out stays as it is. */
export interface DesiredUnit {
  /** Least replicas. */
  readonly floor?: DesiredValue<number>;
  /** Throughput per pod the scaler scales on, in requests per minute. */
  readonly targetThroughputPerMinute?: DesiredValue<number>;
  /** Part of the traffic; the shares of a fleet need not sum to 1, the safeguard normalises them. */
  readonly share?: DesiredValue<number>;
}

/** What the guardrails started from, for the decision record and `explain`; what is not a number is left out. */
export interface DesiredRecord {
  /** By unit name. */
  readonly units: Readonly<Record<string, DesiredUnit>>;
  /** Pool names, the one to be tried first in front. */
  readonly poolOrder: readonly DesiredValue<string>[];
  /** Devices a pool may grow to, by pool name. */
  readonly limits: Readonly<Record<string, DesiredValue<number>>>;
  /** Weights of single pools in place of their place in the order, by pool name. */
  readonly weights: Readonly<Record<string, DesiredValue<number>>>;
}

/** Something considered and not taken, or cut to a bound; for the decision record and `explain`. */
export interface Finding {
  readonly code:
    | 'Clamped'
    | 'Rejected'
    | 'Unknown'
    | 'Contested'
    | 'Paused'
    | 'Strategy'
    | 'Shortage'
    | 'Impaired'
    | 'Slow'
    | 'Waiting'
    | 'Unfollowed'
    | 'Return'
    | 'Override'
    | 'Router'
    | 'Scaler'
    | 'NodePool'
    | 'Malformed'
    | 'Spec'
    | 'Clock';
  readonly subject: string;
  readonly message: string;
}

/** What is decided on a fleet, why, and what it is to remember. */
export interface FleetDecision {
  /** `fleetKey`. */
  readonly fleet: string;
  readonly strategy: Strategy;
  readonly strategyReason: string;
  /** By unit name, in the order of the fleet. */
  readonly units: Readonly<Record<string, UnitDecision>>;
  /** Set where the shares take traffic from units that do not serve, or bring it to one that does: no other write may keep it waiting. */
  readonly isRescue?: true;
  /**
   * Backends that removed units left behind in the router, by `backendId`: the part of the traffic of the fleet's own backends that each
   * keeps. The shares of the units are parts of the rest.
   */
  readonly retiring?: Readonly<Record<string, Reasoned<number>>> | undefined;
  /** Deletion costs of pods, by unit name and pool name, of units with several pools; left out by a `decide` that does not tell. */
  readonly deletionCosts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly findings: readonly Finding[];
  /** Left out by a `decide` that does not tell. */
  readonly desired?: DesiredRecord;
  /** What the fleet is to remember. */
  readonly memory: FleetMemory;
}

/** What one tick decides: fleets by themselves, pools across them. */
export interface Decision {
  readonly fleets: readonly FleetDecision[];
  /** By pool name. */
  readonly pools: Readonly<Record<string, PoolDecision>>;
}

/** A shortage of a pool, remembered beyond Karpenter's three minutes. */
export interface Shortage {
  readonly pool: string;
  /** The zone that was refused, `unknown` where the refusal named none: then it is about all of them. */
  readonly zone: string | 'unknown';
  /** The instance type that was refused; left out where the refusal named none: then it is about all of them. */
  readonly instanceType?: string;
  /** Set where a quota of the AWS account is used up: no zone and no type gives more. */
  readonly isQuota?: true;
  readonly firstSeenSeconds: number;
  readonly lastFailureSeconds: number;
  /** Failed attempts in a row: the exponent of the backoff. */
  readonly failures: number;
  /** When the circuit breaker is half-open next, for a probe of one node. */
  readonly nextProbeSeconds: number;
  /** Set while a probe is open. */
  readonly probeOpenedSeconds?: number;
}

/** The last value the loop wrote to a field and the value it replaced: tells an unfinished write from another writer (see `written.ts`). */
export interface WrittenValue {
  readonly value: number;
  readonly previous?: number;
  /** How many times something else was found than was written, and when last, in seconds since the epoch. */
  readonly putBacks?: number;
  readonly putBackSeconds?: number;
  /** Since when the value of another writer is left alone, in seconds since the epoch. */
  readonly contestedSinceSeconds?: number;
}

/** A floor that the Deployment of its unit has not reached. */
export interface UnfollowedFloor {
  /** Since when it has not come nearer to it by a pod, in seconds since the epoch. */
  readonly sinceSeconds: number;
  readonly pods: number;
}

/**
 * A move of pods of a unit to a cheaper pool: they are launched there (`Launching`), ready there (`Landed`), and those that ran dearer go
 * (`Leaving`); or none is begun before a time (`Waiting`).
 */
export type PodReturn =
  | {
      readonly phase: 'Launching' | 'Landed' | 'Leaving';
      /** Where they move. */
      readonly pool: string;
      readonly pods: number;
      /** Replicas of the unit, and its ready pods in that pool, before. */
      readonly replicas: number;
      readonly readyThere: number;
      /** Of one pod. */
      readonly savingUsdPerHour: number;
      /** When the phase began, in seconds since the epoch. */
      readonly sinceSeconds: number;
      /** Moves that there were shortly before. */
      readonly moves: number;
    }
  | { readonly phase: 'Waiting'; readonly untilSeconds: number; readonly moves: number };

/** What the loop remembers of a fleet between ticks: part of the status of its `InferenceFleet`. */
export interface FleetMemory {
  readonly strategy: Strategy;
  readonly strategySinceSeconds: number;
  /** Since when every unit has a pool free of shortage; left out while one has none. */
  readonly clearSinceSeconds?: number;
  /** Mode switches since the fleet began. */
  readonly switches: number;
  readonly shortages: readonly Shortage[];
  /** What is learned of the units, by unit name. */
  readonly profiles: Readonly<Record<string, LearnedProfile>>;
  /** By field (see `formatField`). */
  readonly written: Readonly<Record<string, WrittenValue>>;
  /** `metadata.uid` of the objects that were written: by `pool/<name>` and `scaler/<unit>`. One that was created again is adopted as it is found. */
  readonly objects?: Readonly<Record<string, string>>;
  /**
   * Fields of NodePools, as `formatField`, that an operator, a new spec or time gave back to the loop, and that it has not written since: it
   * takes them from whichever manager has them. Left out where there are none.
   */
  readonly taking?: readonly string[];
  /** The last `adopt` annotation that was heeded. */
  readonly adopted?: string;
  /** When the fleet may give up something again, in seconds since the epoch; left out where it never did. */
  readonly nextGiveUpSeconds?: number;
  /** Units whose Deployment has fewer pods than their floor asks for, by name; left out where there are none. */
  readonly unfollowed?: Readonly<Record<string, UnfollowedFloor>>;
  /** Moves of pods to cheaper pools, by unit name; left out where there are none. */
  readonly returns?: Readonly<Record<string, PodReturn>>;
  /** Backends that units of the fleet have, or had and the router still has: by `backendId`. Left out by loops older than it. */
  readonly backends?: readonly string[];
}
