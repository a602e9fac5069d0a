import { limits } from '../../contract/limits';
import type { Finding, Reasoned } from '../../model/decision';
import { fresh } from '../../model/signals';
import type { DesiredValue } from '../policies/policy';
import { held } from './guarded';
import { groupsOf } from './pool-order';
import { obstacle, type PoolFinding, type PoolRequest, type PoolView, reportedBy } from './pool-view';

const { min: MIN_WEIGHT, max: MAX_WEIGHT } = limits.poolWeight;

/**
 * The weights of the ordered pools. They express the merged order within 1 to 100, around those that are set for single pools, and are
 * left as they are where they express it already.
 */
export const guardWeights = (
  requests: readonly PoolRequest[],
  views: ReadonlyMap<string, PoolView>,
  order: ReadonlyMap<string, number>,
  nowSeconds: number,
): { readonly decision: ReadonlyMap<string, Reasoned<number>>; readonly findings: readonly PoolFinding[] } => {
  const decisions = new Map<string, Reasoned<number>>();
  const findings: PoolFinding[] = [];
  for (const group of groupsOf(requests, order)) {
    const fixed = fixedWeights(group, views);
    findings.push(...fixed.findings);
    const live = new Map(group.map((pool) => [pool, fresh(views.get(pool)!.observation?.weight, nowSeconds)]));
    const weights = isKept(group, fixed.decision, live) ? live : weightsOf(group, fixed.decision);
    const blocked = new Map(group.map((pool) => [pool, obstacle(views.get(pool)!, 'weight', nowSeconds)]));
    const tried = triedOrder(group, new Map(group.map((pool) => [pool, (blocked.get(pool) ? live : weights).get(pool)])));
    for (const pool of group) {
      const view = views.get(pool)!;
      const obstacleOfPool = blocked.get(pool);
      if (obstacleOfPool) {
        const left = held(obstacleOfPool.code, `${pool} weight`, obstacleOfPool.message);
        decisions.set(pool, left.decision);
        findings.push(...reportedBy(view, left.findings));
        continue;
      }
      const proposal = orderedIn(view);
      const own = fixed.decision.get(pool);
      const place = placeOf(pool, tried, group);
      const reason = own === undefined ? `${place}: ${proposal?.reason ?? 'not ordered'}` : `${own.reason}; ${place}`;
      decisions.set(pool, { value: weights.get(pool), reason });
    }
  }
  return { decision: decisions, findings };
};

/** A pool in the order of the first fleet that orders it. */
const orderedIn = ({ name, requests }: PoolView): DesiredValue<string> | undefined => {
  for (const { desired } of requests) {
    const ordered = desired.poolOrder?.find(({ value }) => value === name);
    if (ordered !== undefined) return ordered;
  }
  return undefined;
};

/** Pools in the order in which Karpenter tries them: the highest weight first, one without weight last. */
const triedOrder = (group: readonly string[], weights: ReadonlyMap<string, number | undefined>): readonly string[] =>
  group.toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));

/** The place of a pool among those that Karpenter tries, and what is tried before it where that is not the desired order. */
const placeOf = (pool: string, tried: readonly string[], desired: readonly string[]): string => {
  const place = `place ${tried.indexOf(pool) + 1} of ${tried.length}`;
  if (tried.every((name, index) => name === desired[index])) return place;
  return pool === tried[0] ? `${place}, tried first` : `${place}, ${tried[0]} is tried first`;
};

/** Weights that are desired for single pools of a group, each at most once: the first pool in the order gets it, the next one the nearest that is free. */
const fixedWeights = (
  group: readonly string[],
  views: ReadonlyMap<string, PoolView>,
): { readonly decision: ReadonlyMap<string, DesiredValue<number>>; readonly findings: readonly PoolFinding[] } => {
  const fixed = new Map<string, DesiredValue<number>>();
  const findings: PoolFinding[] = [];
  const taken = new Set<number>();
  for (const pool of group) {
    const view = views.get(pool)!;
    const desired = view.requests
      .map(({ desired }) => desired.weights?.[pool])
      .filter((proposal) => proposal !== undefined && !Number.isNaN(proposal.value));
    const proposal = desired.find((one) => one!.isOverride) ?? desired[0];
    if (proposal === undefined) continue;
    const value = nearestFree(Math.max(MIN_WEIGHT, Math.min(MAX_WEIGHT, Math.round(proposal.value))), taken);
    if (value === undefined) continue;
    if (value !== proposal.value) {
      const message = `${proposal.value} desired, ${value} set: a whole number from ${MIN_WEIGHT} to ${MAX_WEIGHT} that no other pool of the same pods has`;
      const finding: Finding = { code: 'Clamped', subject: `${pool} weight`, message };
      findings.push(...reportedBy(view, [finding]));
    }
    taken.add(value);
    fixed.set(pool, { ...proposal, value });
  }
  return { decision: fixed, findings };
};

const nearestFree = (desired: number, taken: ReadonlySet<number>): number | undefined => {
  for (let distance = 0; distance < MAX_WEIGHT; distance += 1) {
    for (const weight of [desired - distance, desired + distance]) {
      if (isWeight(weight) && !taken.has(weight)) return weight;
    }
  }
  return undefined;
};

/** Whether the live weights are as desired: the fixed ones exactly, the others falling in their order, none twice. */
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
  for (let weight: number = MAX_WEIGHT; weight >= MIN_WEIGHT; weight -= 1) if (!taken.has(weight)) free.push(weight);
  const others = group.length - fixed.size;
  const step = Math.max(1, Math.min(10, Math.floor((free.length - 1) / Math.max(1, others - 1))));
  const weights = new Map<string, number>();
  let place = 0;
  for (const pool of group) {
    const proposal = fixed.get(pool);
    weights.set(pool, proposal?.value ?? free[place * step] ?? MIN_WEIGHT);
    if (proposal === undefined) place += 1;
  }
  return weights;
};

const isWeight = (weight: number | undefined): weight is number =>
  weight !== undefined && Number.isInteger(weight) && weight >= MIN_WEIGHT && weight <= MAX_WEIGHT;
