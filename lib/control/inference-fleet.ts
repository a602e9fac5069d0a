import type { Duration } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { claimName } from '../private/claims';
import type { IDeploymentUnit } from '../serving/deployment-unit';
import type { IWeightedRouter } from '../serving/weighted-router';
import { checkFleet } from './fleet-checks';
import { fleetManifest } from './fleet-manifest';
import { inferenceFleetCrd } from './shared-crd';

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

/**
 * A fleet as the control loop reads it: an `InferenceFleet` object with its units, pools and objective.
 *
 * `kubectl get inferencefleets` tells its mode, shares and ready pods. What is in its status is the loop's.
 */
export class InferenceFleet extends Construct implements IInferenceFleet {
  public readonly fleetName: string;
  public readonly namespace: string;
  public readonly cluster: IInferenceCluster;
  public readonly objective: FleetObjective;
  public readonly units: IDeploymentUnit[];
  public readonly pools: IAcceleratorPool[];
  public readonly router?: IWeightedRouter;

  constructor(scope: Construct, id: string, props: InferenceFleetProps) {
    super(scope, id);
    const { cluster, router } = props;
    const checked = checkFleet(this, props);
    this.cluster = cluster;
    this.objective = props.objective;
    this.units = [...props.units];
    this.pools = checked.pools;
    this.fleetName = checked.fleetName;
    this.namespace = checked.namespace;
    if (router) this.router = router;
    claimName(this, cluster, 'fleet', `${this.namespace}/${this.fleetName}`);

    // The id carries namespace and name: a fleet of another name must be another resource.
    const fleet = cluster.addManifest(this, `Fleet-${this.namespace}-${this.fleetName}`, fleetManifest(checked, props));
    // Destroyed first, so that the loop lets go of the units before they go.
    fleet.node.addDependency(inferenceFleetCrd(cluster), ...this.units, ...(router ? [router] : []));
  }
}
