/** What scales a unit. */
export enum Scaler {
  /** A KEDA ScaledObject on the request count of the unit's target group; it requires a router and KEDA. */
  SCALED_OBJECT = 'ScaledObject',

  /** A plain HorizontalPodAutoscaler; it requires an adapter that provides the metric to the cluster. */
  HORIZONTAL_POD_AUTOSCALER = 'HorizontalPodAutoscaler',
}

/** A metric that an adapter provides through the external metrics API of Kubernetes. */
export interface ExternalScalingMetric {
  /** Name of the metric, whose value must be the unit's requests per minute. */
  readonly name: string;

  /**
   * Labels that select the series of this unit.
   *
   * @default - none
   */
  readonly labels?: { [label: string]: string };
}
