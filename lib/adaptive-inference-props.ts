import type { IAcceleratorPool } from './capacity/accelerator-pool-interface';
import type { CapacityType } from './capacity/capacity-type';
import type { IInferenceCluster } from './cluster/inference-cluster-interface';
import type { InferenceClusterProps } from './cluster/inference-cluster-props';
import type { IControlLoop } from './control/control-loop-interface';
import type { ControlLoopOptions } from './control/control-loop-props';
import type { FleetAlarmsOptions } from './control/fleet-alarms-props';
import type { FleetDashboardOptions } from './control/fleet-dashboard-props';
import type { InferenceFleetOptions } from './control/inference-fleet-props';
import type { DeploymentUnitOptions } from './serving/deployment-unit-props';
import type { IWeightedRouter } from './serving/weighted-router-interface';
import type { WeightedRouterOptions } from './serving/weighted-router-props';

/** A unit of a fleet, with the capacity it runs on. */
export interface AdaptiveInferenceUnit extends DeploymentUnitOptions {
  /**
   * How its capacity is bought: a pool for each, shared with other units of the accelerator and with other fleets of the cluster.
   *
   * @default - that of the pools of the accelerator among `pools`; without any, CapacityType.SPOT and CapacityType.ON_DEMAND
   */
  readonly capacityTypes?: CapacityType[];
}

/** Properties of `AdaptiveInference`. */
export interface AdaptiveInferenceProps extends InferenceFleetOptions {
  /** The units, at most five behind one router. */
  readonly units: AdaptiveInferenceUnit[];

  /**
   * The cluster, which other fleets may share.
   *
   * @default - a new one
   */
  readonly cluster?: IInferenceCluster;

  /**
   * How the new cluster is made. Excludes `cluster`.
   *
   * @default - see `InferenceCluster`
   */
  readonly clusterOptions?: InferenceClusterProps;

  /**
   * Name of the fleet, unique in its namespace.
   *
   * @default - the construct's id, in the form of Kubernetes: `ChatSmall` becomes `chat-small`
   */
  readonly fleetName?: string;

  /**
   * Namespace of the fleet's objects, which must exist.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * Pools of the user's own. An accelerator that has some among them gets no other, unless a unit asks for a capacity type they lack.
   *
   * @default - pools are made as the units ask for them
   */
  readonly pools?: IAcceleratorPool[];

  /**
   * A router of the user's own, with a target group for each unit.
   *
   * @default - a new one
   */
  readonly router?: IWeightedRouter;

  /**
   * How the new router is made. Excludes `router`.
   *
   * @default - inside the VPC, plain HTTP, fitted to the objective
   */
  readonly routerOptions?: WeightedRouterOptions;

  /**
   * Whether the fleet does without a router: something else brings its units their requests, and the loop shifts no traffic.
   * Each unit then needs `Scaler.HORIZONTAL_POD_AUTOSCALER`.
   *
   * @default false
   */
  readonly withoutRouter?: boolean;

  /**
   * The control loop of the cluster, where it was made elsewhere.
   *
   * @default - that of the other fleets on the cluster; a new one for the first
   */
  readonly loop?: IControlLoop;

  /**
   * How the new control loop runs; only for the first fleet on a cluster, since its fleets share one loop. Excludes `loop`.
   *
   * @default - every minute
   */
  readonly loopOptions?: ControlLoopOptions;

  /**
   * Which alarms there are, when they ring, and who is told.
   *
   * @default - all of them, telling nobody
   */
  readonly alarmOptions?: FleetAlarmsOptions;

  /**
   * Whether the fleet does without alarms.
   *
   * @default false
   */
  readonly withoutAlarms?: boolean;

  /**
   * How the dashboard is made.
   *
   * @default - see `FleetDashboard`
   */
  readonly dashboardOptions?: FleetDashboardOptions;

  /**
   * Whether the fleet does without a dashboard.
   *
   * @default false
   */
  readonly withoutDashboard?: boolean;
}
