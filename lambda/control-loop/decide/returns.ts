import type { DesiredUnit, Finding, PodReturn } from '../model/decision';
import type { Unit } from '../model/fleet';
import { fresh, freshQuantity } from '../model/signals';
import { blockedByOf, lossOf } from './guardrails/hold-down';
import { EMPTYING_SECONDS, HEALTHY_AFTER_SECONDS, isUnsettled, possibleMove, readyIn } from './moves';
import type { Placement } from './placement';
import type { DesiredFleet, PolicyContext } from './policies/policy';
import { whyStaying } from './staying';

/** How long a scaled-down Deployment may keep its further pods: the autoscaler's window and some, in seconds. */
const LEAVING_SECONDS = 900;
/** A move that has not succeeded by so many cold starts, and this time, in seconds, is given up. */
const MOST_COLD_STARTS = 2;
const MARGIN_SECONDS = 300;
/** After the first move none is begun for this time, in seconds. */
const RETRY_SECONDS = 1800;
/** And no longer than this, after which it is forgotten how many moves there were. */
const MOST_RETRY_SECONDS = 14_400;

export interface Returns {
  readonly desired: DesiredFleet;
  /** What the fleet is to remember of its moves, by unit name. */
  readonly returns: Readonly<Record<string, PodReturn>>;
}

/**
 * Moves pods back to a cheaper pool of their unit once it has capacity again, make before break: the floor rises above what runs, Karpenter
 * launches in the pool that is tried first, and when the new pods are ready there and healthy the floor falls back, upon which the dearest
 * pods go first (see `deletionCosts`) and Karpenter takes their empty nodes.
 *
 * Nothing moves while a signal is unknown, requests are refused or miss the objective, pods start or leave, or the saving does not pay for
 * the move within an hour. A move that meets a shortage stops, and the next one waits: half an hour at first,
 * up to four hours after several.
 */
export const returnPods = (context: PolicyContext, desired: DesiredFleet, placement: Placement): Returns => {
  const returns: Record<string, PodReturn> = {};
  const units: Record<string, DesiredUnit> = {};
  const findings: Finding[] = [];
  for (const unit of context.fleet.units) {
    if (unit.pools.length < 2) continue;
    const before = context.memory.returns?.[unit.name];
    const now = before === undefined ? begin(context, unit, placement) : goOn(context, unit, before, placement);
    if (now === undefined || (now.memory.phase === 'Waiting' && now.finding === undefined)) {
      const message = whyStaying(context, unit, placement, now?.memory);
      if (message !== undefined) findings.push({ code: 'Return', subject: unit.name, message });
    }
    if (now === undefined) continue;
    returns[unit.name] = now.memory;
    if (now.finding !== undefined) findings.push({ code: 'Return', subject: unit.name, message: now.finding });
    const own = desired.units[unit.name];
    const floor = own?.floor;
    if (now.floor === undefined || floor === undefined || floor.isOverride || floor.value >= now.floor) continue;
    units[unit.name] = { ...own, floor: { value: now.floor, reason: now.finding ?? floor.reason } };
  }
  if (Object.keys(returns).length === 0 && findings.length === 0) return { desired, returns };
  return { desired: { ...desired, units: { ...desired.units, ...units }, findings: [...desired.findings, ...findings] }, returns };
};

interface Step {
  readonly memory: PodReturn;
  /** The least replicas that the move needs; left out where it needs none. */
  readonly floor?: number;
  readonly finding?: string;
}

const moving = (pods: number, pool: string, savingUsdPerHour: number): string =>
  `${pods} ${pods === 1 ? 'pod moves' : 'pods move'} to ${pool}, which saves ${(pods * savingUsdPerHour).toFixed(2)} $/h`;

/** Each move waits twice as long as the one before it: capacity that is lost again and again is not worth chasing. */
const waitFrom = (seconds: number, moves: number, firstSeconds = RETRY_SECONDS): Step => ({
  memory: { phase: 'Waiting', untilSeconds: seconds + Math.min(MOST_RETRY_SECONDS, firstSeconds * 2 ** moves), moves: moves + 1 },
});

const begin = (context: PolicyContext, unit: Unit, placement: Placement, moves = 0): Step | undefined => {
  const { units, nowSeconds } = context;
  const seen = units[unit.name];
  const byPool = fresh(seen?.readyPodsByPool, nowSeconds);
  const replicas = freshQuantity(seen?.replicas, nowSeconds);
  if (byPool === undefined || replicas === undefined || isUnsettled(context, unit, replicas, byPool)) return undefined;
  if (blockedByOf(context, 'floor') !== undefined || lossOf(context, unit) !== undefined) return undefined;
  const move = possibleMove(context, unit, byPool, placement);
  if (move === undefined) return undefined;
  if (replicas >= unit.maximumReplicas) return undefined;
  // Where there is no capacity after all, what was to go to the cheap pool is launched in the dear one: one pod tells.
  const pods = 1;
  return {
    memory: {
      phase: 'Launching',
      pool: move.to.name,
      pods,
      replicas,
      readyThere: byPool[move.to.name] ?? 0,
      savingUsdPerHour: move.savingUsdPerHour,
      moves,
      sinceSeconds: nowSeconds,
    },
    floor: replicas + pods,
    finding: moving(pods, move.to.name, move.savingUsdPerHour),
  };
};

const goOn = (context: PolicyContext, unit: Unit, memory: PodReturn, placement: Placement): Step | undefined => {
  const { units, circuits, nowSeconds } = context;
  if (memory.phase === 'Waiting') {
    if (nowSeconds < memory.untilSeconds) return { memory };
    const isForgotten = nowSeconds - memory.untilSeconds > MOST_RETRY_SECONDS;
    return begin(context, unit, placement, isForgotten ? 0 : memory.moves) ?? (isForgotten ? undefined : { memory });
  }
  const { pool, pods, replicas, readyThere, savingUsdPerHour, moves, sinceSeconds } = memory;
  const seen = units[unit.name];
  if (memory.phase === 'Leaving') {
    const present = freshQuantity(seen?.replicas, nowSeconds);
    const isOver = (present !== undefined && present <= replicas) || nowSeconds - sinceSeconds > LEAVING_SECONDS;
    return isOver ? waitFrom(sinceSeconds, moves) : { memory };
  }
  if (circuits[pool] === 'Open' || !unit.pools.includes(pool)) {
    return { ...waitFrom(nowSeconds, moves), finding: `no pods move to ${pool}: it has no capacity` };
  }
  const byPool = fresh(seen?.readyPodsByPool, nowSeconds) ?? {};
  const arrived = (byPool[pool] ?? 0) - readyThere;
  const hold: Omit<Step, 'memory'> = { floor: replicas + pods, finding: moving(pods, pool, savingUsdPerHour) };
  if (memory.phase === 'Launching') {
    // Pods that found room on nodes of other pools, which were about to be emptied, are ready too, and not where they should be.
    const isDone = arrived >= pods || readyIn(byPool) >= replicas + pods;
    if (isDone && arrived > 0) {
      return { memory: { ...memory, phase: 'Landed', pods: Math.min(arrived, pods), sinceSeconds: nowSeconds }, ...hold };
    }
    if (isDone) return { ...waitFrom(nowSeconds, moves, EMPTYING_SECONDS), finding: `no pods move to ${pool}: they found room elsewhere` };
    const seconds = MOST_COLD_STARTS * unit.profile.coldStartSeconds + MARGIN_SECONDS;
    if (nowSeconds - sinceSeconds <= seconds) return { memory, ...hold };
    return {
      ...waitFrom(nowSeconds, moves),
      finding: `no pods move to ${pool}: none became ready there in ${Math.round(seconds)} s`,
    };
  }
  if (arrived < pods) return waitFrom(nowSeconds, moves);
  if (nowSeconds - sinceSeconds < HEALTHY_AFTER_SECONDS || lossOf(context, unit) !== undefined) return { memory, ...hold };
  // One pod has shown that the pool has capacity: the others follow before any go.
  const more = possibleMove(context, unit, byPool, placement);
  const all = more?.to.name === pool ? Math.min(more.pods, unit.maximumReplicas - replicas) : 0;
  if (all > pods)
    return {
      memory: { ...memory, phase: 'Launching', pods: all, sinceSeconds: nowSeconds },
      floor: replicas + all,
      finding: moving(all, pool, savingUsdPerHour),
    };
  return { memory: { ...memory, phase: 'Leaving', sinceSeconds: nowSeconds } };
};
