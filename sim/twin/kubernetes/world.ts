import type { Fleet, Pool, Unit } from '../../../lambda/control-loop/model/fleet';
import type { Scenario } from '../../inputs/scenario';
import type { Kernel } from '../../kernel/kernel';
import type { RandomStream, RandomStreams } from '../../kernel/random';
import type { Instance } from '../aws/ec2';
import type { Reality } from '../reality/reality';
import type { ClusterSettings } from '../settings';
import type { PodTraffic } from '../traffic/port';
import type { ApiServer } from './api-server';

/** What the controllers of the twin's cluster share. Times are virtual seconds unless they say epoch. */
export interface World {
  readonly fleets: readonly Fleet[];
  /** Units of all fleets, by unit index. */
  readonly units: readonly FleetUnit[];
  /** Pools of all fleets, each once: fleets share them by name. */
  readonly pools: readonly Pool[];
  readonly scenario: Scenario;
  readonly settings: ClusterSettings;
  readonly reality: Reality;
  readonly kernel: Kernel;
  readonly random: RandomStreams;
  readonly traffic: PodTraffic;
  readonly api: ApiServer;
  readonly startEpochSeconds: number;
  readonly names: RandomStream;
  /** All pods that exist, by id, oldest first. */
  readonly pods: Map<number, TwinPod>;
  /** All NodeClaims that exist, by name, oldest first. */
  readonly nodes: Map<string, TwinNode>;
}

/** A unit with its fleet. */
export interface FleetUnit {
  readonly fleet: Fleet;
  readonly unit: Unit;
}

/** Units of fleets in the order of unit indices. */
export const unitsOf = (fleets: readonly Fleet[]): readonly FleetUnit[] =>
  fleets.flatMap((fleet) => fleet.units.map((unit) => ({ fleet, unit })));

/** Pools of fleets, each once. */
export const poolsOf = (fleets: readonly Fleet[]): readonly Pool[] => [
  ...new Map(fleets.flatMap(({ pools }) => pools.map((pool) => [pool.name, pool]))).values(),
];

/** The one container of a pod, as kubelet reports it. */
export interface ContainerState {
  /** `waiting` with a reason, or running. */
  readonly state: 'ContainerCreating' | 'ImagePullBackOff' | 'CrashLoopBackOff' | 'running';
  /** How often it was started again. */
  readonly restarts: number;
  /** When it was started last. */
  readonly startedSeconds?: number;
  /** Start and end of its last run that crashed. */
  readonly crashed?: { readonly startedSeconds: number; readonly finishedSeconds: number };
  /** How long kubelet waits now before it tries again. */
  readonly backOffSeconds?: number;
}

export interface TwinPod {
  /** Unique for ever; the id by which the traffic knows the pod. */
  readonly id: number;
  /** Among all pods of its unit that ever were, from 0. */
  readonly ordinal: number;
  readonly name: string;
  readonly fleet: Fleet;
  readonly unit: Unit;
  readonly unitIndex: number;
  /** Of the pod template that it was made from, from 0. */
  readonly revision: number;
  readonly createdSeconds: number;
  /** Drawn at creation around the profile's: from asking for the pod to its first answer when a node must be launched. */
  readonly coldStartSeconds: number;
  phase: 'pending' | 'starting' | 'ready' | 'terminating';
  node: TwinNode | undefined;
  /** When it was bound to its node. */
  boundSeconds: number | undefined;
  container: ContainerState;
  /** When it passed its readiness probe. */
  readySeconds: number | undefined;
  /** Whether the traffic knows it. */
  isTarget: boolean;
}

/** A NodeClaim with its instance and Node. */
export interface TwinNode {
  /** Of the NodeClaim. */
  readonly name: string;
  readonly pool: Pool;
  readonly createdSeconds: number;
  /** From the creation of the claim until the node is initialized. */
  readonly startSeconds: number;
  phase: 'launching' | 'launched' | 'initialized' | 'draining';
  /** Whether it is no longer what its NodePool and EC2NodeClass describe. */
  isDrifted: boolean;
  /** Why Karpenter disrupts it; set by Karpenter itself, and by no interruption. */
  disruptionReason: 'Drifted' | 'Empty' | undefined;
  /** When its deletion began. */
  deletedSeconds: number | undefined;
  instance: Instance | undefined;
  /** Of the Node; set at launch. */
  nodeName: string;
  launchedSeconds: number | undefined;
  initializedSeconds: number | undefined;
  /** Last time a pod was bound or went, or the node came up. */
  lastPodEventSeconds: number;
  readonly pods: Set<TwinPod>;
}

export const epochSeconds = (world: World, timeSeconds = world.kernel.now): number => world.startEpochSeconds + timeSeconds;

/** Devices on a node that no pod holds; a terminating pod holds its devices until it is gone. */
export const freeDevices = (node: TwinNode): number => {
  let free = node.instance?.type.devices ?? 0;
  for (const pod of node.pods) free -= pod.unit.devicesPerPod;
  return free;
};

/** Pods that the ReplicaSet counts: those not terminating. */
export const livePods = (world: World, unitIndex: number): TwinPod[] => {
  const pods: TwinPod[] = [];
  for (const pod of world.pods.values()) {
    if (pod.unitIndex === unitIndex && pod.phase !== 'terminating') pods.push(pod);
  }
  return pods;
};

/** Serves all requests up to now, so that a change of pods or weights meets them where they are. Nothing is served before the start. */
export const settleTraffic = (world: World): void => {
  if (world.kernel.now > 0) world.traffic.runUntil(world.kernel.now);
};
