import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { IAcceleratorPool } from './capacity/accelerator-pool';
import { CapacityType } from './capacity/capacity-type';
import { type IInferenceCluster, InferenceCluster, type InferenceClusterProps } from './cluster/inference-cluster';
import type { ControlLoopOptions, IControlLoop } from './control/control-loop';
import { FleetAlarms, type FleetAlarmsOptions } from './control/fleet-alarms';
import { FleetDashboard, type FleetDashboardOptions } from './control/fleet-dashboard';
import { FleetMetrics } from './control/fleet-metrics';
import { type IInferenceFleet, InferenceFleet, type InferenceFleetOptions } from './control/inference-fleet';
import { defined } from './private/defined';
import { complain, nonEmpty } from './private/validation';
import { DeploymentUnit, type DeploymentUnitOptions, type IDeploymentUnit } from './serving/deployment-unit';
import { type IWeightedRouter, WeightedRouter, type WeightedRouterOptions } from './serving/weighted-router';
import { sharedLoop, sharedPool } from './shared-parts';

/** A unit of a fleet, with the capacity it runs on. */
export interface AdaptiveInferenceUnit extends DeploymentUnitOptions {
  /**
   * How its capacity is bought: a pool for each, shared with other units of the accelerator and with other fleets of the cluster.
   *
   * @default - that of the pools of the accelerator among `pools`; without any, CapacityType.SPOT and CapacityType.ON_DEMAND
   */
  readonly capacityTypes?: CapacityType[];
}

/** Properties of `AdaptiveInference`. */
export interface AdaptiveInferenceProps extends InferenceFleetOptions {
  /** The units, at most five behind one router. */
  readonly units: AdaptiveInferenceUnit[];

  /**
   * The cluster, which other fleets may share.
   *
   * @default - a new one
   */
  readonly cluster?: IInferenceCluster;

  /**
   * How the new cluster is made. Excludes `cluster`.
   *
   * @default - see `InferenceCluster`
   */
  readonly clusterOptions?: InferenceClusterProps;

  /**
   * Name of the fleet, unique in its namespace.
   *
   * @default - the construct's id, in the form of Kubernetes: `ChatSmall` becomes `chat-small`
   */
  readonly fleetName?: string;

  /**
   * Namespace of the fleet's objects, which must exist.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * Pools of the user's own. An accelerator that has some among them gets no other, unless a unit asks for a capacity type they lack.
   *
   * @default - pools are made as the units ask for them
   */
  readonly pools?: IAcceleratorPool[];

  /**
   * A router of the user's own, with a target group for each unit.
   *
   * @default - a new one
   */
  readonly router?: IWeightedRouter;

  /**
   * How the new router is made. Excludes `router`.
   *
   * @default - inside the VPC, plain HTTP, fitted to the objective
   */
  readonly routerOptions?: WeightedRouterOptions;

  /**
   * Whether the fleet does without a router: something else brings its units their requests, and the loop shifts no traffic.
   * Each unit then needs `Scaler.HORIZONTAL_POD_AUTOSCALER`.
   *
   * @default false
   */
  readonly withoutRouter?: boolean;

  /**
   * The control loop of the cluster, where it was made elsewhere.
   *
   * @default - that of the other fleets on the cluster; a new one for the first
   */
  readonly loop?: IControlLoop;

  /**
   * How the new control loop runs; only for the first fleet on a cluster, since its fleets share one loop. Excludes `loop`.
   *
   * @default - every minute
   */
  readonly loopOptions?: ControlLoopOptions;

  /**
   * Which alarms there are, when they ring, and who is told.
   *
   * @default - all of them, telling nobody
   */
  readonly alarmOptions?: FleetAlarmsOptions;

  /**
   * Whether the fleet does without alarms.
   *
   * @default false
   */
  readonly withoutAlarms?: boolean;

  /**
   * How the dashboard is made.
   *
   * @default - see `FleetDashboard`
   */
  readonly dashboardOptions?: FleetDashboardOptions;

  /**
   * Whether the fleet does without a dashboard.
   *
   * @default false
   */
  readonly withoutDashboard?: boolean;
}

/** What a unit runs on where nothing is said: cheap capacity, and capacity that is not reclaimed. */
const DEFAULT_CAPACITY_TYPES = [CapacityType.SPOT, CapacityType.ON_DEMAND];

/**
 * A model served on several accelerators behind one endpoint, within its latency objective at the least cost, through the loss of any one
 * pool: cluster, pools, units, router, control loop, dashboard and alarms from one set of properties. Each part can be the user's own.
 */
export class AdaptiveInference extends Construct {
  /** The cluster. */
  public readonly cluster: IInferenceCluster;

  /** Name of the fleet. */
  public readonly fleetName: string;

  /** The pools of all units, each once. */
  public readonly pools: IAcceleratorPool[];

  /** The router; undefined where there is none. */
  public readonly router?: IWeightedRouter;

  /** Address to send requests to, without a path; undefined where there is no router, or one of the user's own. */
  public readonly url?: string;

  /** The units, in the order they were given. */
  public readonly units: IDeploymentUnit[];

  /** The control loop, which looks after every fleet of the cluster. */
  public readonly loop: IControlLoop;

  /** The fleet as the loop reads it. */
  public readonly fleet: IInferenceFleet;

  /** All metrics of the fleet, its units and pools; those that alarms are most often made of are methods here too. */
  public readonly metrics: FleetMetrics;

  /** The alarms; undefined where there are none. */
  public readonly alarms?: FleetAlarms;

  /** The dashboard; undefined where there is none. */
  public readonly dashboard?: FleetDashboard;

  constructor(scope: Construct, id: string, props: AdaptiveInferenceProps) {
    super(scope, id);
    this.checkChoices(props);
    this.fleetName = props.fleetName ?? fleetNameOf(id);
    this.cluster = props.cluster ?? new InferenceCluster(this, 'Cluster', props.clusterOptions);
    const poolsOfUnits = this.choosePools(props.units, props.pools ?? []);
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
        resilience: props.resilience,
      }),
    );
    this.loop = props.loop ?? sharedLoop(this, this.cluster, props.loopOptions);
    this.loop.addFleet(this.fleet);
    this.metrics = new FleetMetrics(this.fleet);
    const alarms = props.withoutAlarms ? undefined : new FleetAlarms(this, 'Alarms', { ...props.alarmOptions, fleet: this.fleet });
    if (alarms) this.alarms = alarms;
    // A missed objective is no reason to wait for the next minute.
    if (alarms?.missedObjective) this.loop.tickOnAlarm(alarms.missedObjective);
    if (!props.withoutDashboard) {
      this.dashboard = new FleetDashboard(this, 'Dashboard', { ...props.dashboardOptions, fleet: this.fleet, alarms: alarms?.all ?? [] });
    }
  }

  /**
   * Share of all requests that were answered well within the objective's latency, 0 to 1; missing in minutes without requests.
   *
   * @param options period and the like; by default one minute
   */
  public metricAttainment(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metrics.attainment(options);
  }

  /**
   * Latency in seconds until answers begin, at the objective's percentile unless the options say otherwise.
   *
   * @param options statistic, period and the like; by default one minute
   */
  public metricLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.latency(options);
  }

  /**
   * Requests that were handed to units.
   *
   * @param options period and the like; by default the sum of one minute
   */
  public metricRequests(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.requests(options);
  }

  /**
   * Requests that failed, on a unit or for want of one; missing where none did.
   *
   * @param options period and the like; by default the sum of one minute
   */
  public metricErrors(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metrics.errors(options);
  }

  /**
   * What the running devices of the fleet's pools cost, in US dollars an hour.
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
          wrong: `\`${one}\` and \`${other}\` contradict each other`,
          given: 'both',
          expected: 'one of them',
          fix: `Remove \`${one}\` or \`${other}\`.`,
        });
      }
    }
  }

  /** The pools of each unit: the user's own of its accelerator, and those that the fleets of the cluster share. */
  private choosePools(units: readonly AdaptiveInferenceUnit[], own: readonly IAcceleratorPool[]): IAcceleratorPool[][] {
    const chosen = units.map(({ accelerator, capacityTypes }, index) => {
      nonEmpty(this, `units[${index}].capacityTypes`, capacityTypes);
      const ofAccelerator = own.filter((pool) => pool.accelerator.name === accelerator.name);
      if (capacityTypes === undefined && ofAccelerator.length > 0) return ofAccelerator;
      const devicesPerPod = Math.max(
        ...units.filter((unit) => unit.accelerator.name === accelerator.name).map((unit) => unit.devicesPerPod ?? 1),
      );
      return [...new Set(capacityTypes ?? DEFAULT_CAPACITY_TYPES)].flatMap((capacityType) => {
        const ofType = ofAccelerator.filter((pool) => pool.capacityType === capacityType);
        if (ofType.length === 0 && capacityType === CapacityType.RESERVED) this.refuseReservedWithoutPool(index, accelerator.name);
        return ofType.length > 0 ? ofType : [sharedPool(this.cluster, accelerator, capacityType, devicesPerPod)];
      });
    });
    const unused = own.find((pool) => !chosen.flat().includes(pool));
    if (unused) {
      complain(this, {
        wrong: '`pools` has a pool that no unit runs on',
        given: `${unused.poolName} (${unused.accelerator.name}, ${unused.capacityType})`,
        expected: `pools of ${units.map((unit) => unit.accelerator.name).join(' or ')} with a capacity type that a unit asks for`,
        fix: 'Remove it, or add a unit of its accelerator.',
      });
    }
    return chosen;
  }

  private refuseReservedWithoutPool(index: number, accelerator: string): never {
    complain(this, {
      wrong: `\`units[${index}].capacityTypes\` asks for reserved capacity, and nobody told the reservation`,
      given: CapacityType.RESERVED,
      expected: `a reserved pool of ${accelerator} among \`pools\``,
      fix: 'Make an AcceleratorPool with `capacityReservationIds` and pass it among `pools`.',
    });
  }

  private chooseRouter(props: AdaptiveInferenceProps): IWeightedRouter | undefined {
    if (props.withoutRouter) return undefined;
    return (
      props.router ??
      new WeightedRouter(this, 'Router', {
        ...props.routerOptions,
        vpc: this.cluster.vpc,
        units: props.units.map(({ name, container }) => defined({ name, healthPath: container.healthPath })),
      })
    );
  }
}

/** An id in the form of a Kubernetes name: `ChatSmall` becomes `chat-small`. */
const fleetNameOf = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
