import type { Finding, Reasoned, UnitDecision } from '../../model/decision';
import type { Unit } from '../../model/fleet';
import type { Pause } from '../../model/pause';
import { fresh, freshQuantity, missingUnitSignals, readyPods, whyUnknown } from '../../model/signals';
import { contestedMessage, isContested, leave, leaveWithFinding, writtenTo } from '../field-state';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { withFloorsForShares } from './floors-for-shares';
import { guardShares } from './shares';

/** Part of the ready pods of a fleet that may be given up in one tick. */
const MAX_GIVE_UP = 0.1;
// Profiles are measured, not exact: a target may lie a little above the breaking point.
const MAX_TARGET = 1.1;
const MIN_TARGET = 0.05;

export interface Guarded {
  /** By unit name, in the order of the fleet. */
  readonly units: Readonly<Record<string, UnitDecision>>;
  readonly findings: readonly Finding[];
}

/**
 * Turns any wishes into decisions that are safe to carry out, and remarks on each cut.
 *
 * Floors hold the traffic that units are given, beside what the policy wants; they stay within the unit's bounds; targets near its profile. Nothing is given up (floor lower, target higher) and no
 * traffic shifted while demand, readiness or latency of the fleet is unknown or older than five minutes, nor given up
 * while a unit misses the objective; raises are always allowed. At most a tenth of the ready pods, at least one, is given
 * up in one tick. Pauses hold, and fields that another writer changed are left alone. A field changed behind KEDA's back, in the autoscaler
 * it makes, is remarked too; the ScaledObject is written all the same, for KEDA puts the autoscaler back.
 */
export const guardUnits = (context: PolicyContext, desired: DesiredFleet, pause: Pause): Guarded => {
  const findings: Finding[] = [];
  const miss = refusalOf(context) ?? missOf(context);
  const holdDownOfTargets = holdDownOf(blockedByOf(context, 'target'), miss);
  const shares = guardShares(context, desired, pause, blockedByOf(context, 'share'), findings);
  const planned = withFloorsForShares(context, desired, shares);
  const floors = guardFloors(context, planned, pause, holdDownOf(blockedByOf(context, 'floor'), miss), findings);
  const targets = context.fleet.units.map((unit) => guardTarget(context, unit, desired, pause, holdDownOfTargets, findings));
  findings.push(...editFindings(context));
  const units: Record<string, UnitDecision> = {};
  for (const [index, unit] of context.fleet.units.entries()) {
    units[unit.name] = { floor: floors[index]!, targetThroughputPerMinute: targets[index]!, share: shares[index]! };
  }
  return { units, findings };
};

const editFindings = ({ fleet, units, nowSeconds }: PolicyContext): readonly Finding[] =>
  fleet.units.flatMap(({ name }) =>
    (fresh(units[name]?.autoscalerEdits, nowSeconds) ?? []).map(({ field, value, manager }) => ({
      code: 'Contested' as const,
      subject: `${name} ${field}`,
      message: `${manager} set it to ${value} in the autoscaler that KEDA makes of the ScaledObject; KEDA, while it runs, puts it back`,
    })),
  );

/** Which signal does not permit to give up anything in this field; `undefined` where all that it needs is known. */
const blockedByOf = (context: PolicyContext, field: 'floor' | 'target' | 'share'): string | undefined => {
  const { fleet, demand } = context;
  if (!demand.known) return `demand unknown: ${demand.reason}`;
  for (const { name } of fleet.units) {
    const missing = missingUnitSignals(fleet, name, context).find(({ facts }) => !facts.isFieldValue && facts.neededFor.includes(field));
    if (missing !== undefined) return `${missing.facts.label} of ${name}: ${missing.reason}`;
  }
  return undefined;
};

/**
 * Which unit misses the latency objective; `undefined` where none does. A unit whose profile alone is slower than the
 * objective is measured by its profile: more pods would not make it faster.
 */
const missOf = ({ fleet, units, nowSeconds }: PolicyContext): string | undefined => {
  for (const { name, profile } of fleet.units) {
    const latencySeconds = freshQuantity(units[name]?.latencySeconds, nowSeconds);
    const allowedSeconds = Math.max(fleet.objective.latencySeconds, 1.1 * profile.latencySeconds);
    if (latencySeconds !== undefined && latencySeconds > allowedSeconds) {
      return `${name} misses the objective: ${latencySeconds.toFixed(3)} s of ${allowedSeconds.toFixed(3)} s`;
    }
  }
  return undefined;
};

/** How long after a refusal nothing is given up, in minutes: as long as demand looks back. */
const REFUSAL_MINUTES = 3;

/** Which unit had requests refused in the last minutes, for want of a healthy target; `undefined` where none had. */
const refusalOf = ({ fleet, units, nowSeconds }: PolicyContext): string | undefined => {
  for (const { name } of fleet.units) {
    const minutes = (fresh(units[name]?.minutes, nowSeconds) ?? []).slice(-REFUSAL_MINUTES);
    const refused = Math.max(0, ...minutes.map((minute) => minute.refused ?? 0));
    if (refused > 0) return `${Math.round(refused)} requests/min of ${name} are refused for want of a healthy target`;
  }
  return undefined;
};

/** Why nothing may be given up, and under which code that is remarked. */
interface HoldDown {
  readonly code: Finding['code'];
  readonly reason: string;
}

const holdDownOf = (blockedBy: string | undefined, miss: string | undefined): HoldDown | undefined => {
  if (blockedBy !== undefined) return { code: 'Unknown', reason: blockedBy };
  return miss === undefined ? undefined : { code: 'Rejected', reason: miss };
};

const guardFloors = (
  context: PolicyContext,
  desired: DesiredFleet,
  pause: Pause,
  holdDown: HoldDown | undefined,
  findings: Finding[],
): readonly Reasoned<number>[] => {
  const { fleet, memory, nowSeconds } = context;
  const drops = fleet.units.map(() => 0);
  const decisions = fleet.units.map((unit, index): Reasoned<number> => {
    const subject = `${unit.name} floor`;
    const proposal = desired.units[unit.name]?.floor;
    const signal = context.units[unit.name]?.floor;
    const live = freshQuantity(signal, nowSeconds);
    if (proposal === undefined) return leave('no floor is wanted');
    if (live === undefined) return leaveWithFinding(findings, 'Unknown', subject, `present floor: ${whyUnknown(signal, nowSeconds)}`);
    const written = writtenTo(memory, 'floor', unit.name);
    if (isContested(written, live)) return leaveWithFinding(findings, 'Contested', subject, contestedMessage(written, live));
    const value = boundFloor(unit, proposal.value, subject, findings);
    if (value === undefined) return leave(`${proposal.value} pods wanted, which is no number`);
    if (value > live && pause.up) return leaveWithFinding(findings, 'Paused', subject, `${value} wanted, paused up at ${live}`);
    if (value < live && pause.down) return leaveWithFinding(findings, 'Paused', subject, `${value} wanted, paused down at ${live}`);
    if (value < live && holdDown !== undefined) {
      return leaveWithFinding(findings, holdDown.code, subject, `${value} wanted, not lowered from ${live}: ${holdDown.reason}`);
    }
    // A floor above maximumReplicas holds no more pods than maximumReplicas: cutting it back to that gives nothing up.
    drops[index] = Math.max(0, Math.min(live, mostReplicas(unit)) - value);
    return { value, reason: proposal.reason };
  });
  return boundDrops(context, decisions, drops, findings);
};

const mostReplicas = (unit: Unit): number => Math.max(unit.minimumReplicas, unit.maximumReplicas);

const boundFloor = (unit: Unit, wanted: number, subject: string, findings: Finding[]): number | undefined => {
  if (Number.isNaN(wanted)) {
    findings.push({ code: 'Rejected', subject, message: `${wanted} pods wanted, which is no number` });
    return undefined;
  }
  const value = Math.max(unit.minimumReplicas, Math.min(mostReplicas(unit), Math.ceil(wanted)));
  if (value !== Math.ceil(wanted)) {
    findings.push({
      code: 'Clamped',
      subject,
      message: `${wanted} wanted, ${value} set: within ${unit.minimumReplicas} to ${mostReplicas(unit)}`,
    });
  }
  return value;
};

/** Cuts what floors fall by to what a fleet may give up in one tick, in proportion to what each was to fall by. */
const boundDrops = (
  { fleet, units, nowSeconds }: PolicyContext,
  decisions: readonly Reasoned<number>[],
  drops: readonly number[],
  findings: Finding[],
): readonly Reasoned<number>[] => {
  const total = drops.reduce((sum, drop) => sum + drop, 0);
  const ready = fleet.units.reduce((sum, { name }) => sum + (readyPods(units[name], nowSeconds) ?? 0), 0);
  const most = Math.max(1, Math.floor(ready * MAX_GIVE_UP));
  if (total <= most) return decisions;
  const granted = drops.map((drop) => Math.floor((drop * most) / total));
  let left = most - granted.reduce((sum, pods) => sum + pods, 0);
  const byRemainder = drops.map((_, index) => index).sort((a, b) => ((drops[b]! * most) % total) - ((drops[a]! * most) % total) || a - b);
  for (const index of byRemainder) {
    if (left > 0 && granted[index]! < drops[index]!) {
      granted[index]! += 1;
      left -= 1;
    }
  }
  return decisions.map(({ value, reason }, index) => {
    if (value === undefined || granted[index] === drops[index]) return { value, reason };
    const bounded = value + drops[index]! - granted[index]!;
    findings.push({
      code: 'Clamped',
      subject: `${fleet.units[index]!.name} floor`,
      message: `${value} wanted, ${bounded} set: a fleet with ${ready} ready pods gives up at most ${most} in one tick`,
    });
    return { value: bounded, reason: `${reason}; lowered step by step` };
  });
};

const guardTarget = (
  context: PolicyContext,
  unit: Unit,
  desired: DesiredFleet,
  pause: Pause,
  holdDown: HoldDown | undefined,
  findings: Finding[],
): Reasoned<number> => {
  const { memory, nowSeconds } = context;
  const subject = `${unit.name} target`;
  const proposal = desired.units[unit.name]?.targetThroughputPerMinute;
  const signal = context.units[unit.name]?.targetThroughputPerMinute;
  const live = freshQuantity(signal, nowSeconds);
  if (proposal === undefined) return leave('no target is wanted');
  if (live === undefined) return leaveWithFinding(findings, 'Unknown', subject, `present target: ${whyUnknown(signal, nowSeconds)}`);
  const written = writtenTo(memory, 'target', unit.name);
  if (isContested(written, live)) return leaveWithFinding(findings, 'Contested', subject, contestedMessage(written, live));
  if (Number.isNaN(proposal.value))
    return leaveWithFinding(findings, 'Rejected', subject, `${proposal.value}/min wanted, which is no number`);
  const { throughputPerMinute } = unit.profile;
  const least = throughputPerMinute * MIN_TARGET;
  let value = fiveDigits(Math.max(least, Math.min(throughputPerMinute * MAX_TARGET, proposal.value)));
  if (value !== fiveDigits(proposal.value)) {
    findings.push({
      code: 'Clamped',
      subject,
      message: `${proposal.value}/min wanted, ${value} set: near the profile's ${throughputPerMinute}`,
    });
  }
  let reason = proposal.reason;
  // A higher target is fewer pods.
  if (value < live && pause.up) return leaveWithFinding(findings, 'Paused', subject, `${value}/min wanted, paused up at ${live}`);
  if (value > live && pause.down) return leaveWithFinding(findings, 'Paused', subject, `${value}/min wanted, paused down at ${live}`);
  if (value > live && holdDown !== undefined) {
    return leaveWithFinding(findings, holdDown.code, subject, `${value}/min wanted, not raised from ${live}: ${holdDown.reason}`);
  }
  const step = fiveDigits(Math.max(least, live / (1 - MAX_GIVE_UP)));
  if (value > step) {
    findings.push({ code: 'Clamped', subject, message: `${value}/min wanted, ${step} set: a tenth of the pods in one tick` });
    value = step;
    reason = `${reason}; raised step by step`;
  }
  return { value, reason };
};

// Enough for any profile, and short enough to be read in a manifest.
const fiveDigits = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(5)) : value);
