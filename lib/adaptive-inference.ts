import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AdaptiveInferenceProps, AdaptiveInferenceUnit } from './adaptive-inference-props';
import type { IAcceleratorPool } from './capacity/accelerator-pool-interface';
import { CapacityType } from './capacity/capacity-type';
import { sharedPool } from './capacity/shared-pools';
import { InferenceCluster } from './cluster/inference-cluster';
import type { IInferenceCluster } from './cluster/inference-cluster-interface';
import { ControlLoop } from './control/control-loop';
import type { IControlLoop } from './control/control-loop-interface';
import { FleetAlarms } from './control/fleet-alarms';
import { FleetDashboard } from './control/fleet-dashboard';
import { FleetMetrics } from './control/fleet-metrics';
import { InferenceFleet } from './control/inference-fleet';
import type { IInferenceFleet } from './control/inference-fleet-interface';
import { defined } from './private/defined';
import { complain, nonEmpty } from './private/validation';
import { DeploymentUnit } from './serving/deployment-unit';
import type { IDeploymentUnit } from './serving/deployment-unit-interface';
import { WeightedRouter } from './serving/weighted-router';
import type { IWeightedRouter } from './serving/weighted-router-interface';

/** What a unit runs on where nothing is said: cheap capacity, and capacity that is not reclaimed. */
const DEFAULT_CAPACITY_TYPES = [CapacityType.SPOT, CapacityType.ON_DEMAND];

/** Id of the loop that fleets share, under their cluster. */
const LOOP_ID = 'ControlLoop';

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
    this.loop = this.chooseLoop(props);
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

  /** The loop belongs to the cluster, not to the fleet that came first, as the pools do. */
  private chooseLoop({ loop, loopOptions }: AdaptiveInferenceProps): IControlLoop {
    if (loop) return loop;
    const existing = this.cluster.node.tryFindChild(LOOP_ID) as ControlLoop | undefined;
    if (existing && loopOptions !== undefined) {
      complain(this, {
        wrong: '`loopOptions` come too late: an earlier fleet of the cluster made its control loop, which all of them share',
        given: loopOptions,
        expected: '`loopOptions` of the first fleet only',
        fix: 'Move them to that fleet, or make a ControlLoop yourself and pass it as `loop` to each.',
      });
    }
    return existing ?? new ControlLoop(this.cluster as unknown as Construct, LOOP_ID, { ...loopOptions, cluster: this.cluster });
  }
}

/** An id in the form of a Kubernetes name: `ChatSmall` becomes `chat-small`. */
const fleetNameOf = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
