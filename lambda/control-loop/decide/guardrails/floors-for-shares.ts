import type { DesiredUnit, Reasoned } from '../../model/decision';
import { fresh } from '../../model/signals';
import { grantPods } from '../grants';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { sizingObjective } from '../profiles/slow';
import { podsFor } from '../queueing';
import { claimOf, roomOf } from '../room';
import { normalized } from '../shares';

/**
 * What is desired, with floors that hold the traffic that units are given.
 *
 * A policy sizes floors for the shares it desires. Where a unit cannot have its share, others take over, and what they take over is
 * planned for in the same tick: a floor is the larger of both, for the desired share is to be had again.
 *
 * @param shares as they will be set, in the order of the units; without a value they stay as the router has them
 */
export const withFloorsForShares = (context: PolicyContext, desired: DesiredFleet, shares: readonly Reasoned<number>[]): DesiredFleet => {
  const { fleet, demand, nowSeconds, routerWeights, slowUnits } = context;
  if (desired.floorsFollowShares === undefined || fleet.router === undefined || !demand.known) return desired;
  const weights = fresh(routerWeights, nowSeconds);
  const live = normalized(fleet.units.map(({ name }) => weights?.[name] ?? 0));
  const units: Record<string, DesiredUnit> = { ...desired.units };
  const claims = fleet.units.map((unit) => claimOf(unit, desired.units[unit.name]?.floor?.value ?? 0));
  let { left } = grantPods(claims, roomOf(context, {}));
  for (const [index, unit] of fleet.units.entries()) {
    const wanted = desired.units[unit.name];
    if (wanted?.floor === undefined || wanted.floor.isOverride) continue;
    const ratePerMinute = (shares[index]?.value ?? live[index]!) * demand.value.plannedPerMinute;
    if (!Number.isFinite(ratePerMinute)) continue;
    const objective = sizingObjective(fleet.objective, slowUnits.has(unit.name));
    const needed = Math.min(podsFor(ratePerMinute, unit.profile, objective, unit.maximumReplicas), unit.maximumReplicas);
    if (needed <= wanted.floor.value) continue;
    // Out of what no other floor counts on.
    const more = grantPods([claimOf(unit, needed - wanted.floor.value)], left);
    left = more.left;
    const reason = `${Math.round(ratePerMinute)} requests/min by the share that it is given`;
    if (more.pods[0]! > 0) units[unit.name] = { ...wanted, floor: { value: wanted.floor.value + more.pods[0]!, reason } };
  }
  return { ...desired, units };
};
