import { Construct, type IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { fleetDefaults, limits, podDefaults } from '../generated/contract';
import { describeOnce } from '../private/accelerator-definitions';
import { integerWithin, literal, seconds } from '../private/validation';
import { checkContainer } from './container-checks';
import { type DeploymentUnitAttributes, importUnit } from './imported-unit';
import { typesHolding } from './pod-fit';
import { Scaler } from './scaler';
import type { ITrafficRouter } from './traffic-router';
import { checkDrain, checkNumbers, warnOfNeuronScheduler, warnOfShortDrains } from './unit-checks';
import { claimUnitName, unitLabels } from './unit-names';
import { ensureNamespace } from './unit-namespace';
import type { DeploymentUnitProps } from './unit-options';
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
    return importUnit(scope, id, attributes);
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
