import type { PodReturn } from '../model/decision';
import type { Pool, Unit } from '../model/fleet';
import { fresh, freshQuantity } from '../model/signals';
import { rfc3339 } from '../model/times';
import { blockedByOf, lossOf } from './guardrails/hold-down';
import { dearerPools, hasIdle, isUnsettled, paysOff, roomIn } from './moves';
import type { Placement } from './placement';
import type { PolicyContext } from './policies/policy';

/**
 * Why pods stay where they run dearer than in another pool of their unit; `undefined` where none do, or where it is not known where they run.
 *
 * @param memory what the fleet remembers of the moves of this unit
 */
export const whyStaying = (context: PolicyContext, unit: Unit, placement: Placement, memory: PodReturn | undefined): string | undefined => {
  const byPool = fresh(context.units[unit.name]?.readyPodsByPool, context.nowSeconds);
  if (byPool === undefined) return undefined;
  const cheaper = dearerPools(context, unit, byPool, placement).map(({ to, dear }) => {
    const paying = dear.filter(({ usdPerHour, savingUsdPerHour }) => paysOff(unit, usdPerHour, savingUsdPerHour));
    return {
      to,
      dear,
      obstacle: obstacleOf(context, unit, to) ?? (paying.length === 0 ? 'a move would not pay for itself within an hour' : undefined),
    };
  });
  const best = cheaper.find(({ obstacle }) => obstacle === undefined) ?? cheaper[0];
  if (best === undefined) return undefined;
  const { to, dear, obstacle } = best;
  const reason = obstacle ?? waitsFor(context, unit, byPool, placement, to, memory);
  if (reason === undefined) return undefined;
  const pods = dear.reduce((sum, one) => sum + one.pods, 0);
  const saving = dear.reduce((sum, one) => sum + one.pods * one.savingUsdPerHour, 0).toFixed(2);
  const where = dear.map(({ pool }) => pool.name).join(', ');
  return `${pods} ${pods === 1 ? 'pod stays' : 'pods stay'} in ${where}, ${saving} $/h dearer than in ${to.name}: ${reason}`;
};

/** Why a pool takes no further pod of a unit. */
const obstacleOf = (context: PolicyContext, unit: Unit, { name, ...pool }: Pool): string | undefined => {
  const notReady = fresh(context.pools[name]?.notReady, context.nowSeconds);
  if (notReady !== undefined) return `${name} is not ready: ${notReady}`;
  const circuit = context.circuits[name] ?? 'Closed';
  if (circuit === 'Open') return `${name} has no capacity`;
  if (circuit === 'HalfOpen') return `a probe asks ${name} for capacity`;
  return roomIn(context, unit, { name, ...pool }) < 1 ? `${name} has no room for another pod` : undefined;
};

/** What a move that could be made waits for. */
const waitsFor = (
  context: PolicyContext,
  unit: Unit,
  byPool: Readonly<Record<string, number>>,
  placement: Placement,
  to: Pool,
  memory: PodReturn | undefined,
): string | undefined => {
  const { nowSeconds } = context;
  if (memory?.phase === 'Waiting' && nowSeconds < memory.untilSeconds) {
    return `the next move is not before ${rfc3339(Math.round(memory.untilSeconds))}, as ${memory.moves === 1 ? 'one was' : `${memory.moves} were`} made or tried lately`;
  }
  const blocked = blockedByOf(context, 'floor');
  if (blocked !== undefined) return blocked;
  const loss = lossOf(context, unit);
  if (loss !== undefined) return loss;
  const replicas = freshQuantity(context.units[unit.name]?.replicas, nowSeconds);
  if (replicas === undefined) return 'replicas are not known';
  if (isUnsettled(context, unit, replicas, byPool)) return 'pods of the unit come or go';
  const idle = unit.pools.find((pool) => pool !== to.name && hasIdle(context, unit, pool, placement));
  if (idle !== undefined) return `${idle} has an empty node, which would take what is launched`;
  return replicas >= unit.maximumReplicas ? `the unit has its ${unit.maximumReplicas} maximumReplicas` : undefined;
};
