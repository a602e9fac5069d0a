import type { CapacityTypeName, EnforcementName, ScalerKind } from '../contract/enums';
import type { PolicyName } from '../contract/policies';
import type { Backend, Router } from './router';

/** What a user wants of a fleet, whichever version of the custom resource states it. All defaults are filled in. */
export interface FleetSpec {
  readonly objective: Objective;
  /** What the loop may write: nothing (Observe), the status only (Recommend), all that it owns (Enforce). */
  readonly enforcement: EnforcementName;
  readonly policy: PolicySpec;
  readonly learning: LearningSpec;
  /** Part of the demand to be served after the loss of any one pool, 0 to 1. */
  readonly resilience: number;
  /** How long a field that another writer changed is left alone before the loop writes it again, in seconds. */
  readonly contestedRetryAfterSeconds: number;
  /** Left out where nothing divides the traffic between the units. */
  readonly router?: Router | undefined;
  /** At least one. */
  readonly units: readonly Unit[];
  /** At least one. */
  readonly pools: readonly Pool[];
}

/** What the users of the fleet are promised. */
export interface Objective {
  /** The latency that a request should not exceed, in seconds. */
  readonly latencySeconds: number;
  /** The percentile of latency that is watched, between 0 and 100. */
  readonly percentile: number;
  /** The part of all requests to be answered within the latency, above 0, at most 1. */
  readonly attainment: number;
}

/** How far profiles are learned from what is observed. */
export interface LearningSpec {
  /** Whether decisions follow the learned profiles; otherwise they are shown only. */
  readonly enabled: boolean;
  /** The least that a learned throughput may be, as a part of the stated one, above 0, at most 1; durations may be longer by its inverse. */
  readonly minimumFactor: number;
  /** The most that a learned throughput may be, as a multiple of the stated one, at least 1; durations may be shorter by its inverse. */
  readonly maximumFactor: number;
}

/** What decides, and its settings. */
interface PolicySpec {
  readonly name: PolicyName;
  /** How long every unit must have a pool free of shortage before TwoMode returns to CostOptimized, in seconds. */
  readonly returnAfterSeconds: number;
  /** Part of the profile's throughput that is used as scaling target, above 0, at most 1. */
  readonly targetUtilization: number;
}

/** A deployment unit: one model on one accelerator with one framework. */
export interface Unit {
  /** Unique in its fleet. */
  readonly name: string;
  /** Chip family, for example `A10G`. */
  readonly accelerator: string;
  /** Name of the Deployment, in the namespace of the fleet. */
  readonly deployment: string;
  readonly scaler: Scaler;
  /** Names of the pools that can host its pods. */
  readonly pools: readonly string[];
  readonly devicesPerPod: number;
  /** Instance types of its pools that hold its pod; left out: all that have its devices. */
  readonly instanceTypes?: readonly string[] | undefined;
  readonly profile: Profile;
  /** Left out where the fleet has no router. */
  readonly backend?: Backend | undefined;
  /** Bounds of the floor. */
  readonly minimumReplicas: number;
  readonly maximumReplicas: number;
  /** Part of the traffic in strategy CostOptimized, 0 to 1; computed from profile and price where no unit states one. */
  readonly costShare?: number | undefined;
  /** Set on a canary: the most of the traffic that it gets, above 0, below 1. */
  readonly maximumShare?: number | undefined;
}

/** What scales a unit, in the namespace of the fleet. */
interface Scaler {
  readonly kind: ScalerKind;
  readonly name: string;
  /** Index of the trigger (ScaledObject) or metric (HorizontalPodAutoscaler) that carries the target. */
  readonly metricIndex: number;
}

/** The breaking point of one pod of a unit. */
export interface Profile {
  /** Requests per minute that one pod sustains. */
  readonly throughputPerMinute: number;
  /** Latency of one request at that throughput, in seconds. */
  readonly latencySeconds: number;
  /** Time from asking for a pod to its first answer when a node must be launched, in seconds. */
  readonly coldStartSeconds: number;
}

/** One accelerator and one capacity type: one Karpenter NodePool. */
export interface Pool {
  /** Name of the NodePool. */
  readonly name: string;
  /** Chip family, as in the units that the pool hosts. */
  readonly accelerator: string;
  readonly capacityType: CapacityTypeName;
  /** Extended resource of the devices, for example `nvidia.com/gpu`. */
  readonly deviceResource: string;
  /** At least one. */
  readonly instanceTypes: readonly InstanceType[];
  /** The devices that the pool may grow to at most. */
  readonly maximumDevices: number;
  /** Left out: all zones. */
  readonly zones?: readonly string[] | undefined;
  /** What a reserved pool draws on. */
  readonly capacityReservationIds?: readonly string[] | undefined;
}

interface InstanceType {
  /** For example `inf2.xlarge`. */
  readonly name: string;
  /** Accelerator devices on one instance. */
  readonly devices: number;
  /** On-demand price of one instance, in US dollars per hour. */
  readonly priceUsdPerHour: number;
}

/** A fleet: its name, where it lives, and what its user wants of it. */
export interface Fleet extends FleetSpec {
  readonly name: string;
  readonly namespace: string;
  /** Fields of its object that this version does not know, each as a path: those of a newer CustomResourceDefinition. They have no effect. */
  readonly unknownFields?: readonly string[];
}

/** `namespace/name`, the key of a fleet everywhere. */
export const fleetKey = (fleet: Pick<Fleet, 'name' | 'namespace'>): string => `${fleet.namespace}/${fleet.name}`;

/** `namespace/fleet/unit`, the key of a unit in observations. */
export const unitKey = (fleet: Pick<Fleet, 'name' | 'namespace'>, unitName: string): string => `${fleetKey(fleet)}/${unitName}`;

/** Whether an instance type has the devices of a unit's pod, and its memory and CPU as far as the fleet knows. */
export const holdsPod = (
  { devicesPerPod, instanceTypes }: Pick<Unit, 'devicesPerPod' | 'instanceTypes'>,
  { name, devices }: Pick<InstanceType, 'name' | 'devices'>,
): boolean => devices >= devicesPerPod && (instanceTypes?.includes(name) ?? true);

/** The pools of all fleets by name; where two fleets name one pool, the first one's description counts. */
export const poolsOf = (fleets: readonly Pick<Fleet, 'pools'>[]): readonly Pool[] => {
  const pools = new Map<string, Pool>();
  for (const fleet of fleets) for (const pool of fleet.pools) if (!pools.has(pool.name)) pools.set(pool.name, pool);
  return [...pools.values()];
};
