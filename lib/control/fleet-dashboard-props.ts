import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IInferenceFleet } from './inference-fleet-interface';

/** How a fleet's dashboard is made. */
export interface FleetDashboardOptions {
  /**
   * Name of the dashboard, unique in the account over all regions: letters, digits, hyphens and underscores, at most 255.
   *
   * @default - made of namespace, fleet, stack and region, so that no two clash
   */
  readonly dashboardName?: string;

  /**
   * How far back it looks when it is opened, one hour or longer.
   *
   * @default Duration.hours(3)
   */
  readonly defaultInterval?: Duration;
}

/** Properties of `FleetDashboard`. */
export interface FleetDashboardProps extends FleetDashboardOptions {
  /** The fleet that is shown. */
  readonly fleet: IInferenceFleet;

  /**
   * Alarms to be shown on top, for example `all` of `FleetAlarms`.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];
}
