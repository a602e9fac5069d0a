import { deadbands } from '../contract/limits';
import { type Fleet, type Pool, type Unit, unitKey } from '../model/fleet';
import type { Observation } from '../model/observation';
import { fresh, freshQuantity } from '../model/signals';
import { isBlocked } from './circuits';
import type { Placement } from './placement';
import type { PolicyContext } from './policies/policy';
import { obtainableDevices } from './pools';
import { priceUsdPerDeviceHour } from './shares';

/** Part of the pods that run too dear that moves at a time, and the fewest that do. */
const PART_AT_A_TIME = 0.5;
const FEWEST_AT_A_TIME = 10;
/** After its readiness a pod needs two health checks and a look of CloudWatch before it counts as healthy, in seconds. */
export const HEALTHY_AFTER_SECONDS = 120;
/** A move must have paid for itself within this time, in hours: the cheap pool may be lost again. */
const PAYBACK_HOURS = 1;
/** How long an emptied node is paid for: the scale-down window of the autoscaler and Karpenter's `consolidateAfter`, in seconds. */
export const EMPTYING_SECONDS = 600;

export const readyIn = (byPool: Readonly<Record<string, number>>): number => Object.values(byPool).reduce((sum, pods) => sum + pods, 0);

/** Whether pods come or go, for whatever reason: what a move does could not be told from it. */
export const isUnsettled = (
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
export const hasIdle = ({ pools, nowSeconds }: PolicyContext, { devicesPerPod }: Unit, pool: string, placement: Placement): boolean => {
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

export const possibleMove = (
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
  placement: Placement,
): Move | undefined => {
  for (const { to, dear } of dearerPools(context, unit, byPool, placement)) {
    const room = roomIn(context, unit, to);
    if (isBlocked(context.circuits[to.name] ?? 'Closed') || room < 1) continue;
    const leaving = dear.filter(({ usdPerHour, savingUsdPerHour }) => paysOff(unit, usdPerHour, savingUsdPerHour));
    const there = leaving.reduce((sum, { pods }) => sum + pods, 0);
    if (there === 0) continue;
    const saving = leaving.reduce((sum, { pods, savingUsdPerHour }) => sum + pods * savingUsdPerHour, 0) / there;
    const atATime = Math.max(FEWEST_AT_A_TIME, Math.ceil(PART_AT_A_TIME * there));
    return { to, pods: Math.min(there, room, atATime), savingUsdPerHour: saving };
  }
  return undefined;
};

interface DearPool {
  readonly pool: Pool;
  /** Ready pods of the unit there. */
  readonly pods: number;
  /** Of one pod. */
  readonly usdPerHour: number;
  /** Of one pod, if it ran in the cheaper pool. */
  readonly savingUsdPerHour: number;
}

/** The pools of a unit, the cheapest first, that are cheaper by more than a deadband than others in which it has pods; and these. */
export const dearerPools = (
  { fleet, pools }: PolicyContext,
  unit: Unit,
  byPool: Readonly<Record<string, number>>,
  { order }: Placement,
): readonly { readonly to: Pool; readonly dear: readonly DearPool[] }[] => {
  const own = order.filter((name) => unit.pools.includes(name)).map((name) => fleet.pools.find((pool) => pool.name === name)!);
  const usdPerHour = own.map(
    (pool) => (pool.capacityType === 'reserved' ? 0 : priceUsdPerDeviceHour(pool, pools[pool.name])) * unit.devicesPerPod,
  );
  return own.flatMap((to, rank) => {
    const dear = own.flatMap((pool, index) => {
      const pods = byPool[pool.name] ?? 0;
      const savingUsdPerHour = usdPerHour[index]! - usdPerHour[rank]!;
      const isDear = index > rank && pods > 0 && savingUsdPerHour > deadbands.price * usdPerHour[index]!;
      return isDear ? [{ pool, pods, usdPerHour: usdPerHour[index]!, savingUsdPerHour }] : [];
    });
    return dear.length === 0 ? [] : [{ to, dear }];
  });
};

/** Pods that a pool has room for. */
export const roomIn = ({ pools, promisedDevices, nowSeconds }: PolicyContext, unit: Unit, pool: Pool): number => {
  const observed = pools[pool.name];
  const running = freshQuantity(observed?.runningDevices, nowSeconds);
  const isReady = observed?.notReady === undefined || fresh(observed.notReady, nowSeconds) === undefined;
  if (running === undefined || !isReady) return 0;
  const most = Math.min(obtainableDevices(pool, observed, nowSeconds), promisedDevices?.[pool.name] ?? Number.POSITIVE_INFINITY);
  return Math.floor((most - running) / unit.devicesPerPod);
};

/** Whether a pod that moves has paid for the time in which it runs twice, and its old node empties, before the payback is over. */
export const paysOff = ({ profile }: Unit, usdPerHour: number, savingUsdPerHour: number): boolean => {
  const twiceHours = (profile.coldStartSeconds + HEALTHY_AFTER_SECONDS) / 3600;
  const cost = twiceHours * (usdPerHour - savingUsdPerHour) + (EMPTYING_SECONDS / 3600) * usdPerHour;
  return cost <= PAYBACK_HOURS * savingUsdPerHour;
};
