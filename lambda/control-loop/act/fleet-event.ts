import { resources } from '../contract/names';
import type { FleetDecision, Strategy } from '../model/decision';
import { rfc3339 } from '../model/times';
import type { WriteRecord } from '../model/write-record';
import type { KubernetesObject } from '../ports';

/** Event messages may have 1024 characters (Kubernetes API reference, Event v1). */
const MAX_MESSAGE = 1024;

const COMPONENT = 'adaptive-inference';

/**
 * The Kubernetes Event on a fleet for what a tick changed; `undefined` when nothing did.
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
  const done = writes.filter(({ outcome }) => outcome === 'Done');
  const switched = strategyBefore !== undefined && strategyBefore !== decided.strategy;
  if (done.length === 0 && !switched) return undefined;
  const fields = done.map(({ object: written, fields: values, previous }) => {
    const changes = Object.entries(values).map(([field, value]) => `${field} ${previous[field] ?? 'unset'} -> ${value}`);
    return `${written}: ${changes.join(', ')}`;
  });
  const message = [
    ...(switched ? [`${decided.strategy}: ${decided.strategyReason}`] : []),
    ...(fields.length > 0 ? [fields.join('; ')] : []),
  ].join('; ');
  const { name, namespace = 'default', uid, resourceVersion } = object.metadata;
  const time = rfc3339(atSeconds);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${Math.round(atSeconds * 1000).toString(16)}`, namespace },
    involvedObject: {
      apiVersion: `${resources.inferenceFleets.group}/${resources.inferenceFleets.version}`,
      kind: resources.inferenceFleets.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: 'Normal',
    reason: switched ? 'ModeSwitched' : 'Retuned',
    message: message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 3)}...`,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
};
