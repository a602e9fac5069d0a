import type { Finding, Reasoned } from '../../model/decision';
import { fleetKey } from '../../model/fleet';
import { fresh, freshQuantity } from '../../model/signals';
import type { CircuitState } from '../circuits';
import { type GuardedField, held, left } from './guarded';
import { obstacle, type PoolFinding, type PoolRequest, type PoolView, reportedBy } from './pool-view';

/** What the limits of pools are decided on. */
interface LimitsInput {
  readonly requests: readonly PoolRequest[];
  readonly views: ReadonlyMap<string, PoolView>;
  /** Position of each ordered pool. */
  readonly order: ReadonlyMap<string, number>;
  readonly stateOf: (pool: string) => CircuitState;
  readonly nowSeconds: number;
}

/**
 * The limit of each pool: the smallest that a fleet desires (an override before any policy), never above the smallest `maximumDevices`,
 * never below what runs. For every unit some pool not in shortage keeps its full maximum.
 */
export const guardLimits = (
  input: LimitsInput,
): { readonly decision: ReadonlyMap<string, Reasoned<number>>; readonly findings: readonly PoolFinding[] } => {
  const limits = new Map<string, Reasoned<number>>();
  const findings: PoolFinding[] = [];
  for (const view of input.views.values()) {
    const guarded = guardLimit(view, input.nowSeconds);
    limits.set(view.name, guarded.decision);
    findings.push(...reportedBy(view, guarded.findings));
  }
  for (const raised of keptMaxima(input, limits)) {
    limits.set(raised.pool, { value: raised.devices, reason: raised.reason });
    const message = `${raised.devices} set: ${raised.reason}`;
    findings.push({ fleet: raised.fleet, finding: { code: 'Clamped', subject: `${raised.pool} limit`, message } });
  }
  return { decision: limits, findings };
};

const guardLimit = (view: PoolView, nowSeconds: number): GuardedField => {
  const subject = `${view.name} limit`;
  const desired = view.requests
    .map(({ desired }) => desired.limits?.[view.name])
    .filter((proposal) => proposal !== undefined && !Number.isNaN(proposal.value))
    .sort((a, b) => Number(b!.isOverride ?? false) - Number(a!.isOverride ?? false) || a!.value - b!.value);
  const proposal = desired[0];
  if (proposal === undefined) return left('no limit is desired');
  const blocked = obstacle(view, 'limit', nowSeconds);
  if (blocked) return held(blocked.code, subject, blocked.message);
  const live = liveLimit(view, nowSeconds);
  const running = freshQuantity(view.observation?.runningDevices, nowSeconds);
  const min = Math.min(view.maximumDevices, Math.ceil(running ?? 0));
  const value = Math.max(min, Math.min(view.maximumDevices, Math.floor(proposal.value)));
  const findings: readonly Finding[] =
    value === proposal.value
      ? []
      : [
          {
            code: 'Clamped',
            subject,
            message: `${proposal.value} desired, ${value} set: within ${min} to ${view.maximumDevices} devices`,
          },
        ];
  const hold = (code: Finding['code'], message: string): GuardedField => {
    const { decision, findings: own } = held(code, subject, message);
    return { decision, findings: [...findings, ...own] };
  };
  if (value < live && value < view.maximumDevices && running === undefined) {
    return hold('Unknown', `${value} desired, not lowered: running devices unknown`);
  }
  if (value > live && view.pause.up) return hold('Paused', `${value} desired, paused up at ${live}`);
  if (value < live && view.pause.down)
    return hold('Paused', `${value} desired, paused down ${Number.isFinite(live) ? `at ${live}` : 'while unlimited'}`);
  return { decision: { value, reason: proposal.reason }, findings };
};

/** The limit as it is, without bound where there is none. */
const liveLimit = (view: PoolView, nowSeconds: number): number =>
  fresh(view.observation?.limitDevices, nowSeconds) ?? Number.POSITIVE_INFINITY;

interface KeptMaximum {
  readonly pool: string;
  readonly devices: number;
  readonly reason: string;
  /** `fleetKey` of the fleet that needs it. */
  readonly fleet: string;
}

/** Gives every unit that has a pool not in shortage one such pool with its full maximum. A reservation does not count as one. */
const keptMaxima = (
  { requests, views, order, stateOf, nowSeconds }: LimitsInput,
  limits: ReadonlyMap<string, Reasoned<number>>,
): readonly KeptMaximum[] => {
  const kept = new Map<string, KeptMaximum>();
  const mayGrow = (view: PoolView): boolean =>
    kept.has(view.name) || (limits.get(view.name)!.value ?? liveLimit(view, nowSeconds)) >= view.maximumDevices;
  const positionOf = ({ name }: PoolView): number => order.get(name) ?? Number.POSITIVE_INFINITY;
  for (const { fleet } of requests) {
    for (const unit of fleet.units) {
      const isReserved = (pool: string) => fleet.pools.some(({ name, capacityType }) => name === pool && capacityType === 'reserved');
      const closed = unit.pools
        .filter((pool) => stateOf(pool) === 'Closed' && !isReserved(pool))
        .map((pool) => views.get(pool))
        .filter((view) => view !== undefined);
      if (closed.length === 0 || closed.some(mayGrow)) continue;
      const best = closed
        .filter((view) => !view.pause.up && obstacle(view, 'limit', nowSeconds) === undefined)
        .sort((a, b) => positionOf(a) - positionOf(b) || 0)[0];
      if (best === undefined) continue;
      const reason = `${unit.name} needs a pool not in shortage that may grow to its maximum`;
      kept.set(best.name, { pool: best.name, devices: best.maximumDevices, reason, fleet: fleetKey(fleet) });
    }
  }
  return [...kept.values()];
};
