/** Effect of a taint on pods that do not tolerate it. */
export enum TaintEffect {
  /** They are not scheduled. */
  NO_SCHEDULE = 'NoSchedule',

  /** They are not scheduled where it can be avoided. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',

  /** They are evicted too. */
  NO_EXECUTE = 'NoExecute',
}

/** A taint on the nodes of a pool. */
export interface NodeTaint {
  /** Key of the taint. */
  readonly key: string;

  /**
   * Value of the taint.
   *
   * @default - none
   */
  readonly value?: string;

  /** What it does to pods that do not tolerate it. */
  readonly effect: TaintEffect;
}
