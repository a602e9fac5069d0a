import type { Duration } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';

/** Options of the alarm that rings when the control loop is silent. */
export interface SilentLoopAlarmOptions {
  /**
   * Whether the alarm is created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long the loop may decide nothing, in whole minutes from 2 minutes to a day. Use at least twice the loop's period and one minute.
   *
   * @default Duration.minutes(5)
   */
  readonly after?: Duration;
}

/** Options of the alarm that rings when the objective is missed. It requires a fleet with a router. */
export interface MissedObjectiveAlarmOptions {
  /**
   * Whether the alarm is created.
   *
   * @default - true if the fleet has a router
   */
  readonly enabled?: boolean;

  /**
   * The share of requests that must be answered within the objective's latency, above 0, at most 1. At 0.999, one late request in a
   * thousand makes a minute count as missed: use a lower value if there are fewer requests in a minute.
   *
   * @default - attainment of the fleet's objective
   */
  readonly attainment?: number;

  /**
   * How many minutes must miss it, 1 to 1440.
   *
   * @default 5
   */
  readonly minutes?: number;

  /**
   * Out of how many minutes, from `minutes` to 1440. Minutes without requests count as met.
   *
   * @default - the value of `minutes`
   */
  readonly outOfMinutes?: number;
}

/** Options of the alarm that rings when another writer changes fields of the control loop. */
export interface ContestedFieldAlarmOptions {
  /**
   * Whether the alarm is created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long a field must have been contested, in steps of 5 minutes up to a day.
   *
   * @default Duration.minutes(5)
   */
  readonly after?: Duration;
}

/** Options of the alarm that rings when writes of the control loop fail. */
export interface FailedWritesAlarmOptions {
  /**
   * Whether the alarm is created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long writes must have failed, in steps of 5 minutes up to a day. Each step needs one that failed.
   *
   * @default Duration.minutes(10)
   */
  readonly after?: Duration;
}

/** Options of the alarms that ring when EC2 has no capacity for a pool; there is one for each pool. */
export interface LongShortageAlarmOptions {
  /**
   * Whether the alarms are created.
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

/** Options of the alarms that ring when a unit has not performed as its profile states; there is one for each unit. */
export interface PartedProfileAlarmOptions {
  /**
   * Whether the alarms are created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long the learned profile must have differed from the stated one by more than a fifth, in steps of an hour up to a day.
   *
   * @default Duration.days(1)
   */
  readonly after?: Duration;
}

/** Options of the alarms of a fleet. */
export interface FleetAlarmsOptions {
  /**
   * Topic that is notified when an alarm rings and when it ends. If the topic is encrypted, CloudWatch must be allowed to use its key.
   *
   * @default - no notifications
   */
  readonly topic?: sns.ITopic;

  /**
   * Alarm for a control loop that has decided nothing about the fleet for some time.
   *
   * @default - after five minutes
   */
  readonly silentLoop?: SilentLoopAlarmOptions;

  /**
   * Alarm for a fleet that answers fewer requests in time than its objective states.
   *
   * @default - five minutes in a row below the objective, if the fleet has a router
   */
  readonly missedObjective?: MissedObjectiveAlarmOptions;

  /**
   * Alarm for fields of the control loop that another writer changes.
   *
   * @default - after five minutes
   */
  readonly contestedField?: ContestedFieldAlarmOptions;

  /**
   * Alarm for writes of the control loop that fail: refused by the API server, a policy or the load balancer, or by missing rights.
   *
   * @default - after ten minutes
   */
  readonly failedWrites?: FailedWritesAlarmOptions;

  /**
   * Alarms for pools for which EC2 has no capacity.
   *
   * @default - after thirty minutes, for each pool
   */
  readonly longShortage?: LongShortageAlarmOptions;

  /**
   * Alarms for units that do not perform as their profile states.
   *
   * @default - after a day, for each unit
   */
  readonly partedProfile?: PartedProfileAlarmOptions;
}
