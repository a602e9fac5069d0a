import type { Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool-interface';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import type { IDeploymentUnit } from '../serving/deployment-unit-interface';
import type { IWeightedRouter } from '../serving/weighted-router-interface';

/** What a fleet promises its users. */
export interface FleetObjective {
  /** The latency that a request should not exceed; longer than the latency of some unit's profile. */
  readonly latency: Duration;

  /**
   * The percentile of latency that is watched, above 0 and below 100.
   *
   * @default 95
   */
  readonly percentile?: number;

  /**
   * The share of all requests to be answered within the latency, above 0, at most 1.
   *
   * @default 0.99
   */
  readonly attainment?: number;
}

/** What the loop may do with a fleet. */
export enum Enforcement {
  /** Nothing: it decides and logs. */
  OBSERVE = 'Observe',

  /** It writes what it would do into the fleet's status. */
  RECOMMEND = 'Recommend',

  /** It acts. */
  ENFORCE = 'Enforce',
}

/** A fleet: the units that serve one model behind one endpoint, with its objective. */
export interface IInferenceFleet extends IConstruct {
  /** Name of the fleet, unique in its namespace. */
  readonly fleetName: string;

  /** Namespace of the fleet and of its units. */
  readonly namespace: string;

  /** The cluster it is on. */
  readonly cluster: IInferenceCluster;

  /** What it promises. */
  readonly objective: FleetObjective;

  /** Its units. */
  readonly units: IDeploymentUnit[];

  /** The pools of its units, each once. */
  readonly pools: IAcceleratorPool[];

  /** What spreads its traffic; undefined where it has no router. */
  readonly router?: IWeightedRouter;
}
