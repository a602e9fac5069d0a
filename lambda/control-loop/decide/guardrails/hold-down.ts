import type { Finding, FleetMemory } from '../../model/decision';
import type { Unit } from '../../model/fleet';
import { fresh, freshQuantity, missingUnitSignals } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';
import { fewestRequests } from '../profiles/evidence';
import { allowedSeconds, learnedUnloadedSeconds } from '../profiles/slow';

/** Part of the ready pods of a fleet that may be given up at a time. */
export const MAX_GIVE_UP = 0.1;
/** How long after it gave up something a fleet gives up more, in seconds: what it may lose is bounded by time, however many ticks there are. */
const GIVE_UP_PERIOD_SECONDS = 60;
/** Scheduled ticks come this much early, in seconds. */
const EARLY_SECONDS = 1;

/** Why nothing may be given up, and the code of the finding that reports it. */
export interface HoldDown {
  readonly code: Finding['code'];
  readonly reason: string;
}

/**
 * Why the floor of a unit may not be lowered, or its target not raised; `undefined` where they may.
 *
 * Nothing is given up in a fleet while a signal that the field needs is unknown or too old, while requests are refused, or within a
 * minute after the last time; nothing of a unit while its requests miss the objective and more pods would mend it.
 */
export const holdDownOf = (context: PolicyContext, unit: Unit, field: 'floor' | 'target'): HoldDown | undefined => {
  const blockedBy = blockedByOf(context, field);
  if (blockedBy !== undefined) return { code: 'Unknown', reason: blockedBy };
  const reason = lossOf(context, unit);
  if (reason !== undefined) return { code: 'Rejected', reason };
  const { memory, nowSeconds } = context;
  if (nowSeconds >= lastingUntil(memory, nowSeconds) - EARLY_SECONDS) return undefined;
  return { code: 'Clamped', reason: 'the fleet gave up something within the last minute' };
};

/** Whether requests are refused, or those of a unit miss the objective where more pods would mend it; `undefined` where neither is so. */
export const lossOf = (context: PolicyContext, unit: Unit): string | undefined => refusalOf(context) ?? missOf(context, unit);

/**
 * When the fleet may give up something again, as it is to remember it. Early ticks do not add up: the time is counted on from when it was
 * due.
 */
export const nextGiveUp = (memory: FleetMemory, givesUp: boolean, nowSeconds: number): number => {
  const dueSeconds = lastingUntil(memory, nowSeconds);
  return givesUp ? Math.max(nowSeconds, dueSeconds) + GIVE_UP_PERIOD_SECONDS : dueSeconds;
};

/** A memory from a clock that was ahead holds no longer than any other. */
const lastingUntil = ({ nextGiveUpSeconds = 0 }: FleetMemory, nowSeconds: number): number =>
  Math.min(nextGiveUpSeconds, nowSeconds + GIVE_UP_PERIOD_SECONDS);

/** Which unknown signal does not permit to give up anything in this field; `undefined` where all that it needs is known. */
export const blockedByOf = (context: PolicyContext, field: 'floor' | 'target' | 'share'): string | undefined => {
  const { fleet, demand } = context;
  if (!demand.known) return `demand unknown: ${demand.reason}`;
  for (const { name } of fleet.units) {
    const missing = missingUnitSignals(fleet, name, context).find(({ facts }) => !facts.isFieldValue && facts.neededFor.includes(field));
    if (missing !== undefined) return `${missing.facts.label} of ${name}: ${missing.reason}`;
  }
  return undefined;
};

/** A latency this near to that of requests that wait for nothing is not made shorter by pods. */
const AS_FAST_AS_IT_GETS = 1.2;

/**
 * How a unit misses the objective; `undefined` where it does not, where a handful of requests do, and where more pods do not mend it.
 */
const missOf = ({ fleet, units, profiles, nowSeconds }: PolicyContext, { name }: Unit): string | undefined => {
  const latencySeconds = freshQuantity(units[name]?.latencySeconds, nowSeconds);
  const requests = fresh(units[name]?.requestsPerMinute, nowSeconds)?.values.at(-1);
  const hasFewRequests = requests !== undefined && requests < fewestRequests(fleet.objective.percentile);
  const learned = profiles[name];
  if (latencySeconds === undefined || learned === undefined || hasFewRequests) return undefined;
  const mostSeconds = Math.max(allowedSeconds(learned.stated, fleet.objective), AS_FAST_AS_IT_GETS * learnedUnloadedSeconds(learned));
  if (latencySeconds <= mostSeconds) return undefined;
  return `${name} misses the objective: ${latencySeconds.toFixed(3)} s of ${fleet.objective.latencySeconds.toFixed(3)} s`;
};

/** How long after a refusal nothing is given up, in minutes: as long as demand looks back. */
const REFUSAL_MINUTES = 3;

/** Refusals that have gone on for so long, in minutes, while every unit had healthy targets, are not those of the fleet. */
const OTHERS_REFUSALS_MINUTES = 10;

/**
 * Why requests are refused, or were in the last minutes; `undefined` where none were.
 *
 * A load balancer counts what it refuses for all its rules together, and healthy targets at their most in a minute. Where requests were
 * refused though every unit had some, they may be those of a unit that had none for a part of it; where that goes on and on while no pod of
 * the fleet comes, they are those of another rule.
 */
const refusalOf = ({ fleet, units, nowSeconds }: PolicyContext): string | undefined => {
  const sinceSeconds = nowSeconds - 60 * (OTHERS_REFUSALS_MINUTES + REFUSAL_MINUTES);
  const hasNewPods = fleet.units.some(
    ({ name }) => fresh(units[name]?.podStarts, nowSeconds)?.some(({ readySeconds }) => readySeconds > sinceSeconds) ?? true,
  );
  for (const { name } of fleet.units) {
    const minutes = fresh(units[name]?.minutes, nowSeconds) ?? [];
    const last = minutes.slice(-REFUSAL_MINUTES);
    const refused = Math.max(0, ...last.map((minute) => minute.refused ?? 0));
    if (refused > 0) return `${Math.round(refused)} requests/min of ${name} are refused because no target is healthy`;
    const unclaimed = Math.max(0, ...last.map((minute) => minute.unclaimed ?? 0));
    const lasting = minutes.slice(-OTHERS_REFUSALS_MINUTES);
    const isOfOthers = !hasNewPods && lasting.length === OTHERS_REFUSALS_MINUTES && lasting.every((minute) => (minute.unclaimed ?? 0) > 0);
    if (unclaimed > 0 && !isOfOthers) return `${Math.round(unclaimed)} requests/min are refused, though ${name} has healthy targets`;
  }
  return undefined;
};
