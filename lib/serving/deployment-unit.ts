import { Annotations, Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { fleetDefaults, limits, podDefaults } from '../generated/contract';
import { complain, integerBetween, kubernetesName, literal, seconds, secondsBetween } from '../private/validation';
import { checkContainer } from './container-checks';
import { type ExternalScalingMetric, Scaler } from './scaler';
import type { ServedContainer } from './served-container';
import { checkNumbers } from './unit-checks';
import { claimUnitName, unitLabels } from './unit-names';
import type { UnitProfile } from './unit-profile';
import { UnitScaler } from './unit-scaler';
import type { IWeightedRouter } from './weighted-router';
import {
  deploymentManifest,
  disruptionBudgetManifest,
  serviceAccountManifest,
  serviceManifest,
  targetGroupBindingManifest,
  type WorkloadInput,
} from './workload-manifests';

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

/** What a deployment unit is that was made elsewhere, see `DeploymentUnit.fromDeploymentUnitAttributes()`. */
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

/**
 * A deployment unit: one model on one accelerator with one framework, as Deployment, Service, PodDisruptionBudget, ServiceAccount, binding
 * to its target group, and scaler.
 *
 * How many pods there are, what they scale on and how much traffic they get is the control loop's to decide: the Deployment has no
 * replicas, and the scaler is created from a text that never changes, so that no deployment resets the loop's floor and target. What CDK
 * owns of the scaler, such as its maximum, is patched field by field.
 *
 * In the loop's modes Observe and Recommend nobody sets a target: scale the unit yourself.
 */
export class DeploymentUnit extends Construct implements IDeploymentUnit {
  /**
   * Makes a unit of a Deployment and scaler that exist, so that the control loop can govern them.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param attributes what the unit is
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
      public readonly deploymentName: string;
      public readonly scaler: Scaler;
      public readonly scalerName: string;
      public readonly metricIndex?: number;
      public readonly targetGroup?: elbv2.IApplicationTargetGroup;

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
          leastMinimum: 0,
        });
        this.devicesPerPod = numbers.devicesPerPod;
        this.minimumReplicas = numbers.minimumReplicas;
        this.maximumReplicas = numbers.maximumReplicas;
        if (attributes.costShare !== undefined) this.costShare = attributes.costShare;
        this.scaler = literal(this, 'scaler', attributes.scaler ?? Scaler.SCALED_OBJECT);
        if (attributes.metricIndex !== undefined)
          this.metricIndex = integerBetween(this, 'metricIndex', attributes.metricIndex, limits.metricIndex.min, limits.metricIndex.max);
        if (attributes.targetGroup) this.targetGroup = attributes.targetGroup;
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
  public readonly deploymentName: string;
  public readonly scaler: Scaler;
  public readonly scalerName: string;
  public readonly targetGroup?: elbv2.IApplicationTargetGroup;

  /** Name of the Service in front of its pods, on port 80. */
  public readonly serviceName: string;

  /** Name of the ServiceAccount of its pods; associate a role with it by EKS Pod Identity where the server calls AWS. */
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
      leastMinimum: 1,
    });
    this.devicesPerPod = numbers.devicesPerPod;
    this.minimumReplicas = numbers.minimumReplicas;
    this.maximumReplicas = numbers.maximumReplicas;
    if (props.costShare !== undefined) this.costShare = props.costShare;
    this.scaler = literal(this, 'scaler', props.scaler ?? Scaler.SCALED_OBJECT);
    if (router) this.targetGroup = router.targetGroup(this.unitName);

    const workload: WorkloadInput = {
      name,
      namespace: this.namespace,
      labels: unitLabels(this.fleetName, this.unitName),
      container: checkContainer(this, props.container),
      deviceResource: accelerator.deviceResource,
      devicesPerPod: this.devicesPerPod,
      nodeSelector: accelerator.nodeSelector,
      taintKeys: [...new Set(this.pools.flatMap(({ taintKeys }) => taintKeys))].sort(),
      coldStartSeconds: seconds(this, 'profile.coldStart', this.profile.coldStart),
      drainSeconds: this.checkDrain(props.drain),
      maximumUnavailable: integerBetween(
        this,
        'maximumUnavailable',
        literal(this, 'maximumUnavailable', props.maximumUnavailable ?? podDefaults.maximumUnavailable),
        limits.maximumUnavailable.min,
        limits.maximumUnavailable.max,
      ),
      schedulerName: props.schedulerName,
    };
    const deployment = this.createDeployment(props, workload);
    const service = cluster.addManifest(this, `Service-${name}`, serviceManifest(workload));
    if (router) this.bind(props, router, workload, service);
    new UnitScaler(this, 'Scaler', {
      cluster,
      scaler: this.scaler,
      name: this.scalerName,
      namespace: this.namespace,
      unitName: this.unitName,
      maximumReplicas: this.maximumReplicas,
      externalMetric: props.externalMetric,
      router,
      deployment,
    });
  }

  private createDeployment({ cluster }: DeploymentUnitProps, workload: WorkloadInput): IDependable {
    const { name } = workload;
    // Ids carry the name: a renamed object must be another resource, since an apply never removes the old one.
    const serviceAccount = cluster.addManifest(this, `ServiceAccount-${name}`, serviceAccountManifest(workload));
    cluster.addManifest(this, `DisruptionBudget-${name}`, disruptionBudgetManifest(workload));
    const deployment = cluster.addManifest(this, `Deployment-${name}`, deploymentManifest(workload));
    deployment.node.addDependency(serviceAccount, ...this.pools);
    return deployment;
  }

  /** Lets the load balancer reach the pods, and the cluster tell it which they are. */
  private bind({ cluster }: DeploymentUnitProps, router: IWeightedRouter, workload: WorkloadInput, service: IDependable): void {
    const { loadBalancerController } = cluster.addons;
    if (!loadBalancerController.available) {
      complain(this, {
        wrong: 'nothing on the cluster registers pods with target groups',
        given: 'no AWS Load Balancer Controller',
        expected: 'the load balancer controller add-on',
        fix: 'Leave that add-on at its default, or say ClusterAddon.existing() where the cluster has one already.',
      });
    }
    const binding = cluster.addManifest(
      this,
      `TargetGroupBinding-${workload.name}`,
      targetGroupBindingManifest(workload, router.targetGroup(this.unitName).targetGroupArn),
    );
    // Its finalizer is the controller's: it must be gone while the controller runs.
    binding.node.addDependency(service, loadBalancerController);
    router.loadBalancer.connections.allowTo(
      cluster.clusterSecurityGroup,
      ec2.Port.tcp(workload.container.port),
      'Load balancer to the pods of a unit',
    );
  }

  private checkDrain(drain: Duration | undefined): number {
    const longest = podDefaults.maxTerminationSeconds - podDefaults.endingSeconds;
    const value = secondsBetween(this, 'drain', drain ?? Duration.seconds(podDefaults.drainSeconds), podDefaults.minDrainSeconds, longest);
    const latency = this.profile.latency.toSeconds({ integral: false });
    if (latency > value) {
      Annotations.of(this).addWarningV2(
        'cdk-adaptive-inference:drainShorterThanRequests',
        `a request of unit ${this.unitName} takes ${latency} s, longer than a pod that must go drains, ${value} s: such requests are cut. Raise \`drain\`, up to ${longest} s.`,
      );
    }
    return value;
  }
}
