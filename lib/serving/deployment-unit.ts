import { Annotations, Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct, type IDependable } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool-interface';
import { complain, integerBetween, literal } from '../private/validation';
import { type IDeploymentUnit, Scaler, type UnitProfile } from './deployment-unit-interface';
import type { DeploymentUnitAttributes, DeploymentUnitProps } from './deployment-unit-props';
import { checkContainer } from './private/container';
import {
  deploymentManifest,
  disruptionBudgetManifest,
  ENDING_SECONDS,
  MAX_TERMINATION_SECONDS,
  serviceAccountManifest,
  serviceManifest,
  targetGroupBindingManifest,
  type WorkloadInput,
} from './private/deployment';
import { ImportedDeploymentUnit } from './private/imported-unit';
import { checkNumbers } from './private/unit-checks';
import { claimUnitName, unitLabels } from './private/unit-names';
import { UnitScaler } from './private/unit-scaler';
import { seconds, secondsBetween } from './private/values';
import type { IWeightedRouter } from './weighted-router-interface';

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
  public static fromAttributes(scope: Construct, id: string, attributes: DeploymentUnitAttributes): IDeploymentUnit {
    return new ImportedDeploymentUnit(scope, id, attributes);
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
    this.namespace = props.namespace ?? 'default';
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
        literal(this, 'maximumUnavailable', props.maximumUnavailable ?? 1),
        1,
        10_000,
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
    const longest = MAX_TERMINATION_SECONDS - ENDING_SECONDS;
    const value = secondsBetween(this, 'drain', drain ?? Duration.seconds(60), 5, longest);
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
