import type { Shortage } from '../../../lambda/control-loop/model/decision';
import type { Objective } from '../../../lambda/control-loop/model/fleet';
import type { Override } from '../../../lambda/control-loop/model/overrides';

/** What `status` shows of a fleet: this is what `--json` prints, so fields are added and never renamed. */

/** A value as it is and as it shall be; `null` where it is not known or not there. */
export interface Steered {
  readonly now: number | null;
  readonly wanted: number | null;
}

export interface UnitView {
  readonly name: string;
  readonly readyPods: number | null;
  readonly replicas: number | null;
  /** Part of the traffic, 0 to 1. */
  readonly share: Steered;
  readonly floor: Steered;
  /** Requests per minute and pod. */
  readonly target: Steered;
  readonly requestsPerMinute: number | null;
  readonly latencySeconds: number | null;
}

export interface PoolView {
  readonly name: string;
  readonly weight: Steered;
  /** Devices. */
  readonly limit: Steered;
  readonly runningDevices: number | null;
  readonly maximumDevices: number | null;
  readonly priceUsdPerDeviceHour: number | null;
  readonly shortages: readonly Shortage[];
}

export interface PauseView {
  readonly up: boolean;
  readonly down: boolean;
  /** RFC 3339; `null` for a pause without end. */
  readonly until: string | null;
  readonly reason: string | null;
}

/** What `status` shows of one fleet, and prints with `--json`. */
export interface FleetView {
  readonly fleet: string;
  /** What the user lets the loop do: `Enforce`, `Recommend` or `Observe`; `null` where the spec cannot be read. */
  readonly enforcement: string | null;
  readonly policy: string | null;
  /** The mode the loop is in; `null` before its first tick. */
  readonly strategy: string | null;
  readonly strategyReason: string | null;
  /** RFC 3339. */
  readonly strategySince: string | null;
  readonly objective: Objective | null;
  /** RFC 3339. */
  readonly lastTickTime: string | null;
  readonly lastTickAgeSeconds: number | null;
  /** Whether the loop should have been heard of and was not. */
  readonly isSilent: boolean;
  /** RFC 3339; the time of all figures. */
  readonly decisionTime: string | null;
  readonly units: readonly UnitView[];
  readonly pools: readonly PoolView[];
  /** Not paused: `null`. */
  readonly pause: PauseView | null;
  readonly overrides: readonly Override[];
  /** What is wrong with the spec, the annotations or the status. */
  readonly problems: readonly string[];
  readonly contested: readonly string[];
  /** Signals without which a unit or pool is not steered in full. */
  readonly unknown: readonly UnknownView[];
}

export interface UnknownView {
  /** For example `g5 floor`; all for one reason. */
  readonly signals: readonly string[];
  readonly reason: string;
}
