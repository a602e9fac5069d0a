import type { Duration } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { IInferenceFleet } from './inference-fleet-interface';

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
