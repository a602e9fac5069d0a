import type { Duration } from 'aws-cdk-lib';

/** A Helm chart to install on an inference cluster. */
export interface InferenceHelmChartOptions {
  /** Name of the chart, which is part of the address of an `oci://` repository too. */
  readonly chart: string;

  /**
   * Chart repository: an `https://` address, or an `oci://` address that ends with the chart's name.
   *
   * @default - none; `chart` is the full address
   */
  readonly repository?: string;

  /** Version of the chart. */
  readonly version: string;

  /** Name of the release, unique in its namespace. */
  readonly release: string;

  /**
   * Namespace of the release.
   *
   * @default kube-system
   */
  readonly namespace?: string;

  /**
   * Values of the chart.
   *
   * @default - the chart's defaults
   */
  readonly values?: { [key: string]: unknown };

  /**
   * Whether the deployment waits until all resources of the chart are ready.
   *
   * @default true
   */
  readonly wait?: boolean;

  /**
   * How long the deployment waits, at most 14 minutes: the function that runs Helm has 15.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;
}
