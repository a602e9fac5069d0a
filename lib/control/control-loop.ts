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
import { loopAccess, loopDefaults } from '../generated/contract';
import { acknowledge } from '../private/acknowledge';
import { claimLoop } from '../private/claims';
import { defined } from '../private/defined';
import { lambdaCode } from '../private/lambda-code';
import { scopeOf } from '../private/shared-child';
import { complain, integerOrTokenWithin, secondsWithin } from '../private/validation';
import type { IInferenceFleet } from './inference-fleet';
import { loopAdmission } from './loop-admission';
import { loopNetwork } from './loop-network';
import { fleetBinding, loopRbac } from './loop-rbac';
import { denyNetworkInterfacesToCode, grantWeights, loopRole } from './loop-role';
import { tickOnAlarm, tickOnCapacityEvents } from './loop-triggers';
import { inferenceFleetCrd } from './shared-crd';

/** The control loop of a cluster, created in this app or imported. It serves every fleet of the cluster. */
export interface IControlLoop extends IConstruct {
  /** ARN of the function that runs a tick. */
  readonly functionArn: string;

  /** The role of the function. */
  readonly role: iam.IRole;

  /**
   * Lets the loop write the weights of a fleet's router. The loop finds the fleet in the cluster without further configuration.
   *
   * @param fleet a fleet of the loop's cluster
   */
  addFleet(fleet: IInferenceFleet): void;

  /**
   * Starts a tick at once when an alarm changes its state.
   *
   * @param alarm an alarm in the loop's account and region
   */
  tickOnAlarm(alarm: cloudwatch.IAlarm): void;

  /**
   * Lets a principal start ticks.
   *
   * @param grantee the principal
   */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;
}

/** Options of a control loop, independent of its cluster. */
export interface ControlLoopOptions {
  /**
   * Time between two ticks, 1 to 5 whole minutes. Events start further ticks in between.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * Whether the schedule and events start ticks. If false, floors, targets, shares, weights and limits stay as they are.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Memory of the function in MiB, 256 to 10240; its CPU grows with it.
   *
   * @default 512 - enough for a hundred units
   */
  readonly memorySize?: number;

  /**
   * Whether one of the account's concurrent executions is reserved, so that no two ticks run at the same time.
   *
   * An account with a Lambda quota of 10 cannot reserve any. Without a reservation two ticks may overlap; one of them then stops.
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
   * Subnets of the function; only for a cluster with a private endpoint.
   *
   * @default - the private subnets of the VPC; its isolated subnets if it has no private ones
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Whether to create interface endpoints in the VPC for the APIs that the loop calls; only for a cluster with a private endpoint. A VPC
   * can have each of them only once.
   *
   * @default - true if the subnets have no route out
   */
  readonly vpcEndpoints?: boolean;
}

/** Properties of a `ControlLoop`. */
export interface ControlLoopProps extends ControlLoopOptions {
  /** The cluster whose fleets it controls. A cluster can have one loop. */
  readonly cluster: IInferenceCluster;
}

/** Attributes of an imported control loop, see `ControlLoop.fromControlLoopAttributes()`. */
export interface ControlLoopAttributes {
  /** ARN of its function. */
  readonly functionArn: string;

  /** ARN of its role. */
  readonly roleArn: string;
}

/** Below the minimum period, so that a tick ends before the next one begins. */
const TIMEOUT = Duration.seconds(loopDefaults.timeoutSeconds);

/**
 * The control loop of a cluster: a Lambda function that sets floors, targets and shares of units, and weights and limits of pools.
 *
 * It runs once a minute, and whenever EC2 announces the loss of an instance. Its state is stored in the status of the fleets.
 *
 * @example
 * declare const cluster: IInferenceCluster;
 * declare const fleet: IInferenceFleet;
 *
 * const loop = new ControlLoop(this, 'Loop', { cluster, logRetention: logs.RetentionDays.THREE_MONTHS });
 * loop.addFleet(fleet);
 */
export class ControlLoop extends Construct implements IControlLoop {
  /**
   * Imports the control loop of a cluster from another app, to add fleets to it.
   *
   * @param scope the parent construct
   * @param id id of the imported loop in that scope
   * @param attributes attributes of the loop
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
        if (fleet.router) grantWeights(scopeOf(fleet), 'ControlLoopAccess', this.role, fleet.router);
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

  /** The function that runs a tick. */
  public readonly handler: lambda.IFunction;

  /** The log group of its decision records. */
  public readonly logGroup: logs.ILogGroup;

  /** The queue for events whose tick failed. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** What starts ticks; everything that a tick needs must be deleted after these. */
  private readonly triggers: readonly Construct[];

  private readonly clusterRole: Construct;

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
        code: lambdaCode(this, 'control-loop'),
        handler: 'index.handler',
        environment: { CLUSTER_NAME: cluster.clusterName },
        memorySize: integerOrTokenWithin(this, 'memorySize', props.memorySize ?? 512, { min: 256, max: 10_240 }),
        timeout: TIMEOUT,
        reservedConcurrentExecutions: (props.reserveConcurrency ?? true) ? loopDefaults.concurrency : undefined,
        retryAttempts: 0,
        maxEventAge: Duration.seconds(loopDefaults.maxEventAgeSeconds),
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
      kubernetesGroups: [loopAccess.group],
      type: 'STANDARD',
    });
    const admission = loopAdmission(this, cluster);
    const { bindings, clusterRole } = loopRbac(this, cluster);
    // A role that a new version of this library narrows is narrowed when the code that needs no more runs.
    clusterRole.node.addDependency(handler);
    this.clusterRole = clusterRole;
    const needs: IDependable[] = [access, admission, inferenceFleetCrd(cluster), ...bindings];
    const schedule = this.createSchedule(props, enabled);
    this.triggers = [schedule, ...tickOnCapacityEvents(this, handler, enabled)];
    // Ticks begin after everything they need exists, and end before any of it is deleted.
    for (const trigger of this.triggers) trigger.node.addDependency(...needs);
  }

  public addFleet(fleet: IInferenceFleet): void {
    const access = fleet.router ? grantWeights(scopeOf(fleet), 'ControlLoopAccess', this.role, fleet.router) : [];
    // A fleet in another stack is deleted before the loop, which then no longer finds it.
    if (Stack.of(fleet) !== Stack.of(this)) return;
    // In an upgrade from rights in all namespaces to those of the fleets, the new ones come first.
    this.clusterRole.node.addDependency(...fleetBinding(fleet));
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
   * Duration of a tick in milliseconds.
   *
   * @param options statistic and the like; by default the average of five minutes
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(options);
  }

  /**
   * Ticks that were started.
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
    const seconds = secondsWithin(this, 'period', period, { min: 60, max: 300 });
    if (seconds % 60 !== 0) {
      complain(this, {
        code: 'FractionalPeriod',
        wrong: '`period` is not a whole number of minutes, which the scheduler requires',
        given: `${seconds} s`,
        expected: 'whole minutes from 1 to 5',
        fix: 'Round it, or leave it out for one minute.',
      });
    }
    const schedule = new scheduler.Schedule(this, 'Schedule', {
      description: 'Starts a tick of the control loop',
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(seconds / 60)),
      enabled,
      // A tick that could not be started is not started late: the next one follows within minutes.
      target: new schedulerTargets.LambdaInvoke(this.handler, {
        retryAttempts: 0,
        maxEventAge: Duration.seconds(loopDefaults.maxEventAgeSeconds),
        // A role of its own: by default CDK creates one at the root of the stack, for all schedules with this target.
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
