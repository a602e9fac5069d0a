import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { METRICS_NAMESPACE, type metricDimensions, metrics } from '../generated/contract';
import { complain, positive, seconds } from '../private/validation';
import type { IWeightedRouter } from '../serving/weighted-router';
import { attainment, costRate, failures } from './fleet-expressions';
import { percentileOf } from './fleet-objective';
import type { IInferenceFleet } from './inference-fleet';

/** Load balancer and loop tell once a minute. */
const PERIOD = Duration.minutes(1);

/** The dimensions of a metric of the loop, with their values. */
type Dimensions<Subject extends keyof typeof metricDimensions> = { readonly [Name in (typeof metricDimensions)[Subject][number]]: string };

/** A metric of the loop: its name, the unit it is sent in, and what becomes of several values in one period. */
interface LoopMetric {
  readonly name: string;
  readonly unit: keyof typeof UNITS;
  readonly statistic: string;
  readonly label: string;
}

const UNITS = { Count: cloudwatch.Unit.COUNT, None: cloudwatch.Unit.NONE, Seconds: cloudwatch.Unit.SECONDS };
const { AVERAGE, MAXIMUM, MINIMUM, SUM } = cloudwatch.Stats;

/**
 * The metrics of a fleet, for graphs and alarms, one value a minute: what its load balancer tells of requests and latency, and what the
 * control loop tells of units, pools and itself.
 *
 * What is not known is missing, never zero.
 */
export class FleetMetrics {
  private readonly latencySeconds: number;
  private readonly percentile: number;

  /**
   * @param fleet the fleet whose metrics these are
   */
  constructor(private readonly fleet: IInferenceFleet) {
    this.latencySeconds = positive(fleet, 'objective.latency', seconds(fleet, 'objective.latency', fleet.objective.latency));
    this.percentile = this.checkPercentile('objective.percentile', percentileOf(fleet));
  }

  /**
   * Share of all requests that were answered well within the objective's latency, 0 to 1; missing in minutes without requests.
   *
   * An answer with a status of 500 to 599 counts against it, and so does a request that the load balancer could not hand to any pod. An
   * answer both slow and failed counts twice, so that the true share may be higher, never lower. All traffic of the load balancer is in
   * it. Latency is the time until the answer begins.
   *
   * @param options period and the like
   */
  public attainment(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    const { loadBalancer } = this.router('attainment');
    return new cloudwatch.MathExpression({
      label: 'Requests within the objective',
      ...options,
      ...attainment(loadBalancer, this.latencySeconds, period),
      period,
    });
  }

  /**
   * Latency of the answers of all units in seconds, until they begin: at the objective's percentile unless the options say otherwise.
   *
   * @param options statistic, period and the like
   */
  public latency(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const statistic = options.statistic ?? cloudwatch.Stats.percentile(this.percentile);
    const { metrics } = this.router('latency').loadBalancer;
    return metrics.targetResponseTime({ label: `Latency ${statistic}`, period: PERIOD, ...options, statistic });
  }

  /**
   * Latency of the answers of all units in seconds, until they begin, at some percentile.
   *
   * @param percentile above 0, at most 100
   * @param options period and the like
   */
  public latencyPercentile(percentile: number, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.latency({ ...options, statistic: cloudwatch.Stats.percentile(this.checkPercentile('percentile', percentile)) });
  }

  /**
   * Latency of the answers of one unit in seconds, until they begin: at the objective's percentile unless the options say otherwise.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public unitLatency(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const statistic = options.statistic ?? cloudwatch.Stats.percentile(this.percentile);
    const { metrics } = this.targetGroup(unitName, 'latency');
    return metrics.targetResponseTime({ label: `${unitName} latency ${statistic}`, period: PERIOD, ...options, statistic });
  }

  /**
   * Requests that the load balancer handed to units; those it refused are in `refusedRequests()`.
   *
   * @param options period and the like
   */
  public requests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { metrics } = this.router('requests').loadBalancer;
    return metrics.requestCount({ label: 'Requests', statistic: SUM, period: PERIOD, ...options });
  }

  /**
   * Requests that one unit was handed.
   *
   * @param unitName the unit
   * @param options period and the like
   */
  public unitRequests(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { metrics } = this.targetGroup(unitName, 'requests');
    return metrics.requestCount({ label: `${unitName} requests`, statistic: SUM, period: PERIOD, ...options });
  }

  /**
   * Requests that were answered with a status of 500 to 599, by units or by the load balancer itself; missing where there were none.
   *
   * @param options period and the like
   */
  public errors(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    return new cloudwatch.MathExpression({
      label: 'Errors',
      ...options,
      expression: 'SUM([failed, refused])',
      usingMetrics: failures(this.router('errors').loadBalancer, period),
      period,
    });
  }

  /**
   * Requests that one unit answered with a status of 500 to 599; missing where there were none.
   *
   * @param unitName the unit
   * @param options period and the like
   */
  public unitErrors(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { metrics } = this.targetGroup(unitName, 'errors');
    return metrics.httpCodeTarget(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, {
      label: `${unitName} errors`,
      statistic: SUM,
      period: PERIOD,
      ...options,
    });
  }

  /**
   * Requests that the load balancer itself answered with a status of 500 to 599, for want of a healthy pod or of an answer; missing where
   * there were none.
   *
   * @param options period and the like
   */
  public refusedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { metrics } = this.router('refusedRequests').loadBalancer;
    const own = { label: 'Refused by the load balancer', statistic: SUM, period: PERIOD };
    return metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, { ...own, ...options });
  }

  /**
   * Part of the traffic that a unit is given, 0 to 1.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public share(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit(unitName, { ...metrics.unit.share, statistic: AVERAGE, label: 'share' }, options);
  }

  /**
   * Ready pods of a unit.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public readyPods(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit(unitName, { ...metrics.unit.readyPods, statistic: MINIMUM, label: 'ready pods' }, options);
  }

  /**
   * Pods of a unit that exist and are not ready.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public pendingPods(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit(unitName, { ...metrics.unit.pendingPods, statistic: MAXIMUM, label: 'pending pods' }, options);
  }

  /**
   * Whether pods of a unit are ready and do not serve, 1 or 0: the load balancer finds none of them healthy, or a large part of their
   * requests fails while those of other units do not.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public impaired(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit(unitName, { ...metrics.unit.impaired, statistic: MAXIMUM, label: 'impaired' }, options);
  }

  /**
   * Least replicas that a unit is guaranteed.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public floor(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit(unitName, { ...metrics.unit.floor, statistic: MAXIMUM, label: 'floor' }, options);
  }

  /**
   * Requests per minute and pod that a unit is scaled on.
   *
   * @param unitName the unit
   * @param options statistic, period and the like
   */
  public target(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const metric = { ...metrics.unit.target, statistic: AVERAGE, label: 'target' };
    return this.ofUnit(unitName, metric, options);
  }

  /**
   * Devices that run in a pool, for whichever fleet.
   *
   * @param poolName the pool
   * @param options statistic, period and the like
   */
  public runningDevices(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool(poolName, { ...metrics.pool.runningDevices, statistic: MAXIMUM, label: 'running devices' }, options);
  }

  /**
   * Devices that a pool may grow to at present.
   *
   * @param poolName the pool
   * @param options statistic, period and the like
   */
  public limitDevices(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool(poolName, { ...metrics.pool.limitDevices, statistic: MINIMUM, label: 'limit' }, options);
  }

  /**
   * Rank of a pool among those that can host the same pod, 1 to 100: the heaviest is tried first.
   *
   * @param poolName the pool
   * @param options statistic, period and the like
   */
  public weight(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool(poolName, { ...metrics.pool.weight, statistic: AVERAGE, label: 'weight' }, options);
  }

  /**
   * Price of one device of a pool for one hour, in US dollars: that of its cheapest instance type and zone.
   *
   * @param poolName the pool
   * @param options statistic, period and the like
   */
  public priceUsdPerDeviceHour(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool(poolName, { ...metrics.pool.price, statistic: AVERAGE, label: 'price' }, options);
  }

  /**
   * Whether a pool is in shortage, 1 or 0: EC2 refused to launch instances of it, and no later launch succeeded.
   *
   * @param poolName the pool
   * @param options statistic, period and the like
   */
  public shortage(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool(poolName, { ...metrics.pool.shortage, statistic: MAXIMUM, label: 'shortage' }, options);
  }

  /**
   * What the devices of all pools of the fleet cost, in US dollars an hour. It is an estimate: each device at the price of the pool's
   * cheapest instance type, and pools that fleets share are in it whole. A pool whose devices or price are not known is left out.
   *
   * It is made of more metrics than an alarm may have where the fleet has more than five pools.
   *
   * @param options period and the like
   */
  public costRateUsdPerHour(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    const pools = this.fleet.pools.map(({ poolName }) => ({
      devices: this.runningDevices(poolName, { period }),
      price: this.priceUsdPerDeviceHour(poolName, { period }),
    }));
    return new cloudwatch.MathExpression({ label: 'US dollars an hour', ...options, ...costRate(pools, period), period });
  }

  /**
   * Whether the fleet is in capacity-optimized mode, 1 or 0.
   *
   * @param options statistic, period and the like
   */
  public capacityOptimized(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.capacityOptimized, statistic: MAXIMUM, label: 'Capacity-optimized' }, options);
  }

  /**
   * Seconds between a decision and the recorded one before it. A fleet that is only observed has none: nothing is recorded.
   *
   * @param options statistic, period and the like
   */
  public decisionAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.decisionAge, statistic: MAXIMUM, label: 'Decision age' }, options);
  }

  /**
   * Seconds that a tick of the loop took.
   *
   * @param options statistic, period and the like
   */
  public tickDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.tickDuration, statistic: MAXIMUM, label: 'Tick duration' }, options);
  }

  /**
   * How long the loop has been silent about the fleet, in seconds: the age of the decision before, or the tick's duration where that is
   * not recorded. Missing in minutes without a tick.
   *
   * @param options period and the like
   */
  public silence(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    return new cloudwatch.MathExpression({
      label: 'Silence of the loop',
      ...options,
      expression: 'MAX([age, tick])',
      usingMetrics: { age: this.decisionAge({ period }), tick: this.tickDuration({ period }) },
      period,
    });
  }

  /**
   * Writes of the loop that were carried out.
   *
   * @param options statistic, period and the like
   */
  public writes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.writes, statistic: SUM, label: 'Writes' }, options);
  }

  /**
   * Writes of the loop that failed.
   *
   * @param options statistic, period and the like
   */
  public writeErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.writeErrors, statistic: SUM, label: 'Write errors' }, options);
  }

  /**
   * Fields of the loop that somebody else writes too.
   *
   * @param options statistic, period and the like
   */
  public contested(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.contested, statistic: MAXIMUM, label: 'Contested fields' }, options);
  }

  /**
   * Signals that a decision had to do without.
   *
   * @param options statistic, period and the like
   */
  public unknownSignals(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet({ ...metrics.fleet.unknownSignals, statistic: MAXIMUM, label: 'Unknown signals' }, options);
  }

  private ofFleet(metric: LoopMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofLoop(metric, this.fleetDimensions(), options);
  }

  private ofLoop(
    { name, unit, ...metric }: LoopMetric,
    dimensionsMap: Dimensions<'fleet'> | Dimensions<'unit'> | Dimensions<'pool'>,
    options: cloudwatch.MetricOptions = {},
  ): cloudwatch.Metric {
    const own = { namespace: METRICS_NAMESPACE, metricName: name, dimensionsMap };
    return new cloudwatch.Metric({ period: PERIOD, unit: UNITS[unit], ...metric, ...options, ...own });
  }

  private ofUnit(unitName: string, metric: LoopMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this.checkUnit(unitName);
    return this.ofLoop({ ...metric, label: `${unitName} ${metric.label}` }, { ...this.fleetDimensions(), Unit: unitName }, options);
  }

  /** Pools belong to the cluster, not to a fleet. */
  private ofPool(poolName: string, metric: LoopMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const known = this.fleet.pools.map((pool) => pool.poolName);
    if (!known.includes(poolName)) {
      complain(this.fleet, {
        wrong: 'the fleet has no such pool',
        given: poolName,
        expected: `one of ${known.join(', ')}`,
        fix: 'Ask for a pool that hosts one of its units.',
      });
    }
    return this.ofLoop(
      { ...metric, label: `${poolName} ${metric.label}` },
      { Cluster: this.fleet.cluster.clusterName, Pool: poolName },
      options,
    );
  }

  private fleetDimensions(): Dimensions<'fleet'> {
    return { Cluster: this.fleet.cluster.clusterName, Fleet: `${this.fleet.namespace}/${this.fleet.fleetName}` };
  }

  private router(metric: string): IWeightedRouter {
    const { router } = this.fleet;
    if (router) return router;
    return complain(this.fleet, {
      wrong: `\`${metric}\` is measured by a load balancer, and the fleet has no router`,
      expected: 'a fleet with a router',
      fix: 'Give the fleet a router, or measure it where its requests come from.',
    });
  }

  private targetGroup(unitName: string, metric: string): elbv2.IApplicationTargetGroup {
    const router = this.router(metric);
    this.checkUnit(unitName);
    return router.targetGroup(unitName);
  }

  private checkUnit(unitName: string): void {
    const known = this.fleet.units.map((unit) => unit.unitName);
    if (known.includes(unitName)) return;
    complain(this.fleet, {
      wrong: 'the fleet has no such unit',
      given: unitName,
      expected: `one of ${known.join(', ')}`,
      fix: 'Ask for a unit of the fleet.',
    });
  }

  private checkPercentile(prop: string, percentile: number): number {
    positive(this.fleet, prop, percentile);
    if (percentile > 100) {
      complain(this.fleet, {
        wrong: `\`${prop}\` is no percentile`,
        given: percentile,
        expected: 'a number above 0 and at most 100',
        fix: 'Write the 95th percentile as 95.',
      });
    }
    return percentile;
  }
}
