import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { IAcceleratorPool } from './capacity/accelerator-pool';
import type { CapacityType } from './capacity/capacity-type';
import { type IInferenceCluster, InferenceCluster, type InferenceClusterProps } from './cluster/inference-cluster';
import type { FleetAlarmsOptions } from './control/alarm-options';
import type { ControlLoopOptions, IControlLoop } from './control/control-loop';
import { FleetAlarms } from './control/fleet-alarms';
import { FleetDashboard, type FleetDashboardOptions } from './control/fleet-dashboard';
import { FleetMetrics } from './control/fleet-metrics';
import { type IInferenceFleet, InferenceFleet, type InferenceFleetOptions } from './control/inference-fleet';
import { defined } from './private/defined';
import { complain, nonEmpty } from './private/validation';
import { DeploymentUnit, type IDeploymentUnit } from './serving/deployment-unit';
import type { WeightedRouterOptions } from './serving/router-options';
import type { ITrafficRouter } from './serving/traffic-router';
import type { DeploymentUnitOptions } from './serving/unit-options';
import { WeightedRouter } from './serving/weighted-router';
import { sharedLoop } from './shared-parts';
import { choosePools } from './unit-pools';

/** A unit of a fleet, with the capacity types it runs on. */
export interface AdaptiveInferenceUnit extends DeploymentUnitOptions {
  /**
   * Capacity types of its pools. Each pool is shared with other units of the accelerator and with other fleets of the cluster.
   *
   * @default - those of the pools of the accelerator in `pools`; if there are none, CapacityType.SPOT and CapacityType.ON_DEMAND
   */
  readonly capacityTypes?: CapacityType[];
}

/** Properties of `AdaptiveInference`. */
export interface AdaptiveInferenceProps extends InferenceFleetOptions {
  /** The units, 1 to 50; at most five with a router. */
  readonly units: AdaptiveInferenceUnit[];

  /**
   * The cluster, which several fleets can share.
   *
   * @default - a new cluster
   */
  readonly cluster?: IInferenceCluster;

  /**
   * Options of the new cluster. Cannot be combined with `cluster`.
   *
   * @default - see `InferenceClusterProps`
   */
  readonly clusterOptions?: InferenceClusterProps;

  /**
   * Name of the fleet, unique in its namespace.
   *
   * @default - the construct's id as a Kubernetes name: `ChatSmall` becomes `chat-small`
   */
  readonly fleetName?: string;

  /**
   * Namespace of the fleet's Kubernetes objects. It is created on a cluster of this app, and kept when the fleet is removed; on an imported
   * cluster it must exist.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * Existing pools. If an accelerator has pools among them, no others are created for it, unless a unit lists a capacity type that they
   * lack.
   *
   * @default - pools are created for the units
   */
  readonly pools?: IAcceleratorPool[];

  /**
   * An existing router, with a target group for each unit. A fleet keeps its router: to exchange it, deploy another fleet with the new one
   * beside it, send the clients there, and remove the first.
   *
   * @default - a new router
   */
  readonly router?: ITrafficRouter;

  /**
   * Options of the new router. Cannot be combined with `router`.
   *
   * @default - see `WeightedRouterOptions`
   */
  readonly routerOptions?: WeightedRouterOptions;

  /**
   * Whether the fleet has no router: something else sends requests to its units, and the loop sets no shares.
   * Each unit then needs `Scaler.HORIZONTAL_POD_AUTOSCALER`.
   *
   * @default false
   */
  readonly withoutRouter?: boolean;

  /**
   * The control loop of the cluster, if it was created separately or imported.
   *
   * @default - the loop that the other fleets of the cluster share; the first fleet creates it
   */
  readonly loop?: IControlLoop;

  /**
   * Options of the new control loop, which the first fleet of a cluster creates. Cannot be combined with `loop`.
   *
   * @default - see `ControlLoopOptions`
   */
  readonly loopOptions?: ControlLoopOptions;

  /**
   * Options of the alarms.
   *
   * @default - all alarms, without notifications
   */
  readonly alarmOptions?: FleetAlarmsOptions;

  /**
   * Whether the fleet has no alarms.
   *
   * @default false
   */
  readonly withoutAlarms?: boolean;

  /**
   * Options of the dashboard.
   *
   * @default - see `FleetDashboardOptions`
   */
  readonly dashboardOptions?: FleetDashboardOptions;

  /**
   * Whether the fleet has no dashboard.
   *
   * @default false
   */
  readonly withoutDashboard?: boolean;
}

/**
 * Serves a model on several accelerators behind one endpoint, within a latency objective at minimal cost, even if any one pool is lost.
 *
 * It creates cluster, pools, units, router, control loop, dashboard and alarms. Each of them can also be passed in.
 *
 * @example
 * const chat = new AdaptiveInference(this, 'Chat', {
 *   objective: { latency: Duration.millis(900), percentile: 95, attainment: 0.999 },
 *   resilience: 1,
 *   units: [
 *     {
 *       name: 'inf2',
 *       accelerator: Accelerator.INFERENTIA2,
 *       container: { image: 'public.ecr.aws/example/chat-neuron:1.0.0' },
 *       profile: { throughputPerMinute: 105, latency: Duration.millis(670), coldStart: Duration.minutes(10) },
 *     },
 *     {
 *       name: 'g5',
 *       accelerator: Accelerator.A10G,
 *       container: { image: 'public.ecr.aws/example/chat-cuda:1.0.0' },
 *       profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
 *     },
 *   ],
 * });
 * chat.metricAttainment().createAlarm(this, 'Slow', {
 *   threshold: 0.99,
 *   comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
 *   evaluationPeriods: 5,
 * });
 */
export class AdaptiveInference extends Construct {
  /** The cluster. */
  public readonly cluster: IInferenceCluster;

  /** Name of the fleet. */
  public readonly fleetName: string;

  /** The pools of all units, each once. */
  public readonly pools: IAcceleratorPool[];

  /** The router; undefined if there is none. */
  public readonly router?: ITrafficRouter;

  /** Address for requests, without a path; undefined if there is no router, or if the router was passed in. */
  public readonly url?: string;

  /** The units, in the order of the properties. */
  public readonly units: IDeploymentUnit[];

  /** The control loop, which controls every fleet of the cluster. */
  public readonly loop: IControlLoop;

  /** The fleet as the loop reads it. */
  public readonly fleet: IInferenceFleet;

  /** All metrics of the fleet, its units and pools; the most common ones are also methods of this class. */
  public readonly metrics: FleetMetrics;

  /** The alarms; undefined if there are none. */
  public readonly alarms?: FleetAlarms;

  /** The dashboard; undefined if there is none. */
  public readonly dashboard?: FleetDashboard;

  constructor(scope: Construct, id: string, props: AdaptiveInferenceProps) {
    super(scope, id);
    this.checkChoices(props);
    this.fleetName = props.fleetName ?? fleetNameOf(id);
    this.cluster = props.cluster ?? new InferenceCluster(this, 'Cluster', props.clusterOptions);
    const poolsOfUnits = choosePools(this, this.cluster, props.units, props.pools ?? []);
    this.pools = [...new Set(poolsOfUnits.flat())];
    const router = this.chooseRouter(props);
    if (router) this.router = router;
    if (router instanceof WeightedRouter) this.url = router.url;
    this.units = props.units.map(
      ({ capacityTypes: _, ...unit }, index) =>
        new DeploymentUnit(
          this,
          `Unit-${unit.name}`,
          defined({
            ...unit,
            cluster: this.cluster,
            fleetName: this.fleetName,
            namespace: props.namespace,
            pools: poolsOfUnits[index] ?? [],
            router,
          }),
        ),
    );
    this.fleet = new InferenceFleet(
      this,
      'Fleet',
      defined({
        cluster: this.cluster,
        units: this.units,
        router,
        objective: props.objective,
        enforcement: props.enforcement,
        policy: props.policy,
        learning: props.learning,
        resilience: props.resilience,
        contestedRetryAfter: props.contestedRetryAfter,
      }),
    );
    this.loop = props.loop ?? sharedLoop(this, this.cluster, props.loopOptions);
    this.loop.addFleet(this.fleet);
    this.metrics = new FleetMetrics(this.fleet);
    const alarms = props.withoutAlarms ? undefined : new FleetAlarms(this, 'Alarms', { ...props.alarmOptions, fleet: this.fleet });
    if (alarms) this.alarms = alarms;
    // After a missed objective the next tick starts at once.
    if (alarms?.missedObjective) this.loop.tickOnAlarm(alarms.missedObjective);
    if (!props.withoutDashboard) {
      this.dashboard = new FleetDashboard(this, 'Dashboard', { ...props.dashboardOptions, fleet: this.fleet, alarms: alarms?.all ?? [] });
    }
  }

  /**
   * Share of all requests that were answered without error within the objective's latency, 0 to 1; missing in minutes without requests.
   *
   * @param options period and the like; by default one minute
   */
  public metricAttainment(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metrics.attainment(options);
  }

  /**
   * Latency in seconds until responses begin, by default at the objective's percentile.
   *
   * @param options statistic, period and the like; by default one minute
   */
  public metricLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.latency(options);
  }

  /**
   * Requests that the load balancer sent to units.
   *
   * @param options period and the like; by default the sum of one minute
   */
  public metricRequests(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.requests(options);
  }

  /**
   * Requests that failed, on a unit or because no unit could take them; missing if none failed.
   *
   * @param options period and the like; by default the sum of one minute
   */
  public metricErrors(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metrics.errors(options);
  }

  /**
   * Cost of the running devices of the fleet's pools, in US dollars per hour.
   *
   * @param options period and the like; by default one minute
   */
  public metricCostRate(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metrics.costRateUsdPerHour(options);
  }

  private checkChoices(props: AdaptiveInferenceProps): void {
    nonEmpty(this, 'units', props.units);
    nonEmpty(this, 'pools', props.pools);
    const contradictions: readonly (readonly [string, unknown, string, unknown])[] = [
      ['cluster', props.cluster, 'clusterOptions', props.clusterOptions],
      ['router', props.router, 'routerOptions', props.routerOptions],
      ['loop', props.loop, 'loopOptions', props.loopOptions],
      ['withoutRouter', props.withoutRouter || undefined, 'router', props.router],
      ['withoutRouter', props.withoutRouter || undefined, 'routerOptions', props.routerOptions],
      ['withoutAlarms', props.withoutAlarms || undefined, 'alarmOptions', props.alarmOptions],
      ['withoutDashboard', props.withoutDashboard || undefined, 'dashboardOptions', props.dashboardOptions],
    ];
    for (const [one, oneValue, other, otherValue] of contradictions) {
      if (oneValue !== undefined && otherValue !== undefined) {
        complain(this, {
          code: 'ConflictingProperties',
          wrong: `\`${one}\` and \`${other}\` contradict each other`,
          given: 'both',
          expected: 'one of them',
          fix: `Remove \`${one}\` or \`${other}\`.`,
        });
      }
    }
  }

  private chooseRouter(props: AdaptiveInferenceProps): ITrafficRouter | undefined {
    if (props.withoutRouter) return undefined;
    return (
      props.router ??
      new WeightedRouter(this, 'Router', {
        latencyObjective: props.objective.latency,
        ...props.routerOptions,
        vpc: this.cluster.vpc,
        units: props.units.map(({ name, container }) => defined({ name, healthPath: container.healthPath })),
      })
    );
  }
}

/** An id as a Kubernetes name: `ChatSmall` becomes `chat-small`. */
const fleetNameOf = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
