import type { Finding } from '../../model/decision';
import { fresh, freshQuantity, missingUnitSignals } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';

/** Part of the ready pods of a fleet that may be given up in one tick. */
export const MAX_GIVE_UP = 0.1;

/** Why nothing may be given up, and the code of the finding that reports it. */
export interface HoldDown {
  readonly code: Finding['code'];
  readonly reason: string;
}

/**
 * Why no floor of a fleet may be lowered, or no target raised; `undefined` where they may.
 *
 * Nothing is given up in a fleet while a signal that the field needs is unknown or too old, while requests are refused, or while a unit
 * misses the objective.
 */
export const holdDownOf = (context: PolicyContext, field: 'floor' | 'target'): HoldDown | undefined => {
  const blockedBy = blockedByOf(context, field);
  if (blockedBy !== undefined) return { code: 'Unknown', reason: blockedBy };
  const reason = refusalOf(context) ?? missOf(context);
  return reason === undefined ? undefined : { code: 'Rejected', reason };
};

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
