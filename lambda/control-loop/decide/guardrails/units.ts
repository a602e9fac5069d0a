import type { Finding, FleetDecision, UnitDecision } from '../../model/decision';
import type { Pause } from '../../model/pause';
import { fresh, freshQuantity } from '../../model/signals';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { guardFloors } from './floors';
import { withFloorsForShares } from './floors-for-shares';
import type { Guarded } from './guarded';
import { guardShares } from './shares';
import { guardTarget } from './targets';

interface GuardedUnits extends Guarded<Readonly<Record<string, UnitDecision>>> {
  /** See `FleetDecision`. */
  readonly retiring: FleetDecision['retiring'];
  /** See `FleetDecision`. */
  readonly isRescue: boolean;
  /** Whether a floor falls or a target rises. */
  readonly givesUp: boolean;
}

/**
 * Makes decisions that are safe to carry out of whatever is desired, and reports each cut. By unit name, in the order of the fleet.
 *
 * Floors hold the traffic that units are given, beside what the policy desires; they stay within the unit's bounds; targets near its
 * profile. Nothing is given up (floor lower, target higher) and no traffic shifted while the hold-down stands (`hold-down.ts`); raises
 * are always allowed. At most a tenth of the ready pods, at least one, is given up in a minute. Pauses hold, and fields that another
 * writer changed are left alone. A field changed behind KEDA's back, in the autoscaler that it makes, is reported too; the ScaledObject
 * is written all the same, for KEDA puts the autoscaler back.
 */
export const guardUnits = (context: PolicyContext, desired: DesiredFleet, pause: Pause): GuardedUnits => {
  const shares = guardShares(context, desired, pause);
  const floors = guardFloors(context, withFloorsForShares(context, desired, shares.decision), pause);
  const targets = context.fleet.units.map((unit) => guardTarget(context, unit, desired, pause));
  const units: Record<string, UnitDecision> = {};
  let givesUp = false;
  for (const [index, { name }] of context.fleet.units.entries()) {
    units[name] = {
      floor: floors.decision[index]!,
      targetThroughputPerMinute: targets[index]!.decision,
      share: shares.decision[index]!,
    };
    const observed = context.units[name];
    givesUp ||= isBelow(floors.decision[index]!.value, freshQuantity(observed?.floor, context.nowSeconds));
    givesUp ||= isBelow(freshQuantity(observed?.targetThroughputPerMinute, context.nowSeconds), targets[index]!.decision.value);
  }
  const findings = [...shares.findings, ...floors.findings, ...targets.flatMap((target) => target.findings), ...editFindings(context)];
  return { decision: units, findings, retiring: shares.retiring, isRescue: shares.isRescue, givesUp };
};

const isBelow = (a: number | undefined, b: number | undefined): boolean => a !== undefined && b !== undefined && a < b;

const editFindings = ({ fleet, units, nowSeconds }: PolicyContext): readonly Finding[] =>
  fleet.units.flatMap(({ name }) =>
    (fresh(units[name]?.autoscalerEdits, nowSeconds) ?? []).map(({ field, value, manager }) => ({
      code: 'Contested' as const,
      subject: `${name} ${field}`,
      message: `${manager} set it to ${value} in the autoscaler that KEDA makes of the ScaledObject; KEDA, while it runs, puts it back`,
    })),
  );
