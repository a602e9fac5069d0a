import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { limits } from '../generated/contract';
import { byName } from '../private/by-name';
import { complain, integerWithin, numberWithin, seconds } from '../private/validation';
import type { FleetAlarmsOptions } from './alarm-options';
import { ALARM_SECTIONS, alarmDescription } from './alarm-texts';
import { FleetMetrics } from './fleet-metrics';
import { attainmentOf, latencyText, percent } from './fleet-objective';
import type { IInferenceFleet } from './inference-fleet';

/** Properties of `FleetAlarms`. */
export interface FleetAlarmsProps extends FleetAlarmsOptions {
  /** The fleet to watch. */
  readonly fleet: IInferenceFleet;
}

/** An alarm evaluates one day at most. */
const DAY_MINUTES = 1440;
/** At least the maximum period of the loop, so that every step has a value. */
const STEP_MINUTES = 5;
/** Profiles are learned slowly, and a day in fewer values costs less. */
const PROFILE_STEP_MINUTES = 60;

const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, NOT_BREACHING, IGNORE } = cloudwatch.TreatMissingData;

/**
 * The alarms of a fleet. The description of each explains what it means and what to do first.
 *
 * @example
 * declare const fleet: IInferenceFleet;
 * declare const topic: sns.ITopic;
 *
 * new FleetAlarms(this, 'Alarms', {
 *   fleet,
 *   topic,
 *   missedObjective: { attainment: 0.99, minutes: 5, outOfMinutes: 10 },
 *   longShortage: { after: Duration.hours(1) },
 * });
 */
export class FleetAlarms extends Construct {
  /** The control loop has decided nothing about the fleet for some time; undefined if the alarm is switched off. */
  public readonly silentLoop?: cloudwatch.Alarm;

  /** Too few requests are answered in time; undefined if the alarm is switched off or the fleet has no router. */
  public readonly missedObjective?: cloudwatch.Alarm;

  /** Another writer changes fields of the control loop; undefined if the alarm is switched off. */
  public readonly contestedField?: cloudwatch.Alarm;

  /** Writes of the control loop fail; undefined if the alarm is switched off. */
  public readonly failedWrites?: cloudwatch.Alarm;

  /** EC2 has no capacity for a pool, by the name of the pool; empty if the alarms are switched off. */
  public readonly longShortages: { [poolName: string]: cloudwatch.Alarm };

  /** The learned profile of a unit has parted from the stated one, by the name of the unit; empty if the alarms are switched off. */
  public readonly partedProfiles: { [unitName: string]: cloudwatch.Alarm };

  /** All alarms. */
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
    const failedWrites = this.failures(props);
    this.longShortages = this.shortages(props);
    this.partedProfiles = this.profiles(props);
    if (silentLoop) this.silentLoop = silentLoop;
    if (missedObjective) this.missedObjective = missedObjective;
    if (contestedField) this.contestedField = contestedField;
    if (failedWrites) this.failedWrites = failedWrites;
    const each = [...Object.values(this.longShortages), ...Object.values(this.partedProfiles)];
    this.all = [silentLoop, missedObjective, contestedField, failedWrites, ...each].filter((alarm) => alarm !== undefined);
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
      // Missing data is silence, too.
      treatMissingData: BREACHING,
    });
  }

  private objective({ missedObjective }: FleetAlarmsProps): cloudwatch.Alarm | undefined {
    const { router } = this.fleet;
    const enabled = missedObjective?.enabled ?? (missedObjective !== undefined || router !== undefined);
    const attainment = missedObjective?.attainment ?? attainmentOf(this.fleet);
    numberWithin(this, 'missedObjective.attainment', attainment, limits.attainment, 'a number above 0, at most 1, for example 0.99');
    const minutes = this.count('missedObjective.minutes', missedObjective?.minutes ?? 5, 1);
    const outOf = this.count('missedObjective.outOfMinutes', missedObjective?.outOfMinutes ?? minutes, minutes);
    if (!enabled) return undefined;
    if (!router) {
      complain(this, {
        code: 'MissedObjectiveWithoutRouter',
        wrong: '`missedObjective` needs the latency that a load balancer measures, and the fleet has no router',
        given: missedObjective,
        expected: 'a fleet with a router',
        fix: 'Leave `missedObjective` out, and measure latency where the requests come from.',
      });
    }
    return new cloudwatch.Alarm(this, 'MissedObjective', {
      alarmDescription: alarmDescription(
        this.fleet,
        ALARM_SECTIONS.missedObjective,
        `In ${minutes} of ${outOf} minutes less than ${percent(attainment)} of the requests were answered without error within ${latencyText(this.fleet)}.`,
        'First see on the dashboard whether requests fail or are late and on which unit; then whether pods are pending and pools in shortage. To add pods at once, override a floor.',
      ),
      metric: this.metrics.attainment(),
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: attainment,
      evaluationPeriods: outOf,
      datapointsToAlarm: minutes,
      // Without requests the objective is not missed.
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
        `For ${minutes} minutes another writer has been changing a field that the control loop owns (floor, target, share, weight or limit). The loop leaves that field alone and asks again after an hour, or as the fleet sets it.`,
        'First see which field in the findings of the last decision (kubectl describe inferencefleet), then find the other writer (GitOps, a person, another controller) and stop it. To set a value on purpose, use an override.',
      ),
      ...this.throughout(this.metrics.contested({ statistic: cloudwatch.Stats.MINIMUM, period: Duration.minutes(STEP_MINUTES) }), minutes),
    });
  }

  private failures({
    failedWrites: { enabled = true, after = Duration.minutes(10) } = {},
  }: FleetAlarmsProps): cloudwatch.Alarm | undefined {
    const minutes = this.minutes('failedWrites.after', after, STEP_MINUTES, STEP_MINUTES);
    if (!enabled) return undefined;
    return new cloudwatch.Alarm(this, 'FailedWrites', {
      alarmDescription: alarmDescription(
        this.fleet,
        ALARM_SECTIONS.failedWrites,
        `For ${minutes} minutes writes of the control loop have failed. What they were to set stays as it is; other fields are still written.`,
        "First see which object and why in the decision records of the loop's log (outcome Failed, Conflict or NotFound): a policy or webhook that refuses it, missing rights, or an object that is gone.",
      ),
      ...this.throughout(this.metrics.writeErrors({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(STEP_MINUTES) }), minutes),
    });
  }

  private shortages({ longShortage: { enabled = true, after = Duration.minutes(30) } = {} }: FleetAlarmsProps): {
    [poolName: string]: cloudwatch.Alarm;
  } {
    const minutes = this.minutes('longShortage.after', after, STEP_MINUTES, STEP_MINUTES);
    if (!enabled) return {};
    const period = Duration.minutes(STEP_MINUTES);
    return Object.fromEntries(
      byName(this.fleet.pools, ({ poolName }) => poolName).map(({ poolName }) => [
        poolName,
        new cloudwatch.Alarm(this, `LongShortage-${poolName}`, {
          alarmDescription: alarmDescription(
            this.fleet,
            ALARM_SECTIONS.longShortage,
            `EC2 has had no capacity for pool ${poolName} for ${minutes} minutes. The fleet runs on its other pools; if it loses another one, it may miss the objective.`,
            "First see on the dashboard whether the other pools are below their limits and ready pods suffice. Then give the pool more instance types or zones, raise another pool's maximum, or wait: the loop probes by itself.",
          ),
          ...this.throughout(this.metrics.shortage(poolName, { statistic: cloudwatch.Stats.MINIMUM, period }), minutes),
        }),
      ]),
    );
  }

  private profiles({ partedProfile: { enabled = true, after = Duration.days(1) } = {} }: FleetAlarmsProps): {
    [unitName: string]: cloudwatch.Alarm;
  } {
    const minutes = this.minutes('partedProfile.after', after, PROFILE_STEP_MINUTES, PROFILE_STEP_MINUTES);
    if (!enabled) return {};
    const period = Duration.minutes(PROFILE_STEP_MINUTES);
    return Object.fromEntries(
      byName(this.fleet.units, ({ unitName }) => unitName).map(({ unitName }) => [
        unitName,
        new cloudwatch.Alarm(this, `PartedProfile-${unitName}`, {
          alarmDescription: alarmDescription(
            this.fleet,
            ALARM_SECTIONS.partedProfile,
            `For ${minutes / 60} hours the profile of unit ${unitName} as learned has differed from the stated one by more than a fifth. Decisions follow what is learned, within the bounds of the fleet.`,
            'First compare both with `adaptive-inference status`. If the workload or the model has changed, measure the profile again and state it; if not, look for what slows the unit.',
          ),
          ...this.throughout(
            this.metrics.profileParted(unitName, { statistic: cloudwatch.Stats.MINIMUM, period }),
            minutes,
            PROFILE_STEP_MINUTES,
          ),
        }),
      ]),
    );
  }

  /** Rings when every value over some minutes was 1 or more. Without data the alarm keeps its state. */
  private throughout(metric: cloudwatch.IMetric, minutes: number, stepMinutes = STEP_MINUTES): cloudwatch.AlarmProps {
    return {
      metric,
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: minutes / stepMinutes,
      treatMissingData: IGNORE,
    };
  }

  private minutes(prop: string, duration: Duration, step: number, min: number): number {
    const minutes = seconds(this, prop, duration) / 60;
    if (minutes % step !== 0 || minutes < min || minutes > DAY_MINUTES) {
      complain(this, {
        code: 'InvalidAlarmDelay',
        wrong: `\`${prop}\` is not a valid delay of the alarm`,
        given: duration.toHumanString(),
        expected: `${step === 1 ? 'whole minutes' : `a multiple of ${step} minutes`}, from ${min} minutes to a day`,
        fix: 'Round it, or leave it out for the default.',
      });
    }
    return minutes;
  }

  private count(prop: string, value: number, min: number): number {
    return integerWithin(this, prop, value, { min: min, max: DAY_MINUTES });
  }
}
