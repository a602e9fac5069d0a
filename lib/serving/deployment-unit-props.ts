import type { Duration } from 'aws-cdk-lib';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool-interface';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import type { Scaler, UnitProfile } from './deployment-unit-interface';
import type { ServedContainer } from './served-container';
import type { IWeightedRouter } from './weighted-router-interface';

/** A metric that an adapter serves through the external metrics API of Kubernetes. */
export interface ExternalScalingMetric {
  /** Its name; its value must be the unit's requests per minute. */
  readonly name: string;

  /**
   * Labels that select the series of this unit.
   *
   * @default - none
   */
  readonly labels?: { [label: string]: string };
}

/** What a deployment unit is, wherever it is put. */
export interface DeploymentUnitOptions {
  /** Name of the unit, unique in its fleet. With the fleet's it names every object: at most 53 characters together. */
  readonly name: string;

  /** The accelerator its pods ask for. */
  readonly accelerator: Accelerator;

  /** The server, any that speaks HTTP. */
  readonly container: ServedContainer;

  /** Its breaking point, as measured. */
  readonly profile: UnitProfile;

  /**
   * Devices one pod asks for, 1 to 64.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /**
   * Least replicas the control loop may set as floor, 1 or more: a unit without a pod gets no request, hence no metric that would wake it.
   *
   * @default 1
   */
  readonly minimumReplicas?: number;

  /**
   * Most replicas its scaler allows, 1 to 10000. Kubernetes refuses a maximum below the floor of the moment: lower it when the unit is
   * at rest.
   *
   * @default - as many as its pools have devices for, at most 100
   */
  readonly maximumReplicas?: number;

  /**
   * Share of the traffic in cost-optimized mode, 0 to 1.
   *
   * @default - computed from profile and price
   */
  readonly costShare?: number;

  /**
   * What scales it. Change it by removing the unit and deploying it anew: KEDA refuses a Deployment that another autoscaler holds.
   *
   * @default Scaler.SCALED_OBJECT
   */
  readonly scaler?: Scaler;

  /**
   * What a HorizontalPodAutoscaler scales on; for Scaler.HORIZONTAL_POD_AUTOSCALER, and needed there.
   *
   * @default - none
   */
  readonly externalMetric?: ExternalScalingMetric;

  /**
   * How long a pod that must go answers on while the load balancer stops sending to it, 5 to 95 seconds. Then its server is told to end and
   * has 15 seconds, so that all of it fits the two minutes that spot gives.
   *
   * @default Duration.seconds(60)
   */
  readonly drain?: Duration;

  /**
   * Most pods that drains of nodes may take away at a time, 1 or more. What spot reclaims is gone regardless.
   *
   * @default 1
   */
  readonly maximumUnavailable?: number;

  /**
   * Scheduler of its pods, for example that of Neuron's scheduler extension.
   *
   * @default - the scheduler of the cluster
   */
  readonly schedulerName?: string;
}

/** Properties of a `DeploymentUnit`. */
export interface DeploymentUnitProps extends DeploymentUnitOptions {
  /** The cluster it runs on. */
  readonly cluster: IInferenceCluster;

  /** Name of the fleet it belongs to. */
  readonly fleetName: string;

  /** The pools that can host its pods, all of its accelerator. */
  readonly pools: IAcceleratorPool[];

  /**
   * Namespace of its objects, which must exist.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * The router that sends it requests; it needs a target group by the unit's name.
   *
   * @default - none; then it is scaled by a HorizontalPodAutoscaler, and its Service is reached inside the cluster only
   */
  readonly router?: IWeightedRouter;
}

/** What a deployment unit is that was made elsewhere, see `DeploymentUnit.fromAttributes()`. */
export interface DeploymentUnitAttributes {
  /** Name of the unit, unique in its fleet. */
  readonly unitName: string;

  /** Name of the fleet it belongs to. */
  readonly fleetName: string;

  /**
   * Namespace of its objects.
   *
   * @default default
   */
  readonly namespace?: string;

  /** The accelerator its pods ask for. */
  readonly accelerator: Accelerator;

  /**
   * Devices one pod asks for.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /** The pools that can host its pods. */
  readonly pools: IAcceleratorPool[];

  /** Its breaking point, as measured. */
  readonly profile: UnitProfile;

  /**
   * Least replicas the control loop may set as floor, 0 or more.
   *
   * @default 1
   */
  readonly minimumReplicas?: number;

  /**
   * Most replicas its scaler allows.
   *
   * @default - as many as its pools have devices for, at most 100
   */
  readonly maximumReplicas?: number;

  /**
   * Share of the traffic in cost-optimized mode, 0 to 1.
   *
   * @default - computed from profile and price
   */
  readonly costShare?: number;

  /** Name of its Deployment. Its pods carry the labels `adaptive-inference.dev/fleet` and `adaptive-inference.dev/unit`. */
  readonly deploymentName: string;

  /**
   * What scales it.
   *
   * @default Scaler.SCALED_OBJECT
   */
  readonly scaler?: Scaler;

  /** Name of its ScaledObject or HorizontalPodAutoscaler, on requests per minute and pod (`AverageValue`). */
  readonly scalerName: string;

  /**
   * Index of the trigger or metric in it that carries the target.
   *
   * @default 0
   */
  readonly metricIndex?: number;

  /**
   * Its target group.
   *
   * @default - none
   */
  readonly targetGroup?: elbv2.IApplicationTargetGroup;
}
