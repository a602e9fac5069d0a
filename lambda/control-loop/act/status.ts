import { conditionTypes, conditionReasons as reasons } from '../contract/names';
import type { FleetRefusal } from '../model/claims';
import type { DecidedFleet } from '../model/decided-fleet';
import type { FleetDecision, FleetMemory, Strategy } from '../model/decision';
import type { Fleet } from '../model/fleet';
import type { LastDecision, ShownProfile } from '../model/last-decision';
import type { FleetObservation } from '../model/observation';
import { readyPods } from '../model/signals';
import { rfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';
import { appliedBefore, appliedCondition } from './applied';
import { type Condition, conditionOf, short } from './conditions';

/** The `status` of an `InferenceFleet`: what the loop shows, and what it remembers. */
interface FleetStatus {
  readonly observedGeneration?: number;
  /** The heartbeat: when the last tick decided, RFC 3339. */
  readonly lastTickTime: string;
  /** `Invalid` for a spec that cannot be read. */
  readonly strategy: Strategy | 'Invalid';
  readonly policy?: string;
  /** Percent of the traffic by unit, for example `inf2 40, g5 60`. */
  readonly shares?: string;
  /** Ready pods of those asked for, for example `5/6`. */
  readonly ready?: string;
  readonly reason: string;
  /** Profiles by unit, stated and learned. */
  readonly profiles?: readonly ({ readonly unit: string } & ShownProfile)[];
  readonly conditions: readonly Condition[];
  /** What `explain` tells: of a fleet whose spec is refused, the last one that could be made. */
  readonly lastDecision?: LastDecision;
  readonly memory?: FleetMemory;
}

/**
 * The object with the status of a fleet whose spec is valid.
 *
 * @param isToWrite whether there are writes to be tried for it
 */
export const withStatus = (
  object: KubernetesObject,
  { fleet, decided, seen, gaps: missing, profiles }: DecidedFleet,
  memory: FleetMemory,
  lastDecision: LastDecision,
  isToWrite: boolean,
): KubernetesObject => {
  const now = rfc3339(seen.nowSeconds);
  const contested = decided.findings.filter(({ code }) => code === 'Contested');
  const gaps = missing.map(({ subject, signal, reason }) => `${subject} ${signal}: ${reason}`);
  return replaceStatus(object, {
    lastTickTime: now,
    strategy: decided.strategy,
    policy: fleet.policy.name,
    shares: sharesText(fleet, decided, seen),
    ready: readyText(fleet, seen),
    reason: decided.strategyReason,
    profiles: Object.entries(profiles).map(([unit, profile]) => ({ unit, ...profile })),
    conditions: [
      conditionOf(object, now, conditionTypes.valid, true, reasons.accepted, 'the spec is valid'),
      conditionOf(
        object,
        now,
        conditionTypes.observed,
        gaps.length === 0,
        gaps.length === 0 ? reasons.complete : reasons.signalsUnknown,
        gaps.join('; '),
      ),
      conditionOf(
        object,
        now,
        conditionTypes.contested,
        contested.length > 0,
        contested.length > 0 ? reasons.otherWriter : reasons.noOtherWriter,
        contested.map(({ subject, message }) => `${subject}: ${message}`).join('; '),
      ),
      ...(fleet.enforcement !== 'Enforce' ? [] : isToWrite ? appliedBefore(object) : [appliedCondition(object, now, [])]),
    ],
    lastDecision,
    memory,
  });
};

/** The object with the status of a fleet that is refused; it keeps what it remembers. */
export const withInvalidStatus = (
  object: KubernetesObject,
  memory: FleetMemory | undefined,
  { reason, message }: FleetRefusal,
  atSeconds: number,
): KubernetesObject => {
  const now = rfc3339(atSeconds);
  const before = object.status as Pick<FleetStatus, 'lastDecision'> | undefined;
  return replaceStatus(object, {
    lastTickTime: now,
    strategy: 'Invalid',
    reason: short(message),
    conditions: [conditionOf(object, now, conditionTypes.valid, false, reason, short(message))],
    ...(before?.lastDecision === undefined ? {} : { lastDecision: before.lastDecision }),
    ...(memory === undefined ? {} : { memory }),
  });
};

/** The object as it was recorded, with another memory. */
export const withMemory = (object: KubernetesObject, memory: FleetMemory): KubernetesObject => ({
  ...object,
  status: { ...(object.status as FleetStatus), memory },
});

const replaceStatus = (object: KubernetesObject, status: FleetStatus): KubernetesObject => {
  const { generation } = object.metadata;
  return { ...object, status: generation === undefined ? status : { observedGeneration: generation, ...status } };
};

const sharesText = (fleet: Fleet, decided: FleetDecision, { routerWeights }: FleetObservation): string => {
  const weights = routerWeights.known ? routerWeights.value : {};
  let total = 0;
  for (const weight of Object.values(weights)) total += weight;
  return fleet.units
    .map(({ name }) => {
      const live = weights[name];
      const share = decided.units[name]?.share.value ?? (live === undefined || total === 0 ? undefined : live / total);
      return `${name} ${share === undefined ? '?' : Math.round(share * 100)}`;
    })
    .join(', ');
};

const readyText = (fleet: Fleet, { units, nowSeconds }: FleetObservation): string => {
  let ready: number | undefined = 0;
  let asked: number | undefined = 0;
  for (const { name } of fleet.units) {
    const unit = units[name];
    const own = readyPods(unit, nowSeconds);
    ready = ready === undefined || own === undefined ? undefined : ready + own;
    asked = asked === undefined || !unit?.replicas.known ? undefined : asked + unit.replicas.value;
  }
  return `${ready ?? '?'}/${asked ?? '?'}`;
};
