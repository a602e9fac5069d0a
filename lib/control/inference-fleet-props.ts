import type { Duration } from 'aws-cdk-lib';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import type { IDeploymentUnit } from '../serving/deployment-unit-interface';
import type { IWeightedRouter } from '../serving/weighted-router-interface';
import type { Enforcement, FleetObjective } from './inference-fleet-interface';

/** What decides floors, targets, shares and the order of pools. */
export enum FleetPolicyName {
  /** Cost-optimized until a unit runs out of pools, capacity-optimized until every unit has one again. */
  TWO_MODE = 'TwoMode',

  /** The shares it was given: the baseline, and the way out. */
  STATIC = 'Static',
}

/** How a fleet is decided on. */
export interface FleetPolicy {
  /**
   * What decides.
   *
   * @default FleetPolicyName.TWO_MODE
   */
  readonly name?: FleetPolicyName;

  /**
   * How long every unit must have a pool free of shortage before the fleet returns to cost-optimized mode, at most a day.
   *
   * @default Duration.minutes(10)
   */
  readonly returnAfter?: Duration;

  /**
   * Part of a profile's throughput that is used as scaling target, above 0, at most 1.
   *
   * @default 0.8
   */
  readonly targetUtilization?: number;
}

/** What a fleet is, wherever it is put. */
export interface InferenceFleetOptions {
  /** What it promises. */
  readonly objective: FleetObjective;

  /**
   * What the loop may do with it.
   *
   * @default Enforcement.ENFORCE
   */
  readonly enforcement?: Enforcement;

  /**
   * How it is decided on.
   *
   * @default - two modes
   */
  readonly policy?: FleetPolicy;

  /**
   * Part of the demand to be served after the loss of any one pool, 0 to 1.
   *
   * @default 1
   */
  readonly resilience?: number;
}

/** Properties of an `InferenceFleet`. */
export interface InferenceFleetProps extends InferenceFleetOptions {
  /** The cluster it is on. */
  readonly cluster: IInferenceCluster;

  /** Its units, 1 to 50; all of one fleet and namespace. */
  readonly units: IDeploymentUnit[];

  /**
   * What spreads its traffic.
   *
   * @default - nothing: the loop sets no shares
   */
  readonly router?: IWeightedRouter;
}
