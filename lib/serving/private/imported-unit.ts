import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Accelerator } from '../../accelerator/accelerator';
import type { IAcceleratorPool } from '../../capacity/accelerator-pool-interface';
import { integerBetween, kubernetesName, literal } from '../../private/validation';
import { type IDeploymentUnit, Scaler, type UnitProfile } from '../deployment-unit-interface';
import type { DeploymentUnitAttributes } from '../deployment-unit-props';
import { checkNumbers } from './unit-checks';

/** A unit that was there before, see `DeploymentUnit.fromAttributes()`. */
export class ImportedDeploymentUnit extends Construct implements IDeploymentUnit {
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

  constructor(scope: Construct, id: string, attributes: DeploymentUnitAttributes) {
    super(scope, id);
    this.unitName = kubernetesName(this, 'unitName', attributes.unitName);
    this.fleetName = kubernetesName(this, 'fleetName', attributes.fleetName);
    this.namespace = kubernetesName(this, 'namespace', attributes.namespace ?? 'default');
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
    if (attributes.metricIndex !== undefined) this.metricIndex = integerBetween(this, 'metricIndex', attributes.metricIndex, 0, 100);
    if (attributes.targetGroup) this.targetGroup = attributes.targetGroup;
  }
}
