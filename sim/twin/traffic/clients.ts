import { curveValue, nextCurveChange } from '../../inputs/curve';
import type { LoadedScenario } from '../../inputs/loaded-scenario';
import type { Curve, Scenario } from '../../inputs/scenario';
import type { RandomStreams } from '../../kernel/random';
import { type Arrivals, RateArrivals, RecordedArrivals } from './arrivals';

/** Where the requests come from. */
export type Clients =
  | {
      readonly kind: 'closed-loop';
      readonly users: Curve;
      readonly thinkSeconds: number;
      readonly pauseAfterFailureSeconds: number;
    }
  | { readonly kind: 'open-loop'; readonly arrivals: Arrivals };

/** Clients by the arrivals given for this run, else as the fleet states them. */
export const clientsOf = (clients: Scenario['clients'], arrivals: LoadedScenario['arrivals'], random: RandomStreams): Clients => {
  const burstiness = clients.kind === 'open-loop' ? clients.burstiness : 1;
  if (arrivals?.kind === 'timestamps') return { kind: 'open-loop', arrivals: new RecordedArrivals(arrivals.timestampsSeconds) };
  if (arrivals?.kind === 'rates') {
    const rows = arrivals.rows.map((row) => ({ timestampSeconds: row.timestampSeconds, value: row.requestsPerMinute }));
    return { kind: 'open-loop', arrivals: new RateArrivals({ kind: 'steps', rows }, burstiness, random('arrivals')) };
  }
  if (clients.kind === 'closed-loop') return clients;
  if (clients.requestsPerMinute === undefined) throw new Error('an open loop needs requestsPerMinute or arrivals; the loader checks this');
  return { kind: 'open-loop', arrivals: new RateArrivals(clients.requestsPerMinute, burstiness, random('arrivals')) };
};

/**
 * The users of a closed loop. They are alike, so only their number matters: each is either waiting for an answer or thinking.
 * Surplus users leave when their request has ended.
 */
export class Users {
  /** Users that have not left. */
  present = 0;
  private desired = 0;
  private changeSeconds = 0;

  constructor(
    private readonly curve: Curve,
    private readonly thinkSeconds: number,
    private readonly pauseAfterFailureSeconds: number,
  ) {}

  /** When the number may change next. */
  get nextChangeSeconds(): number {
    return this.changeSeconds;
  }

  /** Takes the number of users for this time from the curve, and returns how many enter now. */
  change(nowSeconds: number): number {
    this.desired = Math.round(curveValue(this.curve, nowSeconds));
    this.changeSeconds = nextCurveChange(this.curve, nowSeconds);
    const entering = Math.max(0, this.desired - this.present);
    this.present += entering;
    return entering;
  }

  /** What a user does when its request has ended: waits so many seconds before the next one, or leaves (-1). */
  pauseSeconds(failed: boolean): number {
    if (this.present > this.desired) {
      this.present -= 1;
      return -1;
    }
    return failed ? this.pauseAfterFailureSeconds : this.thinkSeconds;
  }

  /** Whether a user who has thought sends a request; a surplus one leaves. */
  stays(): boolean {
    if (this.present > this.desired) {
      this.present -= 1;
      return false;
    }
    return true;
  }
}
