import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { complain, seconds } from '../private/validation';
import { fleetWidgets } from './dashboard-widgets';
import type { IInferenceFleet } from './inference-fleet';

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

/** What is left of CloudWatch's 255 characters beside stack, region and hash. */
const MAX_FLEET_PART = 80;

/**
 * A dashboard of a fleet: latency against the objective, requests and errors, shares and pods by unit, devices and shortages by pool, what
 * it costs, and how the loop is.
 */
export class FleetDashboard extends Construct {
  /** The dashboard, to add widgets to. */
  public readonly dashboard: cloudwatch.Dashboard;

  /** Name of the dashboard. */
  public readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id);
    this.dashboardName = this.checkName(props.dashboardName) ?? this.uniqueName(props);
    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      dashboardName: this.dashboardName,
      defaultInterval: this.checkInterval(props.defaultInterval ?? Duration.hours(3)),
      // Counts are per minute, however far back it looks.
      periodOverride: cloudwatch.PeriodOverride.INHERIT,
      widgets: fleetWidgets(props.fleet, props.alarms ?? []),
    });
  }

  /** Dashboards share one namespace over all regions of an account; the hash of the path tells clusters of one stack apart. */
  private uniqueName({ fleet }: FleetDashboardProps): string {
    const { stackName, region } = Stack.of(this);
    const name = `${fleet.namespace}-${fleet.fleetName}`.slice(0, MAX_FLEET_PART);
    return [name, stackName, region, this.node.addr.slice(-8)].join('-');
  }

  private checkName(name: string | undefined): string | undefined {
    if (name === undefined || Token.isUnresolved(name)) return name;
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
      complain(this, {
        wrong: '`dashboardName` is no name of a dashboard',
        given: name,
        expected: 'letters, digits, hyphens and underscores, at most 255',
        fix: 'Rename it, or leave it out.',
      });
    }
    return name;
  }

  private checkInterval(interval: Duration): Duration {
    if (seconds(this, 'defaultInterval', interval) < 3600) {
      complain(this, {
        wrong: '`defaultInterval` is too short to see a change in',
        given: interval.toHumanString(),
        expected: 'one hour or longer',
        fix: 'Lengthen it, or leave it out.',
      });
    }
    return interval;
  }
}
