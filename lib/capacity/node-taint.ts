/** Effect of a taint on pods that do not tolerate it. */
export enum TaintEffect {
  /** New pods are not scheduled. */
  NO_SCHEDULE = 'NoSchedule',

  /** New pods are scheduled only if no other node fits. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',

  /** New pods are not scheduled, and running ones are evicted. */
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

  /** Effect on pods that do not tolerate it. */
  readonly effect: TaintEffect;
}
