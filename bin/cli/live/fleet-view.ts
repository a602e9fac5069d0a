import type { Shortage } from '../../../lambda/control-loop/model/decision';
import type { Objective } from '../../../lambda/control-loop/model/fleet';
import type { ShownProfile } from '../../../lambda/control-loop/model/last-decision';
import type { Override } from '../../../lambda/control-loop/model/overrides';

/** The JSON of `status`: programs read it, so a field is added rather than renamed. */

/** A value as it is and as it was decided; `null` where it is not known or was left as it is. */
export interface Steered<Now = number> {
  readonly now: Now | null;
  readonly decided: number | null;
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
  /** As stated and as learned; `null` before the first decision. */
  readonly profile: ShownProfile | null;
}

export interface PoolView {
  readonly name: string;
  readonly weight: Steered;
  /** Devices. */
  readonly limit: Steered<number | 'unlimited'>;
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
  /** What the loop may write: `Enforce`, `Recommend` or `Observe`; `null` where the spec cannot be read. */
  readonly enforcement: string | null;
  readonly policy: string | null;
  /** What the policy is doing; `null` before its first tick. */
  readonly strategy: string | null;
  readonly strategyReason: string | null;
  /** RFC 3339. */
  readonly strategySince: string | null;
  readonly objective: Objective | null;
  /** RFC 3339. */
  readonly lastTickTime: string | null;
  readonly lastTickAgeSeconds: number | null;
  /** Whether the loop should have decided in the last minutes and has not. */
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
  /** What was decided and could not be written, with the cause; written: `null`. */
  readonly unwritten: string | null;
  /** Pods that wait in vain, by unit, with the cause that Kubernetes gives. */
  readonly waiting: readonly string[];
  /** Units whose Deployment does not follow its floor, with the cause where one is seen. */
  readonly unfollowed: readonly string[];
  /** Unknown signals without which a unit or pool is not steered in full. */
  readonly unknown: readonly UnknownView[];
}

export interface UnknownView {
  /** For example `g5 floor`; all unknown for one reason. */
  readonly signals: readonly string[];
  readonly reason: string;
}
