import { resources } from '../contract/names';
import type { FleetDecision } from '../model/decision';
import type { WriteRecord } from '../model/write-record';
import type { FleetObject } from '../observe/fleets';
import type { KubernetesObject } from '../ports';
import { rfc3339 } from './status';

/** Event messages may have 1024 characters (Kubernetes API reference, Event v1). */
const MAX_MESSAGE = 1024;

const COMPONENT = 'adaptive-inference';

/** The Kubernetes Event on a fleet for what a tick changed; `undefined` when nothing did. */
export const fleetEvent = (
  source: FleetObject,
  decided: FleetDecision,
  writes: readonly WriteRecord[],
  atSeconds: number,
): KubernetesObject | undefined => {
  const done = writes.filter(({ outcome }) => outcome === 'Done');
  const switched = source.memory !== undefined && source.memory.strategy !== decided.strategy;
  if (done.length === 0 && !switched) return undefined;
  const fields = done.map(({ object, fields: values, previous }) => {
    const changes = Object.entries(values).map(([field, value]) => `${field} ${previous[field] ?? 'unset'} -> ${value}`);
    return `${object}: ${changes.join(', ')}`;
  });
  const message = [
    ...(switched ? [`${decided.strategy}: ${decided.strategyReason}`] : []),
    ...(fields.length > 0 ? [fields.join('; ')] : []),
  ].join('; ');
  const { name, namespace = 'default', uid, resourceVersion } = source.object.metadata;
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
