import { deadbands } from '../contract/limits';
import type { DesiredUnit, Finding, PodReturn } from '../model/decision';
import { type Fleet, type Pool, type Unit, unitKey } from '../model/fleet';
import type { Observation } from '../model/observation';
import { fresh, freshQuantity } from '../model/signals';
import { blockedByOf, lossOf } from './guardrails/hold-down';
import type { Placement } from './placement';
import type { DesiredFleet, PolicyContext } from './policies/policy';
import { obtainableDevices } from './pools';
import { priceUsdPerDeviceHour } from './shares';

/** Part of the pods that run too dear that moves at a time, and the fewest that do. */
const PART_AT_A_TIME = 0.5;
const FEWEST_AT_A_TIME = 10;
/** After its readiness a pod needs two health checks and a look of CloudWatch before it counts as healthy, in seconds. */
const HEALTHY_AFTER_SECONDS = 120;
/** How long a scaled-down Deployment may keep its further pods: the autoscaler's window and some, in seconds. */
const LEAVING_SECONDS = 900;
/** A move that has not succeeded by so many cold starts, and this time, in seconds, is given up. */
const MOST_COLD_STARTS = 2;
const MARGIN_SECONDS = 300;
/** After the first move none is begun for this time, in seconds. */
const RETRY_SECONDS = 1800;
/** And no longer than this, after which it is forgotten how many moves there were. */
const MOST_RETRY_SECONDS = 14_400;
/** A move must have paid for itself within this time, in hours: the cheap pool may be lost again. */
const PAYBACK_HOURS = 1;
/** How long an emptied node is paid for: the scale-down window of the autoscaler and Karpenter's `consolidateAfter`, in seconds. */
const EMPTYING_SECONDS = 600;

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
    if (now === undefined) continue;
    returns[unit.name] = now.memory;
    if (now.finding !== undefined) findings.push({ code: 'Return', subject: unit.name, message: now.finding });
    const own = desired.units[unit.name];
    const floor = own?.floor;
    if (now.floor === undefined || floor === undefined || floor.isOverride || floor.value >= now.floor) continue;
    units[unit.name] = { ...own, floor: { value: now.floor, reason: now.finding ?? floor.reason } };
  }
  if (Object.keys(returns).length === 0) return { desired, returns };
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

const readyIn = (byPool: Readonly<Record<string, number>>): number => Object.values(byPool).reduce((sum, pods) => sum + pods, 0);

/** Whether pods come or go, for whatever reason: what a move does could not be told from it. */
const isUnsettled = (
  { units, nowSeconds }: PolicyContext,
  { name }: Unit,
  replicas: number,
  byPool: Readonly<Record<string, number>>,
): boolean => {
  const seen = units[name];
  const moving = [seen?.startingPods, seen?.leavingPods, seen?.surgePods].map((signal) => freshQuantity(signal, nowSeconds));
  return readyIn(byPool) !== replicas || moving.some((pods) => pods !== 0);
};

/** Whether a pool has a node with room for a pod: it would take the pod that is to go elsewhere. */
const hasIdle = ({ pools, nowSeconds }: PolicyContext, { devicesPerPod }: Unit, pool: string, placement: Placement): boolean => {
  const running = freshQuantity(pools[pool]?.runningDevices, nowSeconds);
  return running === undefined || running - (placement.usedDevices.get(pool) ?? 0) >= devicesPerPod;
};

/** Devices that ready pods of all fleets use, by pool name. */
export const devicesInUse = (fleets: readonly Fleet[], observation: Observation): ReadonlyMap<string, number> => {
  const used = new Map<string, number>();
  for (const fleet of fleets) {
    for (const unit of fleet.units) {
      const byPool = fresh(observation.units[unitKey(fleet, unit.name)]?.readyPodsByPool, observation.atSeconds) ?? {};
      for (const [pool, pods] of Object.entries(byPool)) used.set(pool, (used.get(pool) ?? 0) + pods * unit.devicesPerPod);
    }
  }
  return used;
};

interface Move {
  readonly to: Pool;
  readonly pods: number;
  /** Of one pod. */
  readonly savingUsdPerHour: number;
}

const possibleMove = (
  context: PolicyContext,
  unit: Unit,
  byPool: Readonly<Record<string, number>>,
  placement: Placement,
): Move | undefined => {
  const move = cheapestMove(context, unit, byPool, placement);
  const others = unit.pools.filter((pool) => pool !== move?.to.name);
  return others.some((pool) => hasIdle(context, unit, pool, placement)) ? undefined : move;
};

/** The pods that run dearer than they need, and the cheapest pool that has room for them; `undefined` where none does or it does not pay. */
const cheapestMove = (
  context: PolicyContext,
  unit: Unit,
  byPool: Readonly<Record<string, number>>,
  { order }: Placement,
): Move | undefined => {
  const { fleet, pools, circuits } = context;
  const own = order.filter((name) => unit.pools.includes(name)).map((name) => fleet.pools.find((pool) => pool.name === name)!);
  const priceOf = (pool: Pool): number =>
    (pool.capacityType === 'reserved' ? 0 : priceUsdPerDeviceHour(pool, pools[pool.name])) * unit.devicesPerPod;
  for (const [rank, to] of own.entries()) {
    const room = roomIn(context, unit, to);
    if (circuits[to.name] === 'Open' || circuits[to.name] === 'HalfOpen' || room < 1) continue;
    const price = priceOf(to);
    const dear = own.slice(rank + 1).filter((pool) => paysOff(unit, priceOf(pool), price));
    const there = dear.reduce((sum, { name }) => sum + (byPool[name] ?? 0), 0);
    if (there === 0) continue;
    const saving = dear.reduce((sum, pool) => sum + (byPool[pool.name] ?? 0) * (priceOf(pool) - price), 0) / there;
    const atATime = Math.max(FEWEST_AT_A_TIME, Math.ceil(PART_AT_A_TIME * there));
    return { to, pods: Math.min(there, room, atATime), savingUsdPerHour: saving };
  }
  return undefined;
};

/** Pods that a pool has room for. */
const roomIn = ({ pools, promisedDevices, nowSeconds }: PolicyContext, unit: Unit, pool: Pool): number => {
  const observed = pools[pool.name];
  const running = freshQuantity(observed?.runningDevices, nowSeconds);
  const isReady = observed?.notReady === undefined || fresh(observed.notReady, nowSeconds) === undefined;
  if (running === undefined || !isReady) return 0;
  const most = Math.min(obtainableDevices(pool, observed, nowSeconds), promisedDevices?.[pool.name] ?? Number.POSITIVE_INFINITY);
  return Math.floor((most - running) / unit.devicesPerPod);
};

/** Whether a pod that moves has paid for the time in which it runs twice, and its old node empties, before the payback is over. */
const paysOff = ({ profile }: Unit, fromUsdPerHour: number, toUsdPerHour: number): boolean => {
  const saving = fromUsdPerHour - toUsdPerHour;
  const twiceHours = (profile.coldStartSeconds + HEALTHY_AFTER_SECONDS) / 3600;
  const cost = twiceHours * toUsdPerHour + (EMPTYING_SECONDS / 3600) * fromUsdPerHour;
  return saving > deadbands.price * fromUsdPerHour && cost <= PAYBACK_HOURS * saving;
};
