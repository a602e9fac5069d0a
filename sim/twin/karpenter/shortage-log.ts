/** One shortage of a pool as it was, for the report: what the loop should have seen. Virtual seconds. */
export interface ShortageFact {
  readonly pool: string;
  /** The first launch that EC2 refused. */
  readonly firstFailureSeconds: number;
  /** When the scenario granted the pool more than it had at the last refusal. */
  readonly capacityBackSeconds: number | undefined;
  /** The first launch that succeeded after that. */
  readonly firstSuccessAfterSeconds: number | undefined;
}

interface OpenShortage {
  readonly pool: string;
  readonly firstFailureSeconds: number;
  grantedDevices: number;
  capacityBackSeconds: number | undefined;
  firstSuccessAfterSeconds: number | undefined;
}

/** Shortages in the order they began. Launches that succeed under an unchanged bound do not end one: the pool is still short. */
export class ShortageLog {
  private readonly all: OpenShortage[] = [];
  private readonly open = new Map<string, OpenShortage>();

  get facts(): readonly ShortageFact[] {
    return this.all.map(({ grantedDevices: _granted, ...fact }) => fact);
  }

  refused(pool: string, timeSeconds: number, grantedDevices: number): void {
    const shortage = this.open.get(pool);
    if (shortage) {
      shortage.grantedDevices = grantedDevices;
      shortage.capacityBackSeconds = undefined;
      return;
    }
    const begun = {
      pool,
      firstFailureSeconds: timeSeconds,
      grantedDevices,
      capacityBackSeconds: undefined,
      firstSuccessAfterSeconds: undefined,
    };
    this.all.push(begun);
    this.open.set(pool, begun);
  }

  granted(pool: string, timeSeconds: number, grantedDevices: number, runningDevices: number): void {
    const shortage = this.open.get(pool);
    if (shortage && grantedDevices > shortage.grantedDevices && grantedDevices > runningDevices) {
      shortage.capacityBackSeconds ??= timeSeconds;
    }
  }

  launched(pool: string, timeSeconds: number): void {
    const shortage = this.open.get(pool);
    if (shortage?.capacityBackSeconds !== undefined) {
      shortage.firstSuccessAfterSeconds = timeSeconds;
      this.open.delete(pool);
    }
  }
}
