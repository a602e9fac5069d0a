import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE, type metricDimensions } from '../generated/contract';
import { byName } from '../private/by-name';
import { complain, positive, seconds } from '../private/validation';
import type { ITrafficRouter } from '../serving/traffic-router';
import { attainment, costRate, failures } from './fleet-expressions';
import { percentileOf } from './fleet-objective';
import type { IInferenceFleet } from './inference-fleet';
import { FLEET_METRICS, POOL_METRICS, propsOf, UNIT_METRICS } from './loop-metrics';

/** Load balancer and control loop report once a minute. */
const PERIOD = Duration.minutes(1);

const { SUM } = cloudwatch.Stats;

/** The dimensions of a metric of the control loop, with their values. */
type Dimensions<Subject extends keyof typeof metricDimensions> = { readonly [Name in (typeof metricDimensions)[Subject][number]]: string };

/**
 * The metrics of a fleet, for graphs and alarms: requests and latency from its load balancer; units, pools and the loop itself from the
 * control loop. There is one value a minute. What is not known is missing, never zero.
 *
 * Every method takes the usual options of a CloudWatch metric, such as period, statistic and label. Methods for a unit or a pool take its
 * name, and throw if the fleet does not have it; methods for requests and latency throw if the fleet has no router.
 *
 * @example
 * declare const fleet: IInferenceFleet;
 *
 * const metrics = new FleetMetrics(fleet);
 * metrics.readyPods('g5').createAlarm(this, 'NoPods', {
 *   threshold: 1,
 *   comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
 *   evaluationPeriods: 10,
 * });
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
   * Share of all requests that were answered without error within the objective's latency, 0 to 1; missing in minutes without requests.
   *
   * Responses with a status of 500 to 599 count against it, and so do requests that the load balancer could not send to any pod. A response
   * that is both slow and failed counts twice, so the true share may be higher, never lower. It covers all traffic of the load balancer.
   * Latency is the time until the response begins.
   */
  public attainment(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    const expression = attainment(this.router('attainment'), this.latencySeconds, period);
    return new cloudwatch.MathExpression({ label: 'Requests within the objective', ...options, ...expression, period });
  }

  /** Latency of the responses of all units in seconds, until they begin; by default at the objective's percentile. */
  public latency(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const statistic = options.statistic ?? cloudwatch.Stats.percentile(this.percentile);
    return this.router('latency').metricLatency({ label: `Latency ${statistic}`, period: PERIOD, ...options, statistic });
  }

  /** Latency of the responses of all units in seconds, until they begin, at a percentile above 0 and at most 100. */
  public latencyPercentile(percentile: number, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.latency({ ...options, statistic: cloudwatch.Stats.percentile(this.checkPercentile('percentile', percentile)) });
  }

  /** Latency of the responses of one unit in seconds, until they begin; by default at the objective's percentile. */
  public unitLatency(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const statistic = options.statistic ?? cloudwatch.Stats.percentile(this.percentile);
    const router = this.routerOf(unitName, 'unitLatency');
    return router.metricLatency({ unitName, label: `${unitName} latency ${statistic}`, period: PERIOD, ...options, statistic });
  }

  /** Requests that the load balancer sent to units; those that it refused are in `refusedRequests()`. */
  public requests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.router('requests').metricRequests({ label: 'Requests', statistic: SUM, period: PERIOD, ...options });
  }

  /** Requests that the load balancer sent to one unit. */
  public unitRequests(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const router = this.routerOf(unitName, 'unitRequests');
    return router.metricRequests({ unitName, label: `${unitName} requests`, statistic: SUM, period: PERIOD, ...options });
  }

  /** Requests that units or the load balancer answered with a status of 500 to 599; missing if there were none. */
  public errors(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    const usingMetrics = failures(this.router('errors'), period);
    return new cloudwatch.MathExpression({ label: 'Errors', ...options, expression: 'SUM([failed, refused])', usingMetrics, period });
  }

  /** Requests that one unit answered with a status of 500 to 599; missing if there were none. */
  public unitErrors(unitName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const router = this.routerOf(unitName, 'unitErrors');
    return router.metricErrors({ unitName, label: `${unitName} errors`, statistic: SUM, period: PERIOD, ...options });
  }

  /**
   * Requests that the load balancer itself answered with a status of 500 to 599, because no pod was healthy or none answered; missing if
   * there were none.
   */
  public refusedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const own = { label: 'Refused by the load balancer', statistic: SUM, period: PERIOD };
    return this.router('refusedRequests').metricRefusedRequests({ ...own, ...options });
  }

  /** Share of the traffic of a unit, 0 to 1. */
  public share(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('share', unitName, options);
  }

  /** Ready pods of a unit. */
  public readyPods(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('readyPods', unitName, options);
  }

  /** Pods of a unit that exist and are not ready. */
  public pendingPods(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('pendingPods', unitName, options);
  }

  /**
   * Whether pods of a unit are ready and do not serve, 1 or 0: the load balancer finds none of them healthy, or a large part of their
   * requests fails while those of other units do not.
   */
  public impaired(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('impaired', unitName, options);
  }

  /** Minimum number of replicas that the control loop guarantees a unit. */
  public floor(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('floor', unitName, options);
  }

  /** Requests per minute and pod that the scaler of a unit scales on. */
  public target(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('target', unitName, options);
  }

  /** Throughput of a pod of a unit as its profile states it, in requests per minute. */
  public statedThroughput(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('statedThroughput', unitName, options);
  }

  /** Throughput of a pod of a unit as the control loop learned it, in requests per minute. */
  public learnedThroughput(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('learnedThroughput', unitName, options);
  }

  /** Whether the learned profile of a unit differs from the stated one by more than a fifth, 1 or 0. */
  public profileParted(unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofUnit('profileParted', unitName, options);
  }

  /** Running devices of a pool, for all fleets that use it. */
  public runningDevices(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool('runningDevices', poolName, options);
  }

  /** Devices that a pool may grow to at present. */
  public limitDevices(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool('limitDevices', poolName, options);
  }

  /** Weight of a pool among those that can host the same pod, 1 to 100; Karpenter tries the heaviest first. */
  public weight(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool('weight', poolName, options);
  }

  /** Price of one device of a pool for one hour in US dollars, in its cheapest instance type and zone. */
  public priceUsdPerDeviceHour(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool('price', poolName, options);
  }

  /** Whether a pool is in shortage, 1 or 0: EC2 refused to launch instances of it, and no later launch has succeeded. */
  public shortage(poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofPool('shortage', poolName, options);
  }

  /**
   * Cost of the devices of all pools of the fleet, in US dollars per hour: an estimate.
   *
   * Each device has the price of the pool's cheapest instance type, and pools that fleets share are included as a whole. Pools whose devices
   * or price are not known are left out. With more than five pools it consists of more metrics than an alarm may have.
   */
  public costRateUsdPerHour(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? PERIOD;
    const pools = byName(this.fleet.pools, ({ poolName }) => poolName).map(({ poolName }) => ({
      devices: this.runningDevices(poolName, { period }),
      price: this.priceUsdPerDeviceHour(poolName, { period }),
    }));
    return new cloudwatch.MathExpression({ label: 'US dollars an hour', ...options, ...costRate(pools, period), period });
  }

  /** Whether the fleet has the capacity-optimized strategy, 1 or 0. */
  public capacityOptimized(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('capacityOptimized', options);
  }

  /** Seconds between a decision and the recorded one before it; missing if the fleet is only observed, because nothing is recorded then. */
  public decisionAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('decisionAge', options);
  }

  /** Duration of a tick of the control loop in seconds. */
  public tickDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('tickDuration', options);
  }

  /**
   * How long the control loop has been silent about the fleet, in seconds; missing in minutes without a tick.
   *
   * It is the age of the previous decision, or the duration of the tick if decisions are not recorded.
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

  /** Successful writes of the control loop. */
  public writes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('writes', options);
  }

  /** Failed writes of the control loop. */
  public writeErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('writeErrors', options);
  }

  /** Fields of the control loop that another writer changes. */
  public contested(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('contested', options);
  }

  /** Signals that were missing for a decision. */
  public unknownSignals(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofFleet('unknownSignals', options);
  }

  private ofFleet(metric: keyof typeof FLEET_METRICS, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return loopMetric(this.fleetDimensions(), propsOf(FLEET_METRICS[metric]), options);
  }

  private ofUnit(metric: keyof typeof UNIT_METRICS, unitName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this.checkUnit(unitName);
    const dimensions: Dimensions<'unit'> = { ...this.fleetDimensions(), Unit: unitName };
    return loopMetric(dimensions, propsOf(UNIT_METRICS[metric], `${unitName} `), options);
  }

  private ofPool(metric: keyof typeof POOL_METRICS, poolName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this.checkPool(poolName);
    // Pools belong to the cluster, not to a fleet.
    const dimensions: Dimensions<'pool'> = { Cluster: this.fleet.cluster.clusterName, Pool: poolName };
    return loopMetric(dimensions, propsOf(POOL_METRICS[metric], `${poolName} `), options);
  }

  private fleetDimensions(): Dimensions<'fleet'> {
    const { cluster, namespace, fleetName } = this.fleet;
    return { Cluster: cluster.clusterName, Fleet: `${namespace}/${fleetName}` };
  }

  private router(metric: string): ITrafficRouter {
    const { router } = this.fleet;
    if (router) return router;
    return complain(this.fleet, {
      code: 'MetricWithoutRouter',
      wrong: `\`${metric}\` is measured by the router, and the fleet has none`,
      expected: 'a fleet with a router',
      fix: 'Add a router to the fleet, or measure it where its requests come from.',
    });
  }

  private routerOf(unitName: string, metric: string): ITrafficRouter {
    const router = this.router(metric);
    this.checkUnit(unitName);
    return router;
  }

  private checkUnit(unitName: string): void {
    const known = this.fleet.units.map((unit) => unit.unitName);
    if (known.includes(unitName)) return;
    complain(this.fleet, {
      code: 'UnknownUnit',
      wrong: 'the fleet has no unit with this name',
      given: unitName,
      expected: `one of ${known.join(', ')}`,
      fix: 'Use the name of a unit of the fleet.',
    });
  }

  private checkPool(poolName: string): void {
    const known = this.fleet.pools.map((pool) => pool.poolName);
    if (known.includes(poolName)) return;
    complain(this.fleet, {
      code: 'UnknownPool',
      wrong: 'the fleet has no pool with this name',
      given: poolName,
      expected: `one of ${known.join(', ')}`,
      fix: 'Use the name of a pool of one of its units.',
    });
  }

  private checkPercentile(prop: string, percentile: number): number {
    positive(this.fleet, prop, percentile);
    if (percentile > 100) {
      complain(this.fleet, {
        code: 'InvalidPercentile',
        wrong: `\`${prop}\` is not a valid percentile`,
        given: percentile,
        expected: 'a number above 0, at most 100',
        fix: 'Write the 95th percentile as 95.',
      });
    }
    return percentile;
  }
}

/** A metric of the control loop. */
const loopMetric = (
  dimensionsMap: { [name: string]: string },
  props: ReturnType<typeof propsOf>,
  options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    period: PERIOD,
    ...props,
    ...options,
    namespace: METRICS_NAMESPACE,
    metricName: props.metricName,
    dimensionsMap,
  });
