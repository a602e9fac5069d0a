import { apiVersionOf, resources } from '../contract/names';
import type { Field } from '../model/field';
import type { Routing, Weights } from '../model/router';
import type { ApiResource, JsonPatchOperation, KubernetesObject } from '../ports';

/** One field that a write changes: its new value, and the value it replaces. */
export interface FieldChange {
  readonly field: Field;
  /** As it will read back. */
  readonly value: number;
  /** Left out where the field is absent. */
  readonly previous?: number;
  /** Whether the field was given back to the loop, which takes it from whichever manager has it; left out where not. */
  readonly isTaken?: true;
}

/**
 * The order of writes, safe at every step: traffic leaves a unit that does not serve before anything else, capacity is let grow before it
 * is asked for, pods are asked for before traffic is sent to them, and floors go down when the traffic has gone.
 */
export const phases = { rescue: 0, raiseLimits: 1, pools: 2, raiseFloors: 3, shares: 4, podCosts: 5, lowerFloors: 6 } as const;

/** Server-side apply of weight and limit of one NodePool. */
export interface PoolWrite {
  readonly kind: 'pool';
  readonly phase: 1 | 2;
  readonly pool: string;
  readonly deviceResource: string;
  readonly uid: string;
  /** Every fleet that the write serves. */
  readonly fleets: readonly string[];
  /** `undefined` is: leave absent. Both are stated in every apply, as a field left out of an apply is given up. */
  readonly weight: number | undefined;
  readonly limitDevices: number | undefined;
  readonly liveWeight: number | undefined;
  readonly liveLimitDevices: number | undefined;
  readonly changes: readonly FieldChange[];
}

/** JSON Patch of one scaler. */
export interface ScalerWrite {
  readonly kind: 'scaler';
  readonly phase: 3 | 6;
  readonly fleets: readonly [string];
  readonly resource: ApiResource;
  readonly name: string;
  readonly namespace: string;
  readonly operations: readonly JsonPatchOperation[];
  readonly changes: readonly FieldChange[];
}

/** All weights of one router. */
export interface RouterWrite {
  readonly kind: 'router';
  readonly phase: 0 | 4;
  readonly fleets: readonly [string];
  /** The router as records name it. */
  readonly name: string;
  readonly routing: Routing;
  /** The weights that were observed: the precondition. */
  readonly observed: Weights;
  /** The weights to be written. */
  readonly weights: Weights;
  readonly changes: readonly FieldChange[];
}

/** JSON Patch of the deletion cost of one pod. */
export interface PodWrite {
  readonly kind: 'pod';
  readonly phase: 5;
  readonly fleets: readonly [string];
  readonly name: string;
  readonly namespace: string;
  readonly operations: readonly JsonPatchOperation[];
  readonly deletionCost: string;
  /** Left out where the pod has none. */
  readonly previous?: string;
  /** None of the fields that a fleet remembers: a pod lives shorter than that is worth. */
  readonly changes: readonly [];
}

export type Write = PoolWrite | ScalerWrite | RouterWrite | PodWrite;

/** The object as records name it, its kind first. */
export const objectOf = (write: Write): string => {
  if (write.kind === 'pool') return `${resources.nodePools.kind} ${write.pool}`;
  if (write.kind === 'pod') return `${resources.pods.kind} ${write.namespace}/${write.name}`;
  if (write.kind === 'scaler') return `${write.resource.kind} ${write.namespace}/${write.name}`;
  return write.name;
};

/** The manifest of a pool write: the two fields, the name and the uid that pins it to the NodePool that was observed. */
export const poolManifest = (write: Pick<PoolWrite, 'pool' | 'uid' | 'deviceResource' | 'weight' | 'limitDevices'>): KubernetesObject => ({
  apiVersion: apiVersionOf(resources.nodePools),
  kind: resources.nodePools.kind,
  metadata: { name: write.pool, uid: write.uid },
  spec: {
    ...(write.weight === undefined ? {} : { weight: write.weight }),
    ...(write.limitDevices === undefined ? {} : { limits: { [write.deviceResource]: String(write.limitDevices) } }),
  },
});
