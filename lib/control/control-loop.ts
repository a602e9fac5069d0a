import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as schedulerTargets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { loopDefaults } from '../generated/contract';
import { acknowledge } from '../private/acknowledge';
import { claimLoop } from '../private/claims';
import { defined } from '../private/defined';
import { scopeOf } from '../private/shared-child';
import { complain, integerBetween, secondsBetween } from '../private/validation';
import type { IInferenceFleet } from './inference-fleet';
import { loopBundle } from './loop-bundle';
import { loopNetwork } from './loop-network';
import { LOOP_GROUP, loopRbac } from './loop-rbac';
import { denyNetworkInterfacesToCode, grantWeights, loopRole } from './loop-role';
import { tickOnAlarm, tickOnCapacityEvents } from './loop-triggers';
import { inferenceFleetCrd } from './shared-crd';

/** The control loop of a cluster, made here or brought along. It serves every fleet of the cluster. */
export interface IControlLoop extends IConstruct {
  /** ARN of the function that is one tick. */
  readonly functionArn: string;

  /** What the function may do. */
  readonly role: iam.IRole;

  /**
   * Lets the loop write the weights of a fleet's router. The loop finds the fleet itself in the cluster.
   *
   * @param fleet a fleet of the loop's cluster
   */
  addFleet(fleet: IInferenceFleet): void;

  /**
   * Lets an alarm start a tick at once when its state changes.
   *
   * @param alarm an alarm of the loop's account and region
   */
  tickOnAlarm(alarm: cloudwatch.IAlarm): void;

  /**
   * Lets somebody start a tick.
   *
   * @param grantee who may
   */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;
}

/** How a control loop runs. */
export interface ControlLoopOptions {
  /**
   * Time between two ticks, 1 to 5 minutes. Events start others in between.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * Whether ticks come by themselves. Without it the loop is deployed and rests; floors, targets, shares, weights and limits stay.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Memory of the function in MiB, 256 to 10240; more memory is more CPU too.
   *
   * @default 512 - enough for a hundred units
   */
  readonly memorySize?: number;

  /**
   * Whether one of the account's concurrent executions is reserved, so that no two ticks run at once.
   *
   * An account with a Lambda quota of 10 cannot reserve any. Two ticks at once do no harm: one wins and one stops.
   *
   * @default true
   */
  readonly reserveConcurrency?: boolean;

  /**
   * How long decision records are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Subnets of the function, where the cluster's endpoint is private.
   *
   * @default - the private subnets of the VPC; its isolated ones where it has no others
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Whether interface endpoints for the APIs that the loop calls are made in the VPC, where the cluster's endpoint is private. A VPC can
   * have each only once.
   *
   * @default - only where the subnets have no route out
   */
  readonly vpcEndpoints?: boolean;
}

/** Properties of a `ControlLoop`. */
export interface ControlLoopProps extends ControlLoopOptions {
  /** The cluster whose fleets it looks after; one loop a cluster. */
  readonly cluster: IInferenceCluster;
}

/** What a control loop is that was made elsewhere. */
export interface ControlLoopAttributes {
  /** ARN of its function. */
  readonly functionArn: string;

  /** ARN of its role. */
  readonly roleArn: string;
}

/** Below the least period, so that a tick is over before the next begins. */
const TIMEOUT = Duration.seconds(loopDefaults.timeoutSeconds);

/**
 * The control loop of a cluster: a function that once a minute, and whenever EC2 tells of capacity that goes, reads all fleets of the
 * cluster and retunes floors, targets, shares, and weights and limits of pools.
 *
 * It keeps no state of its own: what it remembers is in the status of the fleets.
 */
export class ControlLoop extends Construct implements IControlLoop {
  /**
   * Makes a loop of one that exists, to add fleets to it.
   *
   * @param scope where it belongs
   * @param id its id there
   * @param attributes what the loop is
   */
  public static fromControlLoopAttributes(scope: Construct, id: string, attributes: ControlLoopAttributes): IControlLoop {
    class Import extends Construct implements IControlLoop {
      public readonly functionArn: string;
      public readonly role: iam.IRole;
      private readonly handler: lambda.IFunction;

      constructor() {
        super(scope, id);
        this.functionArn = attributes.functionArn;
        this.role = iam.Role.fromRoleArn(this, 'Role', attributes.roleArn);
        this.handler = lambda.Function.fromFunctionAttributes(this, 'Function', {
          functionArn: attributes.functionArn,
          sameEnvironment: true,
        });
      }

      public addFleet(fleet: IInferenceFleet): void {
        if (fleet.router) grantWeights(scopeOf(fleet), 'ControlLoopAccess', this.role, fleet.router.listenerRuleArn);
      }

      public tickOnAlarm(alarm: cloudwatch.IAlarm): void {
        tickOnAlarm(alarm, this.handler);
      }

      public grantInvoke(grantee: iam.IGrantable): iam.Grant {
        return this.handler.grantInvoke(grantee);
      }
    }
    return new Import();
  }

  public readonly functionArn: string;
  public readonly role: iam.IRole;

  /** The function that is one tick. */
  public readonly handler: lambda.IFunction;

  /** Where its decision records go. */
  public readonly logGroup: logs.ILogGroup;

  /** Where events go whose tick failed. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** What starts ticks; nothing that a tick needs may go before these. */
  private readonly triggers: readonly Construct[];

  constructor(scope: Construct, id: string, props: ControlLoopProps) {
    super(scope, id);
    const { cluster } = props;
    claimLoop(this, cluster);
    const enabled = props.enabled ?? true;
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const deadLetterQueue = new sqs.Queue(this, 'DeadLetters', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    acknowledge(deadLetterQueue, { SQS3: 'It is a dead-letter queue itself.' });
    const network = loopNetwork(this, cluster, props);
    const role = loopRole(this, cluster, logGroup, network !== undefined);
    const handler = new lambda.Function(
      this,
      'Function',
      defined({
        description: 'One tick of the control loop of inference fleets',
        runtime: lambda.Runtime.NODEJS_24_X,
        architecture: lambda.Architecture.ARM_64,
        code: loopBundle(this),
        handler: 'index.handler',
        environment: { CLUSTER_NAME: cluster.clusterName },
        memorySize: integerBetween(this, 'memorySize', props.memorySize ?? 512, 256, 10_240),
        timeout: TIMEOUT,
        reservedConcurrentExecutions: (props.reserveConcurrency ?? true) ? 1 : undefined,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
        deadLetterQueue,
        logGroup,
        role,
        vpc: network?.vpc,
        vpcSubnets: network?.vpcSubnets,
        securityGroups: network && [network.securityGroup],
      }),
    );
    if (network) denyNetworkInterfacesToCode(this, role, handler.functionArn);
    this.handler = handler;
    this.functionArn = handler.functionArn;
    this.role = role;
    this.logGroup = logGroup;
    this.deadLetterQueue = deadLetterQueue;

    const access = new eks.CfnAccessEntry(this, 'AccessEntry', {
      clusterName: cluster.clusterName,
      principalArn: role.roleArn,
      kubernetesGroups: [LOOP_GROUP],
      type: 'STANDARD',
    });
    const needs: IDependable[] = [access, inferenceFleetCrd(cluster), ...loopRbac(this, cluster)];
    const schedule = this.createSchedule(props, enabled);
    this.triggers = [schedule, ...tickOnCapacityEvents(this, handler, enabled)];
    // Ticks begin when all is there, and end before anything goes.
    for (const trigger of this.triggers) trigger.node.addDependency(...needs);
  }

  public addFleet(fleet: IInferenceFleet): void {
    const access = fleet.router ? [grantWeights(scopeOf(fleet), 'ControlLoopAccess', this.role, fleet.router.listenerRuleArn)] : [];
    // In another stack the fleet goes first: the loop then finds it gone.
    if (Stack.of(fleet) !== Stack.of(this)) return;
    for (const trigger of this.triggers) trigger.node.addDependency(fleet, ...access);
  }

  public tickOnAlarm(alarm: cloudwatch.IAlarm): void {
    tickOnAlarm(alarm, this.handler);
  }

  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }

  /**
   * Ticks that failed.
   *
   * @param options period and the like; by default the sum of five minutes
   */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricErrors(options);
  }

  /**
   * Time a tick takes, in milliseconds.
   *
   * @param options statistic and the like; by default the average of five minutes
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(options);
  }

  /**
   * Ticks that were begun.
   *
   * @param options period and the like; by default the sum of five minutes
   */
  public metricInvocations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricInvocations(options);
  }

  private createSchedule(
    { period = Duration.seconds(loopDefaults.periodSeconds) }: ControlLoopProps,
    enabled: boolean,
  ): scheduler.Schedule {
    const seconds = secondsBetween(this, 'period', period, 60, 300);
    if (seconds % 60 !== 0) {
      complain(this, {
        wrong: '`period` is not in whole minutes, as the scheduler asks',
        given: `${seconds} s`,
        expected: 'whole minutes from 1 to 5',
        fix: 'Leave it out for one minute.',
      });
    }
    const schedule = new scheduler.Schedule(this, 'Schedule', {
      description: 'Starts a tick of the control loop',
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(seconds / 60)),
      enabled,
      // A tick that could not be started is not worth starting late.
      target: new schedulerTargets.LambdaInvoke(this.handler, {
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
        // One of its own: by default CDK makes one at the root of the stack, for all schedules with this target.
        role: new iam.Role(this, 'ScheduleRole', {
          description: 'Schedule of the control loop',
          assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
            conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
          }),
        }),
      }),
    });
    acknowledge(this, {
      [`IAM5[Resource::<${Stack.of(this).getLogicalId(this.handler.node.defaultChild as lambda.CfnFunction)}.Arn>:*]`]:
        'The scheduler invokes every version of the function.',
    });
    return schedule;
  }
}
