/**
 * - `Done`: written.
 * - `Conflict`: the field is not as it was observed; nothing was written.
 * - `Contested`: another manager owns the field; nothing was written, the rest goes on.
 * - `NotFound`: the object is gone; the rest goes on.
 * - `Failed`: an error, the write may or may not have been made.
 * - `Skipped`: not tried, as the time was over, or as an earlier write on which it depends did not succeed.
 */
export type WriteOutcome = 'Done' | 'Conflict' | 'Contested' | 'NotFound' | 'Failed' | 'Skipped';

/** One write of a tick and what came of it. */
export interface WriteRecord {
  /** `fleetKey`s it was made for. */
  readonly fleets: readonly string[];
  /** For example `NodePool g5-spot` or `ScaledObject default/g5`. */
  readonly object: string;
  /** New values: `weight` and `limit` of a NodePool, `floor` and `target` of a scaler, the weight by unit name of a router. */
  readonly fields: Readonly<Record<string, string>>;
  /** Values they replace; absent fields are left out. */
  readonly previous: Readonly<Record<string, string>>;
  readonly outcome: WriteOutcome;
  readonly message?: string;
}
