import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { complain, seconds } from '../private/validation';
import { fleetWidgets } from './dashboard-widgets';
import type { IInferenceFleet } from './inference-fleet';

/** Options of a fleet's dashboard. */
export interface FleetDashboardOptions {
  /**
   * Name of the dashboard, unique in the account over all regions: at most 255 letters, digits, hyphens and underscores.
   *
   * @default - a unique name from namespace, fleet, stack and region
   */
  readonly dashboardName?: string;

  /**
   * Time range that it shows when opened, one hour or longer.
   *
   * @default Duration.hours(3)
   */
  readonly defaultInterval?: Duration;
}

/** Properties of `FleetDashboard`. */
export interface FleetDashboardProps extends FleetDashboardOptions {
  /** The fleet to show. */
  readonly fleet: IInferenceFleet;

  /**
   * Alarms to show at the top, for example `all` of `FleetAlarms`.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/** Characters for namespace and fleet: CloudWatch allows 255 in all, and stack, region and hash need the rest. */
const MAX_FLEET_PART = 80;

/**
 * A dashboard of a fleet: latency against the objective, requests and errors, shares and pods by unit, devices and shortages by pool, cost,
 * and the state of the control loop.
 *
 * @example
 * declare const fleet: IInferenceFleet;
 * declare const alarms: FleetAlarms;
 *
 * const { dashboard } = new FleetDashboard(this, 'Dashboard', { fleet, alarms: alarms.all });
 * dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: 'Runbook: https://wiki.example.com/chat' }));
 */
export class FleetDashboard extends Construct {
  /** The CloudWatch dashboard, to which further widgets can be added. */
  public readonly dashboard: cloudwatch.Dashboard;

  /** Name of the dashboard. */
  public readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id);
    this.dashboardName = this.checkName(props.dashboardName) ?? this.uniqueName(props);
    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      dashboardName: this.dashboardName,
      defaultInterval: this.checkInterval(props.defaultInterval ?? Duration.hours(3)),
      // Counts are per minute, whatever time range it shows.
      periodOverride: cloudwatch.PeriodOverride.INHERIT,
      widgets: fleetWidgets(props.fleet, props.alarms ?? []),
    });
  }

  /** Dashboard names are unique over all regions of an account; the hash of the path distinguishes clusters of one stack. */
  private uniqueName({ fleet }: FleetDashboardProps): string {
    const { stackName, region } = Stack.of(this);
    const name = `${fleet.namespace}-${fleet.fleetName}`.slice(0, MAX_FLEET_PART);
    return [name, stackName, region, this.node.addr.slice(-8)].join('-');
  }

  private checkName(name: string | undefined): string | undefined {
    if (name === undefined || Token.isUnresolved(name)) return name;
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
      complain(this, {
        code: 'InvalidDashboardName',
        wrong: '`dashboardName` is not a valid name of a dashboard',
        given: name,
        expected: 'at most 255 letters, digits, hyphens and underscores, and at least one',
        fix: 'Rename it, or leave it out for the default.',
      });
    }
    return name;
  }

  private checkInterval(interval: Duration): Duration {
    if (seconds(this, 'defaultInterval', interval) < 3600) {
      complain(this, {
        code: 'DashboardIntervalTooShort',
        wrong: '`defaultInterval` is too short to show a trend',
        given: interval.toHumanString(),
        expected: 'one hour or longer',
        fix: 'Lengthen it, or leave it out for the default.',
      });
    }
    return interval;
  }
}
