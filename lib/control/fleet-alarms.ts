import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { complain, integerBetween, literal, seconds } from '../private/validation';
import { ALARM_SECTIONS, alarmDescription } from './alarm-texts';
import { FleetMetrics } from './fleet-metrics';
import { attainmentOf, latencyText, percent } from './fleet-objective';
import type { IInferenceFleet } from './inference-fleet';

/** When the loop counts as silent. */
export interface SilentLoopAlarmOptions {
  /**
   * Whether there is such an alarm.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long nothing may be decided, in whole minutes from 2 minutes to a day: at least twice the loop's period, and a minute.
   *
   * @default Duration.minutes(5)
   */
  readonly after?: Duration;
}

/** When the objective counts as missed. Needs a fleet with a router. */
export interface MissedObjectiveAlarmOptions {
  /**
   * Whether there is such an alarm.
   *
   * @default - true where the fleet has a router
   */
  readonly enabled?: boolean;

  /**
   * The share of requests that must be answered within the objective's latency, above 0, at most 1. A minute is below it from one late
   * request in a thousand where it is 0.999: with less traffic than that, a lower one rings less often for nothing.
   *
   * @default - attainment of the fleet's objective
   */
  readonly attainment?: number;

  /**
   * How many minutes must be below it, 1 to 1440.
   *
   * @default 5
   */
  readonly minutes?: number;

  /**
   * Out of how many minutes, no fewer than `minutes`, at most 1440. Minutes without requests count as good.
   *
   * @default - as many as `minutes`
   */
  readonly outOfMinutes?: number;
}

/** When a field of the loop counts as contested. */
export interface ContestedFieldAlarmOptions {
  /**
   * Whether there is such an alarm.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long somebody else must have been writing fields of the loop, in steps of 5 minutes up to a day.
   *
   * @default Duration.minutes(5)
   */
  readonly after?: Duration;
}

/** When a shortage counts as long; one alarm a pool. */
export interface LongShortageAlarmOptions {
  /**
   * Whether there are such alarms.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long a pool must have been in shortage, in steps of 5 minutes up to a day.
   *
   * @default Duration.minutes(30)
   */
  readonly after?: Duration;
}

/** Which alarms a fleet has, and when they ring. */
export interface FleetAlarmsOptions {
  /**
   * Who is told when an alarm rings and when it is over. CloudWatch must be allowed to use the key of an encrypted topic.
   *
   * @default - nobody
   */
  readonly topic?: sns.ITopic;

  /**
   * Nothing has been decided about the fleet for a while.
   *
   * @default - after five minutes
   */
  readonly silentLoop?: SilentLoopAlarmOptions;

  /**
   * Fewer requests than promised are answered in time.
   *
   * @default - five minutes in a row below the objective, where the fleet has a router
   */
  readonly missedObjective?: MissedObjectiveAlarmOptions;

  /**
   * Somebody else writes fields of the loop.
   *
   * @default - after five minutes
   */
  readonly contestedField?: ContestedFieldAlarmOptions;

  /**
   * EC2 has had no capacity for a pool for a while.
   *
   * @default - after thirty minutes, for each pool
   */
  readonly longShortage?: LongShortageAlarmOptions;
}

/** Properties of `FleetAlarms`. */
export interface FleetAlarmsProps extends FleetAlarmsOptions {
  /** The fleet that is watched. */
  readonly fleet: IInferenceFleet;
}

/** CloudWatch looks back one day at most. */
const DAY_MINUTES = 1440;
/** Above the longest period of the loop, so that every step holds a value. */
const STEP_MINUTES = 5;

const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, NOT_BREACHING, IGNORE } = cloudwatch.TreatMissingData;

/** The alarms of a fleet: each with a description that tells what it means and what to do first. */
export class FleetAlarms extends Construct {
  /** Nothing has been decided about the fleet for a while; undefined where it is switched off. */
  public readonly silentLoop?: cloudwatch.Alarm;

  /** Fewer requests than promised are answered in time; undefined where it is switched off or the fleet has no router. */
  public readonly missedObjective?: cloudwatch.Alarm;

  /** Somebody else writes fields of the loop; undefined where it is switched off. */
  public readonly contestedField?: cloudwatch.Alarm;

  /** EC2 has had no capacity for a pool for a while, by the name of the pool; empty where it is switched off. */
  public readonly longShortages: { [poolName: string]: cloudwatch.Alarm };

  /** All of them. */
  public readonly all: cloudwatch.Alarm[];

  private readonly fleet: IInferenceFleet;
  private readonly metrics: FleetMetrics;

  constructor(scope: Construct, id: string, props: FleetAlarmsProps) {
    super(scope, id);
    this.fleet = props.fleet;
    this.metrics = new FleetMetrics(props.fleet);
    const silentLoop = this.silence(props);
    const missedObjective = this.objective(props);
    const contestedField = this.contest(props);
    this.longShortages = this.shortages(props);
    if (silentLoop) this.silentLoop = silentLoop;
    if (missedObjective) this.missedObjective = missedObjective;
    if (contestedField) this.contestedField = contestedField;
    this.all = [silentLoop, missedObjective, contestedField, ...Object.values(this.longShortages)].filter((alarm) => alarm !== undefined);
    if (props.topic) {
      const action = new SnsAction(props.topic);
      for (const alarm of this.all) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
  }

  private silence({ silentLoop: { enabled = true, after = Duration.minutes(5) } = {} }: FleetAlarmsProps): cloudwatch.Alarm | undefined {
    const minutes = this.minutes('silentLoop.after', after, 1, 2);
    if (!enabled) return undefined;
    return new cloudwatch.Alarm(this, 'SilentLoop', {
      alarmDescription: alarmDescription(
        this.fleet,
        ALARM_SECTIONS.silentLoop,
        `The control loop has decided nothing for ${minutes} minutes. Floors, shares, weights and limits stay as they are; pods and nodes still scale, but nothing reacts to shortages.`,
        "First look at the errors in the log of the loop's function, then whether its schedule is enabled and whether the fleet's spec is refused (kubectl describe inferencefleet).",
      ),
      metric: this.metrics.silence(),
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: minutes * 60,
      evaluationPeriods: minutes,
      // Silence is what it listens for.
      treatMissingData: BREACHING,
    });
  }

  private objective({ missedObjective }: FleetAlarmsProps): cloudwatch.Alarm | undefined {
    const { router } = this.fleet;
    const enabled = missedObjective?.enabled ?? (missedObjective !== undefined || router !== undefined);
    const attainment = this.part('missedObjective.attainment', missedObjective?.attainment ?? attainmentOf(this.fleet));
    const minutes = this.count('missedObjective.minutes', missedObjective?.minutes ?? 5, 1);
    const outOf = this.count('missedObjective.outOfMinutes', missedObjective?.outOfMinutes ?? minutes, minutes);
    if (!enabled) return undefined;
    if (!router) {
      complain(this, {
        wrong: '`missedObjective` needs the latency that a load balancer measures, and the fleet has no router',
        given: missedObjective,
        expected: 'a fleet with a router',
        fix: 'Leave `missedObjective` out, and watch latency where the requests come from.',
      });
    }
    return new cloudwatch.Alarm(this, 'MissedObjective', {
      alarmDescription: alarmDescription(
        this.fleet,
        ALARM_SECTIONS.missedObjective,
        `In ${minutes} of ${outOf} minutes less than ${percent(attainment)} of the requests were answered well within ${latencyText(this.fleet)}.`,
        'First see on the dashboard whether requests fail or are late and on which unit; then whether pods are pending and pools in shortage. To add pods at once, override a floor.',
      ),
      metric: this.metrics.attainment(),
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: attainment,
      evaluationPeriods: outOf,
      datapointsToAlarm: minutes,
      // No requests, no promise broken.
      treatMissingData: NOT_BREACHING,
    });
  }

  private contest({
    contestedField: { enabled = true, after = Duration.minutes(5) } = {},
  }: FleetAlarmsProps): cloudwatch.Alarm | undefined {
    const minutes = this.minutes('contestedField.after', after, STEP_MINUTES, STEP_MINUTES);
    if (!enabled) return undefined;
    return new cloudwatch.Alarm(this, 'ContestedField', {
      alarmDescription: alarmDescription(
        this.fleet,
        ALARM_SECTIONS.contestedField,
        `For ${minutes} minutes somebody else has been writing a field that the control loop owns (floor, target, share, weight or limit). The loop leaves that field alone and no longer tunes it.`,
        'First see which field in the remarks of the last decision (kubectl describe inferencefleet), then find the other writer (GitOps, a person, another controller) and stop it. To set a value on purpose, use an override.',
      ),
      ...this.throughout(this.metrics.contested({ statistic: cloudwatch.Stats.MINIMUM, period: Duration.minutes(STEP_MINUTES) }), minutes),
    });
  }

  private shortages({ longShortage: { enabled = true, after = Duration.minutes(30) } = {} }: FleetAlarmsProps): {
    [poolName: string]: cloudwatch.Alarm;
  } {
    const minutes = this.minutes('longShortage.after', after, STEP_MINUTES, STEP_MINUTES);
    if (!enabled) return {};
    const period = Duration.minutes(STEP_MINUTES);
    return Object.fromEntries(
      this.fleet.pools.map(({ poolName }) => [
        poolName,
        new cloudwatch.Alarm(this, `LongShortage-${poolName}`, {
          alarmDescription: alarmDescription(
            this.fleet,
            ALARM_SECTIONS.longShortage,
            `EC2 has had no capacity for pool ${poolName} for ${minutes} minutes. The fleet runs on its other pools; losing one more may cost the objective.`,
            "First see on the dashboard whether the other pools are below their limits and ready pods suffice. Then give the pool more instance types or zones, raise another pool's maximum, or wait: the loop probes by itself.",
          ),
          ...this.throughout(this.metrics.shortage(poolName, { statistic: cloudwatch.Stats.MINIMUM, period }), minutes),
        }),
      ]),
    );
  }

  /** Rings when every value was 1 or more over some minutes. While nothing is known the alarm stays as it is. */
  private throughout(metric: cloudwatch.IMetric, minutes: number): cloudwatch.AlarmProps {
    return {
      metric,
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: minutes / STEP_MINUTES,
      treatMissingData: IGNORE,
    };
  }

  private minutes(prop: string, duration: Duration, step: number, least: number): number {
    const minutes = seconds(this, prop, duration) / 60;
    if (minutes % step !== 0 || minutes < least || minutes > DAY_MINUTES) {
      complain(this, {
        wrong: `\`${prop}\` is no time that the alarm can wait`,
        given: duration.toHumanString(),
        expected: `${step === 1 ? 'whole minutes' : `a multiple of ${step} minutes`}, from ${least} minutes to a day`,
        fix: 'Round it, or leave it out.',
      });
    }
    return minutes;
  }

  private count(prop: string, value: number, least: number): number {
    return integerBetween(this, prop, literal(this, prop, value), least, DAY_MINUTES);
  }

  private part(prop: string, value: number): number {
    literal(this, prop, value);
    if (!(value > 0 && value <= 1)) {
      complain(this, {
        wrong: `\`${prop}\` is no share of requests`,
        given: Number.isFinite(value) ? value : String(value),
        expected: 'a part of 1 above 0, for example 0.99',
        fix: 'Write 99 percent as 0.99.',
      });
    }
    return value;
  }
}
