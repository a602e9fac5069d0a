import { deadbands } from '../../contract/limits';
import type { Finding, Reasoned } from '../../model/decision';
import { fresh, freshQuantity } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';
import { normalized } from '../shares';

/** What becomes of the traffic of units that were removed. */
export interface Retirement {
  /** By `backendId`: the part of the fleet's traffic that each keeps, 0 to 1; without a value it keeps its weight. */
  readonly shares: Readonly<Record<string, Reasoned<number>>>;
  /** What they keep together, 0 to 1. */
  readonly keptShare: number;
  readonly findings: readonly Finding[];
  /** Whether traffic leaves a backend without a healthy target. */
  readonly isRescue: boolean;
}

/** A router rounds a share of less than this to nothing. */
const SMALLEST_SHARE = 0.001;

/** Weights of the backends that removed units left behind and that still get requests, in the order of their ids. */
const retiringWeights = ({ memory, fleet, routerWeights, nowSeconds }: PolicyContext): readonly (readonly [string, number])[] => {
  const weights = fleet.router === undefined ? undefined : fresh(routerWeights, nowSeconds);
  if (weights === undefined) return [];
  const units = new Set(fleet.units.map(({ name }) => name));
  return (memory.backends ?? [])
    .filter((id) => !units.has(id))
    .map((id) => [id, weights[id] ?? 0] as const)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
};

/**
 * Drains the backends that removed units left behind in the router, as fast as the other units have pods for their requests.
 *
 * Their pods serve until the traffic is gone: a deployment deletes them afterwards. One without a healthy target is drained at once.
 *
 * @param served requests per minute that the ready pods of the fleet's units serve within the objective, of those that it meets; or why
 *   nothing can be said of that
 */
export const retire = (
  context: PolicyContext,
  served: { readonly roomPerMinute: number; readonly demandPerMinute: number } | string,
): Retirement => {
  const { fleet, routerWeights, nowSeconds, retiring } = context;
  const leaving = retiringWeights(context);
  if (leaving.length === 0) return { shares: {}, keptShare: 0, findings: [], isRescue: false };
  const weights = fresh(routerWeights, nowSeconds)!;
  const parts = normalized([...leaving.map(([, weight]) => weight), ...fleet.units.map(({ name }) => Math.max(0, weights[name] ?? 0))]);
  const isDead = ([id]: readonly [string, number]): boolean => freshQuantity(retiring[id]?.healthyHosts, nowSeconds) === 0;
  const live = leaving.map((one, index) => ({ id: one[0], share: parts[index]!, isDead: isDead(one) }));
  const sum = live.reduce((total, { share, isDead }) => total + (isDead ? 0 : share), 0);
  const missing =
    typeof served === 'string' ? sum : Math.max(0, 1 - served.roomPerMinute / Math.max(served.demandPerMinute, Number.MIN_VALUE));
  const left = missing < SMALLEST_SHARE ? 0 : Math.min(sum, missing);
  // Small steps are noise, and each is a write.
  const kept = left > 0 && sum - left < deadbands.share ? sum : left;
  const shares: Record<string, Reasoned<number>> = {};
  const findings: Finding[] = [];
  let keptShare = 0;
  for (const { id, share, isDead } of live) {
    const value = isDead ? 0 : share * (sum > 0 ? kept / sum : 0);
    const why = typeof served === 'string' ? served : 'the pods of the other units do not serve more yet';
    const outcome = value === 0 ? 'is drained' : value < share ? `keeps ${percent(value)}: ${why}` : `keeps it: ${why}`;
    findings.push({
      code: 'Router',
      subject: id,
      message: `a unit that was removed left it behind; it gets ${percent(share)} of the traffic and ${outcome}`,
    });
    keptShare += value;
    shares[id] = value < share ? { value, reason: 'left behind by a unit that was removed' } : { value: undefined, reason: why };
  }
  return { shares, keptShare, findings, isRescue: live.some(({ isDead }) => isDead) };
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
