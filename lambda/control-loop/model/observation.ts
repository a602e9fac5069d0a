import { type Fleet, fleetKey, unitKey } from './fleet';

/** A signal: a value with the time it describes, or unknown with the reason. Never a zero, never a default. */
export type Signal<T> = Known<T> | Unknown;

/** A value that was observed. */
export interface Known<T> {
  readonly known: true;
  readonly value: T;
  /** The time the value describes, in seconds since the epoch, by the clock of its source. */
  readonly atSeconds: number;
}

/** A value that could not be observed. */
export interface Unknown {
  readonly known: false;
  /** Why, for people: which call failed or what is missing. */
  readonly reason: string;
  /** Set where the object that says it does not exist. */
  readonly isMissing?: true;
}

export const known = <T>(value: T, atSeconds: number): Known<T> => ({ known: true, value, atSeconds });
export const unknown = (reason: string): Unknown => ({ known: false, reason });

/** Values of consecutive periods, oldest first; both arrays have the same length, at least 1. */
export interface Series {
  readonly atSeconds: readonly number[];
  readonly values: readonly number[];
}

/** A launch that EC2 refused, attributed to a pool and, where the message names them, to a zone and an instance type. */
export interface LaunchFailure {
  readonly zone: string | 'unknown';
  readonly instanceType?: string;
  /** Set where not EC2's capacity but a quota of the AWS account is used up. */
  readonly isQuota?: true;
  readonly atSeconds: number;
  readonly message: string;
}

/** A value in an autoscaler that belongs to KEDA, set by someone else. */
export interface AutoscalerEdit {
  readonly field: 'floor' | 'target';
  readonly value: number;
  /** Name of the field manager. */
  readonly manager: string;
}

/** One minute of a unit as its router counted it. What is unknown is left out. */
export interface UnitMinute {
  /** Start of the minute, in seconds since the epoch. */
  readonly startSeconds: number;
  /** Requests that arrived for the unit, those included that the router refused because no target was healthy. */
  readonly requests?: number;
  /** Requests that the router refused because the unit had no healthy target. */
  readonly refused?: number;
  /**
   * Requests that the router refused though every unit had a healthy target at some time of the minute: those of another rule, or of a unit
   * that had none for a part of it.
   */
  readonly unclaimed?: number;
  /** Requests that the unit's own pods answered with status 5xx, and those that were refused: failures of no other unit. */
  readonly failed?: number;
  /** Requests answered in the minute: those whose latency is known. A unit that is overloaded answers fewer than arrive. */
  readonly answered?: number;
  /** Latency at the objective's percentile, in seconds. */
  readonly latencySeconds?: number;
  /** Answers with status 5xx, the router's own included. */
  readonly errors?: number;
  /** Healthy targets. */
  readonly healthyHosts?: number;
}

/** A pod that became ready. */
export interface PodStart {
  /** Uid of the pod. */
  readonly uid: string;
  /** When the pod, or the node that was launched for it where that came later, was created, in seconds since the epoch. */
  readonly createdSeconds: number;
  readonly readySeconds: number;
  /** Whether a node was launched for it. */
  readonly launchedNode: boolean;
}

/** Pods that are not ready for one reason. */
export interface WaitingPods {
  /** As Kubernetes names it: `Unschedulable`, `ImagePullBackOff`, `CrashLoopBackOff`, `ContainerCreating`, `ContainersNotReady`, ... */
  readonly reason: string;
  /** What Kubernetes says of the pod that has waited longest; empty where it says nothing. */
  readonly message: string;
  readonly pods: number;
  /** Since when that pod waits: its creation, or, once it has a node, when it got it, in seconds since the epoch. */
  readonly sinceSeconds: number;
  /** Set where Kubernetes tries again and again, and no waiting helps: containers that end, images that cannot be pulled. */
  readonly isFailing?: true;
}

/** What a unit's scaler is, beside the fields that the loop writes. */
export interface ScalerState {
  readonly uid?: string;
  /** Most replicas that it allows; left out where it states none. */
  readonly maximumReplicas?: number;
  /** What keeps it from following its fields; left out where nothing does. */
  readonly pause?: ScalerPause;
  /** Why KEDA cannot carry it out; left out where it says nothing of the kind. */
  readonly problem?: string;
  /** What its Deployment has less than the floor asks for; left out where it has as much. */
  readonly shortfall?: Shortfall;
}

/** A Deployment with fewer pods than the floor of its unit. Pods without a node are there: what they wait for is capacity. */
export interface Shortfall {
  /** Pods that it has, or has replicas for, whichever is less. */
  readonly pods: number;
  /** Why, as far as the objects between floor and pods show it. */
  readonly cause?: string;
  /** Set where another signal has the cause: the Deployment does not exist (`replicas`), or its pods are refused (`waitingPods`). */
  readonly isNamed?: true;
}

/** A pause of a ScaledObject by KEDA's annotations. */
export interface ScalerPause {
  /** The annotation, for example `autoscaling.keda.sh/paused`. */
  readonly annotation: string;
  /** Whether it keeps the unit from growing, and from shrinking. */
  readonly up: boolean;
  readonly down: boolean;
  /** Replicas at which it holds the unit; left out where those are the present ones. */
  readonly replicas?: number;
}

/** The traffic of a backend that a removed unit left behind in the router. */
export type RetiringObservation = Pick<UnitObservation, 'requestsPerMinute' | 'healthyHosts'>;

/** The signals of one unit. */
export interface UnitObservation {
  /** The last half hour minute by minute, oldest first. */
  readonly minutes: Signal<readonly UnitMinute[]>;
  /** Its ready pods. */
  readonly podStarts: Signal<readonly PodStart[]>;
  /** Requests per minute, refused ones included, one value a minute, the youngest complete minute last. */
  readonly requestsPerMinute: Signal<Series>;
  /** Latency at the objective's percentile in the youngest complete minute, in seconds. */
  readonly latencySeconds: Signal<number>;
  /** Answers with status 5xx in the youngest complete minute, the router's own included. */
  readonly errorsPerMinute: Signal<number>;
  /** Pods that the router finds healthy. */
  readonly healthyHosts: Signal<number>;
  /** Ready pods by the pool of their node, those on nodes that EC2 may be about to take left out; `''` for a node that belongs to no pool of the fleet. */
  readonly readyPodsByPool: Signal<Readonly<Record<string, number>>>;
  /** Ready pods that Karpenter is about to evict, as many as leave at a time: their nodes are drained, or have drifted. They serve until then. */
  readonly leavingPods: Signal<number>;
  /** Pods that exist and are not ready (pending, starting). */
  readonly startingPods: Signal<number>;
  /** Those of the starting pods that have no node yet: what Karpenter is asked to launch for. */
  readonly pendingPods: Signal<number>;
  /** Why pods are not ready, or are not created at all; a pod of unknown age is in none of them. */
  readonly waitingPods: Signal<readonly WaitingPods[]>;
  /** Pods beyond its replicas that its Deployment may start while it replaces its pods, before an old one goes; 0 while it does not. */
  readonly surgePods: Signal<number>;
  /** Replicas the Deployment asks for. */
  readonly replicas: Signal<number>;
  /** Least replicas as the scaler has it now. */
  readonly floor: Signal<number>;
  /** Throughput per pod that the scaler scales on now, in requests per minute. */
  readonly targetThroughputPerMinute: Signal<number>;
  /** The scaler itself. */
  readonly scaler: Signal<ScalerState>;
  /** What someone set in the autoscaler that KEDA makes of the ScaledObject, in place of KEDA; empty for any other scaler. */
  readonly autoscalerEdits: Signal<readonly AutoscalerEdit[]>;
}

/** The signals of one pool. */
export interface PoolObservation {
  /** `metadata.uid` of the NodePool, the pin of every write to it. */
  readonly uid: Signal<string>;
  /** `spec.weight`; `undefined` is a known absence. */
  readonly weight: Signal<number | undefined>;
  /** `spec.limits[deviceResource]`; `undefined` is a known absence. */
  readonly limitDevices: Signal<number | undefined>;
  /** Why Karpenter launches nothing for it, whatever its limit: its NodePool is not ready; `undefined` where it is. */
  readonly notReady: Signal<string | undefined>;
  /** Devices of the pool's NodeClaims that were launched and are not being deleted. */
  readonly runningDevices: Signal<number>;
  /** Time of the youngest successful launch, in seconds since the epoch; `undefined` if none is running. */
  readonly lastLaunchSeconds: Signal<number | undefined>;
  /** Refused launches still remembered by the API server, oldest first. */
  readonly launchFailures: Signal<readonly LaunchFailure[]>;
  /** Price of one device for one hour, in US dollars: the cheapest zone and instance type that holds a pod. */
  readonly priceUsdPerDeviceHour: PriceSignal;
  /** Zones in which EC2 offers one of the instance types (offered is not available). */
  readonly offeredZones: Signal<readonly string[]>;
  /** Devices free in the pool's capacity reservations. */
  readonly reservedDevices: Signal<number>;
}

/** A price, with those that it is the least of. */
export type PriceSignal = Signal<number> & {
  /** By instance type, for units whose pods do not fit on all of them; types without a known price are left out. */
  readonly byType?: Readonly<Record<string, number>>;
};

/** An object of Kubernetes that does not have the shape of its kind. It counts as if it were not there, and what depends on it is unknown. */
export interface MalformedObject {
  /** For example `NodeClaim g5-spot-x7k2p`. */
  readonly object: string;
  readonly reason: string;
  /** Left out where the object is of the whole cluster. */
  readonly namespace?: string;
  /** The pool that it is of; left out where it names none. */
  readonly pool?: string;
}

/** Everything one tick knows about the world. */
export interface Observation {
  readonly atSeconds: number;
  /** By `unitKey`. */
  readonly units: Readonly<Record<string, UnitObservation>>;
  /** By pool name. Pools are cluster-wide: two fleets naming one pool share its entry. */
  readonly pools: Readonly<Record<string, PoolObservation>>;
  /** Present router weights by unit name, by `fleetKey`. */
  readonly routerWeights: Readonly<Record<string, Signal<Readonly<Record<string, number>>>>>;
  /** Backends of units that were removed, as far as the router may still have them, by `fleetKey`, then by `backendId`. */
  readonly retiring?: Readonly<Record<string, Readonly<Record<string, RetiringObservation>>>>;
  /** How far the clock of Kubernetes is ahead of the loop's, in seconds; left out where they agree. Times of it are corrected by it. */
  readonly clockOffsetSeconds?: number;
  /** Objects that could not be read; left out where there are none. */
  readonly malformed?: readonly MalformedObject[];
}

/** What a tick knows about one fleet. */
export interface FleetObservation {
  /** Time of the tick, in seconds since the epoch. */
  readonly nowSeconds: number;
  /** By unit name; left out where nothing was observed. */
  readonly units: Readonly<Record<string, UnitObservation>>;
  /** By pool name; left out where nothing was observed. */
  readonly pools: Readonly<Record<string, PoolObservation>>;
  /** Router weights by unit name. */
  readonly routerWeights: Signal<Readonly<Record<string, number>>>;
  /** Backends of units that were removed, as far as the router may still have them, by `backendId`. */
  readonly retiring: Readonly<Record<string, RetiringObservation>>;
}

/** The part of an observation that is about one fleet. */
export const fleetObservation = (fleet: Fleet, observation: Observation): FleetObservation => {
  const units: Record<string, UnitObservation> = {};
  for (const { name } of fleet.units) {
    const unit = observation.units[unitKey(fleet, name)];
    if (unit !== undefined) units[name] = unit;
  }
  const pools: Record<string, PoolObservation> = {};
  for (const { name } of fleet.pools) {
    const pool = observation.pools[name];
    if (pool !== undefined) pools[name] = pool;
  }
  const routerWeights = observation.routerWeights[fleetKey(fleet)] ?? unknown('router not observed');
  return { nowSeconds: observation.atSeconds, units, pools, routerWeights, retiring: observation.retiring?.[fleetKey(fleet)] ?? {} };
};
