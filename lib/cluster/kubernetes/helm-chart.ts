import type { Duration } from 'aws-cdk-lib';

/** A Helm chart to be installed on an inference cluster. */
export interface InferenceHelmChartOptions {
  /** Name of the chart; for an `oci://` repository it is part of that address. */
  readonly chart: string;

  /**
   * Chart repository, `https://` or `oci://` with the chart's name.
   *
   * @default - the chart is an address of its own
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
   * @default - the chart's own
   */
  readonly values?: { [key: string]: unknown };

  /**
   * Whether the deployment waits until everything in the chart is ready.
   *
   * @default true
   */
  readonly wait?: boolean;

  /**
   * How long it waits, at most 15 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;
}
