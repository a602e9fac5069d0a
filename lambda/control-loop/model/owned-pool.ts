/** A NodePool of which the loop owns weight, limits or both, as it stands. */
export interface OwnedPool {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** What the loop owns of it: its weight, and limits by their resources. */
  readonly fields: Readonly<Record<string, string>>;
}
