import { Construct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { fleetDefaults, limits } from '../generated/contract';
import { integerWithin, kubernetesName, literal } from '../private/validation';
import type { IDeploymentUnit } from './deployment-unit';
import { checkInstanceTypes } from './pod-fit';
import { Scaler } from './scaler';
import type { ITrafficRouter } from './traffic-router';
import { checkNumbers } from './unit-checks';
import type { UnitProfile } from './unit-profile';

/** Attributes of an imported unit, see `DeploymentUnit.fromDeploymentUnitAttributes()`. */
export interface DeploymentUnitAttributes {
  /** Name of the unit, unique in its fleet. */
  readonly unitName: string;

  /** Name of the fleet it belongs to. */
  readonly fleetName: string;

  /**
   * Namespace of its Kubernetes objects.
   *
   * @default default
   */
  readonly namespace?: string;

  /** The accelerator that its pods request. */
  readonly accelerator: Accelerator;

  /**
   * Devices that one pod requests, 1 to 64.
   *
   * @default 1
   */
  readonly devicesPerPod?: number;

  /** The pools that can host its pods. */
  readonly pools: IAcceleratorPool[];

  /**
   * Instance types of its pools that hold its pod beside what a node keeps for itself. Only they count for its price.
   *
   * @default - every one that has its devices
   */
  readonly instanceTypes?: string[];

  /** Its breaking point, as measured. */
  readonly profile: UnitProfile;

  /**
   * Minimum floor that the control loop may set, 0 to 10000.
   *
   * @default 1
   */
  readonly minimumReplicas?: number;

  /**
   * Maximum number of replicas of its scaler, 1 to 10000.
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
   * Makes the unit a canary: the most of the traffic that it gets, above 0, below 1.
   *
   * @default - no canary
   */
  readonly maximumShare?: number;

  /** Name of its Deployment. Its pods must have the labels `adaptive-inference.dev/fleet` and `adaptive-inference.dev/unit`. */
  readonly deploymentName: string;

  /**
   * What scales it.
   *
   * @default Scaler.SCALED_OBJECT
   */
  readonly scaler?: Scaler;

  /** Name of its ScaledObject or HorizontalPodAutoscaler, which scales on requests per minute and pod (`AverageValue`). */
  readonly scalerName: string;

  /**
   * Index of the trigger or metric of the scaler that holds the target, 0 to 100.
   *
   * @default 0
   */
  readonly metricIndex?: number;

  /**
   * The router that sends it requests; it must know the unit.
   *
   * @default - none
   */
  readonly router?: ITrafficRouter;
}

/** A unit whose Deployment and scaler exist already. */
export function importUnit(scope: Construct, id: string, attributes: DeploymentUnitAttributes): IDeploymentUnit {
  class Import extends Construct implements IDeploymentUnit {
    public readonly unitName: string;
    public readonly fleetName: string;
    public readonly namespace: string;
    public readonly accelerator: Accelerator;
    public readonly devicesPerPod: number;
    public readonly pools: IAcceleratorPool[];
    public readonly profile: UnitProfile;
    public readonly minimumReplicas: number;
    public readonly maximumReplicas: number;
    public readonly costShare?: number;
    public readonly maximumShare?: number;
    public readonly deploymentName: string;
    public readonly scaler: Scaler;
    public readonly scalerName: string;
    public readonly instanceTypes?: string[];
    public readonly metricIndex?: number;
    public readonly router?: ITrafficRouter;

    constructor() {
      super(scope, id);
      this.unitName = kubernetesName(this, 'unitName', attributes.unitName);
      this.fleetName = kubernetesName(this, 'fleetName', attributes.fleetName);
      this.namespace = kubernetesName(this, 'namespace', attributes.namespace ?? fleetDefaults.namespace);
      this.deploymentName = kubernetesName(this, 'deploymentName', attributes.deploymentName);
      this.scalerName = kubernetesName(this, 'scalerName', attributes.scalerName);
      this.accelerator = attributes.accelerator;
      this.pools = [...attributes.pools];
      this.profile = attributes.profile;
      const numbers = checkNumbers(this, {
        accelerator: this.accelerator,
        pools: this.pools,
        profile: this.profile,
        devicesPerPod: attributes.devicesPerPod,
        minimumReplicas: attributes.minimumReplicas,
        maximumReplicas: attributes.maximumReplicas,
        costShare: attributes.costShare,
        maximumShare: attributes.maximumShare,
        minMinimumReplicas: 0,
      });
      this.devicesPerPod = numbers.devicesPerPod;
      this.minimumReplicas = numbers.minimumReplicas;
      this.maximumReplicas = numbers.maximumReplicas;
      if (attributes.costShare !== undefined) this.costShare = attributes.costShare;
      if (attributes.maximumShare !== undefined) this.maximumShare = attributes.maximumShare;
      this.scaler = literal(this, 'scaler', attributes.scaler ?? Scaler.SCALED_OBJECT);
      if (attributes.instanceTypes) this.instanceTypes = checkInstanceTypes(this, this.pools, attributes.instanceTypes);
      if (attributes.metricIndex !== undefined) {
        this.metricIndex = integerWithin(this, 'metricIndex', attributes.metricIndex, limits.metricIndex);
      }
      if (attributes.router) this.router = attributes.router;
    }
  }
  return new Import();
}
