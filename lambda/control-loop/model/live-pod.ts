/** A ready pod as it stands: what decides which goes first at a scale-down. */
export interface LivePod {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string | undefined;
  /** The pool of its node. */
  readonly pool: string;
  /** Its deletion cost as written; left out where it has none. */
  readonly deletionCost?: string;
  /** Whether it has annotations at all. */
  readonly isAnnotated: boolean;
}
