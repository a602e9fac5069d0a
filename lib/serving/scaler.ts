/** What scales a unit. */
export enum Scaler {
  /** A KEDA ScaledObject on the request count of the unit's target group; needs a router and KEDA. */
  SCALED_OBJECT = 'ScaledObject',

  /** A plain HorizontalPodAutoscaler; needs an adapter that serves the metric to the cluster. */
  HORIZONTAL_POD_AUTOSCALER = 'HorizontalPodAutoscaler',
}

/** A metric that an adapter serves through the external metrics API of Kubernetes. */
export interface ExternalScalingMetric {
  /** Its name; its value must be the unit's requests per minute. */
  readonly name: string;

  /**
   * Labels that select the series of this unit.
   *
   * @default - none
   */
  readonly labels?: { [label: string]: string };
}
