import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct, IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';

/** Options of a metric that a router measures. */
export interface TrafficMetricOptions extends cloudwatch.MetricOptions {
  /**
   * Name of the unit whose requests are measured.
   *
   * @default - the requests of all units
   */
  readonly unitName?: string;
}

/** The metrics in CloudWatch that the ScaledObject of a unit scales on. */
export interface ScalingMetrics {
  /** Namespace of both metrics. */
  readonly namespace: string;

  /** Name of the metric whose sum over a minute is the number of requests. A minute without requests may be missing. */
  readonly requestCount: string;

  /**
   * Name of the metric with the number of unhealthy pods. It must exist for every minute, also without requests: where it is missing, KEDA
   * takes the metrics for lost and does not scale the unit down.
   */
  readonly unhealthyPods: string;

  /** Values of the dimensions of both metrics, by their names. */
  readonly dimensions: { [name: string]: string };
}

/** The pods of a unit, to which a router sends requests. */
export interface RoutedPods {
  /** The cluster of the pods. */
  readonly cluster: IInferenceCluster;

  /** Name of the unit. */
  readonly unitName: string;

  /** Namespace of the unit's objects. */
  readonly namespace: string;

  /** Labels of the unit's objects. */
  readonly labels: { [name: string]: string };

  /** Name of the Service of the pods. */
  readonly serviceName: string;

  /** Port of the Service. */
  readonly servicePort: number;

  /** Port on which the pods serve requests. */
  readonly podPort: number;

  /**
   * Ports on which pods of earlier deployments may still serve requests.
   *
   * @default - none
   */
  readonly formerPodPorts?: number[];

  /** The Service as a dependency. */
  readonly service: IDependable;

  /**
   * Everything that makes the pods serve: Deployment, Service and scaler. What sends requests to the pods should depend on it, so that a
   * removed unit loses its requests before its pods.
   */
  readonly workload: IDependable[];
}

/**
 * A router: it distributes the requests of a fleet over its units by weight, and measures them. The control loop owns the weights.
 *
 * `WeightedRouter` is an Application Load Balancer. A router of another kind implements this interface, and the control loop needs an adapter
 * for it.
 */
export interface ITrafficRouter extends IConstruct {
  /** Fields of `spec.router` in the manifest of the fleet: they tell the control loop which router it is. */
  readonly routerFields: { [field: string]: string };

  /**
   * Fields of a unit in the manifest of the fleet: they tell the control loop where the router sends the unit's requests.
   *
   * @param unitName the unit's name
   * @throws if the router does not know the unit
   */
  backendFields(unitName: string): { [field: string]: string };

  /**
   * Marks the router as that of a fleet, if it can be marked. The control loop then refuses every other fleet that names it.
   *
   * @param namespace namespace of the fleet
   * @param fleetName name of the fleet
   */
  serveFleet(namespace: string, fleetName: string): void;

  /** The permissions that the control loop needs to write the weights. */
  weightPermissions(): iam.PolicyStatement[];

  /**
   * Lets the router send requests to the pods of a unit.
   *
   * @param scope the construct of the unit
   * @param pods the pods
   * @throws if the router does not know the unit
   */
  bindPods(scope: Construct, pods: RoutedPods): void;

  /**
   * The metrics that the ScaledObject of a unit scales on.
   *
   * @param unitName the unit's name
   * @throws if the router does not know the unit
   */
  scalingMetrics(unitName: string): ScalingMetrics;

  /**
   * Requests that the router sent to pods.
   *
   * @param options unit, period and the like; by default the sum of five minutes
   */
  metricRequests(options?: TrafficMetricOptions): cloudwatch.Metric;

  /**
   * Time from sending a request to a pod until its response begins, in seconds.
   *
   * @param options unit, statistic and the like; by default the average of five minutes
   */
  metricLatency(options?: TrafficMetricOptions): cloudwatch.Metric;

  /**
   * Responses of pods with a status of 500 to 599.
   *
   * @param options unit, period and the like; by default the sum of five minutes
   */
  metricErrors(options?: TrafficMetricOptions): cloudwatch.Metric;

  /**
   * Requests that the router itself answered with a status of 500 to 599, for example because no pod was healthy.
   *
   * @param options period and the like; by default the sum of five minutes
   */
  metricRefusedRequests(options?: cloudwatch.MetricOptions): cloudwatch.Metric;
}
