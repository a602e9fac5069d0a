import type { Finding, FleetMemory, PoolDecision, Reasoned, WrittenValue } from '../../model/decision';
import type { Fleet } from '../../model/fleet';
import type { PoolObservation } from '../../model/observation';
import type { Pause } from '../../model/pause';
import { fresh, freshQuantity, whyUnknown } from '../../model/signals';
import type { CircuitState } from '../circuits';
import { contestedMessage, isContested, leave, leaveWithFinding, writtenTo } from '../field-state';
import type { DesiredFleet, DesiredValue } from '../policies/policy';

/** One fleet's say about the pools. */
export interface PoolRequest {
  readonly fleet: Fleet;
  readonly memory: FleetMemory;
  readonly desired: DesiredFleet;
  readonly pause: Pause;
  /** Where remarks about the fleet's pools go. */
  readonly findings: Finding[];
}

/** Everything known of one pool. */
interface PoolView {
  readonly name: string;
  /** Fleets that name the pool and may write; all that name it where none may. */
  readonly requests: readonly PoolRequest[];
  /** The least of what its fleets state. */
  readonly maximumDevices: number;
  readonly observation: PoolObservation | undefined;
  readonly pause: Pause;
}

/**
 * One decision for each pool, however many fleets name it.
 *
 * The limit is the least that a fleet wants (an override before any policy), never above the least `maximumDevices`, never below what runs; for every unit
 * some pool not in shortage keeps its full maximum. The weights express the merged order within 1 to 100, and are left as
 * they are where they express it already.
 */
export const guardPools = (
  requests: readonly PoolRequest[],
  observations: Readonly<Record<string, PoolObservation>>,
  stateOf: (pool: string) => CircuitState,
  nowSeconds: number,
): Readonly<Record<string, PoolDecision>> => {
  const views = viewPools(requests, observations);
  const order = mergeOrders(views, requests);
  const limits = new Map<string, Reasoned<number>>();
  for (const view of views.values()) limits.set(view.name, guardLimit(view, nowSeconds));
  keepMaxima(requests, views, order, limits, stateOf, nowSeconds);
  const weights = guardWeights(requests, views, order, nowSeconds);
  const decisions: Record<string, PoolDecision> = {};
  for (const name of views.keys()) {
    decisions[name] = { weight: weights.get(name) ?? leave('no order is wanted'), limitDevices: limits.get(name)! };
  }
  return decisions;
};

const viewPools = (
  requests: readonly PoolRequest[],
  observations: Readonly<Record<string, PoolObservation>>,
): ReadonlyMap<string, PoolView> => {
  const naming = new Map<string, PoolRequest[]>();
  const maxima = new Map<string, number>();
  for (const request of requests) {
    for (const { name, maximumDevices } of request.fleet.pools) {
      const others = naming.get(name);
      if (others) others.push(request);
      else naming.set(name, [request]);
      maxima.set(name, Math.min(maximumDevices, maxima.get(name) ?? maximumDevices));
    }
  }
  const views = new Map<string, PoolView>();
  for (const [name, all] of naming) {
    const enforcing = all.filter(({ fleet }) => fleet.enforcement === 'Enforce');
    views.set(name, {
      name,
      requests: enforcing.length > 0 ? enforcing : all,
      maximumDevices: maxima.get(name)!,
      observation: observations[name],
      pause: { up: all.some(({ pause }) => pause.up), down: all.some(({ pause }) => pause.down) },
    });
  }
  return views;
};

/** Why a field of a pool must be left alone; `undefined` where it may be written. */
const obstacle = (
  view: PoolView,
  field: 'weight' | 'limit',
  nowSeconds: number,
): { code: 'Unknown' | 'Contested' | 'Paused'; message: string } | undefined => {
  const signal = field === 'weight' ? view.observation?.weight : view.observation?.limitDevices;
  if (signal === undefined || !signal.known || !isYoung(signal.atSeconds, nowSeconds)) {
    return { code: 'Unknown', message: `present ${field}: ${whyUnknown(signal, nowSeconds)}` };
  }
  const records = view.requests
    .map(({ memory }) => writtenTo(memory, field, view.name))
    .filter((record): record is WrittenValue => record !== undefined);
  if (records.length > 0 && records.every((record) => isContested(record, signal.value))) {
    return { code: 'Contested', message: contestedMessage(records[0], signal.value) };
  }
  if (view.pause.up && view.pause.down) return { code: 'Paused', message: 'paused up and down' };
  return undefined;
};

const isYoung = (atSeconds: number, nowSeconds: number): boolean => fresh({ known: true, value: true, atSeconds }, nowSeconds) === true;

const guardLimit = (view: PoolView, nowSeconds: number): Reasoned<number> => {
  const subject = `${view.name} limit`;
  const findings = view.requests[0]!.findings;
  const desired = view.requests
    .map(({ desired }) => desired.limits?.[view.name])
    .filter((proposal) => proposal !== undefined && !Number.isNaN(proposal.value))
    .sort((a, b) => Number(b!.isOverride ?? false) - Number(a!.isOverride ?? false) || a!.value - b!.value);
  const proposal = desired[0];
  if (proposal === undefined) return leave('no limit is wanted');
  const blocked = obstacle(view, 'limit', nowSeconds);
  if (blocked) return leaveWithFinding(findings, blocked.code, subject, blocked.message);
  const live = liveLimit(view, nowSeconds);
  const running = freshQuantity(view.observation?.runningDevices, nowSeconds);
  const least = Math.min(view.maximumDevices, Math.ceil(running ?? 0));
  const value = Math.max(least, Math.min(view.maximumDevices, Math.floor(proposal.value)));
  if (value !== proposal.value) {
    findings.push({
      code: 'Clamped',
      subject,
      message: `${proposal.value} wanted, ${value} set: within ${least} to ${view.maximumDevices} devices`,
    });
  }
  if (value < live && value < view.maximumDevices && running === undefined) {
    return leaveWithFinding(findings, 'Unknown', subject, `${value} wanted, not lowered: running devices unknown`);
  }
  if (value > live && view.pause.up) return leaveWithFinding(findings, 'Paused', subject, `${value} wanted, paused up at ${live}`);
  if (value < live && view.pause.down)
    return leaveWithFinding(
      findings,
      'Paused',
      subject,
      `${value} wanted, paused down ${Number.isFinite(live) ? `at ${live}` : 'while unlimited'}`,
    );
  return { value, reason: proposal.reason };
};

/** The limit as it is, without bound where there is none. */
const liveLimit = (view: PoolView, nowSeconds: number): number =>
  fresh(view.observation?.limitDevices, nowSeconds) ?? Number.POSITIVE_INFINITY;

/** Gives every unit that has a pool not in shortage one such pool with its full maximum. */
const keepMaxima = (
  requests: readonly PoolRequest[],
  views: ReadonlyMap<string, PoolView>,
  order: ReadonlyMap<string, number>,
  limits: Map<string, Reasoned<number>>,
  stateOf: (pool: string) => CircuitState,
  nowSeconds: number,
): void => {
  const mayGrow = (view: PoolView): boolean => {
    const { value } = limits.get(view.name)!;
    return (value ?? liveLimit(view, nowSeconds)) >= view.maximumDevices;
  };
  for (const { fleet, findings } of requests) {
    for (const unit of fleet.units) {
      const free = unit.pools
        .filter((pool) => stateOf(pool) === 'Closed')
        .map((pool) => views.get(pool))
        .filter((view) => view !== undefined);
      if (free.length === 0 || free.some(mayGrow)) continue;
      const best = free
        .filter((view) => !view.pause.up && obstacle(view, 'limit', nowSeconds) === undefined)
        .sort((a, b) => (order.get(a.name) ?? Number.POSITIVE_INFINITY) - (order.get(b.name) ?? Number.POSITIVE_INFINITY) || 0)[0];
      if (best === undefined) continue;
      const reason = `${unit.name} needs a pool not in shortage that may grow to its maximum`;
      findings.push({ code: 'Clamped', subject: `${best.name} limit`, message: `${best.maximumDevices} set: ${reason}` });
      limits.set(best.name, { value: best.maximumDevices, reason });
    }
  }
};

/**
 * Positions of all pools for which an order is wanted, merged over fleets: a topological order of what each fleet wants.
 * Where fleets contradict each other, the result is arbitrary, but always the same.
 */
const mergeOrders = (views: ReadonlyMap<string, PoolView>, requests: readonly PoolRequest[]): ReadonlyMap<string, number> => {
  const followers = new Map<string, string[]>();
  for (const request of requests) {
    if (request.desired.poolOrder === undefined) continue;
    const own = new Set(request.fleet.pools.map(({ name }) => name));
    let before: string | undefined;
    for (const pool of new Set([...request.desired.poolOrder.map(({ value }) => value), ...own])) {
      if (!own.has(pool) || !views.get(pool)?.requests.includes(request)) continue;
      if (!followers.has(pool)) followers.set(pool, []);
      if (before !== undefined) followers.get(before)!.push(pool);
      before = pool;
    }
  }
  const backwards: string[] = [];
  const seen = new Set<string>();
  const visit = (pool: string): void => {
    if (seen.has(pool)) return;
    seen.add(pool);
    for (const follower of followers.get(pool)!.toReversed()) visit(follower);
    backwards.push(pool);
  };
  for (const pool of [...followers.keys()].toReversed()) visit(pool);
  return new Map(backwards.toReversed().map((pool, position) => [pool, position]));
};

const guardWeights = (
  requests: readonly PoolRequest[],
  views: ReadonlyMap<string, PoolView>,
  order: ReadonlyMap<string, number>,
  nowSeconds: number,
): ReadonlyMap<string, Reasoned<number>> => {
  const decisions = new Map<string, Reasoned<number>>();
  for (const group of groupsOf(requests, order)) {
    const fixed = fixedWeights(group, views);
    const live = new Map(group.map((pool) => [pool, fresh(views.get(pool)!.observation?.weight, nowSeconds)]));
    const weights = isKept(group, fixed, live) ? live : weightsOf(group, fixed);
    for (const [index, pool] of group.entries()) {
      const view = views.get(pool)!;
      const blocked = obstacle(view, 'weight', nowSeconds);
      const proposal = view.requests.flatMap(({ desired }) => desired.poolOrder ?? []).find(({ value }) => value === pool);
      decisions.set(
        pool,
        blocked
          ? leaveWithFinding(view.requests[0]!.findings, blocked.code, `${pool} weight`, blocked.message)
          : {
              value: weights.get(pool),
              reason: fixed.get(pool)?.reason ?? `place ${index + 1} of ${group.length}: ${proposal?.reason ?? 'not ordered'}`,
            },
      );
    }
  }
  return decisions;
};

const MAX_WEIGHT = 100;

/** Weights that are wanted of single pools of a group, each at most once: the first pool in the order gets it, the next one the nearest that is free. */
const fixedWeights = (group: readonly string[], views: ReadonlyMap<string, PoolView>): ReadonlyMap<string, DesiredValue<number>> => {
  const fixed = new Map<string, DesiredValue<number>>();
  const taken = new Set<number>();
  for (const pool of group) {
    const { requests } = views.get(pool)!;
    const desired = requests
      .map(({ desired }) => desired.weights?.[pool])
      .filter((proposal) => proposal !== undefined && !Number.isNaN(proposal.value));
    const proposal = desired.find((one) => one!.isOverride) ?? desired[0];
    if (proposal === undefined) continue;
    const value = nearestFree(Math.max(1, Math.min(MAX_WEIGHT, Math.round(proposal.value))), taken);
    if (value === undefined) continue;
    if (value !== proposal.value) {
      const message = `${proposal.value} wanted, ${value} set: a whole number from 1 to ${MAX_WEIGHT} that no other pool of the same pods has`;
      requests[0]!.findings.push({ code: 'Clamped', subject: `${pool} weight`, message });
    }
    taken.add(value);
    fixed.set(pool, { ...proposal, value });
  }
  return fixed;
};

const nearestFree = (wanted: number, taken: ReadonlySet<number>): number | undefined => {
  for (let distance = 0; distance < MAX_WEIGHT; distance += 1) {
    for (const weight of [wanted - distance, wanted + distance]) {
      if (weight >= 1 && weight <= MAX_WEIGHT && !taken.has(weight)) return weight;
    }
  }
  return undefined;
};

/** Whether the live weights are as wanted: the fixed ones exactly, the others falling in their order, none twice. */
const isKept = (
  group: readonly string[],
  fixed: ReadonlyMap<string, DesiredValue<number>>,
  live: ReadonlyMap<string, number | undefined>,
): boolean => {
  let before = Number.POSITIVE_INFINITY;
  for (const pool of group) {
    const weight = live.get(pool);
    if (!isWeight(weight)) return false;
    const proposal = fixed.get(pool);
    if (proposal !== undefined && weight !== proposal.value) return false;
    if (proposal === undefined) {
      if (weight >= before) return false;
      before = weight;
    }
  }
  return new Set(live.values()).size === group.length;
};

/** Weights that fall in the order of the group, in steps of 10 where there is room, around the fixed ones. */
const weightsOf = (group: readonly string[], fixed: ReadonlyMap<string, DesiredValue<number>>): ReadonlyMap<string, number> => {
  const taken = new Set([...fixed.values()].map(({ value }) => value));
  const free: number[] = [];
  for (let weight = MAX_WEIGHT; weight >= 1; weight -= 1) if (!taken.has(weight)) free.push(weight);
  const others = group.length - fixed.size;
  const step = Math.max(1, Math.min(10, Math.floor((free.length - 1) / Math.max(1, others - 1))));
  const weights = new Map<string, number>();
  let place = 0;
  for (const pool of group) {
    const proposal = fixed.get(pool);
    weights.set(pool, proposal?.value ?? free[place * step] ?? 1);
    if (proposal === undefined) place += 1;
  }
  return weights;
};

const isWeight = (weight: number | undefined): weight is number =>
  weight !== undefined && Number.isInteger(weight) && weight >= 1 && weight <= 100;

/** The ordered pools in groups that host the same pods, directly or through a third pool; each group in its order. */
const groupsOf = (requests: readonly PoolRequest[], order: ReadonlyMap<string, number>): readonly (readonly string[])[] => {
  const parent = new Map<string, string>();
  for (const pool of order.keys()) parent.set(pool, pool);
  const root = (pool: string): string => {
    let at = pool;
    while (parent.get(at) !== at) at = parent.get(at)!;
    return at;
  };
  for (const { fleet } of requests) {
    for (const unit of fleet.units) {
      const pools = unit.pools.filter((pool) => order.has(pool));
      for (const pool of pools) parent.set(root(pool), root(pools[0]!));
    }
  }
  const groups = new Map<string, string[]>();
  for (const pool of order.keys()) {
    const group = groups.get(root(pool));
    if (group) group.push(pool);
    else groups.set(root(pool), [pool]);
  }
  return [...groups.values()];
};
