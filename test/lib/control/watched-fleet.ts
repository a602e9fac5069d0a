import { Duration, type Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  Accelerator,
  AcceleratorPool,
  CapacityType,
  DeploymentUnit,
  type FleetObjective,
  type IAcceleratorPool,
  type IDeploymentUnit,
  type IInferenceCluster,
  type IInferenceFleet,
  type IWeightedRouter,
  WeightedRouter,
} from '../../../lib';
import { ruleArn, targetGroupArn } from '../../support/fake-world';

export const LOAD_BALANCER = 'app/chat/0123456789abcdef';

export interface WatchedFleetOptions {
  readonly fleetName?: string;
  readonly objective?: Partial<FleetObjective>;
  readonly units?: readonly string[];
  readonly pools?: readonly string[];
  readonly withoutRouter?: boolean;
}

/** A fleet made of names only: that of the tests of ticks, unless told otherwise. */
class WatchedFleet extends Construct implements IInferenceFleet {
  public readonly fleetName: string;
  public readonly namespace = 'default';
  public readonly objective: FleetObjective;
  public readonly pools: IAcceleratorPool[];
  public readonly units: IDeploymentUnit[];
  public readonly router?: IWeightedRouter;

  constructor(stack: Stack, options: WatchedFleetOptions) {
    const { fleetName = 'chat', objective, units = ['inf2', 'g5'], pools = ['inf2-spot', 'g5-spot', 'g5-od'], withoutRouter } = options;
    super(stack, `Fleet-${fleetName}`);
    this.fleetName = fleetName;
    this.objective = { latency: Duration.millis(900), ...objective };
    this.pools = pools.map((poolName) =>
      AcceleratorPool.fromAcceleratorPoolAttributes(this, poolName, {
        poolName,
        accelerator: Accelerator.A10G,
        capacityType: CapacityType.SPOT,
        maximumDevices: 8,
      }),
    );
    this.units = units.map((unitName) =>
      DeploymentUnit.fromDeploymentUnitAttributes(this, `Unit-${unitName}`, {
        unitName,
        fleetName,
        deploymentName: unitName,
        scalerName: unitName,
        accelerator: Accelerator.A10G,
        pools: this.pools,
        profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
      }),
    );
    if (withoutRouter) return;
    this.router = WeightedRouter.fromWeightedRouterAttributes(this, 'Router', {
      loadBalancerArn: `arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/${LOAD_BALANCER}`,
      listenerRuleArn: ruleArn('chat'),
      securityGroupId: 'sg-0123456789abcdef0',
      targetGroupArns: Object.fromEntries(units.map((unit) => [unit, targetGroupArn(unit)])),
    });
  }

  public get cluster(): IInferenceCluster {
    // Nothing that watches a fleet needs more of its cluster.
    return { clusterName: 'prod' } as IInferenceCluster;
  }
}

export const watchedFleet = (stack: Stack, options: WatchedFleetOptions = {}): IInferenceFleet => new WatchedFleet(stack, options);

/** `count` names that begin alike. */
export const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
