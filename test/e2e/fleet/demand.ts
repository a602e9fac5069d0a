import type { Demand } from '../support/traffic';
import { LoadError, type LoadRow, rateAt, rateOf } from './load';

const FIRST_REQUESTS_PER_MINUTE = 240;
const MAX_LATENCY_SECONDS = 60;

/** What clients ask for, as somebody sets it while it runs. */
export interface SetDemand extends Demand {
  /** Follows a load from now on. */
  follow(rows: readonly LoadRow[]): void;
  /** Sets what a JSON text names, `requestsPerMinute` and `latencySeconds`; a rate ends the load that is followed. */
  set(text: string): void;
  /** As it stands. */
  view(): { readonly requestsPerMinute: number; readonly latencySeconds: Readonly<Record<string, number>> };
  latencySeconds(unit: string): number | undefined;
}

/** @param unitNames the units that there are now */
export const createDemand = (unitNames: () => readonly string[], nowSeconds = (): number => Date.now() / 1000): SetDemand => {
  let rows: readonly LoadRow[] = [{ minute: 0, requestsPerMinute: FIRST_REQUESTS_PER_MINUTE }];
  let begunSeconds = nowSeconds();
  let latencies: Readonly<Record<string, number>> = {};
  const follow = (next: readonly LoadRow[]): void => {
    rows = next;
    begunSeconds = nowSeconds();
  };
  const rate = (): number => rateAt(rows, (nowSeconds() - begunSeconds) / 60);
  return {
    get requestsPerMinute() {
      return rate();
    },
    latencySeconds: (unit) => latencies[unit],
    follow,
    set: (text) => {
      const { requestsPerMinute, latencySeconds, ...others } = objectIn(text);
      const [unknown] = Object.keys(others);
      if (unknown !== undefined) throw new LoadError(`traffic: given ${unknown}, expected requestsPerMinute or latencySeconds`);
      // All is checked before anything is set.
      const next = latencySeconds === undefined ? latencies : latenciesOf(latencySeconds, unitNames());
      if (requestsPerMinute !== undefined) follow([{ minute: 0, requestsPerMinute: rateOf(requestsPerMinute, 'traffic') }]);
      latencies = next;
    },
    view: () => ({ requestsPerMinute: rate(), latencySeconds: latencies }),
  };
};

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new LoadError(`traffic: given ${text.slice(0, 80)}, expected JSON such as {"requestsPerMinute": 600}`);
};

/** Of units; `null` leaves the latency of every unit to its load. */
const latenciesOf = (given: unknown, unitNames: readonly string[]): Readonly<Record<string, number>> => {
  if (given === null) return {};
  const entries = typeof given === 'object' ? Object.entries(given) : [];
  for (const [unit, value] of entries) {
    if (!unitNames.includes(unit)) throw new LoadError(`traffic: latencySeconds: given unit ${unit}, expected ${unitNames.join(' or ')}`);
    if (typeof value !== 'number' || value <= 0 || value > MAX_LATENCY_SECONDS) {
      const expected = `a number above 0, at most ${MAX_LATENCY_SECONDS}`;
      throw new LoadError(`traffic: latencySeconds: ${unit}: given ${JSON.stringify(value)}, expected ${expected}`);
    }
  }
  if (entries.length > 0) return Object.fromEntries(entries);
  throw new LoadError(`traffic: latencySeconds: given ${JSON.stringify(given)}, expected null or an object such as {"g5": 1.4}`);
};
