import type { Duration } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import type { FleetPolicyName } from '../generated/fleet-policy-name';
import { describeOnce } from '../private/accelerator-definitions';
import { claimName } from '../private/claims';
import { createdNamespace } from '../private/namespaces';
import type { IDeploymentUnit } from '../serving/deployment-unit';
import type { ITrafficRouter } from '../serving/traffic-router';
import { checkFleet } from './fleet-checks';
import { fleetManifest } from './fleet-manifest';
import { bindLoopToFleet } from './loop-rbac';
import { inferenceFleetCrd } from './shared-crd';

/** The latency objective of a fleet. */
export interface FleetObjective {
  /** The latency that a request should not exceed; above the latency in the profile of at least one unit. */
  readonly latency: Duration;

  /**
   * The percentile of latency to watch, from 1 to below 100.
   *
   * @default 95
   */
  readonly percentile?: number;

  /**
   * The share of all requests that should be answered within the latency, above 0, at most 1.
   *
   * @default 0.99
   */
  readonly attainment?: number;
}

/** What the control loop may write for a fleet. */
export enum Enforcement {
  /** Nothing: it only decides and logs. */
  OBSERVE = 'Observe',

  /** The fleet's status, with what it would do. */
  RECOMMEND = 'Recommend',

  /** Everything it owns: it acts. */
  ENFORCE = 'Enforce',
}

/** A fleet: the units that serve one model behind one endpoint, with their objective. */
export interface IInferenceFleet extends IConstruct {
  /** Name of the fleet, unique in its namespace. */
  readonly fleetName: string;

  /** Namespace of the fleet and of its units. */
  readonly namespace: string;

  /** The cluster it is on. */
  readonly cluster: IInferenceCluster;

  /** Its latency objective. */
  readonly objective: FleetObjective;

  /** Its units. */
  readonly units: IDeploymentUnit[];

  /** The pools of its units, each once. */
  readonly pools: IAcceleratorPool[];

  /** The router that distributes its traffic; undefined if it has none. */
  readonly router?: ITrafficRouter;
}

/** The policy of a fleet. */
export interface FleetPolicy {
  /**
   * Name of the policy.
   *
   * @default FleetPolicyName.TWO_MODE
   */
  readonly name?: FleetPolicyName;

  /**
   * How long every unit must have had a pool without shortage before the fleet returns to the cost-optimized strategy, at most a day.
   *
   * @default Duration.minutes(10)
   */
  readonly returnAfter?: Duration;

  /**
   * Part of a profile's throughput that is used as the scaling target, above 0, at most 1.
   *
   * @default 0.8
   */
  readonly targetUtilization?: number;
}

/**
 * How far the control loop corrects the stated profiles of the units by what it observes.
 *
 * A unit slower than stated is corrected at once, a faster one slowly. What is learned is shown even if decisions do not follow it.
 */
export interface FleetLearning {
  /**
   * Whether decisions follow the learned profiles; otherwise they follow the stated ones, and the learned ones are only shown.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Minimum of a learned throughput as a factor of the stated one, above 0, at most 1. Latency and cold start may be longer by its inverse.
   *
   * @default 0.2
   */
  readonly minimumFactor?: number;

  /**
   * Maximum of a learned throughput as a factor of the stated one, 1 to 10. Latency and cold start may be shorter by its inverse.
   *
   * @default 1
   */
  readonly maximumFactor?: number;
}

/** Options of a fleet, independent of its cluster and units. */
export interface InferenceFleetOptions {
  /** Its latency objective. */
  readonly objective: FleetObjective;

  /**
   * What the control loop may write.
   *
   * @default Enforcement.ENFORCE
   */
  readonly enforcement?: Enforcement;

  /**
   * How the control loop decides.
   *
   * @default - FleetPolicyName.TWO_MODE with its defaults
   */
  readonly policy?: FleetPolicy;

  /**
   * How far profiles are learned from what is observed.
   *
   * @default - down to a fifth of the stated throughput, never above it
   */
  readonly learning?: FleetLearning;

  /**
   * Part of the demand that must be served after the loss of any one pool, 0 to 1.
   *
   * @default 1
   */
  readonly resilience?: number;

  /**
   * How long the control loop leaves a field alone that another writer changed, before it writes it again, from 1 minute to 30 days. An
   * operator can end it earlier with the command `adopt`.
   *
   * @default Duration.hours(1)
   */
  readonly contestedRetryAfter?: Duration;
}

/** Properties of an `InferenceFleet`. */
export interface InferenceFleetProps extends InferenceFleetOptions {
  /** The cluster it is on. */
  readonly cluster: IInferenceCluster;

  /** Its units, 1 to 50; all of them have the same fleet name and namespace. */
  readonly units: IDeploymentUnit[];

  /**
   * The router that distributes its traffic.
   *
   * @default - none; the loop sets no shares
   */
  readonly router?: ITrafficRouter;
}

/**
 * A fleet as the control loop reads it: an `InferenceFleet` object in the cluster, with its units, pools and objective.
 *
 * The control loop writes its status; `kubectl get inferencefleets` shows strategy, shares and ready pods.
 *
 * @example
 * declare const cluster: IInferenceCluster;
 * declare const router: ITrafficRouter;
 * declare const inf2: IDeploymentUnit;
 * declare const g5: IDeploymentUnit;
 *
 * new InferenceFleet(this, 'Fleet', {
 *   cluster,
 *   router,
 *   units: [inf2, g5],
 *   objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 },
 *   enforcement: Enforcement.RECOMMEND,
 * });
 */
export class InferenceFleet extends Construct implements IInferenceFleet {
  public readonly fleetName: string;
  public readonly namespace: string;
  public readonly cluster: IInferenceCluster;
  public readonly objective: FleetObjective;
  public readonly units: IDeploymentUnit[];
  public readonly pools: IAcceleratorPool[];
  public readonly router?: ITrafficRouter;

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
    describeOnce(
      this,
      cluster,
      [...props.units, ...this.pools].map(({ accelerator }) => accelerator),
    );
    claimName(this, cluster, 'fleet', `${this.namespace}/${this.fleetName}`);

    for (const pool of this.pools) pool.admitNamespace(this.namespace);
    router?.serveFleet(this.namespace, this.fleetName);

    const access = bindLoopToFleet(this, cluster, this.namespace, this.fleetName);
    access.node.addDependency(...createdNamespace(cluster, this.namespace));
    // The id contains namespace and name: a renamed fleet must be a new resource.
    const fleet = cluster.addManifest(this, `Fleet-${this.namespace}-${this.fleetName}`, fleetManifest(checked, props));
    // Deleted first, so that the loop stops controlling the units before they are deleted.
    fleet.node.addDependency(inferenceFleetCrd(cluster), access, ...this.units, ...(router ? [router] : []));
  }
}
