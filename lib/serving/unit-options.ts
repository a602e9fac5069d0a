import type { Duration } from 'aws-cdk-lib';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import type { ExternalScalingMetric, Scaler } from './scaler';
import type { ServedContainer } from './served-container';
import type { ITrafficRouter } from './traffic-router';
import type { UnitProfile } from './unit-profile';

/** Options of a deployment unit, independent of its cluster and fleet. */
export interface DeploymentUnitOptions {
  /** Name of the unit, unique in its fleet. All its objects are named `<fleet>-<unit>`, at most 54 characters together. */
  readonly name: string;

  /** The accelerator that its pods request. */
  readonly accelerator: Accelerator;

  /** The HTTP server that serves the model. */
  readonly container: ServedContainer;

  /** Its breaking point, as measured. */
  readonly profile: UnitProfile;

  /**
   * Devices that one pod requests, 1 to 64.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /**
   * Minimum floor that the control loop may set, 1 to 10000. It cannot be 0: a unit without a pod gets no requests, so it has no metric
   * that would scale it up again.
   *
   * @default 1
   */
  readonly minimumReplicas?: number;

  /**
   * Maximum number of replicas of its scaler, 1 to 10000. Kubernetes refuses a maximum below the current floor, so lower it only while the
   * floor is low.
   *
   * @default - the number of pods that its pools can host, at most 100
   */
  readonly maximumReplicas?: number;

  /**
   * Share of the traffic with the cost-optimized strategy, 0 to 1. Set it for all units of a fleet or for none.
   *
   * @default - computed from profile and price
   */
  readonly costShare?: number;

  /**
   * Makes the unit a canary: the most of the traffic that it gets, above 0, below 1, for example 0.05. It gets that part as long as its
   * requests do not fail, and no other unit counts on it. To promote it, remove this property; to retire it, remove the unit.
   *
   * @default - no canary: its share is decided by the policy
   */
  readonly maximumShare?: number;

  /**
   * What scales it. To change it, remove the unit and deploy it again: KEDA refuses a Deployment that another autoscaler controls.
   *
   * @default Scaler.SCALED_OBJECT
   */
  readonly scaler?: Scaler;

  /**
   * Metric of the HorizontalPodAutoscaler. Required for Scaler.HORIZONTAL_POD_AUTOSCALER, and only allowed there.
   *
   * @default - none
   */
  readonly externalMetric?: ExternalScalingMetric;

  /**
   * How long a terminating pod keeps serving while the load balancer stops sending requests to it, 5 to 95 seconds. After that its server
   * has 15 seconds to shut down, so that everything fits the two minutes of a spot interruption.
   *
   * @default Duration.seconds(60)
   */
  readonly drain?: Duration;

  /**
   * Maximum number of pods that node drains may evict at a time, 1 to 10000. A spot interruption ignores it.
   *
   * @default 1
   */
  readonly maximumUnavailable?: number;

  /**
   * Pods beyond its replicas that the unit may have while its pods are replaced, for a new image for example, as a percentage of the
   * replicas, 1 to 100, rounded up. Old pods serve until new ones are ready; with 25, a replacement takes about four cold starts. The devices
   * for it must be within `maximumDevices` of the pools: where they are not, new pods wait until the demand leaves room.
   *
   * @default 25
   */
  readonly maximumSurgePercent?: number;

  /**
   * Scheduler of its pods, for example the one of Neuron's scheduler extension.
   *
   * @default - the default scheduler of the cluster
   */
  readonly schedulerName?: string;

  /**
   * Whether a NetworkPolicy restricts its pods: they are reached on the port of their server, from the addresses of the VPC, and reach name
   * servers and HTTPS on any address. NetworkPolicies add up: one of your own allows what else a server needs. The add-on
   * `networkPolicyAgent` of the cluster enforces them.
   *
   * @default false
   */
  readonly restrictNetwork?: boolean;
}

/** Properties of a `DeploymentUnit`. */
export interface DeploymentUnitProps extends DeploymentUnitOptions {
  /** The cluster it runs on. */
  readonly cluster: IInferenceCluster;

  /** Name of the fleet it belongs to. */
  readonly fleetName: string;

  /** The pools that can host its pods; all of them have the unit's accelerator. */
  readonly pools: IAcceleratorPool[];

  /**
   * Namespace of its Kubernetes objects. It is created on a cluster of this app, and kept when the unit is removed; on an imported cluster
   * it must exist.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * The router that sends it requests; it must know the unit.
   *
   * @default - none; then a HorizontalPodAutoscaler must scale the unit, and its Service can be reached only inside the cluster
   */
  readonly router?: ITrafficRouter;
}
