import type { Duration } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { fleetDefaults, limits, podDefaults } from '../generated/contract';
import { describeOnce } from '../private/accelerator-definitions';
import { integerWithin, kubernetesName, literal, seconds } from '../private/validation';
import { checkContainer } from './container-checks';
import { checkInstanceTypes, typesHolding } from './pod-fit';
import { type ExternalScalingMetric, Scaler } from './scaler';
import type { ServedContainer } from './served-container';
import type { ITrafficRouter } from './traffic-router';
import { checkDrain, checkNumbers, warnOfNeuronScheduler, warnOfShortDrains } from './unit-checks';
import { claimUnitName, unitLabels } from './unit-names';
import { ensureNamespace } from './unit-namespace';
import type { UnitProfile } from './unit-profile';
import { UnitScaler } from './unit-scaler';
import { bindToRouter, createWorkload } from './unit-workload';
import type { WorkloadInput } from './workload-manifests';

/** A deployment unit: one model on one accelerator with one framework, created in this app or imported. */
export interface IDeploymentUnit extends IConstruct {
  /** Name of the unit, unique in its fleet. */
  readonly unitName: string;

  /** Name of the fleet. */
  readonly fleetName: string;

  /** Namespace of its Kubernetes objects. */
  readonly namespace: string;

  /** The accelerator that its pods request. */
  readonly accelerator: Accelerator;

  /** Devices that one pod requests. */
  readonly devicesPerPod: number;

  /** The pools that can host its pods. */
  readonly pools: IAcceleratorPool[];

  /** Its breaking point. */
  readonly profile: UnitProfile;

  /** Minimum floor that the control loop may set. */
  readonly minimumReplicas: number;

  /** Maximum number of replicas of its scaler. */
  readonly maximumReplicas: number;

  /** Share of the traffic with the cost-optimized strategy, 0 to 1; undefined if it is computed from profile and price. */
  readonly costShare?: number;

  /** Share of the traffic that it gets at most as a canary, above 0, below 1; undefined if it is none. */
  readonly maximumShare?: number;

  /** Name of its Deployment. */
  readonly deploymentName: string;

  /** What scales it. */
  readonly scaler: Scaler;

  /** Name of its ScaledObject or HorizontalPodAutoscaler. */
  readonly scalerName: string;

  /** Instance types of its pools that hold its pod, which count for its price; undefined means every one that has its devices. */
  readonly instanceTypes?: string[];

  /** Index of the trigger or metric of the scaler that holds the target; undefined means the first. */
  readonly metricIndex?: number;

  /** The router that sends it requests; undefined if it has none. */
  readonly router?: ITrafficRouter;
}

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

/**
 * A deployment unit: one model on one accelerator with one framework. It consists of a Deployment, a Service, a PodDisruptionBudget, a
 * ServiceAccount, a scaler, and a binding to its target group.
 *
 * The control loop decides the number of pods, the target of the scaler and the share of the traffic. So the Deployment has no replicas,
 * and the scaler is created from a manifest that never changes: no deployment resets the loop's floor and target. Fields of the scaler that
 * CDK owns, such as its maximum, are patched one by one.
 *
 * With Enforcement.OBSERVE and Enforcement.RECOMMEND nothing sets a target: scale the unit yourself.
 *
 * @example
 * declare const cluster: IInferenceCluster;
 * declare const pool: IAcceleratorPool;
 * declare const router: ITrafficRouter;
 *
 * new DeploymentUnit(this, 'G5', {
 *   cluster,
 *   fleetName: 'chat',
 *   name: 'g5',
 *   accelerator: Accelerator.A10G,
 *   pools: [pool],
 *   router,
 *   container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
 *   profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
 * });
 */
export class DeploymentUnit extends Construct implements IDeploymentUnit {
  /**
   * Imports an existing Deployment and its scaler, so that the control loop can control them.
   *
   * @param scope the parent construct
   * @param id id of the imported unit in that scope
   * @param attributes attributes of the unit
   */
  public static fromDeploymentUnitAttributes(scope: Construct, id: string, attributes: DeploymentUnitAttributes): IDeploymentUnit {
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
  public readonly router?: ITrafficRouter;

  /** Name of the Service in front of its pods, on port 80. */
  public readonly serviceName: string;

  /** Name of the ServiceAccount of its pods; if the server calls AWS, associate a role with it through EKS Pod Identity. */
  public readonly serviceAccountName: string;

  constructor(scope: Construct, id: string, props: DeploymentUnitProps) {
    super(scope, id);
    const { cluster, accelerator, router } = props;
    this.unitName = props.name;
    this.fleetName = props.fleetName;
    this.namespace = props.namespace ?? fleetDefaults.namespace;
    this.accelerator = accelerator;
    this.pools = [...props.pools];
    this.profile = props.profile;
    describeOnce(this, cluster, [accelerator, ...this.pools.map((pool) => pool.accelerator)]);
    const name = claimUnitName(this, cluster, this.namespace, this.fleetName, this.unitName);
    this.deploymentName = name;
    this.scalerName = name;
    this.serviceName = name;
    this.serviceAccountName = name;
    const numbers = checkNumbers(this, {
      accelerator,
      pools: this.pools,
      profile: this.profile,
      devicesPerPod: props.devicesPerPod,
      minimumReplicas: props.minimumReplicas,
      maximumReplicas: props.maximumReplicas,
      costShare: props.costShare,
      maximumShare: props.maximumShare,
      minMinimumReplicas: 1,
    });
    this.devicesPerPod = numbers.devicesPerPod;
    this.minimumReplicas = numbers.minimumReplicas;
    this.maximumReplicas = numbers.maximumReplicas;
    if (props.costShare !== undefined) this.costShare = props.costShare;
    if (props.maximumShare !== undefined) this.maximumShare = props.maximumShare;
    this.scaler = literal(this, 'scaler', props.scaler ?? Scaler.SCALED_OBJECT);
    if (router) this.router = router;

    warnOfShortDrains(this);
    warnOfNeuronScheduler(this, props.schedulerName);
    const container = checkContainer(this, props.container);
    const { cpu, memory } = container;
    const instanceTypes = typesHolding(this, this.pools, { devicesPerPod: this.devicesPerPod, cpu, memory });
    if (instanceTypes) this.instanceTypes = instanceTypes;
    const workload: WorkloadInput = {
      name,
      namespace: this.namespace,
      labels: unitLabels(this.fleetName, this.unitName),
      container,
      deviceResource: accelerator.deviceResource,
      devicesPerPod: this.devicesPerPod,
      nodeSelector: accelerator.nodeSelector,
      taintKeys: [...new Set(this.pools.flatMap(({ taintKeys }) => taintKeys))].sort(),
      coldStartSeconds: seconds(this, 'profile.coldStart', this.profile.coldStart),
      drainSeconds: checkDrain(this, props.drain),
      maximumUnavailable: this.maximumUnavailable(props),
      maximumSurgePercent: this.maximumSurgePercent(props),
      schedulerName: props.schedulerName,
      restrictNetwork: props.restrictNetwork ?? false,
    };
    ensureNamespace(this, cluster, this.namespace);
    const created = createWorkload(this, cluster, workload);
    const scaler = new UnitScaler(this, 'Scaler', {
      cluster,
      scaler: this.scaler,
      name: this.scalerName,
      namespace: this.namespace,
      unitName: this.unitName,
      maximumReplicas: this.maximumReplicas,
      externalMetric: props.externalMetric,
      router,
      deployment: created.deployment,
    });
    if (router) bindToRouter(this, cluster, router, workload, created, scaler);
  }

  private maximumUnavailable({ maximumUnavailable = podDefaults.maximumUnavailable }: DeploymentUnitProps): number {
    return integerWithin(this, 'maximumUnavailable', maximumUnavailable, limits.maximumUnavailable);
  }

  private maximumSurgePercent({ maximumSurgePercent = podDefaults.maximumSurgePercent }: DeploymentUnitProps): number {
    return integerWithin(this, 'maximumSurgePercent', maximumSurgePercent, limits.maximumSurgePercent);
  }
}
