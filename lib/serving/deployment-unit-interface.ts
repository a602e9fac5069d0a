import type { Duration } from 'aws-cdk-lib';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool-interface';

/** The breaking point of a unit: measure it under a rising load, with one pod. */
export interface UnitProfile {
  /** Requests per minute one pod sustains within the objective's latency, above 0. */
  readonly throughputPerMinute: number;

  /** Latency of one request at that throughput. */
  readonly latency: Duration;

  /** Time from asking for a pod to its first answer when a node must be launched. */
  readonly coldStart: Duration;
}

/** What scales a unit. */
export enum Scaler {
  /** A KEDA ScaledObject on the request count of the unit's target group; needs a router and KEDA. */
  SCALED_OBJECT = 'ScaledObject',

  /** A plain HorizontalPodAutoscaler; needs an adapter that serves the metric to the cluster. */
  HORIZONTAL_POD_AUTOSCALER = 'HorizontalPodAutoscaler',
}

/** A deployment unit: one model on one accelerator with one framework, made here or brought along. */
export interface IDeploymentUnit extends IConstruct {
  /** Name of the unit, unique in its fleet. */
  readonly unitName: string;

  /** Name of the fleet. */
  readonly fleetName: string;

  /** Namespace of its objects. */
  readonly namespace: string;

  /** The accelerator its pods ask for. */
  readonly accelerator: Accelerator;

  /** Devices one pod asks for. */
  readonly devicesPerPod: number;

  /** The pools that can host its pods. */
  readonly pools: IAcceleratorPool[];

  /** Its breaking point. */
  readonly profile: UnitProfile;

  /** Least replicas the loop may set as floor. */
  readonly minimumReplicas: number;

  /** Most replicas its scaler allows. */
  readonly maximumReplicas: number;

  /** Share of the traffic in cost-optimized mode, 0 to 1; undefined where it is computed from profile and price. */
  readonly costShare?: number;

  /** Name of its Deployment. */
  readonly deploymentName: string;

  /** What scales it. */
  readonly scaler: Scaler;

  /** Name of its ScaledObject or HorizontalPodAutoscaler. */
  readonly scalerName: string;

  /** Index of the trigger or metric in it that carries the target; undefined means the first. */
  readonly metricIndex?: number;

  /** Its target group; undefined where the fleet has no router. */
  readonly targetGroup?: elbv2.IApplicationTargetGroup;
}
