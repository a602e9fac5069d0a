import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as schedulerTargets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { acknowledge } from '../private/acknowledge';
import { defined } from '../private/defined';
import { complain, integerBetween } from '../private/validation';
import { secondsBetween } from '../serving/private/values';
import type { IControlLoop } from './control-loop-interface';
import type { ControlLoopAttributes, ControlLoopProps } from './control-loop-props';
import type { IInferenceFleet } from './inference-fleet-interface';
import { ImportedControlLoop } from './private/imported-loop';
import { loopBundle } from './private/loop-bundle';
import { loopNetwork } from './private/loop-network';
import { LOOP_GROUP, loopRbac } from './private/loop-rbac';
import { denyNetworkInterfacesToCode, grantWeights, loopRole } from './private/loop-role';
import { tickOnAlarm, tickOnCapacityEvents } from './private/loop-triggers';
import { inferenceFleetCrd } from './private/shared-crd';

/** Below the least period, so that a tick is over before the next begins. */
const TIMEOUT = Duration.seconds(55);

const loopOfCluster = new WeakMap<IConstruct, string>();

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
  public static fromAttributes(scope: Construct, id: string, attributes: ControlLoopAttributes): IControlLoop {
    return new ImportedControlLoop(scope, id, attributes);
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
    this.claimCluster(cluster);
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
    const access = fleet.router
      ? [grantWeights(fleet as unknown as Construct, 'ControlLoopAccess', this.role, fleet.router.listenerRuleArn)]
      : [];
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

  private claimCluster(cluster: IConstruct): void {
    const owner = loopOfCluster.get(cluster);
    if (owner !== undefined) {
      complain(this, {
        wrong: 'the cluster has a control loop already, which serves all of its fleets',
        given: owner,
        expected: 'one loop a cluster',
        fix: 'Use `addFleet` of that loop.',
      });
    }
    loopOfCluster.set(cluster, this.node.path);
  }

  private createSchedule({ period = Duration.minutes(1) }: ControlLoopProps, enabled: boolean): scheduler.Schedule {
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
