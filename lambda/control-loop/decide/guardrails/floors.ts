import type { Finding, Reasoned } from '../../model/decision';
import type { Unit } from '../../model/fleet';
import type { Pause } from '../../model/pause';
import { freshQuantity, readyPods, whyUnknown } from '../../model/signals';
import { contestedMessage, isContested, writtenTo } from '../field-state';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { scalerPauseOf } from '../scalers';
import { type Guarded, type GuardedField, held, left } from './guarded';
import { holdDownOf, MAX_GIVE_UP } from './hold-down';

interface FloorDecision extends GuardedField {
  /** Pods that the fleet gives up by it. */
  readonly drop: number;
}

/** The floors of a fleet, in the order of its units: within their bounds, raised at once, lowered together by a bounded part of its pods. */
export const guardFloors = (context: PolicyContext, desired: DesiredFleet, pause: Pause): Guarded<readonly Reasoned<number>[]> => {
  const decided = context.fleet.units.map((unit) => guardFloor(context, unit, desired, pause));
  const bounded = boundDrops(context, decided);
  return { decision: bounded.decision, findings: [...decided.flatMap(({ findings }) => findings), ...bounded.findings] };
};

const guardFloor = (context: PolicyContext, unit: Unit, desired: DesiredFleet, pause: Pause): FloorDecision => {
  const subject = `${unit.name} floor`;
  const proposal = desired.units[unit.name]?.floor;
  const signal = context.units[unit.name]?.floor;
  const live = freshQuantity(signal, context.nowSeconds);
  const keep = (kept: GuardedField): FloorDecision => ({ ...kept, drop: 0 });
  if (proposal === undefined) return keep(left('no floor is desired'));
  if (live === undefined) return keep(held('Unknown', subject, `present floor: ${whyUnknown(signal, context.nowSeconds)}`));
  const written = writtenTo(context.memory, 'floor', unit.name);
  if (isContested(written, live, context.fleet, context.nowSeconds))
    return keep(held('Contested', subject, contestedMessage(written, live)));
  if (Number.isNaN(proposal.value)) return keep(held('Rejected', subject, 'the desired number of pods is not a number'));
  const { minimumReplicas } = unit;
  const maximumReplicas = maxReplicas(unit);
  const value = Math.max(minimumReplicas, Math.min(maximumReplicas, Math.ceil(proposal.value)));
  const clamped: readonly Finding[] =
    value === Math.ceil(proposal.value)
      ? []
      : [
          {
            code: 'Clamped',
            subject,
            message: `${proposal.value} desired, ${value} set: within ${minimumReplicas} to ${maximumReplicas}`,
          },
        ];
  const hold = (code: Finding['code'], message: string): FloorDecision => {
    const { decision, findings } = held(code, subject, message);
    return { decision, findings: [...clamped, ...findings], drop: 0 };
  };
  const follower = value === live ? undefined : scalerPauseOf(context, unit.name, value > live ? 'up' : 'down');
  if (follower !== undefined) return hold('Paused', `${value} desired, left at ${live}: ${follower}`);
  const unfollowed = context.unfollowed.get(unit.name);
  // Asked on, or it could not be seen to follow again; once fewer pods are wanted than it has, those are asked for.
  if (unfollowed !== undefined && value >= unfollowed.pods && live > value && !proposal.isOverride) {
    return keep(left(`its Deployment has ${unfollowed.pods} of ${live} pods, which it is asked for until it follows`));
  }
  if (value > live && pause.up) return hold('Paused', `${value} desired, paused up at ${live}`);
  if (value < live && pause.down) return hold('Paused', `${value} desired, paused down at ${live}`);
  const holdDown = value < live ? holdDownOf(context, unit, 'floor') : undefined;
  if (holdDown !== undefined) return hold(holdDown.code, `${value} desired, not lowered from ${live}: ${holdDown.reason}`);
  // A floor above maximumReplicas holds no more pods than maximumReplicas: cutting it back to that gives nothing up.
  const drop = Math.max(0, Math.min(live, maximumReplicas) - value);
  return { decision: { value, reason: proposal.reason }, findings: clamped, drop };
};

const maxReplicas = (unit: Unit): number => Math.max(unit.minimumReplicas, unit.maximumReplicas);

/** Cuts what floors fall by to what a fleet may give up at a time, in proportion to what each was to fall by. */
const boundDrops = (
  { fleet, units, nowSeconds }: PolicyContext,
  decided: readonly FloorDecision[],
): Guarded<readonly Reasoned<number>[]> => {
  const drops = decided.map(({ drop }) => drop);
  const total = drops.reduce((sum, drop) => sum + drop, 0);
  const ready = fleet.units.reduce((sum, { name }) => sum + (readyPods(units[name], nowSeconds) ?? 0), 0);
  const max = Math.max(1, Math.floor(ready * MAX_GIVE_UP));
  if (total <= max) return { decision: decided.map(({ decision }) => decision), findings: [] };
  const granted = drops.map((drop) => Math.floor((drop * max) / total));
  let left = max - granted.reduce((sum, pods) => sum + pods, 0);
  const byRemainder = drops.map((_, index) => index).sort((a, b) => ((drops[b]! * max) % total) - ((drops[a]! * max) % total) || a - b);
  for (const index of byRemainder) {
    if (left > 0 && granted[index]! < drops[index]!) {
      granted[index]! += 1;
      left -= 1;
    }
  }
  const findings: Finding[] = [];
  const decision = decided.map(({ decision: { value, reason } }, index): Reasoned<number> => {
    if (value === undefined || granted[index] === drops[index]) return { value, reason };
    const bounded = value + drops[index]! - granted[index]!;
    findings.push({
      code: 'Clamped',
      subject: `${fleet.units[index]!.name} floor`,
      message: `${value} desired, ${bounded} set: a fleet with ${ready} ready pods gives up at most ${max} a minute`,
    });
    return { value: bounded, reason: `${reason}; lowered step by step` };
  });
  return { decision, findings };
};
