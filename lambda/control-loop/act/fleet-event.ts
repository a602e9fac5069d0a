import { apiVersionOf, FIELD_MANAGER, fleetEventReasons as reasons, resources } from '../contract/names';
import type { Finding, FleetDecision, Strategy } from '../model/decision';
import type { LastDecision } from '../model/last-decision';
import { rfc3339 } from '../model/times';
import type { WriteRecord } from '../model/write-record';
import type { KubernetesObject } from '../ports';

/** Event messages may have 1024 characters (Kubernetes API reference, Event v1). */
const MAX_MESSAGE = 1024;

/**
 * The Kubernetes Event on a fleet for what a tick changed, and for units that became impaired or slow, whose pods wait in vain or
 * whose Deployments do not follow; `undefined` when there is none of it.
 *
 * @param strategyBefore of the decision before this one; left out at the first
 */
export const fleetEvent = (
  object: KubernetesObject,
  strategyBefore: Strategy | undefined,
  decided: FleetDecision,
  writes: readonly WriteRecord[],
  atSeconds: number,
): KubernetesObject | undefined => {
  // Which pods go first is no news of a fleet.
  const done = writes.filter(({ outcome, object: written }) => outcome === 'Done' && !written.startsWith(`${resources.pods.kind} `));
  const switched = strategyBefore !== undefined && strategyBefore !== decided.strategy;
  const impaired = newFindings(object, decided, 'Impaired');
  const slow = newFindings(object, decided, 'Slow');
  const waiting = newFindings(object, decided, 'Waiting');
  const unfollowed = newFindings(object, decided, 'Unfollowed');
  const isWarning = impaired.length + slow.length + waiting.length + unfollowed.length > 0;
  if (done.length === 0 && !switched && !isWarning) return undefined;
  const fields = done.map(({ object: written, fields: values, previous }) => {
    const changes = Object.entries(values).map(([field, value]) => `${field} ${previous[field] ?? 'unset'} -> ${value}`);
    return `${written}: ${changes.join(', ')}`;
  });
  const message = [
    ...impaired.map(({ subject, message: why }) => `${subject} loses its share: ${why}`),
    ...[...slow, ...waiting, ...unfollowed].map(({ subject, message: why }) => `${subject}: ${why}`),
    ...(switched ? [`${decided.strategy}: ${decided.strategyReason}`] : []),
    ...(fields.length > 0 ? [fields.join('; ')] : []),
  ].join('; ');
  const { name, namespace = 'default', uid, resourceVersion } = object.metadata;
  const time = rfc3339(atSeconds);
  return {
    apiVersion: apiVersionOf(resources.events),
    kind: resources.events.kind,
    metadata: { name: `${name}.${Math.round(atSeconds * 1000).toString(16)}`, namespace },
    involvedObject: {
      apiVersion: apiVersionOf(resources.inferenceFleets),
      kind: resources.inferenceFleets.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: isWarning ? 'Warning' : 'Normal',
    reason: reasonOf({ unitImpaired: impaired, unitSlow: slow, podsWaiting: waiting, floorUnfollowed: unfollowed }, switched),
    message: message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 3)}...`,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
};

/** The gravest warning first. */
const WARNINGS = ['unitImpaired', 'unitSlow', 'podsWaiting', 'floorUnfollowed'] as const;

const reasonOf = (findings: Readonly<Record<(typeof WARNINGS)[number], readonly Finding[]>>, isSwitched: boolean): string => {
  const warning = WARNINGS.find((one) => findings[one].length > 0);
  if (warning !== undefined) return reasons[warning];
  return isSwitched ? reasons.strategyChanged : reasons.retuned;
};

/** Findings with a code on subjects that the last decision on the fleet had none with it on. */
const newFindings = ({ status: before }: KubernetesObject, { findings }: FleetDecision, code: Finding['code']): readonly Finding[] => {
  const listed: unknown = (before as { readonly lastDecision?: LastDecision } | undefined)?.lastDecision?.findings;
  const known: readonly Finding[] = Array.isArray(listed) ? listed : [];
  return findings.filter((finding) => finding.code === code && !known.some((one) => one.code === code && one.subject === finding.subject));
};
