import type { Finding, Shortage, Strategy } from './decision';
import type { Profile } from './fleet';

/** A signal as a record shows it: a value with its age, or unknown with the reason; a known absence has an age alone. */
export interface ShownSignal {
  readonly value?: unknown;
  readonly ageSeconds?: number;
  readonly unknown?: string;
}

/** A value and why; without a value the field was left as it was. */
export interface ShownChoice {
  readonly value?: number;
  readonly reason: string;
}

/** The profile of a unit as its user states it, and as the loop learned it from what it observed. */
export interface ShownProfile {
  readonly stated: Profile;
  readonly learned: Profile;
  /** Since when they differ by more than a fifth, RFC 3339; left out while they do not. */
  readonly partedSince?: string;
  /** Since when the unit has been too slow for its objective with any number of pods, RFC 3339; left out while it is not. */
  readonly slowSince?: string;
}

/** What was known, wanted and decided of one unit or pool. */
export interface ShownSubject {
  /** Signals by name (see `observation.ts`); of a series its youngest value, of launch failures their number. */
  readonly inputs?: Readonly<Record<string, ShownSignal>>;
  /** What the policy, or a person in its place, wanted where it is not what was decided; by field. */
  readonly wanted?: Readonly<Record<string, ShownChoice>>;
  /** Of a unit; left out by loops older than it. */
  readonly profile?: ShownProfile;
  /** By field: `floor`, `target` and `share` of a unit, `weight` and `limit` of a pool. */
  readonly decided: Readonly<Record<string, ShownChoice>>;
}

/** A signal that is missing, of a unit, a pool or the fleet. */
interface ShownGap {
  readonly subject: string;
  /** Its name in the observation. */
  readonly signal: string;
  readonly reason: string;
}

/** A write that was to be made; whether it was is seen in what the next tick finds. */
interface ShownWrite {
  /** For example `NodePool g5-spot` or `ScaledObject default/g5`. */
  readonly object: string;
  /** By field (see `formatField`), in the units of the field. */
  readonly changes: Readonly<Record<string, { readonly from?: number; readonly to: number }>>;
}

/** The last decision on a fleet, in its `status`: why the loop did what it did, or left it. */
export interface LastDecision {
  /** RFC 3339. */
  readonly time: string;
  /** What started the tick. */
  readonly trigger: string;
  /** `Enforce` or `Recommend`. */
  readonly enforcement: string;
  readonly policy: string;
  readonly strategy: Strategy;
  readonly strategyReason: string;
  /** RFC 3339. */
  readonly strategySince: string;
  /** By unit name. */
  readonly units: Readonly<Record<string, ShownSubject>>;
  /** By pool name. */
  readonly pools: Readonly<Record<string, ShownSubject>>;
  /** The pools in the order in which they are to be tried. */
  readonly poolOrder: readonly { readonly pool: string; readonly reason: string }[];
  /** Router weights by unit. */
  readonly routerWeights?: ShownSignal;
  /** Signals that the decision needed and did not have. Left out by loops older than it. */
  readonly missing?: readonly ShownGap[];
  readonly shortages: readonly Shortage[];
  readonly findings: readonly Finding[];
  readonly writes: readonly ShownWrite[];
  /** What was left out to keep the record within its bound. */
  readonly cut?: readonly string[];
}
